"""Date formats: which FORMAT texts a DATE can be read with."""

from __future__ import annotations

import re

_FORMAT = re.compile(r"(?:YYYY|Y4|YY|MMM|M3|MM|M2|DDD|D3|DD|D2|B|[-/.,])+", re.I)


def is_date_format(text: str) -> bool:
    """Whether a FORMAT text consists of known date parts and separators only."""
    return bool(_FORMAT.fullmatch(text))
