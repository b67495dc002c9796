"""A paused load: what it locks, its row in the log, who releases it, which names stay taken."""

from __future__ import annotations

from collections.abc import Sequence

from properties.engine.observed import Event, Observed
from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from properties.relations.fastload.accounting import ACCOUNTS
from properties.relations.fastload.loading import (
    error_table_1_is_right,
    expected_loads,
    loads_are_right,
    report_of,
    rows_of_error_table,
    target_is_right,
)
from properties.relations.fastload.pauses import (
    captured_rows_are_of,
    log_has_one_row,
    log_is_gone,
    nothing_is_locked,
    tables_are_locked,
)
from properties.relations.fastload.progress import last_checkpoint
from properties.relations.fastload.twins import twin_loads
from properties.relations.shared.answers import completed, table_of
from properties.relations.shared.stopping import code_is, paused_with, refused_with
from properties.strategies.fastload.jobs import fastload_scenarios, load_of
from properties.strategies.fastload.loadable import loadable
from properties.strategies.fastload.stopped_jobs import (
    DROP_TARGET,
    PAUSING,
    STOPPABLE,
    conflicting_job,
    conflicting_jobs,
    loads_under_one_name,
    paused_jobs,
    release_of,
    stopped_jobs,
)
from specs.contract import Capability, ErrorName, Exposure
from specs.fastload.errors import ERROR_CODES
from specs.fastload.plan import Load
from specs.fastload.report import load_reports
from specs.sql.statements import CreateTable

RESTART: tuple[Capability, ...] = ("fastload", "fastload/restart")
EVENTS: tuple[Exposure, ...] = (*ACCOUNTS, "events")


@claim("FL-14", given=paused_jobs(), needs=RESTART)
def a_load_without_end_loading_stays_paused_and_locked(trial: Trial, scenario: Scenario) -> None:
    system = trial.system()
    for _ in range(2):  # the same script again only pauses again
        observed = system.run(scenario.bundle)
        paused_with(observed, "end_loading_missing")
        tables_are_locked(load_of(scenario.bundle), observed)
    twin_loads(trial, loadable(scenario.bundle))


@claim("FL-15", "FL-14", given=paused_jobs(), needs=RESTART, exposes=ACCOUNTS)
def a_load_without_end_loading_has_captured_every_faulty_record_once(
    trial: Trial, scenario: Scenario
) -> None:
    system = trial.system()
    (expected,) = expected_loads(scenario.bundle)
    for _ in range(2):  # and captures none again
        observed = system.run(scenario.bundle)
        paused_with(observed, "end_loading_missing")
        error_table_1_is_right(expected, observed)
        if report_of(expected, observed).counts is not None:
            raise Difference(
                f"the paused load of {expected.load.target}: expected a report without counts, as "
                f"they are final, observed {report_of(expected, observed).counts}"
            )
    twin_loads(trial, loadable(scenario.bundle))


@claim("FL-14", given=conflicting_jobs(paused_jobs()), needs=RESTART)
def another_job_on_the_tables_of_a_paused_load_gets_2652(trial: Trial, scenario: Scenario) -> None:
    system = trial.system()
    system.run(scenario.bundle)
    other = conflicting_job(scenario.bundle, int(scenario.choices["conflict"]))
    _refused_with(system.run(other), "table_being_loaded")
    again = system.run(scenario.bundle)
    paused_with(again, "end_loading_missing")
    tables_are_locked(load_of(scenario.bundle), again)


@claim(
    "FL-14",
    given=conflicting_jobs(stopped_jobs(at=(None,))),
    needs=RESTART,
    exposes=EVENTS,
    promises=["stopped at phase", "stopped at block-sent"],
)
def another_job_between_stop_and_restart_gets_2652_and_harms_nothing(
    trial: Trial, scenario: Scenario
) -> None:
    bundle = scenario.bundle
    events = completed(trial.run(bundle)).events
    under_way = _while_loading(events)
    at = under_way[int(scenario.choices["stops"][0]["occurrence"]) % len(under_way)]
    system = trial.system()
    system.stop(bundle, occurrence=at)
    trial.note(f"stopped at {events[at][0]}")
    other = conflicting_job(bundle, int(scenario.choices["conflict"]))
    _refused_with(system.run(other), "table_being_loaded")
    loads_are_right(bundle, system.run(bundle))


@claim("FL-14", given=paused_jobs(), needs=RESTART)
def begin_and_end_loading_alone_release_the_tables(trial: Trial, scenario: Scenario) -> None:
    bundle, load = scenario.bundle, load_of(scenario.bundle)
    system = trial.system()
    system.run(bundle)
    released = completed(system.run(release_of(bundle)))
    nothing_is_locked(released)
    log_is_gone(released)
    target = table_of(released, load.target)
    if target.rows:
        raise Difference(
            f"table {load.target} after the release: expected empty, observed "
            f"{len(target.rows)} rows"
        )
    (expected,) = expected_loads(bundle)
    _error_tables_stay_with_rows_only(load, len(expected.faulty), released)
    if load.error_table_1 in released.tables:
        rows = rows_of_error_table(released, load.error_table_1, one=True)
        captured_rows_are_of(load.error_table_1, expected.faulty, rows)
    # The tables are free for anyone now.
    dropped = completed(system.run(conflicting_job(bundle, DROP_TARGET)))
    if load.target in dropped.tables:
        raise Difference(f"DROP TABLE {load.target} after the release: expected gone, observed it")


