"""Jobs in memory: on a system that keeps what they leave, or a case on one of its own."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, overload

from reference.exchange import ArrowTable
from reference.jobs import Answer, Job
from reference.running import complete_job, run_job, run_steps, start_job
from reference.storage.hash_maps import Amp, RowHash
from reference.storage.hashing import PUBLISHED, HashFunction
from reference.storage.tables import Row, Table, UniquenessId
from reference.system import EventSink, JobRun, System
from reference.workspace import MemoryWorkspace, PassingWorkspace, Workspace
from specs.contract import ErrorName, Report, Status, Stopped
from specs.contract.directories import CaseBundle, DirectoryError
from specs.sql.tables import TableDefinition


@dataclass(frozen=True)
class ReferenceTable:
    """A table at the end of a job, rows in the order in which they are kept.

    ``placement`` is (AMP, row hash, uniqueness id) of each row; None for error tables and restart
    logs. ``readable`` is False, and there are no rows, when an open load locks the table.
    """

    definition: TableDefinition
    rows: list[Row]
    placement: list[tuple[Amp, RowHash, UniquenessId]] | None
    readable: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        return self.definition.column_names


@dataclass(frozen=True)
class Result:
    """How a job ends, and what its system holds then.

    ``error`` is the error's name, ``report`` that of this job alone, ``answers`` are by the
    step's position.
    """

    status: Status
    error: ErrorName | None
    code: int | None
    message: str
    return_code: int
    report: Report | None
    tables: dict[str, ReferenceTable]
    locked: tuple[str, ...]
    answers: dict[int, Answer]


def _ignore(event: str, details: dict[str, Any]) -> None:
    """The event sink of a run without a listener."""


class ReferenceSystem:
    """A system in memory that jobs run on, one after the other.

    It keeps its tables, open loads and unfinished jobs. The first job decides its size.
    """

    def __init__(
        self, hash_function: HashFunction = PUBLISHED, workspace: MemoryWorkspace | None = None
    ) -> None:
        self._function = hash_function
        self._workspace = workspace or MemoryWorkspace()

    @overload
    def run(
        self, bundle: CaseBundle, stop_at: None = None, emit: EventSink = _ignore
    ) -> Result: ...
    @overload
    def run(
        self, bundle: CaseBundle, stop_at: int | None, emit: EventSink = _ignore
    ) -> Result | None: ...
    def run(
        self, bundle: CaseBundle, stop_at: int | None = None, emit: EventSink = _ignore
    ) -> Result | None:
        """Run a job to its end, from its start or from where it is; ``emit`` is told its events.

        ``stop_at``: stop it at its event of that number, counted from 0, if it has so many; None
        is returned, and the system is as after a kill. Raises `WorkspaceError` for a case of
        another size than the system has, `DirectoryError`, `ScriptError`; nothing changes then.
        """
        try:
            return _run(self._workspace, bundle, self._function, _stopping(stop_at, emit))
        except Stopped:
            return None

    def copy(self) -> ReferenceSystem:
        """Another system that is as this one is now."""
        return ReferenceSystem(self._function, self._workspace.copy())

    def before_step(self, bundle: CaseBundle, step: int) -> JobRun:
        """The job right before one of its steps, on a copy of the system: nothing of it is kept.

        Raises what `run` raises, and `JobEnded` when a step before ends the job.
        """
        run = _start(self._workspace.copy(), bundle, self._function, _ignore)
        run_steps(run, until=step)
        return run


def execute(bundle: CaseBundle, hash_function: HashFunction = PUBLISHED) -> Result:
    """Run a case in memory, on an empty system of its size, of which nothing else is kept."""
    return _run(PassingWorkspace(), bundle, hash_function, _ignore)


def _run(
    workspace: Workspace, bundle: CaseBundle, function: HashFunction, emit: EventSink
) -> Result:
    run = _start(workspace, bundle, function, emit)
    run_job(run)
    result = result_of(run.system, run.job)
    complete_job(run)
    return result


def _start(
    workspace: Workspace, bundle: CaseBundle, function: HashFunction, emit: EventSink
) -> JobRun:
    return start_job(workspace, function, bundle.case, BundleFiles(bundle), emit)


def _stopping(stop_at: int | None, emit: EventSink) -> EventSink:
    """An event sink that passes events on and stops the job after that one; None: after none."""
    seen = 0

    def emit_and_stop(event: str, details: dict[str, Any]) -> None:
        nonlocal seen
        emit(event, details)
        if seen == stop_at:
            raise Stopped
        seen += 1

    return emit_and_stop


def result_of(system: System, job: Job) -> Result:
    """How the job ended, and what the system holds."""
    return Result(
        status=job.status,
        error=job.error.name if job.error else None,
        code=job.error.code if job.error else None,
        message=job.error.message if job.error else "",
        return_code=job.return_code,
        report=job.report,
        tables={name: reference_table(*t) for name, t in system.tables_at_end().items()},
        locked=system.locked,
        answers=job.answers,
    )


def reference_table(table: Table, readable: bool) -> ReferenceTable:
    """A table as `Result` shows it."""
    rows = table.rows if readable else []
    return ReferenceTable(
        table.definition,
        [row.values for row in rows],
        [row.order for row in rows] if table.placed else None,
        readable,
    )


class BundleFiles:
    """What the bundle holds (`reference.running.CaseFiles`)."""

    def __init__(self, bundle: CaseBundle) -> None:
        self._files = bundle.files
        self._tables = bundle.tables

    def exists(self, name: str) -> bool:
        return name in self._files

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        try:
            return io.BytesIO(self._files[name])
        except KeyError:
            raise FileNotFoundError(name) from None

    def read_table(self, name: str) -> ArrowTable:
        if name not in self._tables:
            raise DirectoryError(f"table {name}: the case names it, but the bundle has no rows")
        return self._tables[name]
