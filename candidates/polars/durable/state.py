"""What ``state.json`` holds: the system, its tables, and the jobs that have not come to their end.

The state names every file and directory of the workspace that is still needed, whichever engine
wrote it, so that what a killed run left can be told apart and removed.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from specs.contract import NamedError, Outcome, Plan, Report
from specs.contract.directories import OUTCOME_FILE
from specs.sql.tables import TableDefinition

TableKind = Literal["placed", "unplaced", "plain"]
"""Rows with their placement; without it, as in an error table; and without a definition either."""


class SystemSize(msgspec.Struct, frozen=True):
    """What every case has to say of the system rightly before its job may run there."""

    amps: int
    hash_bucket_bits: int


class StoredSystem(msgspec.Struct, frozen=True):
    """The system as it is now.

    ``hash_map``: the file with the AMP of each bucket once the number of AMPs has changed; before
    that the map follows from the size.
    """

    size: SystemSize
    hash_map: str | None = None


class StoredTable(msgspec.Struct, frozen=True):
    """A table of the system. ``files``: its Arrow parts in ``outcome/``; none of an empty table."""

    definition: TableDefinition
    kind: TableKind = "placed"
    files: tuple[str, ...] = ()
    rows: int = 0


class OpenLoad(msgspec.Struct, frozen=True):
    """A load between its beginning and its end: what everybody has to know of it.

    ``locked``: the tables that no other job may touch. ``files``: what the load keeps in
    ``outcome/``. ``remedy``: what frees the tables beside running the job again, as a message
    says it. ``progress``: what ``engine`` alone knows of the load, in a form of its own.
    """

    engine: str
    locked: tuple[str, ...]
    files: tuple[str, ...]
    remedy: str
    progress: msgspec.Raw


class JobRecord(msgspec.Struct):
    """A job that has started and has not completed: paused, refused, stopped or killed.

    ``size``: that of the system when the job started. ``plan``: the script as it was read
    when the job started, where the case has no plan. ``step``: its next step; ``warnings``,
    ``answers`` and ``report`` are those of the steps before it. ``load``: the load that the step
    has begun.
    """

    job: str
    size: SystemSize
    plan: Plan | None = None
    step: int = 0
    warnings: tuple[NamedError, ...] = ()
    answers: dict[str, str] = {}
    report: Report | None = None
    load: OpenLoad | None = None


class CompletedJob(msgspec.Struct, frozen=True):
    """The job that completed last, until another one starts.

    ``record``: the job before its end. Where nobody has been told the outcome, as the disk was
    full, it goes on from there, whatever other jobs come in between.
    """

    key: str
    record: JobRecord
    outcome: Outcome


class State(msgspec.Struct, forbid_unknown_fields=True):
    """Everything that outlives a run. ``jobs`` are by `Case.identity`, in the order of starting."""

    system: StoredSystem | None = None
    tables: dict[str, StoredTable] = {}
    jobs: dict[str, JobRecord] = {}
    completed: CompletedJob | None = None
    serial: int = 0

    @property
    def loads(self) -> dict[str, OpenLoad]:
        """The open loads, by the key of the job that each belongs to."""
        return {key: job.load for key, job in self.jobs.items() if job.load is not None}

    @property
    def locked(self) -> tuple[str, ...]:
        """FL-14: the tables of all open loads."""
        return tuple(name for load in self.loads.values() for name in load.locked)

    def files(self) -> set[str]:
        """The files in ``outcome/`` that are still needed."""
        files = {name for table in self.tables.values() for name in table.files}
        for job in self.jobs.values():
            files.update(job.answers.values())
        for load in self.loads.values():
            files.update(load.files)
        if self.system is not None and self.system.hash_map is not None:
            files.add(self.system.hash_map)
        if self.completed is not None:
            outcome = self.completed.outcome
            files.update(outcome.answers.values())
            files.update(name for parts in outcome.tables.values() for name in parts)
            files.add(OUTCOME_FILE)
        return files
