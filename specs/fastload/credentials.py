"""Passwords: where LOGON and LOGDATA hold them, so that nothing ever shows one (FL-23)."""

from __future__ import annotations

import re

from specs.fastload.diagnostics import Span

# An argument goes to the end of the line, or to a semicolon that ends the command: one that a
# blank or the line's end follows. It goes on over a line's end beside a comma.
_ARGUMENT = re.compile(
    r"""(?:"[^"\n]*"|'[^'\n]*'|,[ \t]*\r?\n|\r?\n(?=[ \t]*,)|;(?=\S)|(?!\*/)[^;\r\n])*"""
)
_SHOWN = re.compile(r"""(?:[^\s,/]*/)?[^\s,/:"']*(?:\s*,\s*)?""")
_ACCOUNT = re.compile(r""",\s*(?:'[^']*'|"[^"]*")\s*\Z""")
_IN_COMMENT = re.compile(r"(?<![\w$#])(?P<word>LOGON|LOGDATA)(?![\w$#])[ \t]*", re.I)
_LIKE_LOGON = re.compile(r"""(?m)^[^\n/,;()='"]*[ \t](?P<argument>[^\s,;=("']+/[^\s,;()"']*\s*,)""")


def argument_span(text: str, start: int) -> Span:
    """The argument of a LOGON or LOGDATA whose keyword ends at ``start``."""
    while start < len(text) and text[start] in " \t":
        start += 1
    match = _ARGUMENT.match(text, start)
    return _trimmed(text, start, match.end() if match else start)


def logon_spans(text: str, argument: Span) -> list[Span]:
    """What to mask of a LOGON argument: all after ``tdpid/user,`` but a quoted account.

    Where the comma is missing, all after the first word that can be the user.
    """
    value = text[argument.start : argument.end]
    shown = _SHOWN.match(value)
    start = shown.end() if shown else 0
    comma = shown is not None and "," in shown[0]
    account = _ACCOUNT.search(value, start) if comma else None
    span = _trimmed(text, argument.start + start, argument.start + (
        account.start() if account else len(value)
    ))  # fmt: skip
    return [span] if span.start < span.end else []


def stray_spans(text: str, comments: list[Span]) -> list[Span]:
    """Passwords outside LOGON commands: in comments, and in lines that look like a LOGON."""
    spans: list[Span] = []
    for comment in comments:
        for match in _IN_COMMENT.finditer(text, comment.start, comment.end):
            argument = argument_span(text, match.end())
            if match["word"].upper() == "LOGDATA":
                spans.append(argument)
            else:
                spans.extend(logon_spans(text, argument))
    for match in _LIKE_LOGON.finditer(text):
        spans.extend(logon_spans(text, argument_span(text, match.start("argument"))))
    return [span for span in spans if span.start < span.end]


def logon_is_complete(argument: str) -> bool:
    """Whether a LOGON argument names both a user and a password."""
    user, comma, rest = argument.partition(",")
    return bool(comma and user.rpartition("/")[2].strip() and rest.strip().strip(","))


def merged(spans: list[Span]) -> tuple[Span, ...]:
    """The same characters as spans that do not overlap, in order."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if result and span.start < result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return tuple(result)


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
