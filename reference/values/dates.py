"""DATE formats: from a format such as ``YYYY-MM-DD`` to a reader of dates."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

ISO_FORMAT = "YYYY-MM-DD"
INTEGER_DATE_FORMAT = "YY/MM/DD"
"""The date form of a load that does not say DATEFORM ANSIDATE."""

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

# Longest first, so that YYYY is not read as YY and YY.
_TOKENS = {
    "YYYY": ("year", "[0-9]{4}"),
    "Y4": ("year", "[0-9]{4}"),
    "YY": ("short_year", "[0-9]{2}"),
    "MMM": ("month_name", "[A-Za-z]{3}"),
    "M3": ("month_name", "[A-Za-z]{3}"),
    "MM": ("month", "[0-9]{2}"),
    "M2": ("month", "[0-9]{2}"),
    "DDD": ("day_of_year", "[0-9]{3}"),
    "D3": ("day_of_year", "[0-9]{3}"),
    "DD": ("day", "[0-9]{2}"),
    "D2": ("day", "[0-9]{2}"),
    "B": ("", " "),
    "-": ("", "-"),
    "/": ("", "/"),
    ".": ("", r"\."),
    ",": ("", ","),
}


class DateFormatError(ValueError):
    """A DATE format with an unknown token, a repeated part, or too few parts to name a day."""


def read_date(text: str, date_format: str) -> datetime.date | None:
    """The day that ``text`` names in full under the format; None when it names none.

    Raises `DateFormatError` for a format that is none.
    """
    parts, pattern = _compiled(date_format)
    match = pattern.fullmatch(text)
    if not match:
        return None
    read = dict(zip(parts, match.groups(), strict=True))
    year = int(read["year"]) if "year" in read else 1900 + int(read["short_year"])
    try:
        if "day_of_year" in read:
            return _day_of_year(year, int(read["day_of_year"]))
        if "month_name" in read:
            month = MONTHS.index(read["month_name"].upper()) + 1
        else:
            month = int(read["month"])
        return datetime.date(year, month, int(read["day"]))
    except ValueError:
        return None


def _day_of_year(year: int, number: int) -> datetime.date:
    first = datetime.date(year, 1, 1)
    if not 1 <= number <= datetime.date(year, 12, 31).timetuple().tm_yday:
        raise ValueError(number)
    return first + datetime.timedelta(days=number - 1)


@lru_cache(maxsize=256)
def _compiled(date_format: str) -> tuple[tuple[str, ...], re.Pattern[str]]:
    rest, parts, pattern = date_format.upper(), [], ""
    while rest:
        token = next((token for token in _TOKENS if rest.startswith(token)), None)
        if token is None:
            raise DateFormatError(
                f"FORMAT '{date_format}': expected one of {', '.join(_TOKENS)} at '{rest}'"
            )
        part, expression = _TOKENS[token]
        if part:
            parts.append(part)
            expression = f"({expression})"
        pattern += expression
        rest = rest[len(token) :]
    named = sorted(parts)
    if named not in (
        [*sorted(["day", month, year])]
        for month in ("month", "month_name")
        for year in ("year", "short_year")
    ) and named not in (["day_of_year", "short_year"], ["day_of_year", "year"]):
        raise DateFormatError(
            f"FORMAT '{date_format}' must name a year and either a month and a day "
            "or a day of the year, each once"
        )
    return tuple(parts), re.compile(pattern)
