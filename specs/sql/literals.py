"""Literals of CHECK, DEFAULT and DELETE: which texts are values of a column's type."""

from __future__ import annotations

import datetime
import math
import re

from specs.shortening import shortened
from specs.sql.types import BYTE_TYPES, INTEGER_BITS, ColumnType

_LONGEST_NUMBER = 400
_NUMBER = re.compile(r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]{1,3})?")
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2})*")


class LiteralError(ValueError):
    """A text that is no literal of its column's type; ``expected`` says what one looks like."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found, expected)
        self.found = found
        self.expected = expected

    def __str__(self) -> str:
        return f"{self.found}: expected {self.expected}"


def check_literal(text: str, kind: ColumnType) -> None:
    """Raise `LiteralError` unless ``text`` is the canonical form of a value to compare with.

    A number may lie outside the type's range and have more digits than it, a text be longer.
    """
    expected = _expected_instead(text, kind)
    if expected:
        raise LiteralError(f"{shortened(text)!r} is no {kind}", expected)


def _expected_instead(text: str, kind: ColumnType) -> str:
    """What a literal of the type looks like, empty if this is one."""
    match kind.name:
        case "CHAR" | "VARCHAR":
            return ""
        case "DATE":
            return "" if _is_moment(text, _DATE) else "a date such as 2024-02-29"
        case "TIME":
            form = _TIME + _fraction(kind)
            return "" if _is_moment(text, form) else f"a time such as 23:59:59{_shown(kind)}"
        case "TIMESTAMP":
            form = f"{_DATE} {_TIME}{_fraction(kind)}"
            shown = f"a time stamp such as 2024-02-29 23:59:59{_shown(kind)}"
            return "" if _is_moment(text, form) else shown
        case _ if kind.name in BYTE_TYPES:
            return "" if _HEXADECIMAL.fullmatch(text) else "bytes in hexadecimal such as 00FF"
        case _ if len(text) > _LONGEST_NUMBER:
            return f"a number of at most {_LONGEST_NUMBER} characters"
        case _ if not _NUMBER.fullmatch(text):
            return "a number such as 5" if kind.name in INTEGER_BITS else "a number such as -1.50"
        case "FLOAT":
            return "" if math.isfinite(float(text)) else "a number that a FLOAT can hold"
        case _:
            return ""


def _fraction(kind: ColumnType) -> str:
    return rf"(?:\.[0-9]{{1,{kind.scale}}})?" if kind.scale else ""


def _shown(kind: ColumnType) -> str:
    return ".5" if kind.scale else ""


def _is_moment(text: str, form: str) -> bool:
    if not re.fullmatch(form, text):
        return False
    seconds, _, _ = text.partition(".")
    try:
        # A time alone is no ISO date and time, so it is given a day.
        datetime.datetime.fromisoformat(seconds if "-" in seconds else f"2000-01-01 {seconds}")
    except ValueError:
        return False
    return True
