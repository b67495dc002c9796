"""Diagnostics: what is wrong in a script, where, what was expected, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from specs.script.job_language import JobLanguage
from specs.script.script_text import ScriptText, Span

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


class Reporter:
    """Collects diagnostics for one script; what they show of it comes from ``script``.

    A finding stands under the ``rule`` that is given, else under the one that the script's
    language gives its code.
    """

    def __init__(self, script: ScriptText, language: JobLanguage) -> None:
        self.script = script
        self.language = language
        self._found: dict[tuple[str, int, int], tuple[int, Diagnostic]] = {}

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
        return any(found.severity == "error" for _, found in self._found.values())

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
        before = self.script.shown(Span(line.start, span.start))
        marked = self.script.shown(Span(line.start, end))
        blanks = "".join("\t" if character == "\t" else " " for character in before)
        found = Diagnostic(
            code=code,
            severity=severity,
            line=number,
            column=span.start - line.start + 1,
            end_column=end - line.start + 1,
            message=self.script.spoken(message),
            expected=self.script.spoken(expected),
            hint=self.script.spoken(hint),
            rule=rule or self.language.rule_of(code),
            source_line=self.script.shown(line).rstrip("\r"),
            marker=blanks + "^" * max(len(marked) - len(before), 1),
        )
        # One code at one place is one finding, however many checks run into it.
        self._found.setdefault((code, span.start, end), (span.start, found))


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
