"""Column types: their names, limits and Arrow form."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, get_args

import msgspec
import pyarrow as pa

from specs.shortening import shortened

TypeName = Literal[
    "BYTEINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "DECIMAL",
    "FLOAT",
    "CHAR",
    "VARCHAR",
    "DATE",
    "TIME",
    "TIMESTAMP",
    "BYTE",
    "VARBYTE",
    "VARIANT",
]

INTEGER_BITS: dict[str, int] = {"BYTEINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}
CHARACTER_TYPES = frozenset({"CHAR", "VARCHAR"})
BYTE_TYPES = frozenset({"BYTE", "VARBYTE"})
MAX_DECIMAL_PRECISION = 38
MAX_CHARACTER_LENGTH = 64_000
MAX_FRACTIONAL_SECONDS = 6

_ALIASES = {
    "INT": "INTEGER",
    "DEC": "DECIMAL",
    "NUMERIC": "DECIMAL",
    "REAL": "FLOAT",
    "DOUBLE PRECISION": "FLOAT",
    "CHARACTER": "CHAR",
    "CHAR VARYING": "VARCHAR",
    "CHARACTER VARYING": "VARCHAR",
}
_TYPE = re.compile(
    r"\s*+([A-Za-z]+(?: ++[A-Za-z]+)*+)\s*+(?:\(\s*+(\d+)\s*+(?:,\s*+(\d+)\s*+)?\))?\s*+"
)
_MOST_DIGITS = 9
"""A length, precision or scale of more digits is out of every type's range."""


class ColumnTypeError(ValueError):
    """A type that does not exist or whose length, precision or scale is out of range."""


class ColumnType(msgspec.Struct, frozen=True):
    """A column type with its arguments.

    ``length`` is characters for CHAR/VARCHAR, bytes for BYTE/VARBYTE; ``precision`` and ``scale``
    are decimal digits of DECIMAL; ``scale`` is also the fractional-second digits (0 to 6) of TIME
    and TIMESTAMP.
    """

    name: TypeName
    length: int = 0
    precision: int = 0
    scale: int = 0

    @classmethod
    def parse(cls, text: str) -> ColumnType:
        """Read ``DECIMAL(9,2)`` and the like; raises `ColumnTypeError` with what was expected."""
        return _parsed(text)

    def __str__(self) -> str:
        match self.name:
            case "DECIMAL":
                return f"DECIMAL({self.precision},{self.scale})"
            case "CHAR" | "VARCHAR" | "BYTE" | "VARBYTE":
                return f"{self.name}({self.length})"
            case "TIME" | "TIMESTAMP":
                return f"{self.name}({self.scale})"
            case _:
                return self.name

    @property
    def is_character(self) -> bool:
        return self.name in CHARACTER_TYPES

    @property
    def integer_range(self) -> tuple[int, int]:
        """Smallest and largest value of an integer type; raises KeyError for any other type."""
        bits = INTEGER_BITS[self.name]
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def to_arrow(self) -> pa.DataType:
        """The Arrow type in which cases and outcomes hold this column."""
        match self.name:
            case "BYTEINT":
                return pa.int8()
            case "SMALLINT":
                return pa.int16()
            case "INTEGER":
                return pa.int32()
            case "BIGINT":
                return pa.int64()
            case "DECIMAL":
                return pa.decimal128(self.precision, self.scale)
            case "FLOAT":
                return pa.float64()
            case "DATE":
                return pa.date32()
            case "TIME":
                return pa.time64("us")
            case "TIMESTAMP":
                return pa.timestamp("us")
            case "BYTE" | "VARBYTE":
                return pa.binary()
            case _:
                return pa.string()


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ColumnType:
    match = _TYPE.fullmatch(text)
    if not match:
        raise ColumnTypeError(
            f"{shortened(text)!r} is not a column type; write e.g. INTEGER or CHAR(5)"
        )
    word = " ".join(match[1].upper().split())
    word = _ALIASES.get(word, word)
    if word not in get_args(TypeName):
        known = ", ".join(get_args(TypeName))
        raise ColumnTypeError(f"{shortened(word)} is not a column type; known types: {known}")
    return _build(word, _argument(match[2]), _argument(match[3]), text)


def _argument(digits: str | None) -> int | None:
    return None if digits is None else int(digits.lstrip("0")[: _MOST_DIGITS + 1] or "0")


def _build(word: str, first: int | None, second: int | None, text: str) -> ColumnType:
    def refuse(expected: str) -> ColumnTypeError:
        return ColumnTypeError(f"{shortened(text.strip())!r}: expected {expected}")

    if second is not None and word != "DECIMAL":
        raise refuse(f"{word} with at most one argument")
    match word:
        case "DECIMAL":
            precision, scale = 5 if first is None else first, second or 0
            if not 1 <= precision <= MAX_DECIMAL_PRECISION:
                raise refuse(f"a precision of 1 to {MAX_DECIMAL_PRECISION}")
            if scale > precision:
                raise refuse("a scale not above the precision")
            return ColumnType("DECIMAL", precision=precision, scale=scale)
        case "CHAR" | "VARCHAR" | "BYTE" | "VARBYTE":
            if first is None and word in ("VARCHAR", "VARBYTE"):
                raise refuse(f"a length, as in {word}(50)")
            length = 1 if first is None else first
            if not 1 <= length <= MAX_CHARACTER_LENGTH:
                raise refuse(f"a length of 1 to {MAX_CHARACTER_LENGTH}")
            return ColumnType(word, length=length)
        case "TIME" | "TIMESTAMP":
            digits = MAX_FRACTIONAL_SECONDS if first is None else first
            if digits > MAX_FRACTIONAL_SECONDS:
                raise refuse(f"0 to {MAX_FRACTIONAL_SECONDS} fractional-second digits")
            return ColumnType(word, scale=digits)
        case _:
            if first is not None:
                raise refuse(f"{word} without arguments")
            return ColumnType(word)  # type: ignore[arg-type]  # checked against TypeName
