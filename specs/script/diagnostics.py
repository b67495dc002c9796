"""Diagnostics: what is wrong in a script, where, what was expected, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from specs.script.job_language import JobLanguage
from specs.script.script_text import ScriptText, Span, pictured
from specs.shortening import shortened
from specs.visible import visible

Severity = Literal["error", "warning"]

MOST_FINDINGS = 200
"""Most errors, and most warnings, that are reported for one script."""

_LONGEST_MESSAGE = 1_000
_LONGEST_LINE = 400
_BEFORE_MARK = 100
"""How much of a longer line is shown before what is marked in it."""

_MOST_CHOICES = 300
_LONGEST_CHOICE = 200
_CUT = "..."


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One finding in a script.

    ``code`` is a short stable name. ``line`` and ``column`` count from 1, ``end_column`` is the
    column after the last character marked (on the same line). ``source_line`` is that line with
    passwords masked and ``marker`` the blanks and carets to print below it. Of a very long line it
    is the part around the mark, and a long message is cut; control characters show as symbols.
    """

    code: str
    severity: Severity
    line: int
    column: int
    end_column: int
    message: str
    expected: str = ""
    hint: str = ""
    rule: str
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


class TooManyMistakes(Exception):
    """More errors than are told of one script; the rest of it is not looked at."""


class Reporter:
    """Collects diagnostics for one script; what they show of it comes from ``script``.

    One error too many is told as such and raises `TooManyMistakes`, then and whenever another
    error is reported; warnings too many are left out.

    A finding stands under the ``rule`` that is given, else under the one that the script's
    language gives its code.
    """

    def __init__(self, script: ScriptText, language: JobLanguage) -> None:
        self.script = script
        self.language = language
        self._found: dict[tuple[str, int, int], tuple[int, Diagnostic]] = {}
        self._told = {"error": 0, "warning": 0}

    def error(
        self, code: str, span: Span, message: str, *, expected: str = "", hint: str = "",
        rule: str = "",
    ) -> None:  # fmt: skip
        """Record a mistake that leaves the script without a plan."""
        self._add("error", code, span, message, expected, hint, rule)

    def warning(
        self, code: str, span: Span, message: str, *, expected: str = "", hint: str = "",
        rule: str = "",
    ) -> None:  # fmt: skip
        """Record something odd that the script can be run with."""
        self._add("warning", code, span, message, expected, hint, rule)

    @property
    def failed(self) -> bool:
        return self._told["error"] > 0

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All findings in the order of the script."""
        return tuple(found for _, found in sorted(self._found.values(), key=lambda pair: pair[0]))

    def shown(self, span: Span) -> str:
        """The text of a span as people may see it."""
        return self.script.shown(span)

    def line_of(self, offset: int) -> int:
        """Line (from 1) of a character of the text."""
        return self.script.line_of(offset)

    def _add(
        self, severity: Severity, code: str, span: Span, message: str, expected: str, hint: str,
        rule: str,
    ) -> None:  # fmt: skip
        number = self.line_of(span.start)
        line = self.script.line(number)
        end = max(min(span.end, line.end), span.start + 1)
        # One code at one place is one finding, however many checks run into it.
        if (code, span.start, end) in self._found:
            return
        if self._told[severity] >= MOST_FINDINGS:
            if severity == "warning":
                return
            if self._told[severity] > MOST_FINDINGS:
                raise TooManyMistakes
            code, message = "too-many-mistakes", f"the script has more than {MOST_FINDINGS} errors"
            expected, hint, rule = "", "the rest is not looked at; mend these first", ""
        self._told[severity] += 1
        shown, marker = self._marked(line, span.start, end)
        found = Diagnostic(
            code=code,
            severity=severity,
            line=number,
            column=span.start - line.start + 1,
            end_column=end - line.start + 1,
            message=self._told_as(message),
            expected=self._told_as(expected),
            hint=self._told_as(hint),
            rule=rule or self.language.rule_of(code),
            source_line=shown,
            marker=marker,
        )
        self._found[code, span.start, end] = (span.start, found)
        if code == "too-many-mistakes":
            raise TooManyMistakes

    def _told_as(self, message: str) -> str:
        return visible(self.script.spoken(shortened(message, _LONGEST_MESSAGE)))

    def _marked(self, line: Span, start: int, end: int) -> tuple[str, str]:
        """The line as it is shown, and the marker below its characters ``start`` to ``end``."""
        window, cut_before, cut_after = line, "", ""
        if line.end - line.start > _LONGEST_LINE:
            first = max(line.start, start - _BEFORE_MARK)
            window = Span(first, min(line.end, first + _LONGEST_LINE))
            cut_before = _CUT if window.start > line.start else ""
            cut_after = _CUT if window.end < line.end else ""
        end = max(min(end, window.end), start)
        before = self.script.shown(Span(window.start, start))
        marked = self.script.shown(Span(window.start, end))
        blanks = "".join("\t" if character == "\t" else " " for character in cut_before + before)
        shown = self.script.shown(window).rstrip("\r")
        return (
            cut_before + pictured(shown) + cut_after,
            blanks + "^" * max(len(marked) - len(before), 1),
        )


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that ``word`` was most likely meant to be, letter case ignored, or None.

    None too where there are too many choices, or texts too long, to compare them all.
    """
    by_folded = {choice.casefold(): choice for choice in choices if len(choice) <= _LONGEST_CHOICE}
    if len(word) > _LONGEST_CHOICE or len(by_folded) > _MOST_CHOICES:
        return None
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
