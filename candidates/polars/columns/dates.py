"""Dates in columns: from text in a DATE format to days since 1970-01-01."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

ISO_FORMAT = "YYYY-MM-DD"
INTEGER_DATE_FORMAT = "YY/MM/DD"
"""The date form of a load that does not say DATEFORM ANSIDATE."""

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

# Longest first, so that YYYY is not read as YY and YY. Each token: what it names, its pattern.
_TOKENS = {
    "YYYY": ("year", "[0-9]{4}", 4),
    "Y4": ("year", "[0-9]{4}", 4),
    "YY": ("short year", "[0-9]{2}", 2),
    "MMM": ("month name", "[A-Za-z]{3}", 3),
    "M3": ("month name", "[A-Za-z]{3}", 3),
    "MM": ("month", "[0-9]{2}", 2),
    "M2": ("month", "[0-9]{2}", 2),
    "DDD": ("day of year", "[0-9]{3}", 3),
    "D3": ("day of year", "[0-9]{3}", 3),
    "DD": ("day", "[0-9]{2}", 2),
    "D2": ("day", "[0-9]{2}", 2),
    "B": ("", " ", 1),
    "-": ("", "-", 1),
    "/": ("", "/", 1),
    ".": ("", r"\.", 1),
    ",": ("", ",", 1),
}
_TOKEN = re.compile("|".join(re.escape(token) for token in _TOKENS))
_DAYS_IN_MONTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

_Numbers = NDArray[np.int64]


class DateFormatError(ValueError):
    """A DATE format with an unknown token, or one that does not name a day."""


class Days(NamedTuple):
    """Days since 1970-01-01, and which of the texts name a day at all."""

    days: _Numbers
    possible: NDArray[np.bool_]


def days_from_text(text: pl.Series, date_format: str) -> Days:
    """The day of each text (not NULL) in the format.

    Raises `DateFormatError` for a format that is none.
    """
    form = _compile(date_format)
    source = pl.col("text")
    expressions = {"matches": source.str.contains(form.pattern)}
    for part, (start, width) in form.parts.items():
        piece = source.str.slice(start, width)
        if part == "month name":
            upper = piece.str.to_uppercase()
            expressions[part] = upper.replace_strict(
                MONTHS, range(1, 13), default=0, return_dtype=pl.Int64
            )
        else:
            expressions[part] = piece.cast(pl.Int64, strict=False).fill_null(0)
    found = text.alias("text").to_frame().select(**expressions)
    numbers = {name: found[name].to_numpy() for name in form.parts}
    matches = found["matches"].to_numpy()
    year = numbers["year"] if "year" in numbers else numbers["short year"] + 1900
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    if "day of year" in numbers:
        day = numbers["day of year"]
        possible = matches & (year >= 1) & (day >= 1) & (day <= 365 + leap)
        first = np.ones_like(year)
        return Days(days_of(year, first, first) + day - 1, possible)
    month = numbers["month"] if "month" in numbers else numbers["month name"]
    day = numbers["day"]
    in_year = (month >= 1) & (month <= 12)
    last = _DAYS_IN_MONTH[np.where(in_year, month, 0)] + (leap & (month == 2))
    possible = matches & (year >= 1) & in_year & (day >= 1) & (day <= last)
    return Days(days_of(year, month, day), possible)


def days_of(year: _Numbers, month: _Numbers, day: _Numbers) -> _Numbers:
    """Days from 1970-01-01 to a day of the Gregorian calendar."""
    # Years that begin in March put the leap day at their end.
    march_year = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    leap_days = march_year // 4 - march_year // 100 + march_year // 400
    days: _Numbers = march_year * 365 + leap_days + of_year - 719_468
    return days


class _Format(NamedTuple):
    """A format's pattern, and where each part of the date is: (first character, width)."""

    pattern: str
    parts: dict[str, tuple[int, int]]


@lru_cache(maxsize=256)
def _compile(date_format: str) -> _Format:
    rest, pattern, at = date_format.upper(), "", 0
    parts: dict[str, tuple[int, int]] = {}
    while rest:
        match = _TOKEN.match(rest)
        if not match:
            known = ", ".join(_TOKENS)
            raise DateFormatError(f"FORMAT '{date_format}': expected one of {known} at '{rest}'")
        part, expression, width = _TOKENS[match[0]]
        if part in parts:
            raise DateFormatError(f"FORMAT '{date_format}' names the {part} twice; name it once")
        if part:
            parts[part] = (at, width)
        pattern += expression
        at += width
        rest = rest[match.end() :]
    years = parts.keys() & {"year", "short year"}
    days = parts.keys() - years
    if len(years) != 1 or days not in (
        {"day of year"},
        {"month", "day"},
        {"month name", "day"},
    ):
        raise DateFormatError(
            f"FORMAT '{date_format}' must name a year and either a month and a day "
            "or a day of the year, each once"
        )
    return _Format(f"^{pattern}$", parts)
