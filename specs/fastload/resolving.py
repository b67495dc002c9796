"""Resolving: the commands of a script, in order, to the steps of a plan.

Walks the script once from top to bottom and keeps what the utility would keep: the settings of
the sessions, the tables, the description of the next file, and the load that is open.
"""

from __future__ import annotations

from collections.abc import Sequence

from specs.fastload import commands as c
from specs.fastload.loading import Loads
from specs.fastload.plan import FastLoadStep, Load, ReleaseLoad
from specs.fastload.sessions import Sessions
from specs.script.diagnostics import Reporter
from specs.script.script_text import Span
from specs.sql import syntax
from specs.sql.catalog import Tables, resolve_statement
from specs.sql.naming import with_tables_renamed
from specs.sql.statements import CreateTable, DropTable

_TableStatement = syntax.Create | syntax.CreateAs | syntax.Drop | syntax.Delete
_NEEDS_SESSION = c.Begin | _TableStatement | c.Insert


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
            case syntax.Database():
                resolve_statement(node, self._tables, self._reporter)
            case syntax.Create() | syntax.CreateAs() | syntax.Drop() | syntax.Delete():
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

    def _table_statement(self, node: _TableStatement) -> None:
        if self._loads.is_open:
            self._reporter.error(
                "statement-inside-load", node.span,
                "between BEGIN LOADING and END LOADING only INSERT is an SQL statement",
                hint="move it above BEGIN LOADING", rule="FL-05",
            )  # fmt: skip
        step = resolve_statement(node, self._tables, self._reporter)
        if step is not None:
            self.steps.append(step)


def respelled(steps: Sequence[FastLoadStep], tables: Tables) -> tuple[FastLoadStep, ...]:
    """The steps with every table spelled as the definition that it has there.

    A table without one is spelled as its later definition, else as BEGIN LOADING spells it. A
    CREATE TABLE keeps its own spelling, which may be of a table that is not there when it runs.
    """
    later = {name.casefold(): name for name in tables.spellings()}
    for step in steps:
        if isinstance(step, Load | ReleaseLoad):
            for name in (step.target, step.error_table_1, step.error_table_2):
                later.setdefault(name.casefold(), name)
    there = {name.casefold(): name for name in tables.existing_spellings()}

    def spelled(name: str) -> str:
        folded = name.casefold()
        return there.get(folded) or later.setdefault(folded, name)

    result: list[FastLoadStep] = []
    for step in steps:
        if isinstance(step, CreateTable):
            name = step.definition.name
            there.setdefault(name.casefold(), name)
            result.append(step)
        else:
            result.append(with_tables_renamed(step, spelled))
        if isinstance(step, DropTable):
            there.pop(step.table.casefold(), None)
    return tuple(result)
