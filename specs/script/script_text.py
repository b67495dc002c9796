"""The text of a script: places in it, and what people may see of it, which is never a password."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

MASK = "***"
_FRAGMENT = 4
"""So many characters of a password in a row give it away; fewer stand in any word."""


_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PICTURES = 0x2400
"""Where Unicode's pictures of the control characters begin."""


class Span(msgspec.Struct, frozen=True):
    """Characters start..end (end excluded) of the script text."""

    start: int
    end: int


class ScriptText:
    """A script for people: all of its text that goes out comes from here.

    ``secrets`` are the spans of the text that must not be shown (`specs.script.credentials`),
    in order and apart; each shows as ``***``.
    """

    def __init__(self, text: str, secrets: Sequence[Span] = ()) -> None:
        self._text = text
        self._secrets = secrets
        self._starts = [secret.start for secret in secrets]
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]

    def line_of(self, offset: int) -> int:
        """Line (from 1) of a character of the text."""
        return bisect_right(self._lines, offset)

    def line(self, number: int) -> Span:
        """The characters of a line (from 1), its line feed left out."""
        after = self._lines[number] - 1 if number < len(self._lines) else len(self._text)
        return Span(self._lines[number - 1], after)

    def shown(self, span: Span) -> str:
        """The text of a span."""
        parts = []
        start = span.start
        # Of those that begin before the span only the last can reach into it: they are apart.
        first = max(bisect_right(self._starts, span.start) - 1, 0)
        for secret in self._secrets[first : bisect_left(self._starts, span.end)]:
            if secret.end > start and secret.start < span.end:
                parts += [self._text[start : secret.start], MASK]
                start = secret.end
        parts.append(self._text[start : span.end])
        return "".join(parts)

    @property
    def redacted(self) -> str:
        """The whole text."""
        return self.shown(Span(0, len(self._text)))

    def spoken(self, message: str) -> str:
        """A message about the script without what only its secrets say.

        A message names tables, columns and values that no span leads back to, so it is the text
        itself that is looked for. What the script also says in the open stays.
        """
        folded = _folded(message)
        told = [False] * len(message)
        for start in range(len(folded) - _FRAGMENT + 1):
            if folded[start : start + _FRAGMENT] in self._fragments:
                told[start : start + _FRAGMENT] = [True] * _FRAGMENT
        parts = [
            MASK if hidden else character
            for position, (character, hidden) in enumerate(zip(message, told, strict=True))
            if not (hidden and position and told[position - 1])
        ]
        return "".join(parts)

    @cached_property
    def _fragments(self) -> frozenset[str]:
        open_text = _folded(self.redacted)
        secrets = [_folded(self._text[secret.start : secret.end]) for secret in self._secrets]
        fragments = {fragment for secret in secrets for fragment in _fragments_of(secret)}
        return frozenset(fragments.difference(_fragments_of(open_text)) if fragments else ())


def pictured(text: str) -> str:
    """A line to print a marker below: control characters, which could steer a terminal, show as
    symbols.

    Every character gives one, so that the marker stays in its place; tabs stay.
    """
    return _CONTROL.sub(_picture, text)


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code == 0x7F:
        return "\u2421"
    return chr(_PICTURES + code) if code < 0x20 else "\ufffd"


def _fragments_of(text: str) -> Iterator[str]:
    return (text[at : at + _FRAGMENT] for at in range(len(text) - _FRAGMENT + 1))


def _folded(text: str) -> str:
    """Lower case, character by character, so that places stay what they are."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
