"""Text of unknown origin, with every character that cannot be seen spelled out."""

from __future__ import annotations

from typing import Any


def visible(text: str, keep: str = "") -> str:
    r"""The text with each unprintable character as its escape: ``\x1b``, ``\u202e``, ``\n``.

    These are controls (C0 and C1, ESC among them), format characters such as the bidirectional
    overrides, lone surrogates, and blanks other than U+0020. Characters in ``keep`` stay. Printing
    the result moves no cursor, changes no colour and swaps no letters.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character in keep
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def visible_document(value: Any, keep: str = "") -> Any:
    """A JSON value with all its texts, keys among them, made `visible`."""
    match value:
        case str():
            return visible(value, keep)
        case dict():
            return {
                visible_document(key, keep): visible_document(one, keep)
                for key, one in value.items()
            }
        case list() | tuple():
            return [visible_document(one, keep) for one in value]
        case _:
            return value
