"""SQL statements as a script writes them: their grammar, and its trees read into nodes.

A job language adds the text of `statement_grammar` to that of its own grammar.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import msgspec
from lark import Token, Tree

from specs.script.diagnostics import Reporter
from specs.script.scanning import Command
from specs.script.script_text import Span
from specs.sql.ddl import build_definition
from specs.sql.tables import TableDefinition, TableKind
from specs.sql.words import TableName, Word, WordReader

STATEMENT_RULES = frozenset({"create", "create_as", "database", "delete", "drop"})
"""The names that the tree of a statement can have."""

SHOWN = {
    "NAME": "a name",
    "DOUBLE_QUOTED": "a quoted name",
    "SINGLE_QUOTED": "a quoted text",
    "INT": "a whole number",
    "NUMBER": "a number",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "EQUAL": "=",
    "COLON": ":field",
    "DOT": ".",
    "OPERATOR": "an operator",
    "COMPARE": "a comparison",
    "_ALL": "ALL",
    "TYPE_LONG": "LONG VARCHAR",
    "TABLE_KIND": "SET or MULTISET",
}
"""How messages tell the grammar's terminals."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A command or statement after parsing: what was written; ``span`` marks its first word."""

    span: Span


class Database(Node, frozen=True, kw_only=True):
    """DATABASE: the database of names that are not qualified."""

    name: Word


class Drop(Node, frozen=True, kw_only=True):
    """DROP TABLE."""

    table: TableName


class Delete(Node, frozen=True, kw_only=True):
    """DELETE; ``column`` None deletes every row, ``value`` None means IS NULL."""

    table: TableName
    column: Word | None
    value: str | None


class Create(Node, frozen=True, kw_only=True):
    """CREATE TABLE; ``definition`` has the name as written, None when it has mistakes."""

    table: TableName
    definition: TableDefinition | None


class CreateAs(Node, frozen=True, kw_only=True):
    """CREATE TABLE .. AS source WITH NO DATA; ``kind`` None when neither SET nor MULTISET."""

    table: TableName
    source: TableName
    kind: TableKind | None


Statement = Database | Drop | Delete | Create | CreateAs


def statement_grammar() -> str:
    """The grammar of the statements, of expressions' parts, names, literals and types."""
    return resources.files("specs.sql").joinpath("statements.lark").read_text(encoding="utf-8")


def build_statement(tree: Tree[Token], command: Command, reporter: Reporter) -> Statement | None:
    """The node of a statement's tree; None when a mistake leaves nothing of it (reported).

    The tree has one of the names of `STATEMENT_RULES`; any other raises ``ValueError``.
    """
    read = WordReader(command.start, reporter)
    children: list[Any] = tree.children
    match str(tree.data):
        case "database":
            return Database(span=command.span, name=read.undotted(children[0]))
        case "drop":
            return Drop(span=command.span, table=read.table(children[0]))
        case "delete":
            return _delete(children, read, command.span)
        case "create" | "create_as":
            return _create(tree, read, command.span, reporter)
        case other:
            raise ValueError(f"{other} is no SQL statement")


def _delete(children: list[Any], read: WordReader, span: Span) -> Delete:
    column = value = None
    if len(children) > 1:
        condition = children[1]
        column = read.name(condition.children[0])
        if condition.data == "equals":
            value = read.literal(condition.children[1])
    return Delete(span=span, table=read.table(children[0]), column=column, value=value)


def _create(
    tree: Tree[Token], read: WordReader, span: Span, reporter: Reporter
) -> Create | CreateAs | None:
    parts = [child for child in tree.children if isinstance(child, Tree)]
    words: list[Any] = [part.children[0] for part in parts if part.data == "create_word"]
    tables = [read.table(part) for part in parts if part.data == "table"]
    if not _lasts(words, read, reporter):
        return None
    kinds = [str(word).upper() for word in words]
    kind: TableKind | None = None
    if "MULTISET" in kinds:
        kind = "MULTISET"
    elif "SET" in kinds:
        kind = "SET"
    if tree.data == "create_as":
        if not any(isinstance(child, Token) and child.type == "NO" for child in tree.children):
            reporter.error(
                "unsupported-create", tables[1].span,
                "a copy of a table's rows cannot be made in a load script here",
                expected="WITH NO DATA", hint="create the table empty and load it",
                rule=reporter.language.rule,
            )  # fmt: skip
        return CreateAs(span=span, table=tables[0], source=tables[1], kind=kind)
    definition = build_definition(tree, tables[0], kind, read, reporter)
    return Create(span=span, table=tables[0], definition=definition)


def _lasts(words: list[Any], read: WordReader, reporter: Reporter) -> bool:
    """Whether the table outlives its session; else that is reported."""
    for word in words:
        if word.type != "TABLE_KIND":
            reporter.error(
                "unsupported-create", read.span(word),
                f"a {word.upper()} table lives in one session and cannot be a load's target",
                expected="CREATE [SET | MULTISET] TABLE",
            )  # fmt: skip
            return False
    return True
