"""Outcomes of candidates, read directly or by a process of its own that may crash on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec
import pyarrow as pa

from candidates.reach.agreement import OutcomeError
from candidates.reach.outcome_client import ReaderProcess, ReadingRefused
from candidates.reach.outcome_server import (
    NO_OUTCOME,
    OutcomeFileError,
    OutcomeLimits,
    check_document,
)
from specs.contract import Outcome
from specs.contract.directories import (
    OUTCOME_DIRECTORY,
    OUTCOME_FILE,
    DirectoryError,
    read_outcome_document,
    read_outcome_file,
)


class OutcomeReader(Protocol):
    """Reads what a candidate left in an outcome directory. Every method raises `OutcomeError`."""

    def document(self, directory: Path) -> Outcome:
        """The document, of this contract; every file that it names is there."""

    def file(self, directory: Path, name: str) -> pa.Table:
        """One file that the document names: an answer, or a part of a table."""


def read_table(reader: OutcomeReader, directory: Path, files: Sequence[str]) -> pa.Table:
    """A table of an outcome, its parts in order. Raises `OutcomeError`."""
    parts = [reader.file(directory, name) for name in files]
    if not parts:
        raise OutcomeError(f"{directory}: the table has no files; is it locked?")
    try:
        return pa.concat_tables(parts)
    except pa.ArrowInvalid as error:
        raise OutcomeError(
            f"{', '.join(files)}: expected the parts of one table, found parts that do not fit "
            f"together ({error})"
        ) from error


def check_outcome(reader: OutcomeReader, workspace: Path) -> Path:
    """The outcome directory in ``workspace``, its document checked. Raises `OutcomeError`.

    What the files hold is read, and judged, by the properties.
    """
    directory = workspace / OUTCOME_DIRECTORY
    reader.document(directory)
    return directory


class DirectReader:
    """Reads in this process, for speed: for the loaders that come with us."""

    def __init__(self, spec: str) -> None:
        self._spec = spec

    def document(self, directory: Path) -> Outcome:
        try:
            if not (directory / OUTCOME_FILE).is_file():
                raise OutcomeFileError(NO_OUTCOME)
            outcome = read_outcome_document(directory)
            check_document(outcome, lambda name: (directory / name).is_file())
        except (DirectoryError, OutcomeFileError, UnicodeDecodeError) as error:
            raise OutcomeError(f"{self._spec}: {error}") from error
        return outcome

    def file(self, directory: Path, name: str) -> pa.Table:
        try:
            return read_outcome_file(directory, name)
        except DirectoryError as error:
            raise OutcomeError(f"{self._spec}: {error}") from error


_process = ReaderProcess()


class GuardedReader:
    """Reads untrusted outcomes: another process opens them, and returns what it has checked.

    A file that ends that process, or takes it longer than ``limits`` permit, is an error with the
    file's name.
    """

    def __init__(self, spec: str, limits: OutcomeLimits | None = None) -> None:
        self._spec = spec
        self._limits = limits or OutcomeLimits()

    def prepare(self) -> None:
        """Start the process that reads, so that the first reading need not wait for it."""
        _process.start()

    def document(self, directory: Path) -> Outcome:
        try:
            return msgspec.json.decode(
                _process.document(directory, OUTCOME_FILE, self._limits), type=Outcome
            )
        except ReadingRefused as refused:
            raise OutcomeError(f"{self._spec}: {refused}") from refused

    def file(self, directory: Path, name: str) -> pa.Table:
        try:
            stream = _process.file(directory, name, self._limits)
        except ReadingRefused as refused:
            raise OutcomeError(f"{self._spec}: {refused}") from refused
        return pa.ipc.open_stream(pa.py_buffer(stream)).read_all()
