"""Distribution plans: requests against hash-distributed tables, in order."""

from __future__ import annotations

from typing import Literal

from specs.document import Document, JobPlan
from specs.sql.statements import CreateTable, DeleteRows, DropTable


class InsertRows(Document, frozen=True, kw_only=True, tag_field="step", tag="insert-rows"):
    """Insert the rows of an Arrow file in ``files/``.

    ``mode`` ``single-row``: each row is a request of its own with query id ``query_id`` + its
    position; ``array``: one request for all with ``query_id`` (HD-12). The answer file lists
    refused rows: ``row`` (int64, 0-based position in the file) and ``error`` (its name).
    """

    table: str
    rows: str
    mode: Literal["single-row", "array"] = "single-row"
    query_id: int = 1


class InsertSelect(Document, frozen=True, kw_only=True, tag_field="step", tag="insert-select"):
    """INSERT INTO target SELECT * FROM source (HD-13); same columns in the same order."""

    source: str
    target: str


class Reconfigure(Document, frozen=True, kw_only=True, tag_field="step", tag="reconfigure"):
    """Change the number of AMPs and move the rows whose bucket changed owner (HD-18)."""

    amps: int


class HashRows(Document, frozen=True, kw_only=True, tag_field="step", tag="hash-rows"):
    """HASHROW/HASHBUCKET/HASHAMP of each row of an Arrow file in ``files/``.

    The file's schema carries a table definition that types its columns. ``columns`` are the
    arguments of HASHROW. Answer file: ``row_hash`` uint32, ``hash_bucket`` int32, ``amp`` int32,
    one row per input row in input order.
    """

    rows: str
    columns: tuple[str, ...]


class HashConstants(Document, frozen=True, kw_only=True, tag_field="step", tag="hash-constants"):
    """The functions without a row. Answer file: ``name`` string, ``value`` int64 nullable.

    Names: ``HASHROW()``, ``HASHBUCKET()``, ``HASHAMP()``, ``HASHBUCKET(NULL)``.
    """


class HashMapQuery(Document, frozen=True, kw_only=True, tag_field="step", tag="hash-map"):
    """HASHAMP of every bucket. Answer file: ``amp`` int32; row number = hash bucket."""


class DistributionQuery(Document, frozen=True, kw_only=True, tag_field="step", tag="distribution"):
    """Rows per AMP of a table, largest first (HD-17); AMPs without rows are not listed.

    Answer file: ``amp`` int32, ``rows`` int64, ordered by rows descending, then amp. Its schema
    metadata holds ``largest_over_mean`` and ``coefficient_of_variation`` (decimal text), both
    over all AMPs of the system, those without rows included; 0 for an empty table.
    """

    table: str


DistributionStep = (
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


class DistributionPlan(JobPlan, frozen=True, kw_only=True, tag="distribution"):
    """Requests against hash-distributed tables, in order."""

    steps: tuple[DistributionStep, ...]
