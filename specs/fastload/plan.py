"""FastLoad plans: the steps of a script after parsing."""

from __future__ import annotations

from typing import Literal

from specs.document import Document, JobPlan
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.types import ColumnType

DEFAULT_ERROR_LIMIT = 1_000_000
DEFAULT_DELIMITER = "|"
MAX_RECORD_BYTES = 64_000
"""Longest record (FL-26); a longer one is an error record."""


class SourceField(Document, frozen=True, kw_only=True):
    """One field of DEFINE, in record order. ``nullif`` is the text that stands for NULL.

    Raises `specs.sql.types.ColumnTypeError` for a type that is none.
    """

    name: str
    type: str
    nullif: str | None = None

    def __post_init__(self) -> None:
        ColumnType.parse(self.type)


class Assignment(Document, frozen=True, kw_only=True):
    """One column of INSERT. ``conversion`` is a type such as ``DECIMAL(9,2)``, or None.

    ``format`` is a DATE format such as ``YYYY-MM-DD``, or None; never both (FL-20). Raises
    `specs.sql.types.ColumnTypeError` for a conversion that is none.
    """

    column: str
    field: str
    conversion: str | None = None
    format: str | None = None

    def __post_init__(self) -> None:
        if self.conversion is not None:
            ColumnType.parse(self.conversion)


class Input(Document, frozen=True, kw_only=True):
    """A file, how its records are read, and which fields go to which columns.

    ``file`` is relative to the case's ``files/`` directory. ``start`` and ``thru`` are RECORD's
    numbers as written (FL-17), None when not given. ``on_bad_record``: ``continue`` = NOSTOP.
    """

    file: str
    fields: tuple[SourceField, ...]
    assignments: tuple[Assignment, ...]
    format: Literal["VARTEXT", "TEXT", "FORMATTED", "UNFORMATTED", "BINARY"] = "VARTEXT"
    delimiter: str = DEFAULT_DELIMITER
    on_bad_record: Literal["stop", "continue"] = "stop"
    display_errors: bool = False
    start: int | None = None
    thru: int | None = None
    indicators: bool = False


class Load(Document, frozen=True, kw_only=True, tag_field="step", tag="load"):
    """BEGIN LOADING .. INSERT .. [END LOADING]: one load job into one table (FL-05).

    ``sessions`` and ``checkpoint`` (records) are None when not given; ``checkpoint`` 0 is none.
    ``end_loading`` False: the script leaves before END LOADING, so the job stays paused (FL-14).
    """

    target: str
    error_table_1: str
    error_table_2: str
    inputs: tuple[Input, ...]
    sessions: int | None = None
    min_sessions: int | None = None
    error_limit: int = DEFAULT_ERROR_LIMIT
    checkpoint: int | None = None
    date_form: Literal["integer", "ansi"] = "integer"
    end_loading: bool = True


class ReleaseLoad(Document, frozen=True, kw_only=True, tag_field="step", tag="release-load"):
    """BEGIN LOADING and END LOADING with nothing between: unlock and give up (FL-14)."""

    target: str
    error_table_1: str
    error_table_2: str


FastLoadStep = CreateTable | DropTable | DeleteRows | Load | ReleaseLoad


class FastLoadPlan(JobPlan, frozen=True, kw_only=True, tag="fastload"):
    """The steps of a FastLoad script in order; session and print commands leave no step."""

    steps: tuple[FastLoadStep, ...]
