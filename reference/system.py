"""The system that jobs run on: its tables, its hash map, its jobs and the locks they hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol, TypeAlias, TypeVar

import msgspec

from reference.jobs import Job, OpenLoad, Refused
from reference.storage.hash_maps import HashMap
from reference.storage.hashing import PUBLISHED, HashFunction
from reference.storage.tables import Table
from specs.contract import Case
from specs.sql.naming import same_name, spelled_alike

EventSink: TypeAlias = Callable[[str, dict[str, Any]], None]
"""Told of each event, with its details, when its step is done; may stop the job by raising."""

_Step = TypeVar("_Step", bound=msgspec.Struct)


class InputFiles(Protocol):
    """The case's input files. One may be a named pipe, which gives its bytes once (FL-26)."""

    def exists(self, name: str) -> bool:
        """Whether there is such a file; it is not opened."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file's bytes, to be read once and in order. Raises FileNotFoundError or an OSError.

        Leaving it after reading raises `InputChanged` for a file that is not what it was.
        """


@dataclass
class System:
    """All that outlives a job.

    ``jobs``: the unfinished ones by identity (`specs.contract.Case.identity`), in the order in
    which they started, and the one that ran last if that has completed.
    """

    hash_map: HashMap
    function: HashFunction = PUBLISHED
    tables: dict[str, Table] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)

    @property
    def open_loads(self) -> list[OpenLoad]:
        """The loads that have begun and not ended, of all jobs."""
        return [job.open_load for job in self.jobs.values() if job.open_load]

    @property
    def locked(self) -> tuple[str, ...]:
        """FL-14: the tables of all open loads."""
        return tuple(name for load in self.open_loads for name in load.tables)

    def has(self, name: str) -> bool:
        """Whether there is a table of that name, in whatever letter case."""
        return any(same_name(name, other) for other in self.tables)

    def spelled(self, step: _Step) -> _Step:
        """A step with its tables in the letter case in which the system has them."""
        return spelled_alike(step, self.tables)

    def refuse_locked(self, *names: str) -> None:
        """FL-14: 2652 for any step that touches a table which is being loaded. Raises `Refused`."""
        locked = self.locked
        for name in names:
            if name in locked:
                raise Refused(
                    "table_being_loaded",
                    f"{name} is being loaded; run that job's script again, or release its load",
                )

    def tables_at_end(self) -> dict[str, tuple[Table, bool]]:
        """Every table that exists, restart logs included, and whether it can be read (FL-14)."""
        hidden = {
            name for load in self.open_loads for name in load.tables if name not in load.readable
        }
        tables = {name: (table, name not in hidden) for name, table in self.tables.items()}
        return tables | {name: (log, True) for name, log in self.restart_logs().items()}

    def restart_logs(self) -> dict[str, Table]:
        """FL-21: the logs by name, with one row for each open load; none without one."""
        logs: dict[str, Table] = {}
        for load in self.open_loads:
            log = logs.setdefault(load.log.name, Table(load.log, placed=False))
            log.append(load.log_row)
        return logs


@dataclass(frozen=True)
class JobRun:
    """A job while it runs: the system under it, what its case gives, and who hears of it.

    ``save`` makes the present state of the system durable.
    """

    system: System
    job: Job
    case: Case
    files: InputFiles
    emit: EventSink
    save: Callable[[], None]

    def tell(self, event: str, **details: Any) -> None:
        """Tell of a step that a restart may repeat."""
        self.emit(event, details)

    def commit(self, event: str, **details: Any) -> None:
        """Make all that was done durable, then tell of it: no restart repeats it."""
        self.save()
        self.emit(event, details)
