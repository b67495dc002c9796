"""From the text of one field to a typed value, and from one type to another.

Every reader takes the whole text and returns the value or raises `BadValue` with the error's
name. No reader looks at NULL: an empty field never gets here (`reference.fastload.rows`).
"""

from __future__ import annotations

import datetime
import math
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Literal, TypeAlias

from reference.values.dates import ISO_FORMAT, read_date
from specs.contract import ErrorName
from specs.sql.types import BYTE_TYPES, INTEGER_BITS, MAX_DECIMAL_PRECISION, ColumnType

Value: TypeAlias = (
    int | Decimal | float | str | datetime.date | datetime.time | datetime.datetime | bytes | None
)
"""A typed value: int, Decimal with the column's scale, float, str, date, time, datetime, bytes."""

CharacterSet: TypeAlias = Literal["LATIN", "UNICODE"]

NUMBER_TYPES = frozenset({*INTEGER_BITS, "DECIMAL", "FLOAT"})

BAD_VALUE: dict[str, ErrorName] = {
    **dict.fromkeys(NUMBER_TYPES, "bad_character"),
    "DATE": "invalid_date",
    "TIME": "invalid_time",
    "TIMESTAMP": "invalid_timestamp",
    "CHAR": "untranslatable_character",
    "VARCHAR": "untranslatable_character",
}
"""What a field that is not even text, or not of the right form, is called for each type."""

# No way back from a digit once it is read: a field may have tens of thousands of them.
_INTEGER = re.compile(r"([+-]?)([0-9]++)")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)")
_FLOAT = re.compile(r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?")
_TIMESTAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) (.*)")

# A quantized DECIMAL has at most 38 digits and one more while it is rounded.
_EXACT = Context(prec=MAX_DECIMAL_PRECISION + 2, rounding=ROUND_HALF_EVEN)


class BadValue(Exception):
    """A text that is no value of its type: the error's name (FL-10)."""

    def __init__(self, name: ErrorName) -> None:
        super().__init__(name)
        self.name = name


class NumberTooLong(BadValue):
    """A number that does not fit the character type it is converted to (FL-10)."""

    def __init__(self) -> None:
        super().__init__("numeric_overflow")


class ImpossibleConversion(ValueError):
    """A plan asks for a conversion that no script may ask for (FL-20)."""


@lru_cache(maxsize=4096)
def column_type(text: str) -> ColumnType:
    """The type that ``text`` names; the same text is read once. Raises `ColumnTypeError`."""
    return ColumnType.parse(text)


def value_of_field(
    field: bytes, kind: ColumnType, character_set: CharacterSet, date_format: str
) -> Value:
    """The value of a field's bytes (UTF-8). Raises `BadValue`."""
    try:
        text = field.decode()
    except UnicodeDecodeError:
        raise BadValue(BAD_VALUE[kind.name]) from None
    return value_of_text(text, kind, character_set, date_format)


def value_of_text(
    text: str,
    kind: ColumnType,
    character_set: CharacterSet = "UNICODE",
    date_format: str = ISO_FORMAT,
) -> Value:
    """The value of a text. Raises `BadValue`; `ImpossibleConversion` for BYTE and VARBYTE."""
    match kind.name:
        case "CHAR" | "VARCHAR":
            return read_character(text, kind, character_set)
        case "BYTEINT" | "SMALLINT" | "INTEGER" | "BIGINT":
            return read_integer(text, kind)
        case "DECIMAL":
            return read_decimal(text, kind)
        case "FLOAT":
            return read_float(text)
        case "DATE":
            day = read_date(text.strip(" "), date_format)
            if day is None:
                raise BadValue("invalid_date")
            return day
        case "TIME":
            return read_time(text, kind)
        case "TIMESTAMP":
            return read_timestamp(text, kind)
        case _:
            raise ImpossibleConversion(f"{kind} cannot be loaded from text")


def read_character(text: str, kind: ColumnType, character_set: CharacterSet) -> str:
    """CHAR is padded with blanks; a longer text is cut; LATIN ends at U+00FF."""
    if character_set == "LATIN" and any(character > "\xff" for character in text):
        raise BadValue("untranslatable_character")
    cut = text[: kind.length]
    return cut.ljust(kind.length) if kind.name == "CHAR" else cut


def read_integer(text: str, kind: ColumnType) -> int:
    """Sign and digits; anything else is a bad character, a decimal point included."""
    match = _INTEGER.fullmatch(text.strip(" "))
    if not match:
        raise BadValue("bad_character")
    sign, digits = match[1], match[2].lstrip("0") or "0"
    if len(digits) > 19:  # more digits than any BIGINT has
        raise BadValue("numeric_overflow")
    return _in_range(int(sign + digits), kind)


def read_decimal(text: str, kind: ColumnType) -> Decimal:
    """Exact; fraction digits beyond the scale are rounded half to even."""
    number = text.strip(" ")
    if not _DECIMAL.fullmatch(number):
        raise BadValue("bad_character")
    return _at_scale(Decimal(number), kind)


