"""Words: names, texts, numbers and types of a script's SQL, with their places in the script."""

from __future__ import annotations

from typing import Any

import msgspec
from lark import Token

from specs.script.diagnostics import Reporter
from specs.script.script_text import Span
from specs.shortening import shortened

MAX_NAME = 128
"""Characters of a name of a database, table, column or field."""

_MOST_DIGITS = 18
_LARGEST = 10**_MOST_DIGITS - 1


class Word(msgspec.Struct, frozen=True):
    """A word or text of the script: its value (quotes taken off) and where it stands."""

    value: str
    span: Span


class Number(msgspec.Struct, frozen=True):
    """A whole number of the script."""

    value: int
    span: Span


class TableName(msgspec.Struct, frozen=True):
    """A table's name as written; ``database`` None when it is not qualified."""

    database: str | None
    name: str
    span: Span


class WordReader:
    """Reads the words of one command that starts at ``base`` from trees of `statements.lark`.


    Names and numbers that are too long go to the reporter.
    """

    def __init__(self, base: int, reporter: Reporter) -> None:
        self._base = base
        self._reporter = reporter

    def span(self, node: Any) -> Span:
        """First to last character of a token or tree; an empty tree has the command's start."""
        place: Any = node if isinstance(node, Token) else node.meta
        start = getattr(place, "start_pos", None)
        if start is None:
            return Span(self._base, self._base + 1)
        return Span(self._base + start, self._base + place.end_pos)

    def token(self, token: Any) -> Word:
        return Word(str(token), self.span(token))

    def name(self, tree: Any) -> Word:
        """A name, quotes taken off."""
        token = tree.children[0]
        word = Word(unquoted(token), self.span(token))
        if len(word.value) > MAX_NAME:
            self._reporter.error(
                "name-too-long", word.span,
                f"the name {shortened(word.value)} has {len(word.value)} characters",
                expected=f"at most {MAX_NAME} characters",
            )  # fmt: skip
        return word

    def undotted(self, tree: Any) -> Word:
        """The name of a database or table: a dot in it could not be told from that between them."""
        word = self.name(tree)
        if "." in word.value:
            self._reporter.error(
                "dot-in-name", word.span, f"the name {word.value} has a dot in it",
                expected="database.table, each name without a dot",
                hint="quote the names one by one, not the two together",
            )  # fmt: skip
        return word

    def text(self, tree: Any) -> Word:
        """A quoted text, or a bare word where one may stand for it."""
        token = tree if isinstance(tree, Token) else tree.children[0]
        return Word(unquoted(token), self.span(token))

    def number(self, token: Any) -> Number:
        span = self.span(token)
        if len(str(token).lstrip("+-")) <= _MOST_DIGITS:
            return Number(int(token), span)
        self._reporter.error(
            "number-too-large", span, f"{shortened(str(token))} is too large a number",
            expected=f"a number of at most {_MOST_DIGITS} digits",
        )  # fmt: skip
        return Number(-_LARGEST if str(token).startswith("-") else _LARGEST, span)

    def table(self, tree: Any) -> TableName:
        first, second = tree.children
        if second is None:
            return TableName(None, self.undotted(first).value, self.span(tree))
        return TableName(self.undotted(first).value, self.undotted(second).value, self.span(tree))

    def literal(self, tree: Any) -> str | None:
        """The text of a constant; None for NULL."""
        token = tree.children[-1]
        return None if token.type == "NULL" else unquoted(token)

    def literal_word(self, part: Any) -> Word:
        """A constant as a word; NULL reads as the word NULL."""
        token = part if isinstance(part, Token) else part.children[-1]
        return Word(unquoted(token), self.span(part))

    def type(self, tree: Any) -> Word:
        """A type as one text, ``DECIMAL(9,2)``; LONG VARCHAR reads as the longest VARCHAR."""
        word, *rest = tree.children
        if word.type == "TYPE_LONG":
            return Word("VARCHAR(64000)", self.span(tree))
        second, first_number, second_number = rest
        text = f"{word} {second}" if second is not None else str(word)
        numbers = ",".join(str(part) for part in (first_number, second_number) if part is not None)
        return Word(f"{text}({numbers})" if numbers else text, self.span(tree))


def unquoted(token: Any) -> str:
    """The text of a token without the quotation marks around it, if there are any."""
    text = str(token)
    if text[:1] in ("'", '"') and len(text) > 1:
        quote = text[0]
        return text[1:-1].replace(quote * 2, quote)
    return text
