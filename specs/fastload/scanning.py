"""Scanning: a script's text cut into commands, with comments blanked out in place."""

from __future__ import annotations

import re
from bisect import bisect_right

import msgspec

from specs.fastload.credentials import argument_span, secret_spans
from specs.fastload.vocabulary import (
    COMMANDS,
    FREE_TEXT_KINDS,
    LONG_KINDS,
    OTHER_SQL,
    OTHER_UTILITIES,
    SQL_KINDS,
    STRONG_STARTS,
)
from specs.script.diagnostics import MOST_FINDINGS, Reporter, TooManyMistakes, nearest
from specs.script.script_text import ScriptText, Span

_CURLY = {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'"}
"""Typographic quotation marks and the straight ones they were typed for."""

_WORD = re.compile(r"[^\W\d][\w$#]*")
_FIRST = re.compile(r"(?P<dot>\.?)[ \t]*(?P<word>[^\W\d][\w$#]*)?")
_STRONG_LINE = re.compile(rf"[ \t]*+\.?[ \t]*+(?:{STRONG_STARTS})", re.I | re.M)
_VARIABLE = re.compile(r"\$\{\w+\}")
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
"""What no text holds: NUL, and halves of a character, which come of a wrong encoding."""

# The pieces a command is made of. A bare path after FILE= is one piece, since a path may hold
# anything; a comment starts in it only after a blank.
_PIECE = re.compile(
    r"""(?P<comment>/\*.*?\*/|/\*.*\Z)
      | (?P<line_comment>--[^\n]*)
      | (?P<file>(?<![\w.:"$#])FILE\s*=[^\S\n]*+(?!["'\u2018-\u201e])(?:(?!\s(?:/\*|--))[^;\n])+)
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


class Command(msgspec.Struct, frozen=True):
    """One command of the script.

    ``kind`` is the grammar's rule for it; ``start`` and ``end`` are offsets of its text without
    leading dot and final semicolon; ``span`` marks its first word; ``argument`` is the tail of a
    free-text command.
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


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
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
            match = _PIECE.match(self.text, position)
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
        kind = _kind_of(first["word"] or "")
        self._unknown += (first["word"] or "").upper() not in COMMANDS
        start = span.start
        if kind in FREE_TEXT_KINDS:
            end = self._free_text(kind or "", first.end())
            ended = self.text[end : end + 1] == ";"
        else:
            end, ended = self._to_end(first.end(), kind, dotted)
        self.raw.append(_Raw(kind, start, end, span, dotted, ended))
        return end + 1 if ended else max(end, position + 1)

    def _free_text(self, kind: str, start: int) -> int:
        if kind in ("logon", "logdata"):
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
        one_line = kind is None or (dotted and kind not in LONG_KINDS)
        while position < len(self.text):
            match = _PIECE.match(self.text, position)
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
                if kind not in LONG_KINDS:
                    self.lines.append(_first_word(self.text, match.end()))
            elif match[0] == "(":
                depth += 1
            elif match[0] == ")":
                depth = max(depth - 1, 0)
            position = match.end()
        return len(self.text), False

    def _ends_here(self, position: int, one_line: bool, depth: int) -> bool:
        """Whether the command that has no semicolon yet is over at this start of a line."""
        if _STRONG_LINE.match(self.text, position):
            return depth == 0 or one_line
        if not one_line:
            return False
        word = _first_word(self.text, position)
        upper = self.text[word.start : word.end].upper()
        return upper in COMMANDS or upper in OTHER_SQL


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


def _kind_of(word: str) -> str | None:
    """The grammar's rule for a command's first word, near misses included."""
    upper = word.upper()
    if upper in OTHER_SQL or upper in OTHER_UTILITIES:
        return None
    known = COMMANDS.get(upper)
    if known is None and len(upper) > 2:
        known = COMMANDS.get(nearest(upper, COMMANDS) or "")
    return known


def scan(text: str) -> Scan:
    """Cut a script into commands; what is wrong with their outer form goes to the reporter."""
    no_text = _NO_TEXT.search(text)
    if no_text:
        return _no_text(text, no_text)
    scanner = _Scanner(text)
    scanner.run()
    # The second line of a short command may as well be a damaged command of its own.
    statements = [(raw.word, raw.kind) for raw in scanner.raw]
    statements += [(line, None) for line in scanner.lines]
    secrets = secret_spans(text, statements, scanner.comments, scanner.unread)
    reporter = Reporter(ScriptText(text, secrets))
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
            text[raw.word.end : raw.end].strip() if raw.kind in FREE_TEXT_KINDS else "",
        )
        for raw in scanner.raw
        if raw.kind is not None
    )
    return Scan(clean, commands, reporter)


