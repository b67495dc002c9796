"""The reference as a candidate: case directory in, durable workspace, outcome directory out."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa

from reference import exchange
from reference.distribution.requests import RowsFile
from reference.execution import run_plan, tables_at_end
from reference.storage.hashing import PUBLISHED, HashFunction
from reference.system import InputChanged, Refused, Run, System
from reference.workspace import is_locked_out, open_workspace, touched_tables
from specs.contract import Case, Description, Emit, Outcome
from specs.contract.directories import (
    OUTCOME_DIRECTORY,
    OUTCOME_FILE,
    arrow_bytes,
    encode_document,
    read_arrow,
    read_case_document,
    write_outcome_document,
)
from specs.distribution.plan import Reconfigure
from specs.sql.tables import TableDefinition

VERSION = "0.1.0"

DURABLE_EVENTS = frozenset({"phase", "checkpoint", "step-done"})
"""Events after which a restart does not repeat what came before."""


class ReferenceLoader:
    """FastLoad and the hash distribution as the rules have them, one row after the other."""

    def __init__(self, function: HashFunction = PUBLISHED) -> None:
        self._function = function

    def describe(self) -> Description:
        return Description(
            name="reference",
            version=VERSION,
            language="Python",
            homepage="",
            issues="",
            capabilities=(
                "distribute",
                "distribute/nopi",
                "distribute/reconfigure",
                "fastload",
                "fastload/nopi",
                "fastload/restart",
                "fastload/amp-loss",
            ),
            exposes=("content", "placement", "events", "counts"),
            editions=("vendor", "seed"),
        )

    def run(self, case_directory: Path, workspace_directory: Path, emit: Emit) -> None:
        """Run the case, or go on with it, and leave ``outcome/`` in the workspace.

        Raises `WorkspaceError` when the workspace is another case's, `DirectoryError` when the
        case directory is incomplete; what ``emit`` raises passes.
        """
        case = read_case_document(case_directory)
        case_id = hashlib.sha256(encode_document(case)).hexdigest()
        workspace, fresh = open_workspace(workspace_directory, case_id, case, self._function)
        outcome_directory = workspace_directory / OUTCOME_DIRECTORY
        (outcome_directory / OUTCOME_FILE).unlink(missing_ok=True)
        system, run = workspace.system, workspace.run
        if is_locked_out(case.plan, system) and fresh:
            run = locked_out(case, system)
        else:
            if fresh:
                take_over_tables(case, case_directory, system)

            # FL-14: nothing that this case does is durable before it released another's load.
            locking_job = system.job if fresh else None

            def save() -> None:
                if locking_job is None or system.job is not locking_job:
                    workspace.save()

            def journal(event: str, details: dict[str, Any]) -> None:
                if event in DURABLE_EVENTS:
                    save()
                emit(event, details)

            files, read_rows = DirectoryFiles(case_directory), rows_reader(case_directory)
            run_plan(system, run, case, files, read_rows, journal)
            if run.ended or not case.plan.steps:  # else the last step's end has saved it all
                save()
            if locking_job is not None and system.job is locking_job:
                system = workspace.reread(self._function)
        write_outcome(system, run, outcome_directory)
        if run.status == "completed":
            emit("completed", {})


def factory() -> ReferenceLoader:
    """A new loader; name it as ``py:reference.candidate:factory``."""
    return ReferenceLoader()


def locked_out(case: Case, system: System) -> Run:
    """FL-14: the run of a case that meets a table which another job is loading."""
    run = Run()
    try:
        for step in case.plan.steps:
            every_table = isinstance(step, Reconfigure)
            system.refuse_locked(*(system.locked if every_table else sorted(touched_tables(step))))
    except Refused as refused:
        run.ended = refused
    return run


def take_over_tables(case: Case, directory: Path, system: System) -> None:
    """Add the case's own tables; those that the system already has stay as they are."""
    for name, file in case.tables.items():
        if name not in system.tables:
            exchange.take_over(system, name, read_arrow(directory / file))


class DirectoryFiles:
    """The case directory's input files (`reference.system.InputFiles`)."""

    def __init__(self, case_directory: Path) -> None:
        self._directory = case_directory / "files"

    def exists(self, name: str) -> bool:
        try:
            _inside(self._directory, name).stat()
        except FileNotFoundError:
            return False
        except OSError:
            return True  # it exists; that it cannot be read stops the job when it is read
        return True

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        path = _inside(self._directory, name)
        with path.open("rb") as stream:
            before = os.fstat(stream.fileno())
            try:
                yield stream
            except (OSError, EOFError, zlib.error):
                _check_unchanged(path, before)  # which is why, if so
                raise
            _check_unchanged(path, before)


def rows_reader(case_directory: Path) -> Callable[[str, TableDefinition | None], RowsFile]:
    """Reads the case's Arrow files."""

    def read(name: str, definition: TableDefinition | None) -> RowsFile:
        return exchange.rows_file(read_arrow(_inside(case_directory / "files", name)), definition)

    return read


def write_outcome(system: System, run: Run, directory: Path) -> None:
    """Write the outcome directory anew, ``outcome.json`` last."""
    shutil.rmtree(directory, ignore_errors=True)
    for part in ("tables", "answers"):
        (directory / part).mkdir(parents=True)
    tables: dict[str, tuple[str, ...]] = {}
    for number, (name, (table, readable)) in enumerate(tables_at_end(system).items()):
        file = f"tables/{number}.arrow"
        tables[name] = (file,) if readable else ()
        if readable:
            (directory / file).write_bytes(arrow_bytes(exchange.to_arrow(table)))
    answers: dict[str, str] = {}
    for step, answer in run.answers.items():
        answers[str(step)] = f"answers/{step}.arrow"
        (directory / answers[str(step)]).write_bytes(arrow_bytes(exchange.answer_to_arrow(answer)))
    outcome = Outcome(
        status=run.status,
        return_code=run.return_code,
        error=run.error,
        warnings=tuple(run.warnings),
        loads=run.reports,
        tables=tables,
        locked=system.locked,
        answers=answers,
        versions={"reference": VERSION, "pyarrow": pa.__version__},
        work=dict(run.work),
    )
    write_outcome_document(outcome, directory)


def _check_unchanged(path: Path, before: os.stat_result) -> None:
    """FL-26: a file is read as it was when it was opened. Raises `InputChanged`."""
    if not stat.S_ISREG(before.st_mode):
        return  # a pipe is given as it comes
    try:
        after = path.stat()
    except FileNotFoundError:
        raise InputChanged("it was removed while it was read") from None
    if (after.st_dev, after.st_ino) != (before.st_dev, before.st_ino):
        raise InputChanged("another file took its place while it was read")
    if after.st_size != before.st_size:
        sizes = f"from {before.st_size:,} to {after.st_size:,} bytes"
        raise InputChanged(f"its size changed {sizes} while it was read")
    if after.st_mtime_ns != before.st_mtime_ns:
        raise InputChanged("it was written to while it was read")


def _inside(directory: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise FileNotFoundError(f"{name}: not a path inside the case's files")
    return directory / path
