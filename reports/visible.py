"""Invisible characters made visible, so that a difference of one blank can be seen."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Literal, NamedTuple

_SIGNS = {
    "\t": ("→", "tab"),
    "\n": ("↵", "line feed"),
    "\r": ("⟨CR⟩", "carriage return"),
    " ": ("·", "blank"),
}
_UNPRINTABLE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn"}
_INVISIBLE_CATEGORIES = _UNPRINTABLE_CATEGORIES | {"Zs", "Zl", "Zp"}

Blanks = Literal["all", "edges"]


class Piece(NamedTuple):
    """A run of text as shown; ``name`` says what an invisible character is, else empty."""

    text: str
    name: str


def pieces(text: str, blanks: Blanks = "all") -> list[Piece]:
    """Cut text into plain runs and shown characters; ``edges`` keeps inner blanks as they are."""
    first = len(text) - len(text.lstrip(" "))
    last = len(text.rstrip(" "))
    found: list[Piece] = []
    plain = ""
    for position, character in enumerate(text):
        inner = blanks == "edges" and character == " " and first <= position < last
        if inner or not is_invisible(character):
            plain += character
            continue
        if plain:
            found.append(Piece(plain, ""))
            plain = ""
        found.append(_sign(character))
    if plain:
        found.append(Piece(plain, ""))
    return found


def lines(text: str) -> list[list[Piece]]:
    """The lines of a file, each with its line end shown; a last line may have none."""
    parts = text.split("\n")
    ended = [part + "\n" for part in parts[:-1]]
    return [pieces(line) for line in (ended + parts[-1:] if parts[-1] else ended)]


def show(text: str, blanks: Blanks = "all") -> str:
    """Plain text with every invisible character replaced by its sign."""
    return "".join(piece.text for piece in pieces(text, blanks))


def printable(text: str) -> str:
    """Text that a terminal and XML 1.0 can hold: line feeds, tabs and blanks as they are, every
    other control, format or unassigned character as its sign."""
    return _spelled(text, "\n\t", lambda character: _sign(character).text)


def visible_json(document: bytes) -> str:
    """A JSON document that says the same, its unprintable characters spelled ``\\u001b``."""
    return _spelled(document.decode(), "\n", lambda character: json.dumps(character)[1:-1])


def is_invisible(character: str) -> bool:
    """Whether a reader could not see this character, blanks included."""
    return unicodedata.category(character) in _INVISIBLE_CATEGORIES


def _spelled(text: str, keep: str, spelling: Callable[[str], str]) -> str:
    spellings = {
        ord(character): spelling(character)
        for character in set(text).difference(keep)
        if unicodedata.category(character) in _UNPRINTABLE_CATEGORIES
    }
    return text.translate(spellings) if spellings else text


def _sign(character: str) -> Piece:
    if character in _SIGNS:
        return Piece(*_SIGNS[character])
    code = ord(character)
    name = unicodedata.name(character, "control character").lower()
    return Piece(f"⟨U+{code:04X}⟩", f"{name}, U+{code:04X}")
