"""From the text of a field to a column's value, a whole column at a time.

A conversion gives the values in physical form, NULL where there is none, and the fault of each
value, or None when no value has a fault. A NULL text is no fault.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from candidates.polars.columns.dates import ISO_FORMAT, days_from_text
from candidates.polars.columns.faults import Fault, Faults, first_fault, where
from candidates.polars.columns.numeric import (
    NUMBER_TYPES,
    decimal_from_text,
    float_from_text,
    integer_from_text,
    number_text,
    number_to_number,
)
from candidates.polars.columns.values import type_of
from specs.sql.tables import Column
from specs.sql.types import BYTE_TYPES, ColumnType

_DAY = 86_400_000_000
_ABOVE_LATIN = "[^\u0000-\u00ff]"


class Converted(NamedTuple):
    """A column's values and their faults."""

    values: pl.Series
    faults: Faults | None


class ImpossibleConversion(ValueError):
    """A pair of types that no script may ask for (FL-20)."""


def convert_text(
    text: pl.Series, kind: ColumnType, character_set: str = "UNICODE", date_format: str = ISO_FORMAT
) -> Converted:
    """The values of texts. The type has passed `check_conversion`."""
    if kind.is_character:
        return _character(text, kind, character_set)
    match kind.name:
        case "DECIMAL":
            return Converted(*decimal_from_text(text, kind))
        case "FLOAT":
            return Converted(*float_from_text(text))
        case "DATE" | "TIME" | "TIMESTAMP":
            return _moment(text, kind, date_format)
        case _:
            return Converted(*integer_from_text(text, kind))


def convert_value(
    converted: Converted, source: ColumnType, column: Column, date_format: str
) -> Converted:
    """FL-20: values of the explicit conversion's type as values of the column's type.

    The pair of types has passed `check_conversion`.
    """
    values = converted.values
    target = type_of(column)
    if source.is_character:
        after = convert_text(values, target, column.character_set, date_format)
    elif source.name in NUMBER_TYPES and target.name in NUMBER_TYPES:
        after = Converted(*number_to_number(values, source, target))
    elif source.name in NUMBER_TYPES:
        text = number_text(values, source)
        short = (text.str.len_chars() > target.length).fill_null(False).to_numpy()
        after = _character(text, target, column.character_set)
        too_long = where(short, Fault.CHARACTER_OVERFLOW)
        after = Converted(after.values, first_fault(too_long, after.faults))
    elif target.is_character:
        text = values.cast(pl.Date).dt.to_string("iso")
        after = _character(text, target, column.character_set)
    else:
        return converted
    return Converted(after.values, first_fault(converted.faults, after.faults))


def check_conversion(source: ColumnType, target: ColumnType) -> None:
    """Raise `ImpossibleConversion` for a pair of types that no script may hold (FL-20)."""
    from_number = source.name in NUMBER_TYPES
    possible = (
        source.is_character
        or (from_number and target.name in NUMBER_TYPES)
        or ((from_number or source.name == "DATE") and target.is_character)
        or (source.name == target.name and source.scale <= target.scale)
    )
    if not possible or target.name in BYTE_TYPES or target.name == "VARIANT":
        raise ImpossibleConversion(f"{source} cannot be converted to {target}")


def _character(text: pl.Series, kind: ColumnType, character_set: str) -> Converted:
    faults = None
    if character_set == "LATIN":
        wrong = text.str.contains(_ABOVE_LATIN).fill_null(False)
        if wrong.any():
            faults = where(wrong.to_numpy(), Fault.UNTRANSLATABLE_CHARACTER)
    source = pl.col(text.name).str.head(kind.length)
    if kind.name == "CHAR":
        source = source.str.pad_end(kind.length)
    return Converted(text.to_frame().select(source).to_series(), faults)


def _moment(text: pl.Series, kind: ColumnType, date_format: str) -> Converted:
    missing = text.is_null().to_numpy()
    given = text.str.strip_chars(" ").fill_null("")
    if kind.name == "DATE":
        numbers, possible = days_from_text(given, date_format)
        fault = Fault.INVALID_DATE
        physical: pl.DataType = pl.Int32()
    else:
        physical = pl.Int64()
        if kind.name == "TIME":
            fault = Fault.INVALID_TIME
            numbers, possible = _microseconds(given, kind.scale)
        else:
            fault = Fault.INVALID_TIMESTAMP
            days, is_day = days_from_text(given.str.head(10), ISO_FORMAT)
            blank = (given.str.slice(10, 1) == " ").to_numpy()
            of_day, is_time = _microseconds(given.str.slice(11), kind.scale)
            numbers, possible = days * _DAY + of_day, is_day & blank & is_time
    values = pl.Series(text.name, numbers).cast(physical, wrap_numerical=True)
    if possible.all():
        return Converted(values, None)
    values = values.set(pl.Series(~possible), None)
    wrong = ~possible & ~missing
    return Converted(values, where(wrong, fault) if wrong.any() else None)


def _microseconds(text: pl.Series, digits: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    fraction = rf"(?:\.[0-9]{{1,{digits}}})?" if digits else ""
    source = pl.col("text")

    def number(piece: pl.Expr) -> pl.Expr:
        return piece.cast(pl.Int64, strict=False).fill_null(0)

    parts = (
        text.alias("text")
        .to_frame()
        .select(
            matches=source.str.contains(rf"^[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}{fraction}$"),
            hour=number(source.str.slice(0, 2)),
            minute=number(source.str.slice(3, 2)),
            second=number(source.str.slice(6, 2)),
            micros=number(source.str.slice(9).str.pad_end(6, "0")),
        )
    )
    hour, minute, second = (parts[name].to_numpy() for name in ("hour", "minute", "second"))
    possible = parts["matches"].to_numpy() & (hour < 24) & (minute < 60) & (second < 60)
    of_day = ((hour * 60 + minute) * 60 + second) * 1_000_000 + parts["micros"].to_numpy()
    return of_day, possible
