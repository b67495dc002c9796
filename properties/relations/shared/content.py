"""Exactly these rows: names and types as defined, values typed, order free."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa

from properties.engine.observed import ObservedTable, Row
from properties.engine.trial import Difference
from properties.relations.shared.answers import told_rows
from specs.sql.tables import TableDefinition
from specs.sql.types import MAX_DECIMAL_PRECISION

_SAME_VALUES = {
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.large_binary(): pa.binary(),
    pa.binary_view(): pa.binary(),
}
"""Arrow types that hold the same values as a type of ours, only laid out otherwise."""


def plainly(found: pa.DataType) -> pa.DataType:
    """The type of ours that holds the same values; decimals may be laid out in other widths."""
    if pa.types.is_decimal(found) and found.precision <= MAX_DECIMAL_PRECISION:
        return pa.decimal128(found.precision, found.scale)
    return _SAME_VALUES.get(found, found)


def typed(value: Any) -> Hashable:
    """A key that is equal only for identical values: 1, 1.0, Decimal 1 and '1' all differ.

    So do 1.5 and 1.50 as Decimal, and 0.0 and -0.0.
    """
    match value:
        case float():
            return ("float", struct.pack(">d", value))
        case Decimal():
            return ("Decimal", value.as_tuple())
        case _:
            return (type(value).__name__, value)


def typed_row(row: Row) -> tuple[Hashable, ...]:
    """`typed` for every value of a row."""
    return tuple(map(typed, row))


def columns_are_those_of(definition: TableDefinition, table: ObservedTable) -> None:
    """The table has the definition's columns in order, each of its type (placement aside)."""
    columns_are(f"table {definition.name}", definition.arrow_schema(), table)


def columns_are(what: str, schema: pa.Schema, table: ObservedTable) -> None:
    """The table has the columns of a schema in order, each of its type (placement aside)."""
    if table.columns != tuple(schema.names):
        raise Difference(
            f"{what}: expected the columns {', '.join(schema.names)}; "
            f"observed {', '.join(table.columns)}"
        )
    for field in schema:
        found = table.schema.field(field.name).type
        if plainly(found) != field.type:
            raise Difference(
                f"{what}, column {field.name}: expected Arrow type {field.type}, observed {found}"
            )


def rows_are(what: str, expected: Iterable[Row], observed: Iterable[Row]) -> None:
    """The same rows, each as often, compared by `typed`; order is free."""
    wanted, found = list(expected), list(observed)
    missing = _left_over(wanted, found)
    unexpected = _left_over(found, wanted)
    if missing or unexpected:
        raise Difference(
            f"{what}: missing {told_rows(missing)}; unexpected {told_rows(unexpected)}"
        )


def _left_over(rows: list[Row], others: list[Row]) -> list[Row]:
    """Rows that have no partner among the others, in order."""
    partners = Counter(map(typed_row, others))
    alone = []
    for row in rows:
        key = typed_row(row)
        if partners[key]:
            partners[key] -= 1
        else:
            alone.append(row)
    return alone
