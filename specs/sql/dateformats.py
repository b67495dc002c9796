"""Date formats: which FORMAT texts a DATE can be read with."""

from __future__ import annotations

import re

# Longest first, so that YYYY is not read as YY and YY.
_PARTS = {
    "YYYY": "year",
    "Y4": "year",
    "YY": "year",
    "MMM": "month",
    "M3": "month",
    "MM": "month",
    "M2": "month",
    "DDD": "day of year",
    "D3": "day of year",
    "DD": "day",
    "D2": "day",
}
_TOKEN = re.compile("|".join([*_PARTS, "B", "[-/.,]"]), re.I)
_OF_A_DAY = (["day", "month", "year"], ["day of year", "year"])


def is_date_format(text: str) -> bool:
    """Whether a FORMAT text consists of known date parts and separators only."""
    return _tokens(text) is not None


def names_a_day(text: str) -> bool:
    """Whether a FORMAT text names a year and a day of it, each part once, so it can be read by."""
    parts = [_PARTS[token] for token in _tokens(text) or () if token in _PARTS]
    return sorted(parts) in _OF_A_DAY


def _tokens(text: str) -> list[str] | None:
    """The parts and separators in upper case; None when something else is in the text."""
    tokens: list[str] = []
    at = 0
    while found := _TOKEN.match(text, at):
        tokens.append(found[0].upper())
        at = found.end()
    return tokens if tokens and at == len(text) else None
