"""The system that jobs run on: its tables, its locks, its restart log, its hash map."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol, TypeAlias

from reference.storage.hash_maps import Amp, HashMap, RowHash, hash_map
from reference.storage.hashing import PUBLISHED, HashFunction
from reference.storage.tables import Row, Table
from specs.contract import (
    ERROR_CODES,
    RESTART_LOG,
    Case,
    ErrorName,
    LoadReport,
    NamedError,
    Status,
)
from specs.sql.tables import Column, TableDefinition

Journal: TypeAlias = Callable[[str, dict[str, Any]], None]
"""Told of each event, with its details, when its step is done; may stop the job by raising."""

WARNING, USER_ERROR, FATAL = 4, 8, 12
"""Return codes (FL-25); 0 is normal."""


class InputChanged(OSError):
    """An input file that was written to, replaced or removed while it was read."""


class InputFiles(Protocol):
    """The case's input files. One may be a named pipe, which gives its bytes once (FL-26)."""

    def exists(self, name: str) -> bool:
        """Whether there is such a file; it is not opened."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file's bytes, to be read once and in order. Raises FileNotFoundError or an OSError.

        Leaving it after reading raises `InputChanged` for a file that is not what it was.
        """


class JobEnded(Exception):
    """A step ended the job: how, why, and with which return code."""

    status: Status

    def __init__(self, name: ErrorName, message: str, return_code: int = FATAL) -> None:
        super().__init__(name, message, return_code)
        self.error = NamedError(name=name, message=message, code=ERROR_CODES.get(name))
        self.return_code = return_code


class Refused(JobEnded):
    """The step was refused and changed nothing."""

    status = "refused"


class Paused(JobEnded):
    """The load stays as it is, locked and restartable (FL-14)."""

    status = "paused"


@dataclass(frozen=True, slots=True)
class AcquiredRow:
    """A row that phase 1 brought to its AMP (FL-06). ``row_hash`` is 0 for a NoPI target.

    ``input`` and ``record`` are where it came from, for an error table that shows it as sent.
    """

    amp: Amp
    row_hash: RowHash
    values: Row
    input: int
    record: bytes


@dataclass
class Checkpoint:
    """How far an acquisition is durable (FL-13).

    ``records`` and ``skipped`` count over the load; ``rows`` and ``errors`` are the lengths of
    the acquired rows and of error table 1; ``signature`` is a digest of all bytes read so far,
    and of the inputs that they came from.
    """

    records: int = 0
    skipped: int = 0
    blocks: int = 0
    rows: int = 0
    errors: int = 0
    signature: str = ""


@dataclass
class LoadJob:
    """A load between BEGIN LOADING and the end of END LOADING: a row of the restart log (FL-21)."""

    target: str
    error_table_1: str
    error_table_2: str
    phase: str = "acquisition"
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    acquired: list[AcquiredRow] = field(default_factory=list)

    @property
    def tables(self) -> tuple[str, str, str]:
        return self.target, self.error_table_1, self.error_table_2


@dataclass
class System:
    """All that outlives a job. ``job`` is the load that runs or is paused; it holds the locks."""

    hash_map: HashMap
    function: HashFunction = PUBLISHED
    tables: dict[str, Table] = field(default_factory=dict)
    job: LoadJob | None = None

    @property
    def locked(self) -> tuple[str, ...]:
        """FL-14: the target and both error tables of a load that has not ended."""
        return self.job.tables if self.job else ()

    def refuse_locked(self, *names: str) -> None:
        """FL-14: 2652 for anyone else while a table is being loaded. Raises `Refused`."""
        for name in names:
            if name in self.locked:
                raise Refused(
                    "table_being_loaded",
                    f"{name} is being loaded; run that job's script again, or release the load "
                    "(BEGIN LOADING + END LOADING alone)",
                )

    def restart_log(self) -> Table | None:
        """FL-21: one row per job that has not ended; None when there is none."""
        if self.job is None:
            return None
        log = Table(RESTART_LOG_DEFINITION, placed=False)
        log.append((self.job.target, self.job.phase, self.job.checkpoint.records))
        return log


@dataclass
class Answer:
    """What a step answers: columns by name, and figures beside them."""

    columns: dict[str, list[Any]]
    metadata: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> list[Any]:
        return self.columns[column]


@dataclass
class Run:
    """How far a case is: the next step, what the steps before it left, and how it ended if it did.

    ``loads`` are the completed loads, ``paused_load`` the one that stopped. ``released``: a load
    of an earlier job was released, so the system is free for any case.
    """

    step: int = 0
    warnings: list[NamedError] = field(default_factory=list)
    ended: JobEnded | None = None
    loads: list[LoadReport] = field(default_factory=list)
    paused_load: LoadReport | None = None
    answers: dict[int, Answer] = field(default_factory=dict)
    work: dict[str, int] = field(default_factory=lambda: {"blocks": 0, "bytes": 0})
    released: bool = False

    @property
    def status(self) -> Status:
        return self.ended.status if self.ended else "completed"

    @property
    def error(self) -> NamedError | None:
        return self.ended.error if self.ended else None

    @property
    def return_code(self) -> int:
        """FL-25: the highest return code counts."""
        return max(WARNING if self.warnings else 0, self.ended.return_code if self.ended else 0)

    @property
    def reports(self) -> tuple[LoadReport, ...]:
        return (*self.loads, self.paused_load) if self.paused_load else tuple(self.loads)

    def warn(self, name: ErrorName, message: str) -> None:
        """FL-25: something was odd, but the job goes on."""
        self.warnings.append(NamedError(name=name, code=ERROR_CODES.get(name), message=message))

    def resume(self) -> None:
        """Forget how the case ended, to go on where it ended."""
        self.ended = self.paused_load = None


def new_system(case: Case, function: HashFunction = PUBLISHED) -> System:
    """An empty system of the case's size."""
    return System(hash_map(case.cluster.amps, case.cluster.hash_bucket_bits), function)


RESTART_LOG_DEFINITION = TableDefinition(
    name=RESTART_LOG,
    kind="MULTISET",
    columns=(
        Column(name="LogTable", type="VARCHAR(128)"),
        Column(name="Phase", type="VARCHAR(16)"),
        Column(name="Records", type="BIGINT"),
    ),
)
