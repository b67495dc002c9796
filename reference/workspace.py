"""The reference's durable storage: one snapshot of the system and of how far its case is."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from pathlib import Path

from reference.storage.hash_maps import HashMap
from reference.storage.hashing import HashFunction
from reference.storage.tables import Table
from reference.system import LoadJob, Run, System, new_system
from specs.contract import Case
from specs.distribution.plan import Reconfigure
from specs.fastload.plan import Load, ReleaseLoad
from specs.sql.statements import CreateTable

SNAPSHOT_FILE = "reference.snapshot"


class WorkspaceError(ValueError):
    """The workspace belongs to another case, which has to be finished or released first."""


@dataclass
class Workspace:
    """A workspace directory with the system in it, the case that uses it, and how far that is.

    ``case_id`` is a digest of the case document; the same document again is a restart.
    """

    directory: Path
    case_id: str
    system: System
    run: Run

    def save(self) -> None:
        """Make the present state durable: all of it or, when killed, the one before."""
        system = self.system
        state = _State(self.case_id, system.hash_map, system.tables, system.job, self.run)
        partial = self.directory / (SNAPSHOT_FILE + ".partial")
        with partial.open("wb") as stream:
            pickle.dump(state, stream, pickle.HIGHEST_PROTOCOL)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(self.directory / SNAPSHOT_FILE)

    def reread(self, function: HashFunction) -> System:
        """The system as it was made durable last."""
        return _read(self.directory).system(function)


@dataclass
class _State:
    """What a snapshot holds: the system without its hash function, which may be anyone's code."""

    case_id: str
    hash_map: HashMap
    tables: dict[str, Table]
    job: LoadJob | None
    run: Run

    def system(self, function: HashFunction) -> System:
        return System(self.hash_map, function, self.tables, self.job)


def _read(directory: Path) -> _State:
    with (directory / SNAPSHOT_FILE).open("rb") as stream:
        state: _State = pickle.load(stream)
    return state


def open_workspace(
    directory: Path, case_id: str, case: Case, function: HashFunction
) -> tuple[Workspace, bool]:
    """The workspace as a case finds it, and whether the case's own tables are still to be added.

    The same case goes on where it was. Another case may come after a release, or to release the
    paused load, or to be told that a table is being loaded (`is_locked_out`); any other raises
    `WorkspaceError` and changes nothing.
    """
    try:
        state = _read(directory)
    except FileNotFoundError:
        directory.mkdir(parents=True, exist_ok=True)
        return Workspace(directory, case_id, new_system(case, function), Run()), True
    system = state.system(function)
    if state.case_id == case_id:
        state.run.resume()
        return Workspace(directory, case_id, system, state.run), False
    if is_locked_out(case, system):
        return Workspace(directory, case_id, system, Run()), True
    if not (releases(case, system) or (state.run.released and system.job is None)):
        raise WorkspaceError(
            f"{directory} holds another case; use an empty workspace, or finish that case there"
        )
    if (case.teradata.amps, case.teradata.hash_bucket_bits) != (
        system.hash_map.amps,
        system.hash_map.bits,
    ):
        raise WorkspaceError(
            f"{directory} holds a system of {system.hash_map.amps} AMPs and "
            f"{system.hash_map.bits}-bit buckets; the case asks for another one"
        )
    return Workspace(directory, case_id, system, Run()), True


def releases(case: Case, system: System) -> bool:
    """FL-14: the case releases the paused load, naming its three tables, before it touches them."""
    for step in case.steps:
        if isinstance(step, ReleaseLoad):
            named = step.target, step.error_table_1, step.error_table_2
            return system.job is not None and system.job.tables == named
        if not touched_tables(step).isdisjoint(system.locked):
            return False
    return False


def is_locked_out(case: Case, system: System) -> bool:
    """FL-14: another's case that touches a table of a load that has not ended."""
    if system.job is None or releases(case, system):
        return False
    return any(
        isinstance(step, Reconfigure) or not touched_tables(step).isdisjoint(system.locked)
        for step in case.steps
    )


def touched_tables(step: object) -> set[str]:
    """The names of the tables that a step reads or changes."""
    match step:
        case CreateTable():
            return {step.definition.name}
        case Load() | ReleaseLoad():
            return {step.target, step.error_table_1, step.error_table_2}
        case _:
            names = (getattr(step, name, None) for name in ("table", "source", "target"))
            return {name for name in names if name is not None}
