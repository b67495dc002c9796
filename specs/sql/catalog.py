"""The tables a script can know, given or created, and the steps its table statements become."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from specs.script.diagnostics import Reporter, nearest
from specs.sql.literals import LiteralError, check_literal
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.syntax import Create, CreateAs, Database, Delete, Drop, Statement
from specs.sql.tables import TableDefinition
from specs.sql.words import TableName


class Tables:
    """Tables while the script is read from top to bottom. Names are looked up by letter only."""

    def __init__(self, existing: Mapping[str, TableDefinition]) -> None:
        self.database: str | None = None
        self._existing = {
            name.casefold(): definition
            if definition.name.casefold() == name.casefold()
            else msgspec.structs.replace(definition, name=name)
            for name, definition in existing.items()
        }
        self._present = dict(self._existing)
        self._known = dict(self._existing)
        self._created: dict[str, int] = {}
        self._failed: set[str | None] = set()
        self.used: dict[str, TableDefinition] = {}

    def qualified(self, table: TableName) -> str:
        """The name with its database, the default one when there is one."""
        database = table.database or self.database
        return f"{database}.{table.name}" if database else table.name

    def create(self, definition: TableDefinition, line: int) -> None:
        folded = definition.name.casefold()
        self._present[folded] = self._known[folded] = definition
        self._created[folded] = line

    def fail(self, name: str | None) -> None:
        """Remember a CREATE TABLE with mistakes; None when not even its name could be read."""
        self._failed.add(name and name.casefold())

    def is_failed(self, name: str) -> bool:
        """Whether a table is unknown only because of a mistake that is reported elsewhere."""
        return None in self._failed or name.casefold() in self._failed

    def drop(self, name: str) -> None:
        self._present.pop(name.casefold(), None)
        self._created.pop(name.casefold(), None)
        self._note(name)

    def known(self, name: str) -> TableDefinition | None:
        """The last definition of that name, dropped or not."""
        self._note(name)
        return self._known.get(name.casefold())

    def is_there(self, name: str) -> bool:
        return name.casefold() in self._present

    def created_at(self, name: str) -> int | None:
        """Line of the CREATE TABLE that made this table, None when the script did not."""
        return self._created.get(name.casefold())

    def nearest(self, name: str) -> str | None:
        """A known name that this one is likely to be a slip of."""
        spellings = [definition.name for definition in self._known.values()]
        found = nearest(name, spellings)
        if found is None:
            last = name.casefold().rpartition(".")[2]
            same = [s for s in spellings if s.casefold().rpartition(".")[2] == last]
            found = same[0] if same else None
        return found

    def _note(self, name: str) -> None:
        existing = self._existing.get(name.casefold())
        if existing is not None:
            self.used[existing.name] = existing

    def spellings(self) -> list[str]:
        """The names that are known, as their last definitions spell them."""
        return [definition.name for definition in self._known.values()]

    def existing_spellings(self) -> list[str]:
        """The names of the given tables, as their definitions spell them."""
        return [definition.name for definition in self._existing.values()]


def resolve_statement(
    node: Statement, tables: Tables, reporter: Reporter
) -> CreateTable | DropTable | DeleteRows | None:
    """The step of a statement; None for DATABASE and after a mistake, which is reported."""
    if isinstance(node, Database):
        tables.database = node.name.value
        return None
    name = tables.qualified(node.table)
    match node:
        case Drop():
            tables.drop(name)
            return DropTable(table=name)
        case Delete():
            _check_condition(node, tables.known(name), reporter)
            column = node.column.value if node.column else None
            return DeleteRows(table=name, column=column, value=node.value)
        case CreateAs():
            source = tables.known(tables.qualified(node.source))
            if source is None:
                _report_unknown_source(node, tables, reporter)
                tables.fail(name)
                return None
            copy = msgspec.structs.replace(
                source, name=name, kind=node.kind or source.kind, attached=(), view=False
            )
            return _create(node, copy, tables, reporter)
        case Create():
            if node.definition is None:
                tables.fail(name)
                return None
            named = msgspec.structs.replace(node.definition, name=name)
            return _create(node, named, tables, reporter)


def _check_condition(node: Delete, definition: TableDefinition | None, reporter: Reporter) -> None:
    """Is it a column of the table that DELETE names, and compared with a value of its type?"""
    if definition is None or node.column is None:
        return
    try:
        kind = definition.column(node.column.value).column_type
        if node.value is not None:
            check_literal(node.value, kind)
    except KeyError:
        meant = nearest(node.column.value, definition.column_names)
        reporter.error(
            "unknown-column", node.column.span,
            f"{definition.name} has no column {node.column.value}",
            expected=", ".join(definition.column_names),
            hint=f"did you mean {meant}?" if meant else "",
        )  # fmt: skip
    except LiteralError as error:
        reporter.error("bad-literal", node.column.span, error.found, expected=error.expected)


def _report_unknown_source(node: CreateAs, tables: Tables, reporter: Reporter) -> None:
    source = tables.qualified(node.source)
    reporter.error(
        "unknown-table", node.source.span, f"the columns of {source} are not known",
        expected="a CREATE TABLE before it",
        hint=f"give the table's definition with --table {source}=FILE.sql",
    )  # fmt: skip


def _create(
    node: Create | CreateAs, definition: TableDefinition, tables: Tables, reporter: Reporter
) -> CreateTable:
    line = tables.created_at(definition.name)
    if line is not None:
        reporter.warning(
            "table-exists", node.table.span,
            f"{definition.name} was created in line {line} already, so this is refused",
            hint="drop the table between the two, or remove one",
        )  # fmt: skip
    tables.create(definition, reporter.line_of(node.span.start))
    return CreateTable(definition=definition)
