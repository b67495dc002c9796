"""What is known of a system between its FastLoad jobs: tables, open loads, unfinished jobs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from properties.engine.observed import Event, Observed, Row, observed_table
from properties.engine.recording import same_job
from properties.engine.trial import Attempt
from properties.relations.fastload.loading import ExpectedLoad, expected_loads
from specs.contract import Case
from specs.contract.directories import CaseBundle, definition_of
from specs.fastload.error_tables import error_table_1_schema
from specs.fastload.plan import FastLoadPlan, Load, ReleaseLoad
from specs.fastload.report import LoadReport
from specs.sql.naming import same_name, spelled_alike
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import TableDefinition


@dataclass
class OpenLoad:
    """A load that has begun and not ended, at a step of its job.

    ``bundles``: the cases whose inputs it may have read last, first the one that it surely has.
    ``checkpoint``: records up to the last checkpoint that the candidate told; ``certain`` False:
    there may be a later one. ``reference_checkpoint`` is that of the reference. ``captured``: error
    table 1 as an outcome showed it last, None since the load went on; ``shown_alike``: it was empty
    there just when that of the reference was.
    """

    step: int
    load: Load
    definition: TableDefinition
    bundles: list[CaseBundle]
    phase: str = "acquisition"
    checkpoint: int = 0
    reference_checkpoint: int = 0
    certain: bool = True
    captured: Sequence[Row] | None = None
    shown_alike: bool = False

    @property
    def tables(self) -> tuple[str, str, str]:
        """The tables that it locks."""
        return tables_of(self.load)

    @property
    def expected(self) -> list[ExpectedLoad]:
        """What is expected of the load with each of the inputs that it may have read."""
        return [load_by_itself(bundle, self.load, self.definition) for bundle in self.bundles]

    @property
    def log_records(self) -> Sequence[int]:
        """What the restart log may tell as the records read up to the last checkpoint (FL-21)."""
        if self.certain and self.phase == "acquisition":
            return [self.checkpoint]
        read = max(expected.read for expected in self.expected)
        return range(self.checkpoint, read + 1) if not self.certain else [self.checkpoint, read]

    @property
    def release_is_determined(self) -> bool:
        """Whether the rules say which tables a release of it leaves (FL-14)."""
        if self.phase == "application" or not self.certain:
            return False
        if self.captured is not None:
            return self.shown_alike
        expected = self.expected
        durable = any(fact.faults for fact in expected[-1].facts[: self.checkpoint])
        return durable or not any(each.faulty for each in expected)

    def restart_is_determined(self, files: Mapping[str, bytes]) -> bool:
        """Whether the rules say if a restart with these inputs finds them changed (FL-13).

        Where a load stops for ERRLIMIT is open, and so is whether it is before a checkpoint.
        """
        if self.phase == "application":
            return True
        same = self.checkpoint == self.reference_checkpoint
        return (self.certain and same) or all(each.files == files for each in self.bundles)


@dataclass
class KnownTable:
    """A table that no load has locked. ``rows``: those that it holds, in any order.

    They are None until an outcome has shown them, if a completed load has left them
    (``left_by``) or they were captured by a load that was released (``captured_by``).
    """

    rows: Sequence[Row] | None
    definition: TableDefinition | None = None
    left_by: ExpectedLoad | None = None
    captured_by: OpenLoad | None = None


@dataclass
class JobState:
    """How far a job is: its next step, its open load, the completed loads and their reports."""

    case: Case
    step: int = 0
    completed: bool = False
    open: OpenLoad | None = None
    loads: list[ExpectedLoad] = field(default_factory=list)
    reports: list[LoadReport] = field(default_factory=list)


class SystemState:
    """The system's tables, and its jobs: the unfinished ones, and the last one if it completed."""

    def __init__(self) -> None:
        self.tables: dict[str, KnownTable] = {}
        self.jobs: list[JobState] = []

    @property
    def open_loads(self) -> list[OpenLoad]:
        """The loads of all jobs that have begun and not ended."""
        return [job.open for job in self.jobs if job.open]

    def job_of(self, case: Case) -> JobState | None:
        """The job of a case, if it is remembered."""
        return next((job for job in self.jobs if same_job(job.case, case)), None)

    def follow(
        self, bundle: CaseBundle, expected: Attempt, told: Sequence[Event], certain: bool
    ) -> None:
        """A job ran, on the reference's system as ``expected`` tells and ``told`` on the other.

        ``expected`` without outcome and events: nothing came of it that a restart would keep.
        ``certain`` False: the candidate may have come further than it told.
        """
        ended = expected.observed is not None
        job = self._started(bundle) if ended or expected.events else self.job_of(bundle.case)
        if job is None:
            return
        going_on = job.open
        if going_on is not None:
            going_on.captured = None
            _read(going_on, bundle, expected)
        for name, details in expected.events:
            match name:
                case "step-done":
                    self._done(job, bundle, details["step"])
                case "completed":
                    job.completed = True
                case _:
                    load = self._loading(job, bundle)
                    if name == "phase" and details["phase"] == "application":
                        load.phase = "application"
                        load.bundles = load.bundles[-1:]
                    if name == "checkpoint":
                        load.reference_checkpoint = details["records"]
        status = expected.observed.outcome.status if expected.observed else None
        if status == "paused" and job.open is None:
            self._loading(job, bundle)
        if job.open is not None:
            _told(job.open, told, certain)

    def shown(self, expected: Observed, observed: Observed) -> None:
        """An outcome was judged right: what it shows stays until somebody changes it."""
        self.tables = {
            name: table for name, table in self.tables.items() if name in expected.tables
        }
        locked = {name for load in self.open_loads for name in load.tables}
        for name, table in self.tables.items():
            found = observed.tables[name]
            if name not in locked and found is not None:
                table.rows = found.rows
        for load in self.open_loads:
            name = load.load.error_table_1
            found, wanted = observed.tables[name], expected.tables[name]
            if found is not None and wanted is not None:
                load.captured = found.rows
                load.shown_alike = bool(found.rows) == bool(wanted.rows)

    def _spelled(self, step: Any) -> Any:
        """A step with its tables in the letter case in which the system has them."""
        locked = (name for load in self.open_loads for name in load.tables)
        return spelled_alike(step, [*self.tables, *locked])

    # --- one job ----------------------------------------------------------------------------

    def _started(self, bundle: CaseBundle) -> JobState:
        """The job of a case as it goes on; a new one brings its tables along."""
        job = self.job_of(bundle.case)
        self.jobs = [other for other in self.jobs if other is job or not other.completed]
        if job is None:
            for name, rows in bundle.tables.items():
                if not any(same_name(name, other) for other in self.tables):
                    plain = rows.schema.equals(error_table_1_schema())
                    definition = None if plain else definition_of(rows.schema)
                    self.tables[name] = KnownTable(observed_table(rows).rows, definition)
            job = JobState(bundle.case)
            self.jobs.append(job)
        return job

    def _loading(self, job: JobState, bundle: CaseBundle) -> OpenLoad:
        """The load at the job's step, which has begun at the latest now."""
        if job.open is None:
            step = self._spelled(job.case.steps[job.step])
            assert isinstance(step, Load), "only loads pause, or tell of what they do"
            definition = self.tables[step.target].definition
            assert definition is not None, "a table that can be loaded has a definition"
            job.open = OpenLoad(job.step, step, definition, [bundle])
        return job.open

    def _done(self, job: JobState, bundle: CaseBundle, at: int) -> None:
        match self._spelled(job.case.steps[at]):
            case CreateTable(definition=definition):
                self.tables[definition.name] = KnownTable((), definition)
            case DropTable(table=name):
                self.tables.pop(name, None)
            case DeleteRows(table=name):
                if name in self.tables:
                    self.tables[name] = KnownTable((), self.tables[name].definition)
            case ReleaseLoad() as step:
                self._released(tables_of(step))
            case Load():
                self._completed(job, bundle)
        job.step = at + 1

    def _completed(self, job: JobState, bundle: CaseBundle) -> None:
        load = self._loading(job, bundle)
        expected = dataclasses.replace(load.expected[-1], position=len(job.loads))
        job.loads.append(expected)
        job.open = None
        for name in load.tables:
            definition = load.definition if name == load.load.target else None
            self.tables[name] = KnownTable(None, definition, left_by=expected)

    def _released(self, tables: tuple[str, str, str]) -> None:
        owner = next(job for job in self.jobs if job.open and job.open.tables == tables)
        assert owner.open is not None, "as just looked up"
        self.jobs.remove(owner)
        target, error_table_1, _ = tables
        self.tables[target] = KnownTable((), owner.open.definition)
        self.tables[error_table_1] = KnownTable(owner.open.captured, captured_by=owner.open)


