"""The durable workspace: the state, the files in ``outcome/``, a directory for each job.

``state.json`` is the truth. It is replaced as a whole (written beside, renamed), so a kill or a
failing write at any moment leaves the state before or after. Table parts are Arrow files in
``outcome/``; what a job can restart from is in ``jobs/``. Whatever the state does not name is left
over from a run that was killed, and the next run removes it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa

from candidates.polars.durable.state import State
from specs.contract import Outcome
from specs.contract.directories import OUTCOME_DIRECTORY, OUTCOME_FILE, encode_document
from specs.contract.documents import DocumentError, decoded
from specs.contract.holding import IN_USE, held

STATE_FILE = "state.json"
JOBS_DIRECTORY = "jobs"

_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")
_PART = re.compile(
    rf"[A-Za-z0-9_]*-[0-9]{{4,}}-[0-9]{{4,}}\.arrow|{re.escape(OUTCOME_FILE)}(\.partial)?"
)
"""Names that files of ours have in the outcome directory; any other file there is left alone."""

_JOB = re.compile(r"[0-9a-f]{16,64}")
"""Names that directories of ours have beside one another in ``jobs/``."""


class WorkspaceError(ValueError):
    """A workspace that cannot serve this job: of another size, damaged, or not writable."""


class Workspace:
    """A workspace directory, opened. Raises `WorkspaceError` when the state cannot be read.

    ``state`` may be changed at will; `commit` keeps the changes, `rollback` forgets them.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outcome = root / OUTCOME_DIRECTORY
        self.fsyncs = 0
        with self.writing():
            self.outcome.mkdir(parents=True, exist_ok=True)
        self.state = read_state(root)
        self._committed = msgspec.json.encode(self.state)
        self._files = self.state.files()
        self._jobs = set(self.state.jobs)

    # --- the state -----------------------------------------------------------------------------

    def commit(self, *, durable: bool) -> None:
        """Replace the state, then remove what only the one before it needed.

        A kill or a power failure leaves the state before or after; once a ``durable`` commit has
        returned, a power failure leaves no state before it.
        """
        data = msgspec.json.encode(self.state)
        with self.writing():
            if durable:
                self.sync_directory(self.outcome)
            self._replace(self.root / STATE_FILE, data, sync=True)
            if durable:
                self.sync_directory(self.root)
        files, jobs = self.state.files(), set(self.state.jobs)
        gone, ended = self._files - files, self._jobs - jobs
        self._committed, self._files, self._jobs = data, files, jobs
        with self.writing():
            self._remove(gone)
            for key in ended:
                _remove_directory(self.job_directory(key))

    def rollback(self) -> None:
        """The state as it was committed last; file names that were given are not given again."""
        serial = self.state.serial
        self.state = decoded(self._committed, State)
        self.state.serial = serial

    def remove_leftovers(self) -> None:
        """Remove what the committed state does not name; uncommitted changes do not count."""
        with self.writing():
            ours = {name for name in os.listdir(self.outcome) if _PART.fullmatch(name)}
            self._remove(ours - self._files)
            jobs = self.root / JOBS_DIRECTORY
            for name in os.listdir(jobs) if jobs.exists() else ():
                if name not in self._jobs and _JOB.fullmatch(name):
                    _remove_directory(jobs / name)

    # --- files ---------------------------------------------------------------------------------

    def job_directory(self, key: str) -> Path:
        """Where a job keeps what a restart needs, and scratch; whoever writes there makes it."""
        return self.root / JOBS_DIRECTORY / key

    def new_file(self, table: str, part: int = 0) -> str:
        """A file name in ``outcome/`` that no other part has or had."""
        self.state.serial += 1
        readable = _UNSAFE.sub("_", table)[:60]
        return f"{readable}-{self.state.serial:04}-{part:04}.arrow"

    def write_part(self, name: str, schema: pa.Schema, columns: Sequence[pa.Array]) -> None:
        """Write one Arrow file of ``outcome/``, durably."""
        with self.writing(), (self.outcome / name).open("wb") as file:
            with pa.ipc.new_file(file, schema) as writer:
                if columns and len(columns[0]):
                    writer.write_batch(pa.RecordBatch.from_arrays(list(columns), schema=schema))
            file.flush()
            self.sync(file.fileno())

    def read_part(self, name: str) -> pa.Table:
        """Read one Arrow file of ``outcome/``. Raises `WorkspaceError` when it is damaged."""
        path = self.outcome / name
        try:
            with pa.memory_map(str(path)) as source:
                return pa.ipc.open_file(source).read_all()
        except (OSError, pa.ArrowInvalid) as error:
            raise _damaged(path, error) from error

    @property
    def published(self) -> bool:
        """Whether the outcome of the last run can be read."""
        return (self.outcome / OUTCOME_FILE).exists()

    def publish(self, outcome: Outcome) -> None:
        """Write ``outcome.json``, whole or not at all."""
        with self.writing():
            self._replace(self.outcome / OUTCOME_FILE, encode_document(outcome), sync=False)

    def _remove(self, names: set[str]) -> None:
        """Remove files of ``outcome/``; its document first, which must not name what is gone."""
        for name in sorted(names, key=lambda name: name != OUTCOME_FILE):
            (self.outcome / name).unlink(missing_ok=True)

    def _replace(self, path: Path, data: bytes, *, sync: bool) -> None:
        """Put a file in the place of another, whole or not at all.

        ``sync``: so that a power failure does not leave the name without the bytes.
        """
        partial = f"{path}.partial"
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        try:
            write_all(handle, data)
            if sync:
                self.sync(handle)
        finally:
            os.close(handle)
        os.replace(partial, path)

    def sync(self, file: int) -> None:
        """Make the bytes of an open file durable."""
        os.fdatasync(file)
        self.fsyncs += 1

    def sync_directory(self, directory: Path) -> None:
        """Make the names in a directory durable."""
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        self.fsyncs += 1

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Turn a failing write into a `WorkspaceError`; the workspace stays restartable."""
        return _writing(self.root)


@contextlib.contextmanager
def held_workspace(root: Path) -> Iterator[Workspace]:
    """A workspace, opened for one run alone. Raises `WorkspaceError`, also while another has it."""
    with contextlib.ExitStack() as stack:
        with _writing(root):
            root.mkdir(parents=True, exist_ok=True)
            try:
                stack.enter_context(held(root))
            except BlockingIOError:
                raise WorkspaceError(f"the workspace {root} {IN_USE}") from None
        yield Workspace(root)


def write_all(file: int, data: bytes) -> None:
    """Write all of it: a disk that gets full takes a part first, and says so only the next time."""
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


@contextlib.contextmanager
def _writing(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WorkspaceError(
            f"the workspace {root} cannot be written ({error.strerror or error}); "
            "free space or correct its permissions, then run the same case again in the same "
            "workspace: it restarts"
        ) from error


def read_state(root: Path) -> State:
    """The state of a workspace; that of an empty one where there is none yet.

    Raises `WorkspaceError` when it is damaged.
    """
    path = root / STATE_FILE
    try:
        return decoded(path.read_bytes(), State)
    except FileNotFoundError:
        return State()
    except (OSError, DocumentError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> WorkspaceError:
    return WorkspaceError(
        f"{path} is damaged ({error}); use another workspace directory, or remove this one "
        "to start over"
    )


def _remove_directory(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(path)
