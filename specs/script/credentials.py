"""Passwords: where a script holds them, damaged or not, so that nothing ever shows one.

A LOGON with one wrong character may be no LOGON any more, its comma may be gone, or the command
before it may have swallowed it. So nothing that stands where a password could stand is shown:
the whole argument of whatever resembles a LOGON, user included, for a comma that is lost makes
the password part of the user. Too much may be hidden, never too little.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from specs.script.job_language import NEVER, JobLanguage
from specs.script.script_text import MASK, Span

# An argument goes to the end of the line, or to a semicolon that ends the command: one that a
# blank or the line's end follows. It goes on over a line's end beside a comma.
_ARGUMENT_PIECE = re.compile(
    r"""[^;\r\n"',]+|"[^"\n]*"|'[^'\n]*'|,[ \t]*\r?\n|\r?\n(?=[ \t]*,)|;(?=\S)|["',]"""
)
_GAP = re.compile(r"[\s;]+")
_LETTER = re.compile(r"\w|\Z")
# Prose is full of words like LOGON, but seldom does one stand right before a user.
_USER = r"[ \t]+[^\s,;()=]+\s*,"
# What follows a LOGON, after whatever word.
_LIKE_ARGUMENT = re.compile(
    r"""(?m)^[^\n/,;()='"]*[ \t][^\s,;=("'][^\s,;=("'/]*+/[^\s,;("']*+\s*+,"""
)
_MASKED = re.compile(rf"[^,]*,\s*{re.escape(MASK)}")


class _Patterns(NamedTuple):
    """What a language's commands with passwords look like, and where the next command starts."""

    holders: tuple[str, ...]
    resembling: re.Pattern[str]
    in_comment: re.Pattern[str]
    elsewhere: re.Pattern[str]
    new_command: re.Pattern[str]


@cache
def _patterns(language: JobLanguage) -> _Patterns:
    logon, secret = language.logon_words[:1], language.secret_words[:1]
    short = (*language.logon_words[1:], *language.secret_words[1:])
    holders = (*logon, *secret)
    resembling = _any((*map(_slips_of, holders), *short))
    in_comment = _any(
        (*logon, *map(_slips_of, secret), *(f"(?:{_slips_of(word)})(?={_USER})" for word in logon))
    )
    # A right LOGON that stands where no command starts, for what is wrong is before it.
    with_user = _any((*logon, *(rf"(?<!\w){word}" for word in language.logon_words[1:])))
    alone = _any(language.secret_words)
    comments = _any((r"/\*", *map(re.escape, language.line_comments)))
    return _Patterns(
        holders,
        re.compile(resembling, re.I | re.S),
        re.compile(in_comment, re.I | re.S),
        re.compile(rf"(?<![_$#])(?:(?:{with_user})(?={_USER})|(?:{alone})(?=[ \t]))", re.I),
        re.compile(rf"\.?[ \t]*(?P<word>[^\W\d]\w*)(?=[\s;(*]|\Z)|{comments}|\Z"),
    )


def _any(forms: Iterable[str]) -> str:
    return "|".join(forms) or NEVER


def _slips_of(word: str) -> str:
    """A pattern of the word with one character too many, missing, wrong, or before its turn."""
    places = range(len(word))
    forms = [
        *(f"{word[:i]}.?{word[i:]}" for i in places),
        *(f"{word[:i]}.?{word[i + 1 :]}" for i in places),
        *(f"{word[:i]}{word[i + 1]}{word[i]}{word[i + 2 :]}" for i in places[:-1]),
    ]
    return "|".join(forms)


def argument_span(text: str, start: int) -> Span:
    """The argument of a command with a password whose first word ends at ``start``."""
    while start < len(text) and text[start] in " \t":
        start += 1
    end = start
    while piece := _ARGUMENT_PIECE.match(text, end):
        end = piece.end()
    return _trimmed(text, Span(start, end))


def logon_is_complete(argument: str) -> bool:
    """Whether a LOGON argument names both a user and a password."""
    user, comma, rest = argument.partition(",")
    return bool(comma and user.rpartition("/")[2].strip() and rest.strip().strip(","))


def secret_spans(
    text: str,
    statements: Sequence[tuple[Span, str | None]],
    comments: Sequence[Span],
    language: JobLanguage,
    unread: int | None = None,
) -> tuple[Span, ...]:
    """All that may be a password, as spans of one line each that do not overlap, in order.

    ``statements`` are the first word of each statement and its kind, None for an unknown one.
    What stands from ``unread`` on was not cut into statements and is hidden altogether. A language
    none of whose commands holds a password has nothing to hide.
    """
    if not language.credential_kinds:
        return ()
    finder = _Finder(text, comments, language)
    if unread is not None:
        finder.hide_rest(unread)
    for word, kind in statements:
        finder.look_into_statement(word, kind)
    for comment in comments:
        finder.look_into_comment(comment)
    finder.look_anywhere()
    return finder.spans()


class _Finder:
    """Looks at every place once: a script may be a single line of megabytes, or all comments."""

    def __init__(self, text: str, comments: Sequence[Span], language: JobLanguage) -> None:
        self._text = text
        self._comments = comments
        self._language = language
        self._known = language.known_words
        self._patterns = _patterns(language)
        self._starts_of_comments = [comment.start for comment in comments]
        self._quotes = [[m.start() for m in re.finditer(mark, text)] for mark in "\"'"]
        self._ends: dict[tuple[int, int], int] = {}
        self._letter = Span(-1, -1)
        self._hidden = Span(0, 0)
        self._found: list[Span] = []

    def hide_rest(self, start: int) -> None:
        self._hide(start, len(self._text))

    def look_into_statement(self, word: Span, kind: str | None) -> None:
        upper = self._text[word.start : word.end].upper()
        if upper in self._known:
            if kind in self._language.credential_kinds:
                self._hide_statement(word.end, kind)
        elif like := self._resembling(word.start):
            self._hide_statement(like.end(), kind)
        elif self._is_near_holder(upper):
            self._hide_statement(word.end, kind)
        elif kind is None:
            # Nobody knows what it is, but no password stands before the first comma of a LOGON.
            comma = self._text.find(",", word.start, self._line_end(word.start))
            if comma >= 0:
                self._hide_from(comma + 1)

    def look_into_comment(self, comment: Span) -> None:
        """Hide the rest of a comment that a LOGON stands in."""
        match = self._patterns.in_comment.search(self._text, comment.start, comment.end)
        if match is None:
            return
        start, end = match.end(), self._inner_end(comment)
        torn = re.match(rf"{_USER}|[ \t]+\S+\s*\Z", self._text[start:end])
        if torn and self._text.startswith(self._language.line_comments, comment.start):
            # A line break in its argument has put the rest of it outside the comment.
            end = self._statement_end(start, None)
        self._hide(start, end)

    def look_anywhere(self) -> None:
        for match in self._patterns.elsewhere.finditer(self._text):
            self._hide_argument(match.end(), self._argument_end(match.end(), match.end()))
        for match in _LIKE_ARGUMENT.finditer(self._text):
            self._hide_from(match.end())

    def spans(self) -> tuple[Span, ...]:
        joined: list[Span] = []
        for span in sorted(self._found, key=lambda span: (span.start, span.end)):
            if joined and span.start < joined[-1].end:
                joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
            else:
                joined.append(span)
        return tuple(joined)

    def _resembling(self, start: int) -> re.Match[str] | None:
        """What resembles a LOGON at the first letter from there on, or one character before."""
        if not self._letter.start <= start <= self._letter.end:
            found = _LETTER.search(self._text, start)
            assert found is not None  # there is always the end
            self._letter = Span(start, found.start())
        first = self._letter.end
        pattern = self._patterns.resembling
        like = pattern.match(self._text, first)
        return like or (pattern.match(self._text, first - 1) if first > start else None)

    def _is_near_holder(self, word: str) -> bool:
        holders = self._patterns.holders
        return len(word) > 2 and bool(difflib.get_close_matches(word, holders, n=1, cutoff=0.6))

    def _hide_statement(self, start: int, kind: str | None) -> None:
        if not self._is_hidden(start, start + 1):
            self._hide_argument(start, self._statement_end(start, kind))

    def _hide_argument(self, start: int, end: int) -> None:
        """Hide an argument; its first comma tells nothing and stays."""
        if self._is_hidden(start, end):
            return
        argument = self._text[start:end]
        if _MASKED.fullmatch(argument.strip()):
            return
        comma = argument.find(",")
        if comma >= 0:
            self._hide(start, start + comma)
            start += comma + 1
        self._hide(start, end)

    def _hide_from(self, start: int) -> None:
        self._hide(start, self._argument_end(start, start))

    def _hide(self, start: int, end: int) -> None:
        if not self._is_hidden(start, end) and self._text[start:end].strip() != MASK:
            self._found += _lines(self._text, Span(start, end))
            self._hidden = Span(start, end)

    def _is_hidden(self, start: int, end: int) -> bool:
        """Whether it is all in what was hidden last."""
        return self._hidden.start <= start and end <= self._hidden.end

    def _statement_end(self, start: int, kind: str | None) -> int:
        """Where a command whose argument starts there has ended, whatever is in it.

        That is where a command starts, for a line break or a semicolon may have got into the
        argument. A LOGON, or what is taken for one, ends with its semicolon when it is whole;
        a LOGDATA cannot be known to be.
        """
        logon = kind is None or kind in self._language.logon_kinds
        end = self._argument_end(start, start)
        whole = False
        while gap := _GAP.match(self._text, end):
            after = gap.end()
            torn = self._open_quote(start, end)
            if logon and ";" in gap[0]:
                whole = whole or logon_is_complete(self._text[start:end])
                if whole and not torn:
                    return end
            torn = torn and self._open_quote(after, self._line_end(after))
            if self._starts_command(after) and not torn:
                return end
            end = max(self._argument_end(start, after), after)
        return end

    def _starts_command(self, position: int) -> bool:
        match = self._patterns.new_command.match(self._text, position)
        return bool(match and (match["word"] is None or match["word"].upper() in self._known))

    def _argument_end(self, start: int, position: int) -> int:
        """The end of an argument that starts at ``start``, sought from ``position`` on.

        A quotation mark without a partner leaves it open which semicolon is quoted; it is the end
        of the line then.
        """
        limit = self._limit(position)
        end = self._end_of_pieces(position, limit)
        line_end = min(self._line_end(end), limit)
        return line_end if self._open_quote(start, line_end) else end

    def _end_of_pieces(self, position: int, limit: int) -> int:
        """Where an argument's pieces end; pieces that were met before are not read again."""
        met: list[tuple[int, int]] = []
        while (position, limit) not in self._ends:
            met.append((position, limit))
            piece = _ARGUMENT_PIECE.match(self._text, position, limit)
            if piece is None:
                self._ends[position, limit] = position
            else:
                position = piece.end()
        end = self._ends[position, limit]
        self._ends.update(dict.fromkeys(met, end))
        return end

    def _limit(self, position: int) -> int:
        """The end of the comment around a place, else of the text."""
        last = bisect_right(self._starts_of_comments, position) - 1
        if last >= 0 and position < self._comments[last].end:
            return self._inner_end(self._comments[last])
        return len(self._text)

    def _inner_end(self, comment: Span) -> int:
        closed = self._text.endswith("*/", comment.start + 2, comment.end)
        return comment.end - 2 if closed else comment.end

    def _line_end(self, position: int) -> int:
        found = self._text.find("\n", position)
        return len(self._text) if found < 0 else found

    def _open_quote(self, start: int, end: int) -> bool:
        """Whether either quotation mark stands there an odd number of times."""
        return any(
            (bisect_left(places, end) - bisect_left(places, start)) % 2 for places in self._quotes
        )


def _lines(text: str, span: Span) -> Iterator[Span]:
    """The span line by line, without the blanks around."""
    start = span.start
    for line in text[span.start : span.end].splitlines(keepends=True):
        trimmed = _trimmed(text, Span(start, start + len(line)))
        if trimmed.start < trimmed.end:
            yield trimmed
        start += len(line)


def _trimmed(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
