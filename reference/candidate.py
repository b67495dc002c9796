"""The reference as a candidate: case directory in, durable workspace, outcome directory out."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pyarrow as pa

import specs.engines
from reference import exchange
from reference.engines import ENGINES
from reference.exchange import ArrowTable
from reference.jobs import Job
from reference.running import complete_job, run_job, start_job
from reference.storage.hashing import PUBLISHED, HashFunction
from reference.system import System
from reference.workspace import DirectoryWorkspace
from specs.contract import Case, Description, Emit, Outcome
from specs.contract.directories import (
    OUTCOME_DIRECTORY,
    OUTCOME_FILE,
    arrow_bytes,
    read_arrow,
    read_case_document,
    write_outcome_document,
)
from specs.contract.input_files import check_unchanged

VERSION = "0.1.0"

_NUMBERED = re.compile(r"[0-9]+\.arrow")
"""Names that `write_outcome` gives to files."""


class ReferenceLoader:
    """The engines as the rules have them, one row after the other."""

    def __init__(self, function: HashFunction = PUBLISHED) -> None:
        self._function = function

    def describe(self) -> Description:
        """All of every engine that the reference knows."""
        known = [engine for engine in specs.engines.ENGINES if engine.name in ENGINES]
        return Description(
            name="reference",
            version=VERSION,
            language="Python",
            homepage="",
            issues="",
            capabilities=tuple(part for engine in known for part in engine.capabilities),
            exposes=("content", "placement", "events", "counts"),
            editions={engine.name: engine.editions for engine in known},
        )

    def run(self, case_directory: Path, workspace_directory: Path, emit: Emit) -> None:
        """Run the case's job, or go on with it, and leave ``outcome/`` in the workspace.

        Raises `WorkspaceError` for a case of another size than the workspace's system has, or when
        the workspace cannot be read or written or is in use by another run; `DirectoryError` when
        the case directory is incomplete; `ScriptError` for a script without plan that cannot be
        read. What ``emit`` raises passes.
        """
        case = read_case_document(case_directory)
        workspace = DirectoryWorkspace(workspace_directory)
        with workspace.held():
            files = DirectoryFiles(case, case_directory)
            run = start_job(workspace, self._function, case, files, emit)
            outcome_directory = workspace_directory / OUTCOME_DIRECTORY
            with workspace.writing():
                (outcome_directory / OUTCOME_FILE).unlink(missing_ok=True)
            run_job(run)
            with workspace.writing():
                write_outcome(run.system, run.job, outcome_directory)
            complete_job(run)


def factory() -> ReferenceLoader:
    """A new loader; built in as ``reference``."""
    return ReferenceLoader()


class DirectoryFiles:
    """What the case directory holds (`reference.running.CaseFiles`)."""

    def __init__(self, case: Case, case_directory: Path) -> None:
        self._case = case
        self._case_directory = case_directory
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
                check_unchanged(path, before)  # a changed file is told as changed, not as corrupt
                raise
            check_unchanged(path, before)

    def read_table(self, name: str) -> ArrowTable:
        return read_arrow(self._case_directory / self._case.tables[name])


def write_outcome(system: System, job: Job, directory: Path) -> None:
    """Write the outcome directory anew, ``outcome.json`` last; what is not ours stays in it."""
    for part in ("tables", "answers"):
        (directory / part).mkdir(parents=True, exist_ok=True)
        for path in (directory / part).iterdir():
            if _NUMBERED.fullmatch(path.name):
                path.unlink()
    tables: dict[str, tuple[str, ...]] = {}
    for number, (name, (table, readable)) in enumerate(system.tables_at_end().items()):
        file = f"tables/{number}.arrow"
        tables[name] = (file,) if readable else ()
        if readable:
            (directory / file).write_bytes(arrow_bytes(exchange.to_arrow(table)))
    answers: dict[str, str] = {}
    for step, answer in job.answers.items():
        answers[str(step)] = f"answers/{step}.arrow"
        (directory / answers[str(step)]).write_bytes(arrow_bytes(exchange.answer_to_arrow(answer)))
    outcome = Outcome(
        status=job.status,
        return_code=job.return_code,
        error=job.error,
        warnings=tuple(job.warnings),
        report=job.report,
        tables=tables,
        locked=system.locked,
        answers=answers,
        versions={"reference": VERSION, "pyarrow": pa.__version__},
        work=dict(job.work),
    )
    write_outcome_document(outcome, directory)


def _inside(directory: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise FileNotFoundError(f"{name}: not a path inside the case's files")
    return directory / path
