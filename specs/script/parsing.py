"""Parsing: one command's text to a tree, with recovery from what is misspelt or missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import cached_property
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from specs.script.diagnostics import Reporter, nearest
from specs.script.scanning import Command
from specs.script.script_text import Span

_MAX_REPAIRS = 4

Hint = Callable[[str, str, frozenset[str]], str]
"""The hint for a token that does not fit, '' for none: from the command's kind, the token in
upper case (``$END`` at the command's end) and the terminals that would fit."""


class Grammar:
    """The grammar of a job language, one start rule a kind of command.

    ``text`` is in Lark's notation. ``shown`` says how messages tell a terminal that is no keyword;
    ``insertable`` are the terminals that may be missing without leaving any doubt (a keyword that
    alone fits is one too); ``free_text`` is the terminal, if any, that takes what no other does.
    """

    def __init__(
        self, text: str, starts: Iterable[str], *, shown: Mapping[str, str],
        insertable: tuple[str, ...] = (), free_text: str = "",
        hint: Hint = lambda kind, token, accepted: "",
    ) -> None:  # fmt: skip
        self.shown = {"$END": "the end of the command", **shown}
        self.insertable = insertable
        self.free_text = free_text
        self.hint = hint
        self._lark = Lark(
            text, parser="lalr", start=sorted(starts), maybe_placeholders=True,
            propagate_positions=True,
        )  # fmt: skip

    def parse(self, command: Command, clean: str, reporter: Reporter) -> Tree[Token] | None:
        """The tree of one command; its mistakes go to the reporter, and None is for the worst."""
        text = clean[command.start : command.end]
        repairer = _Repairer(self, command, text, reporter)
        try:
            return self._lark.parse(text, start=command.kind, on_error=repairer)
        except UnexpectedInput:
            return None

    @cached_property
    def keywords(self) -> frozenset[str]:
        """Every keyword, upper case; a name that equals one is written in quotes."""
        return frozenset(
            word.upper()
            for terminal in self._lark.terminals
            for word in terminal.pattern.value.split("|")
            if word.replace("_", "").isalpha()
        )

    def keyword(self, terminal: str) -> str:
        """The keyword a terminal stands for, '' for any other terminal."""
        return self._keyword_of.get(terminal, "")

    def tell(self, accepted: Iterable[str]) -> str:
        """The terminals that would fit, as a message lists them."""
        told = {self.shown.get(name) or self.keyword(name) or name for name in accepted}
        told = {name for name in told if not name.startswith("__")}
        words = sorted(told, key=lambda word: (not word[:1].isalpha(), word))
        if len(words) > 8:
            words = [*words[:8], "..."]
        return " or ".join(words) if len(words) <= 2 else ", ".join(words)

    @cached_property
    def _keyword_of(self) -> dict[str, str]:
        words = {known.name: known.pattern.value.upper() for known in self._lark.terminals}
        return {name: word for name, word in words.items() if word.replace("_", "").isalpha()}


class _Repairer:
    """Called at each token the grammar refuses: reports it and, where it is plain what was meant,
    puts the right token in its place, so that the rest of the command is still checked."""

    def __init__(self, grammar: Grammar, command: Command, text: str, reporter: Reporter) -> None:
        self._grammar = grammar
        self._command = command
        self._text = text
        self._reporter = reporter
        self._repairs = 0

    def __call__(self, error: UnexpectedInput) -> bool:
        parser: Any = error.interactive_parser
        accepted = set(parser.accepts())
        if isinstance(error, UnexpectedCharacters):
            self._report_character(error.pos_in_stream or 0, accepted)
            return False
        if not isinstance(error, UnexpectedToken):
            return False
        token = error.token
        if token.type == self._grammar.free_text:
            # Only free text may start with such a character, and none is wanted here.
            self._report_character(token.start_pos or 0, accepted)
            return False
        self._repairs += 1
        if self._repairs > _MAX_REPAIRS:
            return False
        return self._correct(parser, token, accepted) or self._insert(parser, token, accepted)

    def _correct(self, parser: Any, token: Token, accepted: set[str]) -> bool:
        """Read a misspelt keyword as the keyword it resembles."""
        keyword = self._grammar.keyword
        words = {keyword(name): name for name in accepted if keyword(name)}
        meant = nearest(str(token), words) if str(token).replace("_", "").isalnum() else None
        if meant is None:
            return False
        self._reporter.error(
            "misspelt-word", self._span(token), f"{self._shown(token)} is no word that fits here",
            expected=meant, hint=f"did you mean {meant}?",
        )  # fmt: skip
        parser.feed_token(Token.new_borrow_pos(words[meant], str(token), token))
        return True

    def _insert(self, parser: Any, token: Token, accepted: set[str]) -> bool:
        """Add the one small token that is missing before this one; else report and give up."""
        grammar = self._grammar
        alone = [name for name in accepted if len(accepted) == 1 and grammar.keyword(name)]
        for name in [*grammar.insertable, *alone]:
            if name not in accepted:
                continue
            if token.type not in _accepted_after(parser, name):
                continue
            shown = grammar.shown.get(name, name)
            self._reporter.error(
                "missing-word", self._span(token),
                f"{shown} is missing before {self._shown(token)}", expected=shown,
            )  # fmt: skip
            parser.feed_token(Token.new_borrow_pos(name, "", token))
            if token.type != "$END":
                parser.feed_token(token)
            return True
        self._report_token(token, accepted)
        return False

    def _report_token(self, token: Token, accepted: set[str]) -> None:
        found = "$END" if token.type == "$END" else str(token).upper()
        self._reporter.error(
            "syntax",
            self._span(token),
            f"{self._shown(token)} does not fit here",
            expected=self._grammar.tell(accepted),
            hint=self._grammar.hint(self._command.kind, found, frozenset(accepted)),
        )

    def _report_character(self, position: int, accepted: set[str]) -> None:
        start = self._command.start + position
        span = Span(start, start + 1)
        self._reporter.error(
            "unexpected-character",
            span,
            f"the character {self._reporter.shown(span)} does not fit here",
            expected=self._grammar.tell(accepted),
        )

    def _shown(self, token: Token) -> str:
        if token.type == "$END":
            return "the end of the command"
        return f'"{self._reporter.shown(self._span(token))}"'

    def _span(self, token: Token) -> Span:
        if token.type == "$END":
            end = self._command.start + len(self._text.rstrip())
            return Span(end, end + 1)
        start = self._command.start + (token.start_pos or 0)
        return Span(start, start + max(len(token), 1))


def _accepted_after(parser: Any, name: str) -> set[str]:
    """The tokens that the parser would accept after a token of that name."""
    trial = parser.copy(deepcopy_values=False)
    # Without callbacks no tree is built, so the values can be shared: trees nest as deep as a
    # list is long, and each would be copied.
    trial.parser_state.parse_conf = copy(trial.parser_state.parse_conf)
    trial.parser_state.parse_conf.callbacks = {}
    trial.feed_token(Token(name, ""))
    return set(trial.accepts())
