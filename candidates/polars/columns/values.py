"""Values in columns: their narrow physical form, their Arrow form, and when two are equal.

Inside the loader every column is a polars Series in its *physical form*: integers as they are,
DECIMAL as its unscaled integer in the narrowest of Int32, Int64 and Int128, DATE as days and
TIME/TIMESTAMP as microseconds since 1970 or midnight, text as String, bytes as Binary.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from specs.contract.placement import PLACEMENT_FIELDS
from specs.sql.tables import Column, TableDefinition
from specs.sql.types import BYTE_TYPES, ColumnType

Mask = NDArray[np.bool_]
"""Yes or no for each value, row or record."""

_INTEGERS: dict[str, pl.DataType] = {
    "BYTEINT": pl.Int8(),
    "SMALLINT": pl.Int16(),
    "INTEGER": pl.Int32(),
    "BIGINT": pl.Int64(),
}


@lru_cache(maxsize=4096)
def column_type(text: str) -> ColumnType:
    """The type that a definition's text names; raises `specs.sql.types.ColumnTypeError`."""
    return ColumnType.parse(text)


def type_of(column: Column) -> ColumnType:
    """The type of a column."""
    return column_type(column.type)


@lru_cache(maxsize=4096)
def physical_type(kind: ColumnType) -> pl.DataType:
    """The polars type in which the loader holds a column of this type."""
    match kind.name:
        case "BYTEINT" | "SMALLINT" | "INTEGER" | "BIGINT":
            return _INTEGERS[kind.name]
        case "DECIMAL":
            if kind.precision <= 9:
                return pl.Int32()
            return pl.Int64() if kind.precision <= 18 else pl.Int128()
        case "FLOAT":
            return pl.Float64()
        case "DATE":
            return pl.Int32()
        case "TIME" | "TIMESTAMP":
            return pl.Int64()
        case "BYTE" | "VARBYTE":
            return pl.Binary()
        case _:
            return pl.String()


@lru_cache(maxsize=4096)
def stored_type(kind: ColumnType) -> pa.DataType:
    """The Arrow type in an outcome: as the contract says, DECIMAL in its narrowest width."""
    if kind.name == "DECIMAL" and kind.precision <= 9:
        return pa.decimal32(kind.precision, kind.scale)
    if kind.name == "DECIMAL" and kind.precision <= 18:
        return pa.decimal64(kind.precision, kind.scale)
    return kind.to_arrow()


@lru_cache(maxsize=256)
def stored_schema(definition: TableDefinition) -> pa.Schema:
    """Arrow schema of a table's columns in an outcome; the definition travels in its metadata."""
    fields = [pa.field(c.name, stored_type(type_of(c))) for c in definition.columns]
    return pa.schema(fields, metadata=definition.arrow_schema().metadata)


@lru_cache(maxsize=256)
def placed_schema(definition: TableDefinition) -> pa.Schema:
    """Arrow schema of a table in an outcome, with its placement columns."""
    schema = stored_schema(definition)
    return pa.schema([*schema, *PLACEMENT_FIELDS], metadata=schema.metadata)


def to_arrow(series: pl.Series, kind: ColumnType) -> pa.Array:
    """A column in physical form as Arrow, without copying numbers."""
    target = stored_type(kind)
    if kind.name == "DECIMAL" and kind.precision > 18:
        series = series.cast(pl.Decimal(38, 0))
    array = series.to_arrow(compat_level=pl.CompatLevel.oldest())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if kind.is_character or kind.name in BYTE_TYPES:
        return array.cast(target)
    if array.type == target:
        return array
    return pa.Array.from_buffers(
        target, len(array), array.buffers(), array.null_count, array.offset
    )


def from_arrow(column: pa.ChunkedArray, kind: ColumnType) -> pl.Series:
    """An Arrow column of this type in physical form; CHAR and BYTE are padded to their length."""
    match kind.name:
        case "DECIMAL":
            column = column.cast(pa.decimal128(38, kind.scale))
            series = _series(column).to_physical()
        case "DATE":
            series = _series(column.cast(pa.date32())).to_physical()
        case "TIME":
            series = _series(column.cast(pa.time64("us")).cast(pa.int64()))
        case "TIMESTAMP":
            series = _series(column.cast(pa.timestamp("us")).cast(pa.int64()))
        case "FLOAT":
            series = _series(column.cast(pa.float64()))
            series = series.to_frame("x").select(positive_zero(pl.col("x"))).to_series()
        case "CHAR":
            series = _series(column.cast(pa.large_string())).str.pad_end(kind.length)
        case "VARCHAR" | "VARIANT":
            series = _series(column.cast(pa.large_string()))
        case "BYTE":
            series = _padded_bytes(_series(column.cast(pa.large_binary())), kind.length)
        case "VARBYTE":
            series = _series(column.cast(pa.large_binary()))
        case _:
            series = _series(column)
    return series.cast(physical_type(kind))


def frame_from_arrow(table: pa.Table, columns: Sequence[Column]) -> pl.DataFrame:
    """The named columns of an Arrow table in physical form."""
    return pl.DataFrame(
        [from_arrow(table.column(c.name), type_of(c)).alias(c.name) for c in columns]
    )


def equality_key(column: Column, source: pl.Expr | None = None) -> pl.Expr:
    """Two values of the column are equal exactly when this expression gives equal values.

    Trailing blanks do not count in text nor trailing zero bytes in bytes; text is compared in
    upper case unless the column is CASESPECIFIC. NULLs stay NULL: the caller takes them as equal.
    """
    value = pl.col(column.name) if source is None else source
    kind = type_of(column)
    if kind.is_character:
        trimmed = value.str.strip_chars_end(" ")
        return trimmed if column.case_specific else trimmed.str.to_uppercase()
    if kind.name in BYTE_TYPES:
        return without_trailing_zeros(value)
    if kind.name == "FLOAT":
        return positive_zero(value)
    return value


def positive_zero(value: pl.Expr) -> pl.Expr:
    """A FLOAT with minus zero as zero; polars leaves out an addition of zero."""
    return pl.when(value.is_null() | (value != 0.0)).then(value).otherwise(pl.lit(0.0))


def without_trailing_zeros(value: pl.Expr) -> pl.Expr:
    """Bytes without their trailing zero bytes, in hexadecimal."""
    # The match runs to the end of an even number of digits, so it starts at a byte.
    return value.bin.encode("hex").str.replace("(?:00)+$", "")


def _padded_bytes(series: pl.Series, length: int) -> pl.Series:
    digits = pl.col("x").bin.encode("hex").str.pad_end(2 * length, "0")
    return series.to_frame("x").select(digits.str.decode("hex")).to_series()


def _series(column: pa.ChunkedArray) -> pl.Series:
    series = pl.from_arrow(column)
    assert isinstance(series, pl.Series)
    return series