def tables_of(load: Load | ReleaseLoad) -> tuple[str, str, str]:
    """The target and both error tables."""
    return load.target, load.error_table_1, load.error_table_2


def load_by_itself(bundle: CaseBundle, load: Load, definition: TableDefinition) -> ExpectedLoad:
    """What is expected of a load into an empty table, whatever made the table."""
    plan = FastLoadPlan(steps=(CreateTable(definition=definition), load))
    case = msgspec.structs.replace(bundle.case, plan=plan, tables={})
    (expected,) = expected_loads(CaseBundle(case, bundle.files))
    return expected


def _read(load: OpenLoad, bundle: CaseBundle, expected: Attempt) -> None:
    """A load went on with the inputs of a case, unless it reads no more or found them changed."""
    error = expected.observed.outcome.error if expected.observed else None
    if load.phase == "application":
        return
    if error is not None and error.name == "input_changed":
        load.bundles = load.bundles[:1]
    else:
        load.bundles = [bundle] if expected.observed else [*load.bundles, bundle]


def _told(load: OpenLoad, told: Sequence[Event], certain: bool) -> None:
    """Note the last checkpoint that the candidate told of its load under way."""
    done = [at for at, (name, _) in enumerate(told) if name == "step-done"]
    for name, details in told[done[-1] + 1 if done else 0 :]:
        if name == "checkpoint":
            load.checkpoint, load.certain = details["records"], True
    load.certain = load.certain and certain
