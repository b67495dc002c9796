"""The two phases: records travel in blocks, then each AMP sorts, checks, numbers and writes."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from properties.engine.observed import Observed
from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from properties.relations.distribution.placement import (
    row_ids_are_unique,
    rows_stand_in_order,
    uniqueness_is_without_gaps,
)
from properties.relations.fastload.accounting import ACCOUNTS
from properties.relations.fastload.arrival import rows_are_numbered_in_input_order
from properties.relations.fastload.loading import ExpectedLoad, expected_loads, target_is_right
from properties.relations.fastload.sameness import loads_end_alike
from properties.relations.fastload.twins import twin_loads
from properties.relations.shared.answers import completed, placed, table_of, told_numbers
from properties.relations.shared.stopping import paused_with
from properties.strategies.fastload.jobs import (
    OTHER_TABLE,
    PLAIN,
    JobShape,
    definition_in,
    fastload_jobs,
    fastload_scenarios,
    load_of,
    with_block_bytes,
    with_case,
)
from properties.strategies.fastload.loadable import loadable
from reference.values.equality import RowKeys
from specs.fastload.report import RESTART_LOG

_TYPES = ("INTEGER", "VARCHAR(5)", "CHAR(3)", "DECIMAL(9,2)", "DATE")
_BLOCKS = replace(
    PLAIN, types=_TYPES, max_columns=3, records=(2, 16), faulty=True, block_bytes=(40, 7, 1, 100)
)
_COLLIDING = ("BIGINT", "VARCHAR(5)", "INTEGER", "DECIMAL(18,0)")
_AMPS = (1, 200, 2, 3, 5, 16, 200)
_BLOCK_BYTES = (65_536, 1, 7, 40, 200)


# --- phase 1: acquisition (FL-06) ----------------------------------------------------------------


@claim("FL-06", given=fastload_scenarios(_BLOCKS), needs=["fastload"], exposes=["events"])
def every_record_travels_in_one_block_of_phase_1(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    (expected,) = expected_loads(scenario.bundle)
    sent = [details for name, details in observed.events if name == "block-sent"]
    if [details["block"] for details in sent] != list(range(len(sent))):
        raise Difference(
            f"events block-sent: expected blocks 0, 1, .., "
            f"observed {told_numbers([details['block'] for details in sent])}"
        )
    records = sum(details["records"] for details in sent)
    if records != len(expected.facts):
        raise Difference(
            f"events block-sent: expected {len(expected.facts)} records in all, observed {records}"
        )
    _phases_are_in_order(observed)
    counted = observed.outcome.work.get("blocks")  # which work is counted is the loader's to choose
    if counted is not None:
        _blocks_can_hold_the_records(expected, counted, scenario.bundle.case.teradata.block_bytes)


def _phases_are_in_order(observed: Observed) -> None:
    told = [
        str(details["phase"]) if name == "phase" else name
        for name, details in observed.events
        if name in ("phase", "block-sent", "part-written")
    ]
    order = [name for name, _ in groupby(told)]
    allowed = ["acquisition", "block-sent", "application", "part-written"]
    if order != [name for name in allowed if name in order] or order[:1] != ["acquisition"]:
        raise Difference(
            f"events of a load: expected acquisition, its blocks, application, its parts; "
            f"observed {', '.join(order)}"
        )


def _blocks_can_hold_the_records(expected: ExpectedLoad, counted: int, block_bytes: int) -> None:
    least = _fewest_blocks(expected, block_bytes)
    if not least <= counted <= len(expected.facts):
        raise Difference(
            f"{len(expected.facts)} records in blocks of at most {block_bytes} bytes: expected "
            f"{least} blocks or more, at most one a record; observed {counted}"
        )


def _fewest_blocks(expected: ExpectedLoad, block_bytes: int) -> int:
    blocks, open_bytes = 0, block_bytes + 1
    for fact in expected.facts:
        length = len(fact.record.data)
        if open_bytes + length > block_bytes:
            blocks, open_bytes = blocks + 1, 0
        open_bytes += length
    return blocks


@claim(
    "FL-06",
    given=fastload_scenarios(replace(_BLOCKS, end_loading=(False,), records=(0, 6))),
    needs=["fastload"],
    share=0.5,
)
def the_target_cannot_be_read_before_phase_2_has_ended(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    paused_with(observed, "end_loading_missing", return_code=0)
    name = load_of(scenario.bundle).target
    if name not in observed.tables or observed.tables[name] is not None:
        state = "readable" if name in observed.tables else "not listed"
        raise Difference(f"target {name} in phase 1: expected it locked, observed it {state}")
    if name not in observed.outcome.locked:
        raise Difference(f"target {name} in phase 1: expected it among the locked tables")
    twin_loads(trial, loadable(scenario.bundle))


@st.composite
def _with_another_block_size(draw: DrawFn) -> Scenario:
    bundle = draw(fastload_jobs(replace(_BLOCKS, indexes=("nupi", "upi"))))
    return Scenario(bundle, {"block_bytes": draw(st.sampled_from(_BLOCK_BYTES))})


@claim("FL-06", given=_with_another_block_size(), needs=["fastload"], exposes=ACCOUNTS)
def the_cut_into_blocks_does_not_change_the_outcome(trial: Trial, scenario: Scenario) -> None:
    size = scenario.choices["block_bytes"]
    one = trial.run(scenario.bundle)
    other = trial.run(with_block_bytes(scenario.bundle, size))
    load = load_of(scenario.bundle)
    definition = definition_in(scenario.bundle, load.target)
    loads_end_alike(definition, load, one, other, f"in blocks of {size} bytes")


@st.composite
def _with_other_amps(draw: DrawFn) -> Scenario:
    bundle = draw(fastload_jobs(replace(_BLOCKS, indexes=("nupi", "upi"), types=_TYPES)))
    bits = draw(st.sampled_from((20, 16)))
    return Scenario(bundle, {"amps": draw(st.sampled_from(_AMPS)), "hash_bucket_bits": bits})


@claim("FL-06", "FL-07", given=_with_other_amps(), needs=["fastload"], exposes=ACCOUNTS)
def the_number_of_amps_does_not_change_the_content(trial: Trial, scenario: Scenario) -> None:
    one = trial.run(scenario.bundle)
    system = msgspec.structs.replace(scenario.bundle.case.teradata, **scenario.choices)
    other = trial.run(with_case(scenario.bundle, system=system))
    load = load_of(scenario.bundle)
    definition = definition_in(scenario.bundle, load.target)
    loads_end_alike(definition, load, one, other, f"on {system.amps} AMPs")


# --- phase 2: application (FL-07) ----------------------------------------------------------------


@claim(
    "FL-07",
    given=fastload_scenarios(JobShape(faulty=True, max_columns=2, loads=(1, 2), around=True)),
    needs=["fastload"],
)
def empty_error_tables_are_dropped_and_the_others_stay(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    names = {name for name in scenario.bundle.tables if name == OTHER_TABLE.name}
    for expected in expected_loads(scenario.bundle):
        load = expected.load
        names |= {load.target} | ({load.error_table_1} if expected.faulty else set())
        # of the rows without faults, those that neither stay nor are duplicates are in table 2
        keys = RowKeys(expected.definition)
        stored = {keys.of_row(row) for row in table_of(observed, load.target).rows}
        if expected.unique and any(keys.of_row(row) not in stored for row in expected.rows):
            names.add(load.error_table_2)
    there = set(observed.tables)
    if there != names:
        raise Difference(
            f"tables after the load: expected {', '.join(sorted(names))}; "
            f"observed {', '.join(sorted(there))}"
        )


@claim(
    "FL-07",
    given=fastload_scenarios(replace(PLAIN, types=_TYPES, faulty=True, max_columns=2)),
    needs=["fastload"],
    share=0.5,
)
def the_locks_are_released_and_the_target_can_be_read(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    if observed.outcome.locked or RESTART_LOG in observed.tables:
        raise Difference(
            "after the load: expected no locks and no restart log, observed locked "
            f"{', '.join(observed.outcome.locked) or 'nothing'}"
        )
    for expected in expected_loads(scenario.bundle):
        target_is_right(expected, observed)


@claim(
    "FL-07",
    given=fastload_scenarios(
        replace(PLAIN, types=_COLLIDING, max_columns=2, alike=True, records=(1, 12))
    ),
    needs=["fastload"],
    exposes=["content", "placement"],
)
def rows_stand_in_the_order_of_their_row_ids(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    table, placement = placed(observed, load_of(scenario.bundle).target)
    rows_stand_in_order(placement)
    row_ids_are_unique(placement)
    uniqueness_is_without_gaps(placement)
    # equal keys have one row hash, and a row hash one AMP
    keys = RowKeys(definition_in(scenario.bundle, load_of(scenario.bundle).target))
    place_of: dict[object, tuple[int, int]] = {}
    for row, (amp, row_hash, _) in zip(table.rows, placement, strict=True):
        place = place_of.setdefault(keys.of_index(row), (amp, row_hash))
        if place_of.setdefault(row_hash, (amp, row_hash)) != place or place != (amp, row_hash):
            raise Difference(
                f"row {row}: expected on AMP {place[0]} under row hash {place[1]:08X} as others "
                f"of its key, observed on AMP {amp} under {row_hash:08X}"
            )


@claim(
    "FL-07",
    given=fastload_scenarios(
        replace(
            PLAIN, types=_COLLIDING, max_columns=2, indexes=("nupi",), sessions=(1,), alike=True,
            records=(1, 12),
        )
    ),
    needs=["fastload"],
    exposes=["content", "placement"],
)  # fmt: skip
def with_one_session_rows_of_a_row_hash_are_numbered_in_input_order(
    trial: Trial, scenario: Scenario
) -> None:
    observed = completed(trial.run(scenario.bundle))
    (expected,) = expected_loads(scenario.bundle)
    table, placement = placed(observed, expected.load.target)
    uniqueness_is_without_gaps(placement)
    rows_are_numbered_in_input_order(expected.definition, expected.rows, (table, placement))
