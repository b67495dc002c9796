"""Diagnostics: what is wrong in a script, where, what was expected, and what to do."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

Severity = Literal["error", "warning"]


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One finding in a script.

    ``code`` is a short stable name. ``line`` and ``column`` count from 1, ``end_column`` is the
    column after the last character marked (on the same line). ``source_line`` is that line with
    passwords masked and ``marker`` the blanks and carets to print below it.
    """

    code: str
    severity: Severity
    line: int
    column: int
    end_column: int
    message: str
    expected: str = ""
    hint: str = ""
    rule: str = "FL-23"
    source_line: str = ""
    marker: str = ""


class ScriptError(ValueError):
    """A script that cannot be run; ``diagnostics`` holds all that was found in it."""

    def __init__(self, diagnostics: Sequence[Diagnostic], name: str = "script") -> None:
        self.diagnostics = tuple(diagnostics)
        self.name = name
        super().__init__(format_diagnostics(self.diagnostics, name))

    def __reduce__(self) -> tuple[type[ScriptError], tuple[object, ...]]:
        return type(self), (self.diagnostics, self.name)


class Span(msgspec.Struct, frozen=True):
    """Characters start..end (end excluded) of the script text."""

    start: int
    end: int


class Reporter:
    """Collects diagnostics for one script text.

    ``masks`` are the spans of the text that hold passwords; they are never shown.
    """

    def __init__(self, text: str, masks: Iterable[Span] = ()) -> None:
        self._text = text
        self._masks = sorted(masks, key=lambda mask: mask.start)
        self._lines = [0]
        for position, character in enumerate(text):
            if character == "\n":
                self._lines.append(position + 1)
        self._found: dict[tuple[str, int, int], tuple[int, Diagnostic]] = {}

    def error(
        self, code: str, span: Span, message: str, *, expected: str = "", hint: str = "",
        rule: str = "FL-23",
    ) -> None:  # fmt: skip
        """Record a mistake that leaves the script without a plan."""
        self._add("error", code, span, message, expected, hint, rule)

    def warning(
        self, code: str, span: Span, message: str, *, expected: str = "", hint: str = "",
        rule: str = "FL-23",
    ) -> None:  # fmt: skip
        """Record something odd that the script can be run with."""
        self._add("warning", code, span, message, expected, hint, rule)

    @property
    def failed(self) -> bool:
        return any(found.severity == "error" for _, found in self._found.values())

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All findings in the order of the script."""
        return tuple(found for _, found in sorted(self._found.values(), key=lambda pair: pair[0]))

    def shown(self, span: Span) -> str:
        """The text of a span with passwords masked."""
        inside = [mask for mask in self._masks if mask.start < span.end and mask.end > span.start]
        return "***" if inside else self._text[span.start : span.end]

    def line_of(self, offset: int) -> int:
        """Line (from 1) of a character of the text."""
        return bisect_right(self._lines, offset)

    def _add(
        self, severity: Severity, code: str, span: Span, message: str, expected: str, hint: str,
        rule: str,
    ) -> None:  # fmt: skip
        line = self.line_of(span.start)
        first = self._lines[line - 1]
        last = self._lines[line] - 1 if line < len(self._lines) else len(self._text)
        end = max(min(span.end, last), span.start + 1)
        shown = masked(self._text[:last], self._masks, first).rstrip("\r")
        before = masked(self._text[: span.start], self._masks, first)
        marked = masked(self._text[:end], self._masks, first)
        blanks = "".join("\t" if character == "\t" else " " for character in before)
        found = Diagnostic(
            code=code,
            severity=severity,
            line=line,
            column=span.start - first + 1,
            end_column=end - first + 1,
            message=message,
            expected=expected,
            hint=hint,
            rule=rule,
            source_line=shown,
            marker=blanks + "^" * max(len(marked) - len(before), 1),
        )
        # One code at one place is one finding, however many checks run into it.
        self._found.setdefault((code, span.start, end), (span.start, found))


def masked(text: str, masks: Iterable[Span], start: int = 0) -> str:
    """``text[start:]`` with every masked span written as ``***``."""
    parts: list[str] = []
    for mask in masks:
        if mask.end <= start or mask.start >= len(text):
            continue
        parts.append(text[start : mask.start] if start < mask.start else "")
        parts.append("***")
        start = max(start, mask.end)
    parts.append(text[start:])
    return "".join(parts)


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that ``word`` was most likely meant to be, letter case ignored, or None."""
    by_folded = {choice.casefold(): choice for choice in choices}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.75)
    return by_folded[found[0]] if found else None


def format_diagnostics(diagnostics: Sequence[Diagnostic], name: str = "script") -> str:
    """Plain text of all diagnostics: place, message, source line with carets, what to do."""
    return "\n".join(_format(found, name) for found in diagnostics)


def _format(found: Diagnostic, name: str) -> str:
    lines = [
        f"{name}:{found.line}:{found.column}: {found.severity}: {found.message} "
        f"[{found.code}, {found.rule}]",
        f"    {found.source_line}",
        f"    {found.marker}",
    ]
    if found.expected:
        lines.append(f"    expected: {found.expected}")
    if found.hint:
        lines.append(f"    hint: {found.hint}")
    return "\n".join(lines)
