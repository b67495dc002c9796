"""The durable workspace: the system's tables, locks and job, and the outcome directory.

``state.json`` is the truth. It is replaced as a whole (written beside, renamed), so a kill at any
moment leaves the state before or after. Table parts are Arrow files in ``outcome/``; parts that
the state does not name are leftovers and are removed when the workspace is opened.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
import pyarrow as pa

from specs.contract import Case, LoadReport, NamedError, Outcome
from specs.contract.directories import OUTCOME_DIRECTORY, OUTCOME_FILE, encode_document
from specs.contract.documents import DocumentError, decoded
from specs.sql.tables import TableDefinition

STATE_FILE = "state.json"
SCRATCH_DIRECTORY = "scratch"

TableKind = Literal["rows", "error-1", "error-2"]
_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")


class WorkspaceError(ValueError):
    """A workspace that cannot serve this case: used by another, damaged, or not writable."""


class StoredTable(msgspec.Struct, frozen=True):
    """A table of the system. ``files``: its Arrow parts in ``outcome/``; none of an empty table."""

    definition: TableDefinition
    kind: TableKind = "rows"
    files: tuple[str, ...] = ()
    rows: int = 0


class AppliedLoad(msgspec.Struct, frozen=True):
    """What a load has come to, before its tables are unlocked: the tables by name."""

    report: LoadReport
    tables: dict[str, StoredTable]


class LoadJob(msgspec.Struct, frozen=True):
    """A load between BEGIN LOADING and the end of END LOADING: one row of the restart log.

    ``records`` were read up to the last checkpoint. ``errors``: error table 1's file once the
    load has paused, with ``error_rows`` rows. ``applied`` once phase 2 is durable.
    """

    target: str
    error_table_1: str
    error_table_2: str
    records: int = 0
    errors: str | None = None
    error_rows: int = 0
    applied: AppliedLoad | None = None

    @property
    def phase(self) -> str:
        return "acquisition" if self.applied is None else "application"

    @property
    def tables(self) -> tuple[str, str, str]:
        return self.target, self.error_table_1, self.error_table_2


class State(msgspec.Struct):
    """Everything that outlives a run.

    ``case``: digest of the case that the workspace belongs to; ``step``: its next step;
    ``imported``: the tables that exist before the case are taken over;
    ``free``: the case is over and any other may follow (after a release).
    """

    case: str | None = None
    step: int = 0
    imported: bool = False
    warnings: tuple[NamedError, ...] = ()
    loads: tuple[LoadReport, ...] = ()
    tables: dict[str, StoredTable] = {}
    job: LoadJob | None = None
    outcome: Outcome | None = None
    free: bool = False
    serial: int = 0


def case_digest(case: Case) -> str:
    """Two cases are the same exactly when their documents are."""
    return hashlib.sha256(msgspec.json.encode(case)).hexdigest()


class Workspace:
    """A workspace directory, opened.

    Raises `WorkspaceError` when the state cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outcome = root / OUTCOME_DIRECTORY
        self.scratch = root / SCRATCH_DIRECTORY
        self.fsyncs = 0
        with self.writing():
            self.outcome.mkdir(parents=True, exist_ok=True)
        self.state = self._read_state()

    def commit(self, *, durable: bool) -> None:
        """Replace the state; ``durable``: it and all parts survive a power failure too."""
        partial = self.root / (STATE_FILE + ".partial")
        with self.writing():
            with partial.open("wb") as file:
                file.write(msgspec.json.encode(self.state))
                if durable:
                    self.sync(file)
            partial.replace(self.root / STATE_FILE)
            if durable:
                self.sync_directory(self.root)

    def new_file(self, table: str, part: int = 0) -> str:
        """A file name in ``outcome/`` that no other part has or had."""
        self.state.serial += 1
        readable = _UNSAFE.sub("_", table)[:60]
        return f"{readable}-{self.state.serial:04}-{part:04}.arrow"

    def write_part(self, name: str, schema: pa.Schema, columns: Sequence[pa.Array]) -> None:
        """Write one Arrow file of ``outcome/``, durably."""
        with self.writing(), (self.outcome / name).open("wb", buffering=0) as file:
            with pa.ipc.new_file(file, schema) as writer:
                if columns and len(columns[0]):
                    writer.write_batch(pa.RecordBatch.from_arrays(list(columns), schema=schema))
            self.sync(file)

    def read_part(self, name: str) -> pa.Table:
        """Read one Arrow file of ``outcome/``."""
        with pa.memory_map(str(self.outcome / name)) as source:
            return pa.ipc.open_file(source).read_all()

    def publish(self, outcome: Outcome) -> None:
        """Write ``outcome.json``, whole or not at all; it can be told again from the state."""
        partial = self.outcome / (OUTCOME_FILE + ".partial")
        with self.writing():
            partial.write_bytes(encode_document(outcome))
            partial.replace(self.outcome / OUTCOME_FILE)

    def withdraw_outcome(self) -> None:
        """Remove ``outcome.json``: from here on the directory is incomplete."""
        with self.writing():
            (self.outcome / OUTCOME_FILE).unlink(missing_ok=True)

    def clear_scratch(self) -> Path:
        """An empty directory for what a restart can do without."""
        with self.writing():
            self.scratch.mkdir(exist_ok=True)
            for path in self.scratch.iterdir():
                path.unlink()
        return self.scratch

    def sync(self, file: BinaryIO) -> None:
        """Make a file's bytes durable."""
        file.flush()
        os.fdatasync(file.fileno())
        self.fsyncs += 1

    def sync_directory(self, directory: Path) -> None:
        """Make the names in a directory durable."""
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        self.fsyncs += 1

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Turn a failing write into a `WorkspaceError`; the workspace stays restartable."""
        try:
            yield
        except OSError as error:
            raise WorkspaceError(
                f"the workspace {self.root} cannot be written ({error.strerror or error}); "
                "free space or correct its permissions, then run the same case again in the same "
                "workspace: it restarts"
            ) from error

    def _read_state(self) -> State:
        path = self.root / STATE_FILE
        try:
            return decoded(path.read_bytes(), State)
        except FileNotFoundError:
            return State()
        except DocumentError as error:
            raise WorkspaceError(
                f"{path} is damaged ({error}); use another workspace directory, or remove this one "
                "to start over"
            ) from error

    def remove_leftovers(self) -> None:
        """Remove the parts that a killed run left and the state does not name."""
        state = self.state
        known = {name for table in state.tables.values() for name in table.files}
        if state.job is not None and state.job.errors is not None:
            known.add(state.job.errors)
        if state.job is not None and state.job.applied is not None:
            applied = state.job.applied.tables.values()
            known |= {name for table in applied for name in table.files}
        if state.outcome is not None:
            known |= {name for files in state.outcome.tables.values() for name in files}
            known |= {*state.outcome.answers.values(), OUTCOME_FILE}
        with self.writing():
            for path in self.outcome.iterdir():
                if path.name not in known:
                    path.unlink()
