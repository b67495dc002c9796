"""ERRLIMIT and SESSIONS: when a load pauses, that it is not undone, how many sessions it has."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from properties.engine.observed import Observed
from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from properties.relations.fastload.accounting import ACCOUNTS, counts_of, report_on
from properties.relations.fastload.arrival import most_sessions
from properties.relations.fastload.error_limit import (
    captured_rows_are_permitted,
    rows_of_open_blocks,
)
from properties.relations.fastload.loading import (
    ExpectedLoad,
    expected_loads,
    loads_are_right,
    report_of,
    rows_of_error_table,
)
from properties.relations.fastload.pauses import (
    captured_rows_are_of,
    pause_reasons,
    tables_are_locked,
)
from properties.relations.fastload.progress import last_checkpoint
from properties.relations.shared.answers import completed, table_of
from properties.relations.shared.stopping import paused_with
from properties.strategies.fastload.jobs import (
    fastload_jobs,
    fastload_scenarios,
    load_of,
    with_load,
)
from properties.strategies.fastload.stopped_jobs import (
    LIMITED,
    PAUSING,
    sessions_pairs,
    with_sessions,
)
from specs.contract import Case
from specs.fastload.plan import Load

SOUND = replace(LIMITED, faulty=False, damaged=False, error_limits=(1, 2), indexes=("upi", "nupi"))
"""Jobs with hardly a faulty record, but with duplicates and second keys, and a low ERRLIMIT."""


@st.composite
def _limited_jobs(draw: DrawFn) -> Scenario:
    """Jobs with a low ERRLIMIT; many of them with just as many error rows as it says."""
    bundle = draw(fastload_jobs(LIMITED))
    just_as_many = draw(st.booleans())
    (expected,) = expected_loads(bundle)
    if expected.faulty and just_as_many:
        bundle = with_load(bundle, error_limit=len(expected.faulty))
    return Scenario(bundle)


@claim("FL-12", given=_limited_jobs(), needs=("fastload",), exposes=ACCOUNTS)
def a_load_pauses_at_its_error_limit_when_the_open_blocks_are_done(
    trial: Trial, scenario: Scenario
) -> None:
    bundle = scenario.bundle
    (expected,) = expected_loads(bundle)
    observed = trial.run(bundle)
    if len(expected.faulty) < expected.load.error_limit:
        trial.note("error limit: not reached")
        loads_are_right(bundle, observed)
        return
    trial.note("error limit: reached")
    _is_paused_at_the_limit(bundle.case, expected, observed)


@claim("FL-12", given=fastload_scenarios(SOUND), needs=("fastload",), share=0.5, exposes=ACCOUNTS)
def duplicates_and_second_keys_do_not_count_towards_the_error_limit(
    trial: Trial, scenario: Scenario
) -> None:
    (expected,) = expected_loads(scenario.bundle)
    if len(expected.faulty) >= expected.load.error_limit:
        return  # this one has to pause
    trial.note("error limit: duplicates and second keys only")
    loads_are_right(scenario.bundle, trial.run(scenario.bundle))


@claim("FL-12", given=_limited_jobs(), needs=("fastload", "fastload/restart"))
def a_load_at_its_error_limit_pauses_again_when_restarted(trial: Trial, scenario: Scenario) -> None:
    bundle = scenario.bundle
    (expected,) = expected_loads(bundle)
    system = trial.system()
    system.run(bundle)
    again = system.run(bundle)
    if len(expected.faulty) < expected.load.error_limit:
        completed(again)
        return
    trial.note("error limit: reached")
    paused_with(again, "error_limit_reached")
    captured = rows_of_error_table(again, expected.load.error_table_1, one=True)
    captured_rows_are_of(expected.load.error_table_1, expected.faulty, captured)
    if len(captured) < expected.load.error_limit:
        raise Difference(
            f"error table {expected.load.error_table_1} after a restart: expected at least "
            f"{expected.load.error_limit} rows, observed {len(captured)}"
        )


def _is_paused_at_the_limit(case: Case, expected: ExpectedLoad, observed: Observed) -> None:
    load = expected.load
    paused_with(observed, "error_limit_reached")
    captured = rows_of_error_table(observed, load.error_table_1, one=True)
    captured_rows_are_of(load.error_table_1, expected.faulty, captured)
    open_rows = rows_of_open_blocks(
        [len(fact.record.data) for fact in expected.facts],
        [bool(fact.faults) for fact in expected.facts],
        case.teradata.block_bytes,
        most_sessions(load, case),
    )
    captured_rows_are_permitted(load.error_table_1, len(captured), load.error_limit, open_rows)


# --- never rolled back ---------------------------------------------------------------------------


@claim(
    "FL-15",
    given=fastload_scenarios(PAUSING),
    needs=("fastload",),
    exposes=(*ACCOUNTS, "events"),
    promises=["paused: bad_record", "paused: error_limit_reached", "paused: end_loading_missing"],
)
def a_load_that_cannot_go_on_is_paused_and_keeps_what_it_captured(
    trial: Trial, scenario: Scenario
) -> None:
    bundle = scenario.bundle
    by_the_rules = trial.expect(bundle)
    observed = trial.run(bundle)
    if by_the_rules.status == "completed":
        loads_are_right(bundle, observed)
        return
    (expected,) = expected_loads(bundle)
    trial.note(f"paused: {by_the_rules.error}")
    paused_with(observed, *pause_reasons(expected))
    tables_are_locked(expected.load, observed)
    name = expected.load.error_table_1
    table_of(observed, name)  # there, and readable, while the job is paused
    captured = rows_of_error_table(observed, name, one=True)
    captured_rows_are_of(name, expected.faulty, captured)
    # What a checkpoint has made durable stays captured.
    done = last_checkpoint(observed.events)
    durable = sum(bool(fact.faults) for fact in expected.facts[:done])
    if len(captured) < durable:
        raise Difference(
            f"error table {name} of a paused load: expected the {durable} faulty records up to "
            f"the checkpoint after record {done}, observed {len(captured)} rows"
        )


# --- sessions ------------------------------------------------------------------------------------


@claim("FL-16", given=sessions_pairs(), needs=("fastload",), exposes=ACCOUNTS)
def a_load_has_one_session_an_amp_unless_it_asks_for_fewer(
    trial: Trial, scenario: Scenario
) -> None:
    bundle = scenario.bundle
    observed = completed(trial.run(bundle))
    (expected,) = expected_loads(bundle)
    most = most_sessions(expected.load, bundle.case)
    least = most if expected.load.sessions is None else 1
    found = report_of(expected, observed).sessions
    if not least <= found <= most:
        raise Difference(
            f"SESSIONS {expected.load.sessions} on {bundle.case.teradata.amps} AMPs: expected "
            f"{least} to {most} sessions, observed {found}"
        )


@claim("FL-16", given=sessions_pairs(), needs=("fastload",), exposes=ACCOUNTS)
def the_number_of_sessions_changes_no_result(trial: Trial, scenario: Scenario) -> None:
    other = with_sessions(scenario.bundle, scenario.choices["sessions"])
    first = completed(trial.run(scenario.bundle))
    second = completed(trial.run(other))
    loads_are_right(scenario.bundle, first)
    loads_are_right(other, second)
    load = load_of(scenario.bundle)
    expected, found = (_fixed_counts(load, run) for run in (first, second))
    if expected != found:
        raise Difference(
            f"counts with SESSIONS {load.sessions}: {expected}; "
            f"expected the same with SESSIONS {load_of(other).sessions}, observed {found}"
        )


def _fixed_counts(load: Load, observed: Observed) -> dict[str, int]:
    """Counts that leave no choice: which of equal keys stays moves rows between the others."""
    counts = counts_of(report_on(load.target, observed))
    return {
        "read": counts.read,
        "skipped": counts.skipped,
        "sent": counts.sent,
        "error table 1": counts.error_table_1,
        "applied": counts.applied,
        "duplicates and error table 2": counts.duplicates + counts.error_table_2,
    }
