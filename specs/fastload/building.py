"""Building: the grammar's tree of one command to a command node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from lark import Token, Tree

from specs.fastload import commands as c
from specs.fastload import ddl
from specs.fastload.scanning import Command
from specs.fastload.words import WordReader
from specs.script.diagnostics import Reporter
from specs.script.script_text import Span

_Tree = Tree[Token]
_SMALL_NUMBERS = ("sessions", "errlimit", "tenacity", "sleep")


def build(tree: _Tree, command: Command, reporter: Reporter) -> c.CommandNode:
    """The command node of a parsed command; mistakes inside CREATE TABLE go to the reporter."""
    read = WordReader(command.start, reporter)
    rule = str(tree.data)
    if rule in _SMALL_NUMBERS:
        numbers = tuple(
            read.number(child) if child.type == "INT" else None
            for child in tree.children
            if isinstance(child, Token)
        )
        return c.Setting(span=command.span, kind=rule, numbers=numbers)
    if rule in ("create", "create_as"):
        return ddl.build_create(tree, command, read, reporter)
    builder = _BUILDERS.get(rule)
    if builder is None:
        return c.Silent(span=command.span, kind=rule)
    return builder(tree.children, read, command.span)


def _logmech(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    return c.LogonMethod(span=span)


def _logoff(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    return c.Logoff(span=span)


def _axsmod(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    return c.Foreign(span=span, kind="axsmod")


def _clear(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    return c.Clear(span=span)


def _end(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    return c.End(span=span)


def _database(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    return c.Database(span=span, name=read.undotted(children[0]))


def _dateform(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    form: Literal["integer", "ansi"] = "ansi" if children[0].type == "ANSIDATE" else "integer"
    return c.DateForm(span=span, form=form)


def _set_charset(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    return c.Charset(span=span, name=read.text(children[0]))


def _set_record(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    options = [str(child.data) for child in children if isinstance(child, Tree)]
    texts = [child for child in children if isinstance(child, Tree) and child.data == "text"]
    return c.SetRecord(
        span=span,
        format=children[0].type,
        delimiter=read.text(texts[0]) if texts else None,
        display_errors="display_errors" in options,
        nostop="nostop" in options,
    )


def _record(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    start, thru = (None if child is None else read.number(child) for child in children)
    return c.RecordRange(span=span, start=start, thru=thru)


def _define(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    fields: list[c.FieldDefinition] = []
    file = inmod = None
    for child in children:
        if child.data == "fields":
            fields.extend(_field(part, read) for part in _flat(child))
        elif child.data == "file_source":
            file = read.path(child.children[-1])
        else:
            inmod = read.name(child.children[-1])
    return c.Define(span=span, fields=tuple(fields), file=file, inmod=inmod)


def _flat(fields: _Tree) -> list[Any]:
    """The fields of a left-recursive list, in order."""
    found: list[Any] = []
    node: Any = fields
    while True:
        found.append(node.children[-1])
        if len(node.children) == 1:
            return found[::-1]
        node = node.children[0]


def _field(field: _Tree, read: WordReader) -> c.FieldDefinition:
    name, kind, option = field.children
    assert isinstance(name, Tree)  # the grammar gives rules here, not tokens
    nullif = None if option is None else read.literal_word(option.children[-1])  # type: ignore[union-attr]
    reserved = name.data == "reserved_name"
    word = read.token(name.children[0]) if reserved else read.name(name)
    return c.FieldDefinition(word, reserved, read.type(kind), nullif)


def _begin(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    target, first, second, *options = children
    checkpoints = [option for option in options if option.data == "checkpoint"]
    return c.Begin(
        span=span,
        target=read.table(target),
        error_tables=(read.table(first), read.table(second)),
        checkpoint=read.number(checkpoints[-1].children[0]) if checkpoints else None,
        indicators=any(option.data == "indicators" for option in options),
    )


def _insert_all(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    return c.Insert(span=span, table=read.table(children[0]), columns=None, values=None)


def _insert(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    table, columns, values = children
    return c.Insert(
        span=span,
        table=read.table(table),
        columns=_items(columns, read),
        values=None if values is None else _items(values, read),
    )


def _insert_values(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    table, values = children
    return c.Insert(span=span, table=read.table(table), columns=None, values=_items(values, read))


def _items(items: _Tree, read: WordReader) -> tuple[c.Item, ...]:
    return tuple(_item(item, read) for item in items.children)


def _item(item: Any, read: WordReader) -> c.Item:
    match str(item.data):
        case "bare_name":
            return read.name(item.children[0])
        case "field_value":
            name, *conversions = item.children
            field = read.name(name)
            parts = tuple(_conversion(part, read) for part in conversions)
            return c.FieldValue(field, parts, read.span(item))
        case _:
            whole = read.span(item)
            operators = [part for part in item.children if isinstance(part, Token)]
            first = item.children[0]
            if operators and isinstance(first, Tree) and first.data == "field_value":
                # A field may stand there; what goes wrong begins with the operator.
                whole = Span(read.span(operators[0]).start, whole.end)
            return c.Expression(whole)


def _conversion(conversion: _Tree, read: WordReader) -> c.Conversion:
    kind = form = None
    for part in conversion.children:
        assert isinstance(part, Tree)  # the grammar gives rules here, not tokens
        if part.data == "type":
            kind = read.type(part)
        else:
            form = read.text(part.children[0])
    first, last = conversion.children[0], conversion.children[-1]
    return c.Conversion(kind, form, Span(read.span(first).start, read.span(last).end))


def _drop(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    return c.Drop(span=span, table=read.table(children[0]))


def _delete(children: list[Any], read: WordReader, span: Span) -> c.CommandNode:
    column = value = None
    if len(children) > 1:
        condition = children[1]
        column = read.name(condition.children[0])
        if condition.data == "equals":
            value = read.literal(condition.children[1])
    return c.Delete(span=span, table=read.table(children[0]), column=column, value=value)


_BUILDERS: dict[str, Callable[[list[Any], WordReader, Span], c.CommandNode]] = {
    "logmech": _logmech,
    "logoff": _logoff,
    "axsmod": _axsmod,
    "clear": _clear,
    "end": _end,
    "database": _database,
    "dateform": _dateform,
    "set_charset": _set_charset,
    "set": _set_record,
    "record": _record,
    "define": _define,
    "begin": _begin,
    "insert_all": _insert_all,
    "insert": _insert,
    "insert_values": _insert_values,
    "drop": _drop,
    "delete": _delete,
}
