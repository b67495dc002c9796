"""When two values are equal: duplicate rows, unique keys, DELETE and CHECK (HD-16, FL-02).

NULL equals NULL; trailing blanks do not count in text nor trailing zero bytes in bytes; text of a
column that is not CASESPECIFIC is compared in upper case.
"""

from __future__ import annotations

import struct
from collections.abc import Hashable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from reference.values.conversion import NUMBER_TYPES, Value, column_type, value_of_text
from specs.sql.tables import Column, RangeCheck, TableDefinition


def value_key(value: Value, column: Column) -> Hashable:
    """Two values of the column are equal exactly when their keys are."""
    if isinstance(value, str):
        text = value.rstrip(" ")
        return text if column.case_specific else text.upper()
    if isinstance(value, bytes):
        return value.rstrip(b"\0")
    if isinstance(value, float):
        return struct.pack(">d", value + 0.0)  # minus zero plus zero is zero
    return value


def values_key(values: Sequence[Value], columns: Sequence[Column]) -> tuple[Hashable, ...]:
    """The key of several values at once, each under its own column."""
    return tuple(map(value_key, values, columns))


class RowKeys:
    """The equality keys of one table's rows; made once, used for each row."""

    def __init__(self, definition: TableDefinition) -> None:
        index = definition.primary_index
        names = index.columns if index else ()
        self.columns = definition.columns
        self.index_columns = tuple(definition.column(name) for name in names)
        """The primary index's columns in its order; none without an index."""
        self._positions = tuple(self.columns.index(column) for column in self.index_columns)

    def index_values(self, row: Sequence[Value]) -> tuple[Value, ...]:
        """The primary-index values of a row."""
        return tuple(row[position] for position in self._positions)

    def of_row(self, row: Sequence[Value]) -> tuple[Hashable, ...]:
        """Two rows are duplicates exactly when these are equal (FL-02)."""
        return values_key(row, self.columns)

    def of_index(self, row: Sequence[Value]) -> tuple[Hashable, ...]:
        """Two rows have equal primary-index values exactly when these are equal (HD-16)."""
        return values_key(self.index_values(row), self.index_columns)


def equality_key(row: Sequence[Value], definition: TableDefinition) -> tuple[Hashable, ...]:
    """`RowKeys.of_row` for a single row."""
    return RowKeys(definition).of_row(row)


def index_key(row: Sequence[Value], definition: TableDefinition) -> tuple[Hashable, ...]:
    """`RowKeys.of_index` for a single row."""
    return RowKeys(definition).of_index(row)


def literal(text: str, column: Column) -> Value:
    """A literal of DEFAULT, CHECK or DELETE, typed for comparison with the column's values.

    Numbers are exact and may lie outside the column's range, text is neither cut nor padded, a
    date is written YYYY-MM-DD, bytes in hexadecimal. The text has passed
    `specs.sql.literals.check_literal`.
    """
    kind = column_type(column.type)
    if kind.is_character:
        return text
    if kind.name in ("BYTE", "VARBYTE"):
        return bytes.fromhex(text)
    if kind.name in NUMBER_TYPES and kind.name != "FLOAT":
        return Decimal(text)
    return value_of_text(text, kind)


def passes_check(value: Value, column: Column) -> bool:
    """CHECK (column BETWEEN low AND high); NULL passes."""
    if column.check is None or value is None:
        return True
    low, high = _check_ends(column.check, column)
    compared: Any = _ordered(value, column)
    return (low is None or low <= compared) and (high is None or compared <= high)


@lru_cache(maxsize=1024)
def _check_ends(check: RangeCheck, column: Column) -> tuple[Any, Any]:
    low, high = (
        None if end is None else _ordered(literal(end, column), column)
        for end in (check.low, check.high)
    )
    return low, high


def _ordered(value: Value, column: Column) -> Any:
    # Text and bytes are ordered by their keys; a float's key has no order of its own.
    return value if isinstance(value, float) else value_key(value, column)