def _no_text(text: str, found: re.Match[str]) -> Scan:
    reporter = Reporter(ScriptText(text, (Span(0, len(text)),)))
    what = "a NUL character" if found[0] == "\0" else "half of a character"
    reporter.error(
        "no-text", Span(found.start(), found.end()), f"the script holds {what}, as no text does",
        expected="a text file, saved as UTF-8",
        hint="is this the right file, and is it saved as UTF-8 and not as UTF-16?",
    )  # fmt: skip
    return Scan("", (), reporter, hopeless=True)


def _check_forms(scanner: _Scanner, clean: str, reporter: Reporter) -> None:
    for raw in scanner.raw:
        _check_form(raw, clean, reporter)
    for code, span in scanner.marks:
        _report_mark(code, span, reporter)
    passwords = [
        _password(raw, scanner.text) for raw in scanner.raw if raw.kind in ("logon", "logdata")
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


def _password(raw: _Raw, text: str) -> Span:
    """What is no name in a LOGON or LOGDATA, so that ``${`` may stand there for itself."""
    comma = text.find(",", raw.word.end, raw.end)
    return Span(comma if raw.kind == "logon" and comma >= 0 else raw.word.end, raw.end)


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


def _check_form(raw: _Raw, text: str, reporter: Reporter) -> None:
    """Is it a command of this language, and do its dot and semicolon stand where they may?"""
    word = text[raw.word.start : raw.word.end]
    upper = word.upper()
    if raw.kind is None:
        _report_unknown(upper, raw.word, reporter)
        return
    if upper not in COMMANDS:
        meant = nearest(upper, COMMANDS)
        reporter.error(
            "misspelt-word", raw.word, f"{reporter.shown(raw.word)} is no command",
            expected=str(meant),
            hint=f"did you mean {meant}?",
        )  # fmt: skip
    if raw.dotted and raw.kind in SQL_KINDS:
        reporter.error(
            "dot-before-sql",
            Span(raw.word.start - 1, raw.word.end),
            f"{upper} is an SQL statement and takes no dot before it",
            expected=f"{upper} ... ;",
            hint="only the utility's own commands may start with a dot",
        )
    if not raw.ended and (not raw.dotted or raw.kind in LONG_KINDS):
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


def _report_unknown(upper: str, span: Span, reporter: Reporter) -> None:
    if upper in OTHER_SQL:
        reporter.error(
            "unsupported-statement", span, f"FastLoad does not take the statement {upper}",
            expected="CREATE TABLE, DROP TABLE, DELETE, DATABASE or INSERT",
            hint="run it before or after the load with another client", rule="FL-05",
        )  # fmt: skip
    elif upper in OTHER_UTILITIES:
        reporter.error(
            "other-utility", span,
            f"{upper} is a command of {OTHER_UTILITIES[upper]}, not of FastLoad",
            hint="is this script meant for that utility?",
        )  # fmt: skip
    else:
        reporter.error(
            "unknown-command", span, "no command of FastLoad starts like this",
            expected="a command such as LOGON, BEGIN LOADING, DEFINE or INSERT",
            hint="remove it, or put it into a comment",
        )  # fmt: skip
