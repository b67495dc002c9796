"""Typed values of every column type, reaching the hard ones often and shrinking to simple ones."""

from __future__ import annotations

import struct
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from specs.sql.types import ColumnType

HASH_MODULUS = 2**32 - 5
"""Values that differ by this much have equal row hashes (HD-04)."""

CharacterSet = Literal["LATIN", "UNICODE"]

_EPOCH = datetime(1970, 1, 1)
_DAY = 86_400_000_000

# Small first: the first value of a pool is what a counterexample shrinks to.
_SMALL_INTEGERS = (0, 1, 2, 3, 4, 5, 6, -1, -2)
_HARD_INTEGERS = (
    *(9, 10, 99, 127, -128, 255, 256, 32_767, -32_768, 65_535, 65_536),
    *(2**31 - 1, -(2**31), 2**31 - 5, 2**32 - 1, 2**32, 2**63 - 1, -(2**63)),
    *(HASH_MODULUS + v for v in (-1, 0, 1, 2)),
    *(2 * HASH_MODULUS, -HASH_MODULUS, 1 - HASH_MODULUS),
)
_FLOATS = (0.0, 1.0, -1.0, 0.5, 0.1, -0.0, 3.0, 1e16, 1e22, -2.5e-7, 5e-324, 1.7976931348623157e308)
_TEXTS = (
    *("a", "A", "b", "", " ", "3", "ab", "Ab", "AB", "a ", " a", "a  ", "0", "a b", "   "),
    *("NULL", "-1", "1.50", "00005", "10000", "AAAAF", "BAAAA", "abcdef", "abc def g"),
    *("é", "É", "ß", "ss", "ÿ", "µ", "a\u00a0", "Ünal"),
    *("日本", "e\u0301", "Ÿ", "\u0131", "ﬁ", "😀", "Σσς"),
)
_DATES = (
    *(date(2000, 1, 1), date(2024, 2, 29), date(2000, 2, 29), date(1999, 12, 31)),
    *(date(1900, 1, 1), date(1900, 2, 28), date(1899, 12, 31), date(1970, 1, 1)),
    *(date(1969, 12, 31), date(1, 1, 1), date(9999, 12, 31), date(2100, 2, 28)),
)
_MICROSECONDS_OF_DAY = (
    *(0, 1_000_000, 43_200_000_000, _DAY - 1_000_000, _DAY - 1, 1, 500_000),
    *(HASH_MODULUS, HASH_MODULUS + 1_000_000),
)
_BYTES = (
    *(b"\x01", b"", b"A", b"a", b"\x00", b"\x01\x00", b"\x00\x01", b"\xff\xff"),
    *(b"00005", b"10000"),
)


def values(column_type: ColumnType, character_set: CharacterSet = "UNICODE") -> SearchStrategy[Any]:
    """Values (never None) of a type, as Arrow gives them to Python; CHAR and BYTE not padded."""
    return _values(column_type, character_set)


@cache
def _values(column_type: ColumnType, character_set: CharacterSet) -> SearchStrategy[Any]:
    match column_type.name:
        case "BYTEINT" | "SMALLINT" | "INTEGER" | "BIGINT":
            return _integers(*column_type.integer_range)
        case "DECIMAL":
            limit = 10**column_type.precision - 1
            scale = column_type.scale
            return _integers(-limit, limit).map(lambda unscaled: decimal_of(unscaled, scale))
        case "FLOAT":
            anything = st.floats(allow_nan=False, allow_infinity=False)
            return st.sampled_from(_FLOATS) | anything
        case "CHAR" | "VARCHAR":
            return _texts(column_type.length, character_set)
        case "DATE":
            return st.sampled_from(_DATES) | st.dates()
        case "TIME":
            return _microseconds(column_type.scale).map(_time_of)
        case "TIMESTAMP":
            moments = st.tuples(st.sampled_from(_DATES), _microseconds(column_type.scale))
            return moments.map(lambda m: datetime.combine(m[0], _time_of(m[1])))
        case "BYTE" | "VARBYTE":
            length = column_type.length
            fitting = tuple(data for data in _BYTES if len(data) <= length)
            return st.sampled_from(fitting) | st.binary(max_size=min(length, 4))
        case "VARIANT":
            raise ValueError("VARIANT columns have no typed values here; they belong to COPY")


def _integers(low: int, high: int) -> SearchStrategy[int]:
    small = tuple(v for v in _SMALL_INTEGERS if low <= v <= high)
    ends = (high, low, high - 1, low + 1)
    hard = tuple(dict.fromkeys(v for v in (*ends, *_HARD_INTEGERS) if low <= v <= high))
    return st.sampled_from(small) | st.sampled_from(hard) | st.integers(low, high)


def _texts(length: int, character_set: CharacterSet) -> SearchStrategy[str]:
    longest = ("x" * length, "x" * (length - 1) + "y")
    fitting = (text for text in (*_TEXTS, *longest) if _fits(text, length, character_set))
    letters = [c for c in "aAb1 éß日\u0301" if character_set == "UNICODE" or ord(c) < 256]
    return st.sampled_from(tuple(dict.fromkeys(fitting))) | st.text(
        letters, max_size=min(length, 9)
    )


