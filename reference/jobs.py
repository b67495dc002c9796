"""A job as its system keeps it: how far it is, what it has left, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from reference.storage.tables import Row
from specs.contract import ErrorName, NamedError, Status
from specs.document import JobPlan, JobReport
from specs.engines import engine_of
from specs.sql.tables import TableDefinition

WARNING, USER_ERROR, FATAL = 4, 8, 12
"""Return codes (FL-25); 0 is normal."""


class JobEnded(Exception):
    """A step ended the job: why, and with which return code."""

    status: Status

    def __init__(self, name: ErrorName, message: str, return_code: int = FATAL) -> None:
        super().__init__(name, message, return_code)
        self.name = name
        self.message = message
        self.return_code = return_code


class Refused(JobEnded):
    """The step was refused and changed nothing."""

    status = "refused"


class Paused(JobEnded):
    """The load stays as it is, locked and restartable (FL-14)."""

    status = "paused"


@dataclass(frozen=True)
class EarlyEnd:
    """Why a job ended before the end of its plan."""

    status: Status
    error: NamedError
    return_code: int


class OpenLoad(Protocol):
    """A load that has begun and not ended, of whatever engine: what it means to all other jobs."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it locks (FL-14)."""

    @property
    def readable(self) -> tuple[str, ...]:
        """Those of them that can be read all the same."""

    @property
    def log(self) -> TableDefinition:
        """Its engine's restart log (FL-21)."""

    @property
    def log_row(self) -> Row:
        """Its row there."""


@dataclass
class Answer:
    """What a step answers: columns by name, their Arrow types by name, figures beside them."""

    columns: dict[str, list[Any]]
    types: dict[str, str]
    metadata: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> list[Any]:
        return self.columns[column]


@dataclass
class Job:
    """A job that has started. ``amps`` is the number of AMPs that its system had then.

    ``step`` is the position of its next step; the others tell what the steps before it left.
    ``open_load`` is the load that it has begun and not ended. ``early_end`` is None while no step
    has ended it. ``outcome_written``: all its steps are done and its outcome is there, so the same
    job again only shows that outcome.
    """

    plan: JobPlan
    amps: int
    step: int = 0
    early_end: EarlyEnd | None = None
    outcome_written: bool = False
    warnings: list[NamedError] = field(default_factory=list)
    report: JobReport | None = None
    answers: dict[int, Answer] = field(default_factory=dict)
    work: dict[str, int] = field(default_factory=dict)
    open_load: OpenLoad | None = None

    @property
    def status(self) -> Status:
        """As far as its steps have come; whether they are all done is not asked."""
        return self.early_end.status if self.early_end else "completed"

    @property
    def error(self) -> NamedError | None:
        return self.early_end.error if self.early_end else None

    @property
    def return_code(self) -> int:
        """FL-25: the highest return code counts."""
        of_warnings = WARNING if self.warnings else 0
        return max(of_warnings, self.early_end.return_code if self.early_end else 0)

    def warn(self, name: ErrorName, message: str) -> None:
        """FL-25: something was odd, but the job goes on."""
        self.warnings.append(self._named_error(name, message))

    def end_early(self, reason: JobEnded) -> None:
        """The job ends at its present step, and goes on there when it is run again."""
        error = self._named_error(reason.name, reason.message)
        self.early_end = EarlyEnd(reason.status, error, reason.return_code)

    def count(self, **work: int) -> None:
        """Add to the countable work."""
        for name, amount in work.items():
            self.work[name] = self.work.get(name, 0) + amount

    def _named_error(self, name: ErrorName, message: str) -> NamedError:
        """FL-10: an error by its name, with the first of its codes in the job's engine."""
        codes = engine_of(self.plan).errors.get(name, ())
        return NamedError(name=name, message=message, code=codes[0] if codes else None)
