"""The grammar of FastLoad: the text of one command to its node."""

from __future__ import annotations

from functools import cache
from importlib import resources

from specs.fastload import building
from specs.fastload.commands import Broken, CommandNode, Foreign, Logon, LogonMethod, Silent
from specs.fastload.vocabulary import FASTLOAD
from specs.script.credentials import logon_is_complete
from specs.script.diagnostics import Reporter
from specs.script.parsing import Grammar
from specs.script.scanning import Command
from specs.sql import syntax

_SHOWN = {
    "PATH": "a file name",
    "STAR": "*",
    "_DOT_STAR": ".*",
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
def grammar() -> Grammar:
    """The grammar, built once a process."""
    own = resources.files("specs.fastload").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Grammar(
        own + syntax.statement_grammar(),
        set(FASTLOAD.commands.values()) - FASTLOAD.free_text_kinds,
        shown=syntax.SHOWN | _SHOWN,
        insertable=("COMMA", "RPAR", "EQUAL", "TABLE"),
        free_text="PATH",
        hint=_hint,
    )


def _hint(kind: str, token: str, accepted: frozenset[str]) -> str:
    if kind == "define" and accepted == {"NULLIF"}:
        return "is a closing parenthesis missing before the comma?"
    return _HINTS.get((kind, token), "")


def parse_command(command: Command, clean: str, reporter: Reporter) -> CommandNode:
    """Parse one command; its mistakes go to the reporter, and `Broken` comes back for the worst."""
    if command.kind in FASTLOAD.free_text_kinds:
        return _free_text(command)
    tree = grammar().parse(command, clean, reporter)
    if tree is None:
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
