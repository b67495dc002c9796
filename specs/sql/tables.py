"""Table definitions: columns, SET or MULTISET, primary index, and what hangs on a table."""

from __future__ import annotations

from typing import Literal

import msgspec
import pyarrow as pa

from specs.shortening import shortened
from specs.sql.dateformats import is_date_format
from specs.sql.expressions import Between, ColumnRef, Comparison, Expression, literal_of
from specs.sql.literals import check_literal
from specs.sql.types import BYTE_TYPES, ColumnType

TableKind = Literal["SET", "MULTISET"]
AttachmentKind = Literal["secondary-index", "join-index", "hash-index", "foreign-key", "trigger"]


MAX_COLUMNS = 2_048
"""Most columns of a table."""

DEFINITION_KEY = b"loadproof.table"
"""Key of an Arrow schema's metadata under which a table's definition travels, as JSON."""


class TableError(ValueError):
    """A table definition that contradicts itself."""


class RangeCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """CHECK (column BETWEEN low AND high); an end that is None is open. Ends are literals' text."""

    low: str | None = None
    high: str | None = None

    def condition(self, column: str) -> Expression | None:
        """What CHECK says of the column; None when both ends are open."""
        value = ColumnRef(column)
        if self.low is not None and self.high is not None:
            return Between(value, literal_of(self.low), literal_of(self.high))
        if self.low is not None:
            return Comparison(">=", value, literal_of(self.low))
        if self.high is not None:
            return Comparison("<=", value, literal_of(self.high))
        return None


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column. ``type`` is the type's text, e.g. ``DECIMAL(9,2)``; ``format`` a DATE format.

    Raises `specs.sql.types.ColumnTypeError` and `specs.sql.literals.LiteralError` for a CHECK, or
    a DEFAULT of bytes, that is no value of the type; `TableError` for a format that is none.
    """

    name: str
    type: str
    not_null: bool = False
    case_specific: bool = False
    character_set: Literal["LATIN", "UNICODE"] = "UNICODE"
    format: str | None = None
    check: RangeCheck | None = None
    default: str | None = None

    def __post_init__(self) -> None:
        kind = self.column_type
        ends = (self.check.low, self.check.high) if self.check else ()
        defaults = (self.default,) if kind.name in BYTE_TYPES else ()
        for literal in (*ends, *defaults):
            if literal is not None:
                check_literal(literal, kind)
        if self.format is not None and not is_date_format(self.format):
            raise TableError(f"column {shortened(self.name)}: FORMAT {shortened(self.format)!r}")

    @property
    def column_type(self) -> ColumnType:
        return ColumnType.parse(self.type)


class PrimaryIndex(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PRIMARY INDEX (columns); unique = UPI, else NUPI."""

    columns: tuple[str, ...]
    unique: bool = False


class TableDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table as CREATE TABLE tells it. ``primary_index`` None means NO PRIMARY INDEX (NoPI).

    ``attached`` names what FastLoad refuses to load under (FL-04); ``view`` and ``partitioned``
    are for FL-05. Raises `TableError` when an index names a column that is not there.
    """

    name: str
    columns: tuple[Column, ...]
    kind: TableKind = "SET"
    primary_index: PrimaryIndex | None = None
    partitioned: bool = False
    view: bool = False
    attached: tuple[AttachmentKind, ...] = ()

    def __post_init__(self) -> None:
        names = [column.name.casefold() for column in self.columns]
        if not names:
            raise TableError(f"table {self.name} has no columns; give it at least one")
        if len(names) > MAX_COLUMNS:
            raise TableError(f"table {self.name} has {len(names)} columns; at most {MAX_COLUMNS}")
        known: set[str] = set()
        for name in names:
            if name in known:
                raise TableError(f"table {self.name} has column {name} twice; rename one")
            known.add(name)
        for name in self.primary_index.columns if self.primary_index else ():
            if name.casefold() not in known:
                columns = shortened(", ".join(self.column_names))
                raise TableError(
                    f"the primary index of {self.name} names {name}, "
                    f"which is no column of it; its columns: {columns}"
                )

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name, letter case ignored; raises KeyError when there is none."""
        for column in self.columns:
            if column.name.casefold() == name.casefold():
                return column
        raise KeyError(name)

    def arrow_schema(self) -> pa.Schema:
        """Arrow schema of the columns; the definition itself travels in the schema's metadata."""
        fields = [pa.field(c.name, c.column_type.to_arrow()) for c in self.columns]
        return pa.schema(fields, metadata={DEFINITION_KEY: msgspec.json.encode(self)})
