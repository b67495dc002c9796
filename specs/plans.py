"""Plans: a job after parsing, with every name resolved and spelled as its definition spells it.

A plan says *what was asked for*; the raw numbers of the script stay raw (``RECORD 2`` is
``start=2``), because their meaning can differ by edition.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from specs.tables import TableDefinition

DEFAULT_ERROR_LIMIT = 1_000_000
DEFAULT_DELIMITER = "|"


class _Node(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


# --- steps that both job kinds know ----------------------------------------------------------


class CreateTable(_Node, frozen=True, kw_only=True, tag_field="step", tag="create-table"):
    """CREATE TABLE; refused when the name is taken."""

    definition: TableDefinition


class DropTable(_Node, frozen=True, kw_only=True, tag_field="step", tag="drop-table"):
    """DROP TABLE; a missing table is a warning, as drop lines open most scripts."""

    table: str


class DeleteRows(_Node, frozen=True, kw_only=True, tag_field="step", tag="delete-rows"):
    """DELETE FROM table [WHERE column = value].

    Without ``column`` every row goes. ``value`` is the literal's text in the column's own
    canonical form; None deletes the rows in which the column is NULL.
    """

    table: str
    column: str | None = None
    value: str | None = None


# --- FastLoad --------------------------------------------------------------------------------


class SourceField(_Node, frozen=True, kw_only=True):
    """One field of DEFINE, in record order. ``nullif`` is the text that stands for NULL."""

    name: str
    type: str
    nullif: str | None = None


class Assignment(_Node, frozen=True, kw_only=True):
    """One column of INSERT. ``conversion`` is a type such as ``DECIMAL(9,2)``, or None.

    ``format`` is a DATE format such as ``YYYY-MM-DD``, or None; never both (FL-20).
    """

    column: str
    field: str
    conversion: str | None = None
    format: str | None = None


class Input(_Node, frozen=True, kw_only=True):
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


class Load(_Node, frozen=True, kw_only=True, tag_field="step", tag="load"):
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


class ReleaseLoad(_Node, frozen=True, kw_only=True, tag_field="step", tag="release-load"):
    """BEGIN LOADING and END LOADING with nothing between: unlock and give up (FL-14)."""

    target: str
    error_table_1: str
    error_table_2: str


FastLoadStep = CreateTable | DropTable | DeleteRows | Load | ReleaseLoad


class FastLoadPlan(_Node, frozen=True, kw_only=True, tag_field="kind", tag="fastload"):
    """The steps of a FastLoad script in order; session and print commands leave no step."""

    steps: tuple[FastLoadStep, ...]


# --- hash distribution -----------------------------------------------------------------------


class InsertRows(_Node, frozen=True, kw_only=True, tag_field="step", tag="insert-rows"):
    """Insert the rows of an Arrow file in ``files/``.

    ``mode`` ``single-row``: each row is a request of its own with query id ``query_id`` + its
    position; ``array``: one request for all with ``query_id`` (HD-12). The answer file lists
    refused rows: ``row`` (int64, 0-based position in the file) and ``error`` (its name).
    """

    table: str
    rows: str
    mode: Literal["single-row", "array"] = "single-row"
    query_id: int = 1


class InsertSelect(_Node, frozen=True, kw_only=True, tag_field="step", tag="insert-select"):
    """INSERT INTO target SELECT * FROM source (HD-13); same columns in the same order."""

    source: str
    target: str


class Reconfigure(_Node, frozen=True, kw_only=True, tag_field="step", tag="reconfigure"):
    """Change the number of AMPs and move the rows whose bucket changed owner (HD-18)."""

    amps: int


class HashRows(_Node, frozen=True, kw_only=True, tag_field="step", tag="hash-rows"):
    """HASHROW/HASHBUCKET/HASHAMP of each row of an Arrow file in ``files/``.

    The file's schema carries a table definition that types its columns. ``columns`` are the
    arguments of HASHROW. Answer file: ``row_hash`` uint32, ``hash_bucket`` int32, ``amp`` int32,
    one row per input row in input order.
    """

    rows: str
    columns: tuple[str, ...]


class HashConstants(_Node, frozen=True, kw_only=True, tag_field="step", tag="hash-constants"):
    """The functions without a row. Answer file: ``name`` string, ``value`` int64 nullable.

    Names: ``HASHROW()``, ``HASHBUCKET()``, ``HASHAMP()``, ``HASHBUCKET(NULL)``.
    """


class HashMapQuery(_Node, frozen=True, kw_only=True, tag_field="step", tag="hash-map"):
    """HASHAMP of every bucket. Answer file: ``amp`` int32; row number = hash bucket."""


class DistributionQuery(_Node, frozen=True, kw_only=True, tag_field="step", tag="distribution"):
    """Rows per AMP of a table, largest first (HD-17); AMPs without rows are not listed.

    Answer file: ``amp`` int32, ``rows`` int64, ordered by rows descending, then amp. Its schema
    metadata holds ``largest_over_mean`` and ``coefficient_of_variation`` (decimal text), both
    over all AMPs of the system, those without rows included; 0 for an empty table.
    """

    table: str


DistributeStep = (
    CreateTable
    | DropTable
    | DeleteRows
    | InsertRows
    | InsertSelect
    | Reconfigure
    | HashRows
    | HashConstants
    | HashMapQuery
    | DistributionQuery
)


class DistributePlan(_Node, frozen=True, kw_only=True, tag_field="kind", tag="distribute"):
    """Requests against hash-distributed tables, in order."""

    steps: tuple[DistributeStep, ...]


Plan = FastLoadPlan | DistributePlan
