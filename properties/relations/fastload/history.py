"""What the rules say of a system after every job of a history of FastLoad jobs.

The reference's system tells how a job ends, which tables there are and which are locked. What the
rules leave free, such as which of equal rows stays, is judged as everywhere else, and from then on
has to stay as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from properties.engine.observed import Event, Observed, Row
from properties.engine.trial import Attempt, Difference
from properties.relations.fastload import accounting
from properties.relations.fastload.faults import each_faulty_record_is_there_once
from properties.relations.fastload.loading import (
    accounts_are_right,
    error_table_1_is_right,
    error_table_2_is_right,
    rows_of_error_table,
    target_is_right,
)
from properties.relations.fastload.pauses import (
    LOG_COLUMNS,
    captured_rows_are_of,
    pause_reasons,
)
from properties.relations.fastload.system_state import (
    JobState,
    KnownTable,
    OpenLoad,
    SystemState,
    tables_of,
)
from properties.relations.shared.answers import table_of
from properties.relations.shared.content import rows_are
from properties.relations.shared.stopping import code_is, ended_with, paused_with
from specs.contract import ErrorName
from specs.contract.directories import CaseBundle
from specs.fastload.errors import ERROR_CODES
from specs.fastload.report import RESTART_LOG, load_reports

LOCKED: ErrorName = "table_being_loaded"


class FastLoadHistory:
    """One system, job by job; a `properties.engine.judging.HistoryJudge`."""

    def __init__(self) -> None:
        self.state = SystemState()

    def progress(self, events: Sequence[Event]) -> tuple[int, ...]:
        """Steps done, then the part of the step that is done, then records up to a checkpoint."""
        steps, part, records = 0, 0, 0
        for name, details in events:
            match name:
                case "step-done":
                    steps, part, records = steps + 1, 0, 0
                case "phase":
                    part, records = (1 if details["phase"] == "acquisition" else 3), 0
                case "checkpoint":
                    part, records = 2, details["records"]
                case "completed":
                    part, records = 4, 0
                case _:
                    pass
        return steps, part, records

    def run_is_permitted(
        self, bundle: CaseBundle, expected: Attempt, told: Sequence[Event]
    ) -> None:
        """No step was done that the rules refuse, or that they make the load pause in."""
        steps, found = self.progress(expected.events)[0], self.progress(told)[0]
        outcome = expected.observed.outcome if expected.observed else None
        if outcome is not None and outcome.error is not None and found > steps:
            raise Difference(
                f"job {bundle.case.job}: expected it to be {outcome.status} with "
                f"{outcome.error.name} after {steps} step(s), observed step-done {found} times"
            )

    def has_run(
        self, bundle: CaseBundle, expected: Attempt, told: Sequence[Event], certain: bool
    ) -> None:
        self.state.follow(bundle, expected, told, certain)

    # --- an outcome -------------------------------------------------------------------------

    def outcome_is_right(self, bundle: CaseBundle, expected: Observed, observed: Observed) -> None:
        """The whole system, and the job that has just run, are as the rules permit."""
        job = self.state.job_of(bundle.case)
        assert job is not None, "the job has run"
        _ended_right(job, expected, observed)
        _tables_and_locks_are(expected, observed)
        for name in sorted(set(expected.tables) - {RESTART_LOG}):
            if expected.tables[name] is not None:
                self._content_is_right(name, job, expected, observed)
        _log_is_right(self.state.open_loads, observed)
        self._reports_are_right(job, expected, observed)
        self.state.shown(expected, observed)

    def _content_is_right(
        self, name: str, job: JobState, expected: Observed, observed: Observed
    ) -> None:
        for open_load in self.state.open_loads:
            if name == open_load.load.error_table_1:
                ended = expected.outcome.error.name if expected.outcome.error else None
                own = open_load is job.open
                _captured_is_right(open_load, observed, ended if own else None)
                return
        table = self.state.tables[name]
        rows = table_of(observed, name).rows
        if table.rows is not None:
            rows_are(f"table {name}", table.rows, rows)
        elif table.captured_by is not None:
            _some_are_captured(table.captured_by, rows)
        elif table.left_by is not None:
            load = table.left_by.load
            if name == load.target:
                target_is_right(table.left_by, observed)
            elif name == load.error_table_1:
                error_table_1_is_right(table.left_by, observed)
            elif self._as_left(table, load.target):
                error_table_2_is_right(table.left_by, observed)

    def _as_left(self, table: KnownTable, *names: str) -> bool:
        """Whether nobody has touched these tables since the load that left this one."""
        others = [self.state.tables.get(name) for name in names]
        return all(other is not None and other.left_by is table.left_by for other in others)

    def _reports_are_right(self, job: JobState, expected: Observed, observed: Observed) -> None:
        wanted = [report.target for report in load_reports(expected.outcome.report)]
        found = load_reports(observed.outcome.report)
        if [report.target for report in found] != wanted:
            raise Difference(
                f"outcome.json, report: expected the loads of {', '.join(wanted) or 'nothing'}, "
                f"observed those of {', '.join(report.target for report in found) or 'nothing'}"
            )
        for position, load in enumerate(job.loads):
            report = found[position]
            if position < len(job.reports):
                before = job.reports[position]
                if (report.counts, report.summary) != (before.counts, before.summary):
                    raise Difference(
                        f"the load of {report.target} that completed before: expected the counts "
                        f"as they were, {before.counts}; observed {report.counts}"
                    )
                continue
            target = self.state.tables.get(load.load.target)
            if target is not None and self._as_left(target, *tables_of(load.load)):
                accounts_are_right(load, observed)
            accounting.accounts_add_up(report)
            job.reports.append(report)
        for report in found[len(job.loads) :]:
            if report.counts is not None:
                raise Difference(
                    f"the paused load of {report.target}: expected a report without counts, as "
                    f"they are final, observed {report.counts}"
                )


def _ended_right(job: JobState, expected: Observed, observed: Observed) -> None:
    outcome = expected.outcome
    error = outcome.error.name if outcome.error else None
    if outcome.status == "paused" and job.open is not None and error != "input_changed":
        reasons = pause_reasons(job.open.expected[-1])
        paused_with(observed, *reasons, return_code=outcome.return_code)
        return
    ended_with(observed, outcome.status, error, outcome.return_code)
    if error == LOCKED:
        code_is(observed, ERROR_CODES[LOCKED])


def _tables_and_locks_are(expected: Observed, observed: Observed) -> None:
    wanted, found = sorted(expected.outcome.locked), sorted(observed.outcome.locked)
    if wanted != found:
        raise Difference(
            f"expected locks on {', '.join(wanted) or 'nothing'}; "
            f"observed {', '.join(found) or 'none'}"
        )
    names, there = set(expected.tables), set(observed.tables)
    if names != there:
        raise Difference(
            f"tables of the system: missing {', '.join(sorted(names - there)) or 'none'}; "
            f"unexpected {', '.join(sorted(there - names)) or 'none'}"
        )
    for name in sorted(names):
        if expected.tables[name] is None and observed.tables[name] is not None:
            raise Difference(f"locked table {name}: expected listed without files, observed rows")


def _captured_is_right(load: OpenLoad, observed: Observed, ended: ErrorName | None) -> None:
    """Error table 1 of a load that has not ended; ``ended``: what has just paused it, if so."""
    name = load.load.error_table_1
    rows = rows_of_error_table(observed, name, one=True)
    if load.captured is not None:
        rows_are(f"error table {name}, which nobody has touched", load.captured, rows)
    elif load.phase == "application" or ended == "end_loading_missing":
        each_faulty_record_is_there_once(name, load.expected[-1].faulty, rows)
    else:
        _some_are_captured(load, rows)
        limit = load.load.error_limit
        stopped = observed.outcome.error.name if observed.outcome.error else None
        if ended is not None and stopped == "error_limit_reached" and len(rows) < limit:
            raise Difference(
                f"error table {name} of a load that stopped at ERRLIMIT {limit}: "
                f"expected so many rows or more, observed {len(rows)}"
            )


def _some_are_captured(load: OpenLoad, rows: Sequence[Row]) -> None:
    """Rows are faulty records of the load, and all of those up to its last checkpoint are there."""
    name = load.load.error_table_1
    differences = []
    for expected in load.expected:
        try:
            captured_rows_are_of(name, expected.faulty, rows)
        except Difference as difference:
            differences.append(difference)
            continue
        durable = sum(bool(fact.faults) for fact in expected.facts[: load.checkpoint])
        if len(rows) < durable:
            raise Difference(
                f"error table {name}: expected the {durable} faulty records up to the checkpoint "
                f"after record {load.checkpoint}, observed {len(rows)} rows"
            )
        return
    raise differences[-1]


def _log_is_right(loads: Sequence[OpenLoad], observed: Observed) -> None:
    """FL-21: a row for each load that has not ended: its target, its phase, its checkpoint."""
    if not loads:
        return
    log = table_of(observed, RESTART_LOG)
    if log.columns != LOG_COLUMNS:
        raise Difference(
            f"{RESTART_LOG}: expected the columns {', '.join(LOG_COLUMNS)}, "
            f"observed {', '.join(log.columns)}"
        )
    targets = sorted(load.load.target for load in loads)
    if sorted(str(row[0]) for row in log.rows) != targets:
        raise Difference(f"{RESTART_LOG}: expected a row each for {targets}, observed {log.rows}")
    for load in loads:
        _, phase, records = next(row for row in log.rows if row[0] == load.load.target)
        if phase != load.phase or records not in load.log_records:
            told = " or ".join(map(str, load.log_records))
            raise Difference(
                f"{RESTART_LOG}, load of {load.load.target}: expected {load.phase} with {told} "
                f"records, observed {phase} with {records}"
            )
