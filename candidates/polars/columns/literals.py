"""Literals of CHECK and DELETE compared with whole columns, under the rules of equality."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

import polars as pl

from candidates.polars.columns.conversion import convert_text
from candidates.polars.columns.numeric import NUMBER_TYPES
from candidates.polars.columns.values import equality_key, type_of
from specs.sql.tables import Column
from specs.sql.types import ColumnType

_EXACT = Context(prec=400)
_LARGEST = (1 << 126) - 1
"""More than any column holds, and within Int128."""


def passes_check(column: Column) -> pl.Expr:
    """CHECK (column BETWEEN low AND high): NULL where the value is NULL."""
    assert column.check is not None
    kind = type_of(column)
    value = equality_key(column)
    passed = pl.lit(True)
    if column.check.low is not None:
        passed = passed & (value >= _check_end(column.check.low, column, kind, ROUND_CEILING))
    if column.check.high is not None:
        passed = passed & (value <= _check_end(column.check.high, column, kind, ROUND_FLOOR))
    return passed


def literal_key(text: str, column: Column) -> pl.Expr | None:
    """The equality key of a literal of DELETE; None when no value of the column can equal it."""
    kind = type_of(column)
    if kind.name in NUMBER_TYPES and kind.name != "FLOAT":
        scaled = Decimal(text).scaleb(kind.scale, _EXACT)
        if scaled != scaled.to_integral_value() or abs(scaled) > _LARGEST:
            return None
        return pl.lit(int(scaled), pl.Int128)
    return _literal(text, column, kind)


def _check_end(text: str, column: Column, kind: ColumnType, rounding: str) -> pl.Expr:
    if kind.name in NUMBER_TYPES and kind.name != "FLOAT":
        # Unscaled values are whole: v >= 1.005 at two digits is v >= 1.01.
        scaled = Decimal(text).scaleb(kind.scale, _EXACT).to_integral_value(rounding)
        return pl.lit(max(-_LARGEST, min(_LARGEST, int(scaled))), pl.Int128)
    return _literal(text, column, kind)


def _literal(text: str, column: Column, kind: ColumnType) -> pl.Expr:
    if kind.is_character:
        return equality_key(column, pl.lit(text))
    if kind.name in ("BYTE", "VARBYTE"):
        return equality_key(column, pl.lit(bytes.fromhex(text)))
    values = convert_text(pl.Series("literal", [text], dtype=pl.String), kind).values
    return pl.lit(values.item(), values.dtype)
