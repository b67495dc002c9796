"""Scanning: a script's text cut into commands, with comments blanked out in place."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache

import msgspec

from specs.script.credentials import argument_span, secret_spans
from specs.script.diagnostics import MOST_FINDINGS, Reporter, TooManyMistakes, nearest
from specs.script.job_language import NEVER, JobLanguage
from specs.script.script_text import ScriptText, Span

_CURLY = {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'"}
"""Typographic quotation marks and the straight ones they were typed for."""

_FIRST = re.compile(r"(?P<dot>\.?)[ \t]*(?P<word>[^\W\d][\w$#]*)?")
_VARIABLE = re.compile(r"\$\{\w+\}")
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
"""What no text holds: NUL, and halves of a character, which come of a wrong encoding."""


class Command(msgspec.Struct, frozen=True):
    """One command of the script.

    ``kind`` is the grammar's start rule for it; ``start`` and ``end`` are offsets of its text
    without leading dot and final semicolon; ``span`` marks its first word; ``argument`` is the
    tail of a free-text command.
    """

    kind: str
    start: int
    end: int
    span: Span
    argument: str = ""


class Scan(msgspec.Struct, frozen=True):
    """A scanned script: ``clean`` has blanks for comments, so offsets are those of the text.

    ``hopeless``: it is no text, or has too many mistakes already; there are no commands.
    """

    clean: str
    commands: tuple[Command, ...]
    reporter: Reporter
    hopeless: bool = False


class _Raw(msgspec.Struct, frozen=True):
    kind: str | None
    start: int
    end: int
    word: Span
    dotted: bool
    ended: bool


@cache
def _piece(language: JobLanguage) -> re.Pattern[str]:
    """The pieces a command is made of.

    A bare text is one piece, since it may hold anything.
    """
    line_comments = "|".join(map(re.escape, language.line_comments)) or NEVER
    return re.compile(
        rf"""(?P<comment>/\*.*?\*/|/\*.*\Z)
          | (?P<line_comment>(?:{line_comments})[^\n]*)
          | (?P<bare>{language.bare_text})
          | (?P<quoted>"(?:[^"\n]|"")*"|'(?:[^'\n]|'')*')
          | (?P<curly>[\u201c-\u201e][^\u201c-\u201e"\n]*[\u201c-\u201e]
                     |[\u2018\u2019][^\u2018\u2019'\n]*[\u2018\u2019])
          | (?P<open_quote>["'\u2018\u2019\u201c-\u201e][^;\n]*)
          | (?P<word>[\w$#.]+)
          | (?P<newline>\n)
          | (?P<end>;)
          | (?P<other>.)""",
        re.X | re.S | re.I,
    )


@cache
def _command_line(language: JobLanguage) -> re.Pattern[str]:
    """A line that starts a new command even where the last one was not ended."""
    return re.compile(rf"[ \t]*+\.?[ \t]*+(?:{language.command_starts})", re.I | re.M)


class _Scanner:
    def __init__(self, text: str, language: JobLanguage) -> None:
        self.text = text
        self.language = language
        self.piece = _piece(language)
        self.clean = list(text)
        self.comments: list[Span] = []
        self.marks: list[tuple[str, Span]] = []
        self.raw: list[_Raw] = []
        self.lines: list[Span] = []
        self.unread = len(text)
        self._unknown = 0

    def run(self) -> None:
        """Cut the text; fills ``raw``, ``comments``, ``marks`` and ``lines``.

        It ends early, at ``unread``, where there are more unknown commands than are told of.
        """
        position = self._skip(0)
        while position < len(self.text) and self._unknown <= MOST_FINDINGS:
            position = self._skip(self._command(position))
        self.unread = position

    def _skip(self, position: int) -> int:
        """Pass over blanks, comments and semicolons between commands."""
        while position < len(self.text):
            match = self.piece.match(self.text, position)
            assert match is not None  # the last alternative takes any character
            if match["comment"] or match["line_comment"]:
                self._comment(match)
            elif not (match["newline"] or match["end"] or match[0].isspace()):
                return position
            position = match.end()
        return position

    def _comment(self, match: re.Match[str]) -> None:
        span = Span(match.start(), match.end())
        self.comments.append(span)
        for position in range(span.start, span.end):
            if self.clean[position] not in "\r\n":
                self.clean[position] = " "
        if match["comment"] and (len(match[0]) < 4 or not match[0].endswith("*/")):
            self.marks.append(("open-comment", Span(span.start, span.start + 2)))

    def _command(self, position: int) -> int:
        first = _FIRST.match(self.text, position)
        assert first is not None  # every part of the pattern is optional
        dotted = bool(first["dot"])
        span = _first_word(self.text, position)
        kind = _kind_of(first["word"] or "", self.language)
        self._unknown += (first["word"] or "").upper() not in self.language.commands
        start = span.start
        if kind in self.language.free_text_kinds:
            end = self._free_text(kind or "", first.end())
            ended = self.text[end : end + 1] == ";"
        else:
            end, ended = self._to_end(first.end(), kind, dotted)
        self.raw.append(_Raw(kind, start, end, span, dotted, ended))
        return end + 1 if ended else max(end, position + 1)

    def _free_text(self, kind: str, start: int) -> int:
        if kind in self.language.credential_kinds:
            return self._blank_to(argument_span(self.text, start).end)
        line_end = self.text.find("\n", start)
        line_end = len(self.text) if line_end < 0 else line_end
        tail = self.text[start:line_end].rstrip()
        return start + len(tail) - (1 if tail.endswith(";") else 0)

    def _blank_to(self, position: int) -> int:
        """The position of a semicolon that only blanks keep from ``position``, else itself."""
        end = position
        while end < len(self.text) and self.text[end] in " \t":
            end += 1
        return end if self.text[end : end + 1] == ";" else position

    def _to_end(self, position: int, kind: str | None, dotted: bool) -> tuple[int, bool]:
        """The end of a command whose first word ends at ``position``; whether ';' ends it."""
        depth = 0
        one_line = kind is None or (dotted and kind not in self.language.long_kinds)
        while position < len(self.text):
            match = self.piece.match(self.text, position)
            assert match is not None  # the last alternative takes any character
            if match["comment"] or match["line_comment"]:
                self._comment(match)
            elif match["end"]:
                return position, True
            elif match["curly"]:
                # Read on as if it were quoted right, so that nothing else is reported for it.
                self.marks.append(("curly-quote", Span(match.start(), match.end())))
                self.clean[match.start()] = _CURLY[match[0][0]]
                self.clean[match.end() - 1] = _CURLY[match[0][0]]
            elif match["open_quote"]:
                # Nobody can tell where the text was to end; the rest of the line is left out.
                self.marks.append(("open-quote", Span(match.start(), match.start() + 1)))
                for place in range(match.start(), match.end()):
                    self.clean[place] = " "
            elif match["newline"]:
                if self._ends_here(match.end(), one_line, depth):
                    return position, False
                if kind not in self.language.long_kinds:
                    self.lines.append(_first_word(self.text, match.end()))
            elif match[0] == "(":
                depth += 1
            elif match[0] == ")":
                depth = max(depth - 1, 0)
            position = match.end()
        return len(self.text), False

    def _ends_here(self, position: int, one_line: bool, depth: int) -> bool:
        """Whether the command that has no semicolon yet is over at this start of a line."""
        if _command_line(self.language).match(self.text, position):
            return depth == 0 or one_line
        if not one_line:
            return False
        word = _first_word(self.text, position)
        upper = self.text[word.start : word.end].upper()
        return upper in self.language.commands or upper in self.language.other_statements


def _first_word(text: str, position: int) -> Span:
    """The first word from there on, a dot before it left out; else the first character."""
    first = _FIRST.match(text, position + _indent(text, position))
    assert first is not None  # every part of the pattern is optional
    if first["word"]:
        return Span(first.start("word"), first.end("word"))
    return Span(first.start(), first.start() + 1)


def _indent(text: str, position: int) -> int:
    rest = text[position : position + 200]
    return len(rest) - len(rest.lstrip())


def _kind_of(word: str, language: JobLanguage) -> str | None:
    """The kind of a command by its first word, near misses included."""
    upper = word.upper()
    if upper in language.other_statements or upper in language.other_utilities:
        return None
    known = language.commands.get(upper)
    if known is None and len(upper) > 2:
        known = language.commands.get(nearest(upper, language.commands) or "")
    return known


def count_unknown_commands(text: str, language: JobLanguage) -> int:
    """Commands whose first word is none of the language; at most one more than are told of."""
    scanner = _Scanner(text, language)
    scanner.run()
    return sum(command.kind is None for command in scanner.raw)


def scan(text: str, language: JobLanguage) -> Scan:
    """Cut a script into commands; what is wrong with their outer form goes to the reporter."""
    no_text = _NO_TEXT.search(text)
    if no_text:
        return _no_text(text, no_text, language)
    scanner = _Scanner(text, language)
    scanner.run()
    # The second line of a short command may as well be a damaged command of its own.
    statements = [(raw.word, raw.kind) for raw in scanner.raw]
    statements += [(line, None) for line in scanner.lines]
    secrets = secret_spans(text, statements, scanner.comments, language, scanner.unread)
    reporter = Reporter(ScriptText(text, secrets), language)
    clean = "".join(scanner.clean)
    try:
        _check_forms(scanner, clean, reporter)
    except TooManyMistakes:
        return Scan(clean, (), reporter, hopeless=True)
    commands = tuple(
        Command(
            raw.kind,
            raw.start,
            raw.end,
            raw.word,
            text[raw.word.end : raw.end].strip() if raw.kind in language.free_text_kinds else "",
        )
        for raw in scanner.raw
        if raw.kind is not None
    )
    return Scan(clean, commands, reporter)


def _no_text(text: str, found: re.Match[str], language: JobLanguage) -> Scan:
    reporter = Reporter(ScriptText(text, (Span(0, len(text)),)), language)
    what = "a NUL character" if found[0] == "\0" else "half of a character"
    reporter.error(
        "no-text", Span(found.start(), found.end()), f"the script holds {what}, as no text does",
        expected="a text file, saved as UTF-8",
        hint="is this the right file, and is it saved as UTF-8 and not as UTF-16?",
    )  # fmt: skip
    return Scan("", (), reporter, hopeless=True)


def _check_forms(scanner: _Scanner, clean: str, reporter: Reporter) -> None:
    language = scanner.language
    for raw in scanner.raw:
        _check_form(raw, clean, language, reporter)
    for code, span in scanner.marks:
        _report_mark(code, span, reporter)
    passwords = [
        _password(raw, scanner.text, language)
        for raw in scanner.raw
        if raw.kind in language.credential_kinds
    ]
    starts = [password.start for password in passwords]
    for match in _VARIABLE.finditer(clean):
        last = bisect_right(starts, match.start()) - 1
        if last < 0 or match.start() >= passwords[last].end:
            reporter.error(
                "unsubstituted-variable",
                Span(match.start(), match.end()),
                f"the variable {match[0]} has not been replaced by its value",
                hint="run the step that fills in the script's variables first",
            )


def _password(raw: _Raw, text: str, language: JobLanguage) -> Span:
    """What is no name in a command with a password, so that ``${`` may stand there for itself."""
    comma = text.find(",", raw.word.end, raw.end)
    named = raw.kind in language.logon_kinds and comma >= 0
    return Span(comma if named else raw.word.end, raw.end)


def _report_mark(code: str, span: Span, reporter: Reporter) -> None:
    match code:
        case "open-comment":
            reporter.error(
                code, span, "this comment is never closed", expected="*/ after the comment's text"
            )
        case "curly-quote":
            reporter.error(
                code, span,
                "typographic quotation marks, as word processors make them, quote nothing",
                expected="straight \" or '", hint="retype the quotation marks of this line",
            )  # fmt: skip
        case _:
            reporter.error(
                code, span, "this quotation mark has no partner on its line",
                expected="a closing quotation mark",
            )  # fmt: skip


def _check_form(raw: _Raw, text: str, language: JobLanguage, reporter: Reporter) -> None:
    """Is it a command of the language, and do its dot and semicolon stand where they may?"""
    word = text[raw.word.start : raw.word.end]
    upper = word.upper()
    if raw.kind is None:
        _report_unknown(upper, raw.word, language, reporter)
        return
    if upper not in language.commands:
        meant = nearest(upper, language.commands)
        reporter.error(
            "misspelt-word", raw.word, f"{reporter.shown(raw.word)} is no command",
            expected=str(meant),
            hint=f"did you mean {meant}?",
        )  # fmt: skip
    if raw.dotted and raw.kind in language.sql_kinds:
        reporter.error(
            "dot-before-sql",
            Span(raw.word.start - 1, raw.word.end),
            f"{upper} is an SQL statement and takes no dot before it",
            expected=f"{upper} ... ;",
            hint="only the utility's own commands may start with a dot",
        )
    if not raw.ended and (not raw.dotted or raw.kind in language.long_kinds):
        last = _last_character(text, raw)
        reporter.error(
            "missing-semicolon",
            last,
            f"the command {upper} is not ended",
            expected=";",
            hint="a command of one line needs a dot before it or a semicolon after it, "
            "a longer one a semicolon",
        )


def _last_character(text: str, raw: _Raw) -> Span:
    end = raw.end
    while end > raw.word.end and text[end - 1].isspace():
        end -= 1
    return Span(end - 1, end)


def _report_unknown(upper: str, span: Span, language: JobLanguage, reporter: Reporter) -> None:
    if upper in language.other_statements:
        reporter.error(
            "unsupported-statement", span, f"{language.name} does not take the statement {upper}",
            expected=language.statements_shown,
            hint="run it before or after the load with another client",
        )  # fmt: skip
    elif upper in language.other_utilities:
        reporter.error(
            "other-utility", span,
            f"{upper} is a command of {language.other_utilities[upper]}, not of {language.name}",
            hint="is this script meant for that utility?",
        )  # fmt: skip
    else:
        reporter.error(
            "unknown-command", span, f"no command of {language.name} starts like this",
            expected=f"a command such as {language.commands_shown}",
            hint="remove it, or put it into a comment",
        )  # fmt: skip