def read_float(text: str) -> float:
    """The nearest binary64; infinite is an overflow; minus zero is zero."""
    number = text.strip(" ")
    if not _FLOAT.fullmatch(number):
        raise BadValue("bad_character")
    return _finite(float(number))


def read_time(text: str, kind: ColumnType) -> datetime.time:
    """HH:MM:SS, optionally a point and 1 to n fraction digits."""
    match = _TIME.fullmatch(text.strip(" "))
    if not match:
        raise BadValue("invalid_time")
    hour, minute, second, fraction = match.groups()
    if fraction is not None and len(fraction) > kind.scale:
        raise BadValue("invalid_time")
    try:
        return datetime.time(
            int(hour), int(minute), int(second), int((fraction or "0").ljust(6, "0"))
        )
    except ValueError:
        raise BadValue("invalid_time") from None


def read_timestamp(text: str, kind: ColumnType) -> datetime.datetime:
    """A YYYY-MM-DD date, one blank, and a time as in `read_time`."""
    match = _TIMESTAMP.fullmatch(text.strip(" "))
    day = read_date(match[1], ISO_FORMAT) if match else None
    if match is None or day is None or match[2].startswith(" "):
        raise BadValue("invalid_timestamp")
    try:
        return datetime.datetime.combine(day, read_time(match[2], kind))
    except BadValue:
        raise BadValue("invalid_timestamp") from None


def convert(
    value: Value,
    source: ColumnType,
    target: ColumnType,
    character_set: CharacterSet = "UNICODE",
    date_format: str = ISO_FORMAT,
) -> Value:
    """FL-20: a value of the one explicit conversion's type, as a value of the column's type.

    Raises `BadValue`; `ImpossibleConversion` for a pair that no script may hold.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return value_of_text(value, target, character_set, date_format)
    if isinstance(value, int | float | Decimal) and target.name in NUMBER_TYPES:
        return _number_to_number(value, target)
    if source.name in NUMBER_TYPES and target.is_character:
        text = number_text(value)
        if len(text) > target.length:
            raise NumberTooLong
        return read_character(text, target, character_set)
    if source.name == "DATE" and target.is_character and isinstance(value, datetime.date):
        return read_character(value.isoformat(), target, character_set)
    if source.name == target.name and source.scale <= target.scale:
        return value
    raise ImpossibleConversion(f"{source} cannot be converted to {target}")


def check_conversion(source: ColumnType, target: ColumnType) -> None:
    """Raise `ImpossibleConversion` for a pair of types that no script may hold (FL-20)."""
    if {source.name, target.name} & (BYTE_TYPES | {"VARIANT"}):
        raise ImpossibleConversion(f"{source} to {target}: bytes cannot be loaded from text")
    from_number_or_date = source.name in NUMBER_TYPES or source.name == "DATE"
    if not (
        source.is_character
        or (source.name in NUMBER_TYPES and target.name in NUMBER_TYPES)
        or (from_number_or_date and target.is_character)
        or (source.name == target.name and source.scale <= target.scale)
    ):
        raise ImpossibleConversion(f"{source} cannot be converted to {target}")


def number_text(value: Value) -> str:
    """A number's canonical text: no plus sign, no exponent, all fraction digits of a DECIMAL."""
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def stored(value: Value, kind: ColumnType) -> Value:
    """A value from an Arrow file as a table keeps it: CHAR and BYTE padded, minus zero as zero."""
    if isinstance(value, str) and kind.name == "CHAR":
        return value.ljust(kind.length)
    if isinstance(value, bytes) and kind.name == "BYTE":
        return value.ljust(kind.length, b"\0")
    if isinstance(value, float):
        return value + 0.0
    return value


def _number_to_number(value: int | float | Decimal, target: ColumnType) -> Value:
    if target.name == "FLOAT":
        return _finite(float(value))
    exact = Decimal(value)
    if target.name == "DECIMAL":
        return _at_scale(exact, target)
    if abs(exact) >= 1 << 64:  # spares rounding a number of 300 digits
        raise BadValue("numeric_overflow")
    return _in_range(int(exact.to_integral_value(ROUND_HALF_EVEN)), target)


def _in_range(number: int, kind: ColumnType) -> int:
    low, high = kind.integer_range
    if not low <= number <= high:
        raise BadValue("numeric_overflow")
    return number


def _at_scale(number: Decimal, kind: ColumnType) -> Decimal:
    # Rounding can add a digit but never take one, so this refuses nothing that would fit.
    if number and number.adjusted() >= kind.precision - kind.scale:
        raise BadValue("numeric_overflow")
    rounded = number.quantize(Decimal((0, (1,), -kind.scale)), context=_EXACT)
    if not rounded:
        return rounded.copy_abs()
    if len(rounded.as_tuple().digits) > kind.precision:
        raise BadValue("numeric_overflow")
    return rounded


def _finite(number: float) -> float:
    if math.isinf(number):
        raise BadValue("numeric_overflow")
    return number + 0.0  # minus zero plus zero is zero
