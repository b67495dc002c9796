"""Where a system outlives its jobs: in a workspace, which holds what was committed last.

Whatever a job did after its last commit is rolled back by doing nothing: the next job reads the
system as it was committed.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from reference.storage.hashing import HashFunction
from reference.system import System
from specs.contract.holding import IN_USE, held

STATE_FILE = "reference.snapshot"
_FORMAT = b"system of the loadproof reference, 3\n"


class WorkspaceError(ValueError):
    """A workspace that cannot serve this case: another system, damaged, or not writable."""


class Workspace(Protocol):
    """The durable state of one system."""

    def commit(self, system: System) -> None:
        """Keep the present state of the system, all of it or, on an error, the one before.

        Raises `WorkspaceError`.
        """

    def committed(self, function: HashFunction) -> System | None:
        """The system as it was committed last; None before that. Raises `WorkspaceError`."""


class PassingWorkspace:
    """A workspace for one job that is run to its end: it keeps nothing."""

    def commit(self, system: System) -> None:
        pass

    def committed(self, function: HashFunction) -> System | None:
        return None


class MemoryWorkspace:
    """A workspace for as long as the process lives."""

    def __init__(self, snapshot: bytes | None = None) -> None:
        self._snapshot = snapshot

    def commit(self, system: System) -> None:
        self._snapshot = snapshot_of(system)

    def committed(self, function: HashFunction) -> System | None:
        return None if self._snapshot is None else system_of(self._snapshot, function)

    def copy(self) -> MemoryWorkspace:
        """Another workspace with the same state."""
        return MemoryWorkspace(self._snapshot)


class DirectoryWorkspace:
    """A workspace directory; a kill at any moment leaves one state, the old or the new."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """For one run alone. Raises `WorkspaceError`, also while another run has it."""
        with contextlib.ExitStack() as stack:
            with self.writing():
                self._directory.mkdir(parents=True, exist_ok=True)
                try:
                    stack.enter_context(held(self._directory))
                except BlockingIOError:
                    raise WorkspaceError(f"the workspace {self._directory} {IN_USE}") from None
            yield

    def commit(self, system: System) -> None:
        partial = self._directory / (STATE_FILE + ".partial")
        snapshot = snapshot_of(system)
        with self.writing():
            with partial.open("wb") as stream:
                stream.write(snapshot)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(self._directory / STATE_FILE)

    def committed(self, function: HashFunction) -> System | None:
        path = self._directory / STATE_FILE
        try:
            return system_of(path.read_bytes(), function)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WorkspaceError(
                f"{path} cannot be read ({error.strerror or error}); correct its permissions, or "
                "use another workspace"
            ) from error
        except WorkspaceError as error:
            raise WorkspaceError(
                f"{path} {error}; use another workspace, or remove this one to start over"
            ) from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Turn a write that fails into a `WorkspaceError`; the system is as committed last."""
        try:
            yield
        except OSError as error:
            raise WorkspaceError(
                f"the workspace {self._directory} cannot be written ({error.strerror or error}); "
                "free space or correct its permissions, then run the same job again: it goes on"
            ) from error


def snapshot_of(system: System) -> bytes:
    """A system as bytes, without its hash function, which may be anyone's code."""
    state = system.hash_map, system.tables, system.jobs
    return _FORMAT + pickle.dumps(state, pickle.HIGHEST_PROTOCOL)


def system_of(snapshot: bytes, function: HashFunction) -> System:
    """The system in a snapshot. Raises `WorkspaceError`."""
    if not snapshot.startswith(_FORMAT):
        raise WorkspaceError("holds no system of this version of the reference")
    try:
        hash_map, tables, jobs = pickle.loads(snapshot[len(_FORMAT) :])
    except Exception as error:  # a cut or changed pickle fails in as many ways as there are classes
        raise WorkspaceError(f"is damaged ({type(error).__name__}: {error})") from error
    return System(hash_map, function, tables, jobs)
