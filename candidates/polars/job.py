"""A job at work on the system: what its steps see of it, and what they leave on its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import pyarrow as pa

from candidates.polars.durable.state import JobRecord
from candidates.polars.settings import Settings
from candidates.polars.system import System
from specs.contract import Case, Emit, ErrorName, NamedError
from specs.contract.directories import DirectoryError

if TYPE_CHECKING:
    from candidates.polars.steps import Steps


@dataclass(frozen=True)
class Job:
    """One job, during one run of it.

    ``key`` finds its record in the system's state; ``case`` is in ``case_directory``; ``steps`` do
    what decides about right and wrong; ``codes`` are the error codes of its engine, by the errors'
    names; ``work`` counts what is done in this run.
    """

    system: System
    key: str
    case: Case
    case_directory: Path
    steps: Steps
    settings: Settings
    codes: Mapping[str, tuple[int, ...]]
    emit: Emit
    work: dict[str, int] = field(default_factory=dict)

    @property
    def record(self) -> JobRecord:
        """What is known of the job beyond this run, and not durable before the next commit."""
        return self.system.state.jobs[self.key]

    @property
    def directory(self) -> Path:
        """The job's own directory in the workspace; whoever writes there makes it."""
        return self.system.workspace.job_directory(self.key)

    def input(self, name: str) -> Path:
        """A file or named pipe of the case, by its name in the plan; it is not opened.

        Raises `DirectoryError` when the case has no such file.
        """
        files = self.case_directory / "files"
        path = files / name
        try:
            found = path.is_relative_to(files) and ".." not in PurePath(name).parts
            found = found and "\0" not in name and bool(path.stat())
        except (FileNotFoundError, NotADirectoryError):
            found = False
        except OSError:
            found = True  # that it cannot be read is told when it is read
        if not found:
            raise DirectoryError(f"the case has no file {name} in its directory {files.name}/")
        return path

    def answer(self, number: int, schema: pa.Schema, columns: Sequence[pa.Array]) -> None:
        """Write the answer of a step."""
        workspace = self.system.workspace
        file = workspace.new_file(f"answer {number}")
        workspace.write_part(file, schema, columns)
        self.record.answers[str(number)] = file

    def warn(self, name: ErrorName, message: str) -> None:
        """FL-25: something was odd, but the job goes on."""
        self.record.warnings += (self.error(name, message),)

    def error(self, name: ErrorName, message: str) -> NamedError:
        """An error with the code that the job's engine has for it."""
        codes = self.codes.get(name, ())
        return NamedError(name=name, message=message, code=codes[0] if codes else None)

    def count(self, **work: int) -> None:
        """Add to the countable work."""
        for name, amount in work.items():
            self.work[name] = self.work.get(name, 0) + amount
