"""AMPs that are lost while a load runs: which rows they take along, and what that changes."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.stops import stopped_and_restarted
from properties.engine.trial import Difference, Trial
from properties.relations.distribution.placement import amps_of_numbered
from properties.relations.fastload.accounting import ACCOUNTS
from properties.relations.fastload.loading import (
    ExpectedLoad,
    expected_loads,
    load_is_right,
    rows_of_error_table,
)
from properties.relations.fastload.lost_amps import (
    amps_of_keys,
    blocks_went_to_the_next_amp_up,
    with_every_row_lost,
    with_lost_rows,
)
from properties.relations.fastload.pauses import captured_rows_are_of
from properties.relations.shared.answers import completed, placed
from properties.relations.shared.stopping import paused_with
from properties.strategies.fastload.jobs import (
    PLAIN,
    fastload_scenarios,
    load_of,
    lost_amps,
    with_block_bytes,
    with_case,
    with_load,
)
from properties.strategies.fastload.stopped_jobs import (
    LIMITED,
    STOPPABLE,
    WITHIN_ACQUISITION,
    stopped_jobs,
)
from properties.strategies.fastload.typed_loads import grown_unindexed, unindexed_loads
from specs.contract import AmpLost, Capability, Exposure
from specs.contract.directories import CaseBundle
from specs.fastload.plan import DEFAULT_ERROR_LIMIT

LOSS: tuple[Capability, ...] = ("fastload", "fastload/amp-loss")
NOPI: tuple[Capability, ...] = (*LOSS, "fastload/nopi")
PLACEMENT: tuple[Exposure, ...] = (*ACCOUNTS, "placement")

_INDEXED = replace(PLAIN, lost_amps=True, faulty=True, records=(1, 8), amps=(2, 3, 1, 4))
_UNINDEXED = replace(_INDEXED, indexes=("nopi",))
_LIMITED = replace(LIMITED, lost_amps=True, amps=(2, 3, 1))
_STOPPABLE = replace(
    STOPPABLE, lost_amps=True, faulty=False, damaged=False, records=(2, 10), amps=(2, 3, 4)
)


@claim(
    "FL-08",
    given=fastload_scenarios(_INDEXED),
    needs=LOSS,
    exposes=PLACEMENT,
    promises=["AMPs lost: one or several", "AMPs lost: all"],
)
def rows_of_an_amp_that_is_lost_are_in_error_table_1(trial: Trial, scenario: Scenario) -> None:
    expected = _expected(trial, scenario.bundle)
    load_is_right(expected, completed(trial.run(scenario.bundle)))


@claim(
    "FL-08",
    given=fastload_scenarios(_UNINDEXED),
    needs=NOPI,
    exposes=ACCOUNTS,
    share=0.5,
)
def a_table_without_an_index_loses_rows_only_when_no_amp_is_left(
    trial: Trial, scenario: Scenario
) -> None:
    expected = _expected(trial, scenario.bundle)
    load_is_right(expected, completed(trial.run(scenario.bundle)))


@claim(
    "FL-12",
    given=fastload_scenarios(_LIMITED),
    needs=LOSS,
    exposes=PLACEMENT,
    promises=["AMPs lost: one or several", "AMPs lost: all"],
)
def rows_of_a_lost_amp_count_towards_the_error_limit(trial: Trial, scenario: Scenario) -> None:
    expected = _expected(trial, scenario.bundle)
    observed = trial.run(scenario.bundle)
    name, limit = expected.load.error_table_1, expected.load.error_limit
    if len(expected.faulty) < limit:
        trial.note("error limit: not reached")
        load_is_right(expected, completed(observed))
        return
    trial.note("error limit: reached")
    paused_with(observed, "error_limit_reached")
    captured = rows_of_error_table(observed, name, one=True)
    captured_rows_are_of(name, expected.faulty, captured)
    if len(captured) < limit:
        raise Difference(
            f"error table {name} of a load that stopped at ERRLIMIT {limit}: expected at least "
            f"{limit} rows, those of lost AMPs among them; observed {len(captured)}"
        )


@claim(
    "FL-08",
    "FL-13",
    given=stopped_jobs(_STOPPABLE, at=WITHIN_ACQUISITION),
    needs=(*LOSS, "fastload/restart"),
    exposes=(*PLACEMENT, "events"),
    share=0.5,
    promises=["AMPs lost: one or several", "stopped at block-sent"],
)
def a_lost_amp_is_still_lost_when_the_job_is_restarted(trial: Trial, scenario: Scenario) -> None:
    expected = _expected(trial, scenario.bundle)
    load_is_right(expected, completed(stopped_and_restarted(trial, scenario)))


@st.composite
def _unindexed_loads_with_lost_amps(draw: DrawFn) -> Scenario:
    """Every record of a load into a NoPI table a block of its own; some AMP is up."""
    scenario = draw(unindexed_loads())
    system = msgspec.structs.replace(
        scenario.bundle.case.teradata, amps=draw(st.sampled_from((4, 3, 2, 7)))
    )
    first = draw(st.integers(0, system.amps - 1))
    faults = tuple(
        AmpLost(amp=(first + fault.amp) % system.amps) for fault in draw(lost_amps(system.amps - 1))
    )
    bundle = with_block_bytes(with_case(scenario.bundle, system=system, faults=faults), 1)
    return Scenario(bundle, scenario.choices)


@claim(
    "HD-14",
    given=_unindexed_loads_with_lost_amps(),
    needs=NOPI,
    exposes=PLACEMENT,
    share=0.5,
    sizes=grown_unindexed,
)
def a_block_for_a_lost_amp_goes_to_the_next_one_that_is_up(
    trial: Trial, scenario: Scenario
) -> None:
    case = scenario.bundle.case
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    in_order = amps_of_numbered(table.rows, placement, len(scenario.choices["record_bytes"]))
    blocks_went_to_the_next_amp_up(in_order, case.teradata.amps, _lost(scenario.bundle))


def _lost(bundle: CaseBundle) -> frozenset[int]:
    return frozenset(fault.amp for fault in bundle.case.faults)


def _expected(trial: Trial, bundle: CaseBundle) -> ExpectedLoad:
    """What is expected of the case's only load, with the AMPs that it loses."""
    load, lost, amps = load_of(bundle), _lost(bundle), bundle.case.teradata.amps
    trial.note("AMPs lost: all" if len(lost) == amps else "AMPs lost: one or several")
    unharmed = with_load(with_case(bundle, faults=()), error_limit=DEFAULT_ERROR_LIMIT)
    (expected,) = expected_loads(unharmed)
    expected = dataclasses.replace(expected, load=load)
    if len(lost) == amps:
        return with_every_row_lost(expected)
    if expected.definition.primary_index is None:
        return expected
    observed = completed(trial.run(unharmed))
    load_is_right(expected, observed)
    return with_lost_rows(expected, lost, amps_of_keys(expected, observed))
