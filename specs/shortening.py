"""Shortening: what a message shows of a text that may be of any length."""

from __future__ import annotations

_GAP = " ... "


def shortened(text: str, most: int = 200) -> str:
    """The text, or its first and last characters: never more than ``most`` and the gap's."""
    if len(text) <= most:
        return text
    last = most // 4
    return text[: most - last] + _GAP + text[-last:]
