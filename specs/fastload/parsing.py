"""Parsing: one command's text to a command node, with recovery from what is misspelt or missing."""

from __future__ import annotations

from copy import copy
from functools import cache
from importlib import resources
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from specs.fastload import building
from specs.fastload.commands import (
    Broken,
    CommandNode,
    Foreign,
    Logon,
    LogonMethod,
    Silent,
)
from specs.fastload.credentials import logon_is_complete
from specs.fastload.scanning import Command
from specs.fastload.vocabulary import COMMANDS, FREE_TEXT_KINDS
from specs.script.diagnostics import Reporter, nearest
from specs.script.script_text import Span

_MAX_REPAIRS = 4
_INSERTABLE = ("COMMA", "RPAR", "EQUAL", "TABLE")
"""Tokens that may be missing without leaving any doubt; a keyword that alone fits is one too."""
_SHOWN = {
    "$END": "the end of the command",
    "NAME": "a name",
    "DOUBLE_QUOTED": "a quoted name",
    "SINGLE_QUOTED": "a quoted text",
    "INT": "a whole number",
    "NUMBER": "a number",
    "PATH": "a file name",
    "STAR": "*",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "EQUAL": "=",
    "COLON": ":field",
    "DOT": ".",
    "_DOT_STAR": ".*",
    "OPERATOR": "an operator",
    "COMPARE": "a comparison",
    "_ALL": "ALL",
    "TYPE_LONG": "LONG VARCHAR",
    "TABLE_KIND": "SET or MULTISET",
    "NOTIFY_LEVEL": "OFF, LOW, MEDIUM or HIGH",
}
_HINTS = {
    ("begin", "SESSIONS"): "SESSIONS is a command of its own and stands before LOGON",
    ("begin", "ERRLIMIT"): "ERRLIMIT is a command of its own",
    ("begin", "$END"): "BEGIN LOADING names the two error tables: "
    "BEGIN LOADING target ERRORFILES error_1, error_2;",
    ("define", "="): "write name (VARCHAR(n)), NULLIF inside the parentheses",
    ("create", "VIEW"): "FastLoad takes CREATE TABLE only",
}


@cache
def grammar() -> Lark:
    """The grammar, built once a process."""
    text = resources.files("specs.fastload").joinpath("grammar.lark").read_text(encoding="utf-8")
    starts = sorted(set(COMMANDS.values()) - FREE_TEXT_KINDS)
    return Lark(
        text, parser="lalr", start=starts, maybe_placeholders=True, propagate_positions=True
    )


@cache
def keywords() -> frozenset[str]:
    """Every keyword of the grammar, upper case; a name that equals one is written in quotes."""
    return frozenset(
        word.upper()
        for terminal in grammar().terminals
        for word in terminal.pattern.value.split("|")
        if word.replace("_", "").isalpha()
    )


def parse_command(command: Command, clean: str, reporter: Reporter) -> CommandNode:
    """Parse one command; its mistakes go to the reporter, and `Broken` comes back for the worst."""
    if command.kind in FREE_TEXT_KINDS:
        return _free_text(command)
    text = clean[command.start : command.end]
    repairer = _Repairer(command, text, reporter)
    try:
        tree = grammar().parse(text, start=command.kind, on_error=repairer)
    except UnexpectedInput:
        return Broken(span=command.span, kind=command.kind)
    return building.build(tree, command, reporter)


def _free_text(command: Command) -> CommandNode:
    match command.kind:
        case "logon":
            return Logon(span=command.span, complete=logon_is_complete(command.argument))
        case "logdata":
            return LogonMethod(span=command.span)
        case "run":
            return Foreign(span=command.span, kind="run")
        case _:
            return Silent(span=command.span, kind=command.kind)


class _Repairer:
    """Called at each token the grammar refuses: reports it and, where it is plain what was meant,
    puts the right token in its place, so that the rest of the command is still checked."""

    def __init__(self, command: Command, text: str, reporter: Reporter) -> None:
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
        if token.type == "PATH":
            # Only a path may start with such a character, and no path is wanted here.
            self._report_character(token.start_pos or 0, accepted)
            return False
        self._repairs += 1
        if self._repairs > _MAX_REPAIRS:
            return False
        return self._correct(parser, token, accepted) or self._insert(parser, token, accepted)

    def _correct(self, parser: Any, token: Token, accepted: set[str]) -> bool:
        """Read a misspelt keyword as the keyword it resembles."""
        words = {_keyword(name): name for name in accepted if _keyword(name)}
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
        alone = [name for name in accepted if len(accepted) == 1 and _keyword(name)]
        for name in [*_INSERTABLE, *alone]:
            if name not in accepted:
                continue
            if token.type not in _accepted_after(parser, name):
                continue
            shown = _SHOWN.get(name, name)
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
        kind = self._command.kind
        upper = str(token).upper()
        hint = _HINTS.get((kind, "$END" if token.type == "$END" else upper), "")
        if kind == "define" and accepted == {"NULLIF"}:
            hint = "is a closing parenthesis missing before the comma?"
        self._reporter.error(
            "syntax",
            self._span(token),
            f"{self._shown(token)} does not fit here",
            expected=_expected(accepted),
            hint=hint,
        )

    def _report_character(self, position: int, accepted: set[str]) -> None:
        start = self._command.start + position
        span = Span(start, start + 1)
        self._reporter.error(
            "unexpected-character",
            span,
            f"the character {self._reporter.shown(span)} does not fit here",
            expected=_expected(accepted),
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


@cache
def _keyword(terminal: str) -> str:
    """The keyword a terminal stands for, '' for any other terminal."""
    for known in grammar().terminals:
        if known.name == terminal:
            word = known.pattern.value.upper()
            return word if word.replace("_", "").isalpha() else ""
    return ""


def _expected(accepted: set[str]) -> str:
    shown = {_SHOWN.get(name) or _keyword(name) or name for name in accepted}
    shown = {name for name in shown if not name.startswith("__")}
    words = sorted(shown, key=lambda word: (not word[:1].isalpha(), word))
    if len(words) > 8:
        words = [*words[:8], "..."]
    return " or ".join(words) if len(words) <= 2 else ", ".join(words)
