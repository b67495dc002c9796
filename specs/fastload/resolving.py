"""Resolving: the commands of a script, in order, to the steps of a plan.

Walks the script once from top to bottom and keeps what the utility would keep: the settings of
the sessions, the tables, the description of the next file, and the load that is open.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from specs.fastload import commands as c
from specs.fastload.catalog import Tables
from specs.fastload.loading import Loads
from specs.fastload.plan import FastLoadStep
from specs.fastload.sessions import Sessions
from specs.script.diagnostics import Reporter, nearest
from specs.script.script_text import Span
from specs.sql.literals import LiteralError, check_literal
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import TableDefinition

_NEEDS_SESSION = c.Begin | c.Create | c.CreateAs | c.Drop | c.Delete | c.Insert


class Resolver:
    """Turns command nodes into steps; `steps` and `files` hold them after `run`."""

    def __init__(self, tables: Tables, reporter: Reporter) -> None:
        self._tables = tables
        self._reporter = reporter
        self._sessions = Sessions(reporter)
        self._loads = Loads(tables, self._sessions, reporter)

    @property
    def steps(self) -> list[FastLoadStep]:
        return self._loads.steps

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(self._loads.files)

    def run(self, nodes: Sequence[c.CommandNode]) -> None:
        """Resolve all commands; what is wrong goes to the reporter."""
        for node in nodes:
            if isinstance(node, _NEEDS_SESSION):
                self._sessions.check_logged_on(node.span)
            self._resolve(node)
        self._leave()
        if not nodes:
            self._reporter.warning(
                "nothing-to-do", Span(0, 1), "the script holds no command",
                hint="is this the right file?",
            )  # fmt: skip

    def _resolve(self, node: c.CommandNode) -> None:
        match node:
            case c.Setting():
                self._sessions.setting(node)
            case c.Logon():
                self._sessions.logon(node)
            case c.LogonMethod():
                self._sessions.method(node)
            case c.Charset():
                self._sessions.charset(node)
            case c.DateForm():
                self._sessions.date_form = node.form
            case c.Foreign():
                self._sessions.foreign(node)
            case c.Logoff():
                self._leave()
            case c.Database():
                self._tables.database = node.name.value
            case c.Create() | c.CreateAs() | c.Drop() | c.Delete():
                self._table_statement(node)
            case c.SetRecord():
                self._loads.set_record(node)
            case c.RecordRange():
                self._loads.record(node)
            case c.Define():
                self._loads.define(node)
            case c.Clear():
                self._loads.clear()
            case c.Begin():
                self._loads.begin(node)
            case c.Insert():
                self._loads.insert(node)
            case c.End():
                self._loads.end(node)
            case c.Broken():
                if node.kind == "create":
                    self._tables.fail(None)
                self._loads.broken(node)
            case c.Silent():
                pass

    def _leave(self) -> None:
        """LOGOFF, QUIT or the end of the script: another job may follow in the same file."""
        self._loads.leave()
        self._sessions.end()
        self._tables.database = None

    def _table_statement(self, node: c.Create | c.CreateAs | c.Drop | c.Delete) -> None:
        if self._loads.is_open:
            self._reporter.error(
                "statement-inside-load", node.span,
                "between BEGIN LOADING and END LOADING only INSERT is an SQL statement",
                hint="move it above BEGIN LOADING", rule="FL-05",
            )  # fmt: skip
        name = self._tables.qualified(node.table)
        match node:
            case c.Drop():
                self.steps.append(DropTable(table=name))
                self._tables.drop(name)
            case c.Delete():
                self._check_condition(node, self._tables.known(name))
                column = node.column.value if node.column else None
                self.steps.append(DeleteRows(table=name, column=column, value=node.value))
            case c.CreateAs():
                source = self._tables.known(self._tables.qualified(node.source))
                if source is None:
                    self._unknown_source(node)
                    self._tables.fail(name)
                else:
                    copy = msgspec.structs.replace(
                        source, name=name, kind=node.kind or source.kind, attached=(), view=False
                    )
                    self._create(node, copy)
            case c.Create():
                if node.definition is None:
                    self._tables.fail(name)
                else:
                    self._create(node, msgspec.structs.replace(node.definition, name=name))

    def _check_condition(self, node: c.Delete, definition: TableDefinition | None) -> None:
        """Is it a column of the table that DELETE names, and compared with a value of its type?"""
        if definition is None or node.column is None:
            return
        try:
            kind = definition.column(node.column.value).column_type
            if node.value is not None:
                check_literal(node.value, kind)
        except KeyError:
            meant = nearest(node.column.value, definition.column_names)
            self._reporter.error(
                "unknown-column", node.column.span,
                f"{definition.name} has no column {node.column.value}",
                expected=", ".join(definition.column_names),
                hint=f"did you mean {meant}?" if meant else "",
            )  # fmt: skip
        except LiteralError as error:
            self._reporter.error(
                "bad-literal", node.column.span, error.found, expected=error.expected
            )

    def _unknown_source(self, node: c.CreateAs) -> None:
        source = self._tables.qualified(node.source)
        self._reporter.error(
            "unknown-table", node.source.span, f"the columns of {source} are not known",
            expected="a CREATE TABLE before it",
            hint=f"give the table's definition with --table {source}=FILE.sql",
        )  # fmt: skip

    def _create(self, node: c.Create | c.CreateAs, definition: TableDefinition) -> None:
        line = self._tables.created_at(definition.name)
        if line is not None:
            self._reporter.warning(
                "table-exists", node.table.span,
                f"{definition.name} was created in line {line} already, so this is refused",
                hint="drop the table between the two, or remove one",
            )  # fmt: skip
        self.steps.append(CreateTable(definition=definition))
        self._tables.create(definition, self._reporter.line_of(node.span.start))