def _fits(text: str, length: int, character_set: CharacterSet) -> bool:
    return len(text) <= length and (character_set == "UNICODE" or all(ord(c) < 256 for c in text))


def _microseconds(scale: int) -> SearchStrategy[int]:
    step = 10 ** (6 - scale)
    hard = tuple(dict.fromkeys(us - us % step for us in _MICROSECONDS_OF_DAY))
    free = st.integers(0, (_DAY - 1) // step).map(lambda ticks: ticks * step)
    return st.sampled_from(hard) | free


def _time_of(microseconds: int) -> time:
    return (_EPOCH + timedelta(microseconds=microseconds)).time()


def decimal_of(unscaled: int, scale: int) -> Decimal:
    """The exact Decimal ``unscaled / 10**scale``, all ``scale`` fraction digits kept."""
    digits = tuple(map(int, str(abs(unscaled))))
    return Decimal((int(unscaled < 0), digits, -scale))


def unscaled_of(value: Decimal) -> int:
    """The digits of a Decimal as an integer: 150 for 1.50."""
    sign, digits, _ = value.as_tuple()
    magnitude = int("".join(map(str, digits)))
    return -magnitude if sign else magnitude


def kin(
    value: Any, column_type: ColumnType, character_set: CharacterSet = "UNICODE"
) -> tuple[Any, ...]:
    """Values that are easily confused with a value: equal row hash, equal but not identical, next.

    Possibly none. For text: other letter case, a blank more, a different text of equal row hash.
    """
    match column_type.name:
        case "BYTEINT" | "SMALLINT" | "INTEGER" | "BIGINT":
            low, high = column_type.integer_range
            return tuple(v for v in _integer_kin(value) if low <= v <= high)
        case "DECIMAL":
            limit = 10**column_type.precision - 1
            near = _integer_kin(unscaled_of(value))
            return tuple(decimal_of(v, column_type.scale) for v in near if abs(v) <= limit)
        case "FLOAT":
            return _float_kin(value)
        case "CHAR" | "VARCHAR":
            texts = _text_kin(value)
            return tuple(t for t in texts if _fits(t, column_type.length, character_set))
        case "DATE":
            return (value - timedelta(1),) if value > date.min else ()
        case "TIME" if column_type.scale == 6:
            moment = (datetime.combine(_EPOCH, value) - _EPOCH) // timedelta(microseconds=1)
            return tuple(_time_of(us) for us in _integer_kin(moment) if 0 <= us < _DAY)
        case "TIMESTAMP" if column_type.scale == 6:
            step = timedelta(microseconds=HASH_MODULUS)
            return (value - step,) if value - datetime.min >= step else (value + step,)
        case "BYTE" | "VARBYTE":
            padded = (value + b"\0", b"\0" + value)
            return tuple(data for data in padded if len(data) <= column_type.length)
        case _:
            return ()


def _integer_kin(value: int) -> tuple[int, ...]:
    return value + HASH_MODULUS, value - HASH_MODULUS, -value if value else 1


def _float_kin(value: float) -> tuple[float, ...]:
    bits = struct.unpack(">Q", struct.pack(">d", value))[0]
    other = struct.unpack(">d", struct.pack(">Q", (bits + HASH_MODULUS) % 2**64))[0]
    finite = other == other and abs(other) != float("inf")
    return (-value, other) if finite else (-value,)


def _text_kin(text: str) -> tuple[str, ...]:
    number = int.from_bytes(text.rstrip(" ").upper().encode(), "big")
    colliding = []
    for other in (number + HASH_MODULUS, number - HASH_MODULUS):
        data = other.to_bytes((other.bit_length() + 7) // 8, "big") if other > 0 else b"\0"
        if data.isascii() and data.decode().isprintable() and b"|" not in data:
            colliding.append(data.decode())
    return tuple(dict.fromkeys((text + " ", text.swapcase(), text.rstrip(" "), *colliding)))


def stored_form(value: Any, column_type: ColumnType) -> Any:
    """The value as a table holds it: CHAR padded with blanks, BYTE with zero bytes."""
    if value is None:
        return None
    match column_type.name:
        case "CHAR":
            return value.ljust(column_type.length)
        case "BYTE":
            return value.ljust(column_type.length, b"\0")
        case _:
            return value


def text_of(value: Any, column_type: ColumnType) -> str:
    """Canonical text: ``1.50`` for DECIMAL(9,2), ``2024-02-29``, ``23:59:59.5``, hex for bytes."""
    match column_type.name:
        case "DECIMAL":
            return f"{value:f}"
        case "FLOAT":
            return repr(value)
        case "DATE":
            return str(value.isoformat())
        case "TIME":
            return _with_fraction(value, value.strftime("%H:%M:%S"))
        case "TIMESTAMP":
            return _with_fraction(value, value.isoformat(" ", "seconds"))
        case "BYTE" | "VARBYTE":
            return str(value.hex().upper())
        case _:
            return str(value)


def _with_fraction(value: time | datetime, text: str) -> str:
    fraction = f"{value.microsecond:06}".rstrip("0")
    return f"{text}.{fraction}" if fraction else text
