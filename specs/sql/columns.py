"""Whether rows that come from elsewhere have the columns of a table: names, order and types."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from specs.shortening import shortened
from specs.sql.tables import TableDefinition


def difference_of_rows(table: TableDefinition, schema: pa.Schema) -> str | None:
    """What an Arrow table has otherwise than the table that it is for; None where nothing.

    Letter case of names does not matter, nor which of its widths Arrow holds a value in.
    """
    expected = [(c.name, _plain(c.column_type.to_arrow())) for c in table.columns]
    return _difference(expected, [(field.name, _plain(field.type)) for field in schema])


def difference_of_tables(target: TableDefinition, source: TableDefinition) -> str | None:
    """What a table has otherwise than another that its rows are for; None where nothing."""
    return _difference(_columns(target), _columns(source))


def _columns(table: TableDefinition) -> list[tuple[str, str]]:
    return [(column.name, str(column.column_type)) for column in table.columns]


def _difference(
    expected: Sequence[tuple[str, str]], found: Sequence[tuple[str, str]]
) -> str | None:
    if [(name.casefold(), kind) for name, kind in expected] == [
        (name.casefold(), kind) for name, kind in found
    ]:
        return None
    return f"expected the columns {_told(expected)}, found {_told(found)}"


def _told(columns: Sequence[tuple[str, str]]) -> str:
    return shortened(", ".join(f"{name} {kind}" for name, kind in columns)) or "none"


def _plain(kind: pa.DataType) -> str:
    """An Arrow type without its width, which is free for text, bytes and decimals."""
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return "bytes"
    return str(kind)