@claim("FL-14", given=paused_jobs(), needs=RESTART, share=0.5)
def a_released_load_is_not_resumed_by_its_script(trial: Trial, scenario: Scenario) -> None:
    bundle = scenario.bundle
    system = trial.system()
    system.run(bundle)
    completed(system.run(release_of(bundle)))
    again = system.run(bundle)
    # The script meets what the release has left; where nothing is in its way it begins anew.
    (expected,) = expected_loads(bundle)
    if isinstance(bundle.case.steps[0], CreateTable):
        refused_with(again, "table_exists", 8)
    elif expected.faulty:
        refused_with(again, "error_table_exists")
    else:
        paused_with(again, "end_loading_missing")


@claim("FL-14", given=paused_jobs(), needs=RESTART, share=0.25)
def a_release_finds_no_job_where_none_is_paused(trial: Trial, scenario: Scenario) -> None:
    _refused_with(trial.run(release_of(scenario.bundle)), "no_job_to_release")
    if trial.thorough:  # where one is paused, it does
        system = trial.system()
        paused_with(system.run(scenario.bundle), "end_loading_missing")
        completed(system.run(release_of(scenario.bundle)))


@claim("FL-07", "FL-14", given=fastload_scenarios(STOPPABLE), needs=("fastload",), share=0.5)
def a_completed_load_leaves_no_lock(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    nothing_is_locked(completed(observed))
    _targets_are_right(scenario, observed)


@claim("FL-21", given=paused_jobs(), needs=("fastload",), exposes=EVENTS)
def the_log_has_one_row_while_a_job_is_paused(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    paused_with(observed, "end_loading_missing")
    log_has_one_row(load_of(scenario.bundle), last_checkpoint(observed.events), observed)
    twin_loads(trial, loadable(scenario.bundle))


@claim(
    "FL-21",
    given=fastload_scenarios(PAUSING),
    needs=("fastload",),
    exposes=EVENTS,
    promises=["paused: end_loading_missing", "paused: error_limit_reached"],
)
def the_log_has_one_row_whatever_paused_the_job(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    if observed.outcome.status == "completed":
        log_is_gone(observed)
        _targets_are_right(scenario, observed)
        return
    paused_with(observed, "bad_record", "error_limit_reached", "end_loading_missing")
    assert observed.outcome.error is not None, "a paused job tells why"
    trial.note(f"paused: {observed.outcome.error.name}")
    log_has_one_row(load_of(scenario.bundle), last_checkpoint(observed.events), observed)


@claim("FL-21", given=fastload_scenarios(STOPPABLE), needs=("fastload",), share=0.5)
def the_log_is_gone_when_the_job_has_succeeded(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    log_is_gone(completed(observed))
    _targets_are_right(scenario, observed)


@claim(
    "FL-22",
    given=loads_under_one_name(),
    needs=("fastload",),
    exposes=ACCOUNTS,
    promises=["error tables: name taken", "error tables: dropped or empty"],
)
def an_error_tables_name_stays_taken_until_it_is_dropped(trial: Trial, scenario: Scenario) -> None:
    expected = trial.expect(scenario.bundle)
    observed = trial.run(scenario.bundle)
    if expected.status == "completed":
        trial.note("error tables: dropped or empty")
        loads_with_one_name = [s for s in scenario.bundle.case.steps if isinstance(s, Load)]
        completed(observed)
        _reported(observed, len(loads_with_one_name))
        return
    trial.note("error tables: name taken")
    _refused_with(observed, "error_table_exists")
    _reported(observed, 1)
    nothing_is_locked(observed)


def _targets_are_right(scenario: Scenario, observed: Observed) -> None:
    """The load did happen; without that no lock and no log would mean nothing."""
    for expected in expected_loads(scenario.bundle):
        target_is_right(expected, observed)


def _while_loading(events: Sequence[Event]) -> range:
    """The positions of the events from the begin of the load to before its step is done."""
    names = [name for name, _ in events]
    if "phase" not in names:
        raise Difference(f"expected an event phase when the load begins, observed {names}")
    begun = names.index("phase")
    done = [at for at, name in enumerate(names) if name == "step-done"]
    return range(begun, max(done[-1] if done else len(names), begun + 1))


def _error_tables_stay_with_rows_only(load: Load, faulty: int, observed: Observed) -> None:
    for name, rows in ((load.error_table_1, faulty), (load.error_table_2, 0)):
        there = name in observed.tables
        if there and not table_of(observed, name).rows:
            raise Difference(f"error table {name}: expected dropped as it is empty, observed kept")
        if rows and not there:
            raise Difference(f"error table {name} with {rows} rows: expected kept, observed gone")


def _reported(observed: Observed, number: int) -> None:
    found = sum(report.counts is not None for report in load_reports(observed.outcome.report))
    if found != number:
        raise Difference(f"expected {number} completed loads in the reports, observed {found}")


def _refused_with(observed: Observed, name: ErrorName) -> None:
    refused_with(observed, name)
    if name in ERROR_CODES:
        code_is(observed, ERROR_CODES[name])
