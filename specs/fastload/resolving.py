"""Resolving: the commands of a script, in order, to the steps of a plan.

Walks the script once from top to bottom and keeps what the utility would keep: the settings of
the sessions, the description of the next file, and the load that is open.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from specs.fastload import commands as c
from specs.fastload import defining
from specs.fastload.catalog import Tables
from specs.fastload.diagnostics import Reporter, Span
from specs.fastload.inserting import InsertResolver, fields_of_columns
from specs.plans import (
    DEFAULT_DELIMITER,
    DEFAULT_ERROR_LIMIT,
    Assignment,
    CreateTable,
    DeleteRows,
    DropTable,
    FastLoadStep,
    Input,
    Load,
    ReleaseLoad,
    SourceField,
)
from specs.tables import TableDefinition

_NEEDS_SESSION = c.Begin | c.Create | c.CreateAs | c.Drop | c.Delete | c.Insert


class _Session:
    """What holds from one LOGON to the next LOGOFF."""

    def __init__(self) -> None:
        self.sessions: int | None = None
        self.min_sessions: int | None = None
        self.error_limit = DEFAULT_ERROR_LIMIT
        self.date_form = "integer"
        self.logged_on: Span | None = None
        self.method: Span | None = None
        self.format: c.SetRecord | None = None


class _Description:
    """What SET RECORD, RECORD and DEFINE have said for the load that is open or comes next."""

    def __init__(self) -> None:
        self.set_record: Span | None = None
        self.define: Span | None = None
        self.fields: tuple[SourceField, ...] = ()
        self.file: c.Word | None = None
        self.file_used: Span | None = None
        self.inmod: c.Word | None = None
        self.start: int | None = None
        self.thru: int | None = None
        self.late_record: Span | None = None
        self.inserted = False
        self.broken = False


class _OpenLoad(msgspec.Struct):
    """A load between BEGIN LOADING and END LOADING. ``definition`` None when unknown."""

    begin: c.Begin
    target: str
    error_tables: tuple[str, str]
    definition: TableDefinition | None
    accepted: tuple[str, ...]
    inputs: list[Input]
    broken: bool = False


class Resolver:
    """Turns command nodes into steps; `steps` holds them after `run`."""

    def __init__(self, tables: Tables, reporter: Reporter) -> None:
        self._tables = tables
        self._reporter = reporter
        self._session = _Session()
        self._next = _Description()
        self._load: _OpenLoad | None = None
        self._lost_begin = False
        self._logon_warned = False
        self.steps: list[FastLoadStep] = []
        self.files: dict[str, None] = {}

    def run(self, nodes: Sequence[c.CommandNode]) -> None:
        """Resolve all commands; what is wrong goes to the reporter."""
        for node in nodes:
            if isinstance(node, _NEEDS_SESSION):
                self._check_logged_on(node.span)
            self._resolve(node)
        self._leave(nodes[-1].span if nodes else Span(0, 1))
        if not nodes:
            self._reporter.warning(
                "nothing-to-do", Span(0, 1), "the script holds no command",
                hint="is this the right file?",
            )  # fmt: skip

    def _resolve(self, node: c.CommandNode) -> None:
        match node:
            case c.Setting():
                self._setting(node)
            case c.Logon():
                self._logon(node)
            case c.LogonMethod():
                self._session.method = node.span
            case c.Logoff():
                self._leave(node.span)
            case c.Database():
                self._tables.database = node.name.value
            case c.DateForm():
                self._session.date_form = node.form
            case c.Charset():
                self._charset(node)
            case c.SetRecord():
                self._set_record(node)
            case c.RecordRange():
                self._record(node)
            case c.Define():
                self._define(node)
            case c.Clear():
                self._next.fields = ()
            case c.Begin():
                self._begin(node)
            case c.End():
                self._end(node)
            case c.Insert():
                self._insert(node)
            case c.Create() | c.CreateAs() | c.Drop() | c.Delete():
                self._table_statement(node)
            case c.Foreign():
                self._foreign(node)
            case c.Broken():
                self._broken(node)
            case c.Silent():
                pass

    # --- sessions ----------------------------------------------------------------------------

    def _setting(self, node: c.Setting) -> None:
        session = self._session
        if node.kind != "errlimit" and session.logged_on is not None:
            self._reporter.error(
                "wrong-order", node.span,
                f"{node.kind.upper()} comes too late: the sessions are there since LOGON in line "
                f"{self._reporter.line_of(session.logged_on.start)}",
                expected=f"{node.kind.upper()} before LOGON", hint="move it above LOGON",
                rule="FL-16" if node.kind == "sessions" else "FL-23",
            )  # fmt: skip
        if node.kind == "sessions":
            session.sessions, session.min_sessions = defining.check_sessions(node, self._reporter)
            return
        number = defining.check_positive(node, self._reporter)
        if node.kind == "errlimit" and number is not None:
            session.error_limit = number

    def _logon(self, node: c.Logon) -> None:
        if not node.complete and self._session.method is None:
            self._reporter.error(
                "logon-incomplete", node.span, "LOGON names no user or no password",
                expected="LOGON tdpid/user,password;",
                hint="LOGMECH or LOGDATA before it say where else the password comes from",
            )  # fmt: skip
        self._session.logged_on = node.span

    def _check_logged_on(self, span: Span) -> None:
        if self._session.logged_on is None and not self._logon_warned:
            self._logon_warned = True
            self._reporter.warning(
                "logon-missing", span, "no LOGON stands before the first command that needs one",
                expected="LOGON tdpid/user,password;",
                hint="the utility itself refuses this script",
            )  # fmt: skip

    def _charset(self, node: c.Charset) -> None:
        if node.name.value.upper() not in ("UTF8", "UTF-8", "ASCII"):
            self._reporter.warning(
                "charset-ignored", node.name.span,
                f"the session character set {node.name.value} is not honoured here",
                expected="UTF8 or ASCII", hint="records are read as UTF-8: convert the file first",
            )  # fmt: skip

    def _foreign(self, node: c.Foreign) -> None:
        if node.kind == "run":
            self._reporter.warning(
                "run-not-followed", node.span,
                "RUN cannot be executed here: the commands of that file are not seen",
                hint="paste that file's commands in its place",
            )  # fmt: skip
            # The usual reason for RUN is a file that holds the LOGON.
            self._session.logged_on = self._session.logged_on or node.span
        else:
            self._reporter.warning(
                "axsmod-not-used", node.span,
                "AXSMOD cannot be executed here: the file is read without the access module",
                hint="put what the module would deliver into a plain file",
            )  # fmt: skip

    def _leave(self, span: Span) -> None:
        """LOGOFF, QUIT or the end of the script."""
        load = self._load
        if load is not None:
            if load.inputs and not load.broken:
                self._reporter.warning(
                    "end-loading-missing", load.begin.span,
                    "this load has no END LOADING, so it stays paused and its tables locked",
                    expected="END LOADING; after the last INSERT", rule="FL-14",
                )  # fmt: skip
            self._close(load, ended=False)
        self._lost_begin = False
        self._session = _Session()
        self._next = _Description()
        self._tables.database = None

    # --- the file ----------------------------------------------------------------------------

    def _set_record(self, node: c.SetRecord) -> None:
        given = self._next
        if given.set_record is not None:
            self._reporter.error(
                "set-record-twice", node.span, "SET RECORD stands more than once in this job, "
                f"first in line {self._reporter.line_of(given.set_record.start)}",
                expected="one SET RECORD", hint="remove one of them", rule="FL-18",
            )  # fmt: skip
        if given.define is not None:
            self._reporter.error(
                "wrong-order", node.span, "SET RECORD comes too late: DEFINE in line "
                f"{self._reporter.line_of(given.define.start)} depends on it",
                expected="SET RECORD before DEFINE", hint="move it above DEFINE", rule="FL-18",
            )  # fmt: skip
        if node.delimiter is not None and not node.delimiter.value:
            self._reporter.error(
                "bad-delimiter", node.delimiter.span, "an empty delimiter separates nothing",
                expected="one or more characters", rule="FL-18",
            )  # fmt: skip
        if node.delimiter is not None and node.delimiter.value.startswith("\\"):
            self._reporter.warning(
                "escaped-delimiter", node.delimiter.span,
                f"{node.delimiter.value!r} are the characters themselves, there are no escapes",
                hint="put the delimiter itself, such as a tab, between the quotes", rule="FL-18",
            )  # fmt: skip
        given.set_record = node.span
        self._session.format = node

    def _record(self, node: c.RecordRange) -> None:
        self._next.start, self._next.thru = defining.check_range(node, self._reporter)
        if self._next.inserted:
            self._next.late_record = node.span

    def _define(self, node: c.Define) -> None:
        given = self._next
        given.define = node.span
        record_format = self._session.format.format if self._session.format else "FORMATTED"
        if given.inserted and node.fields:
            given.fields = ()
        given.fields += defining.check_fields(node, given.fields, record_format, self._reporter)
        if node.file is not None:
            self.files.setdefault(node.file.value)
            given.file = node.file
            given.file_used = given.inmod = None
        if node.inmod is not None:
            given.inmod = node.inmod
            given.file = None
            self._reporter.error(
                "inmod-not-run", node.inmod.span,
                f"the input routine {node.inmod.value} cannot be executed here",
                expected="FILE=name",
                hint="write what the routine delivers into a file and name it",
            )  # fmt: skip
        given.inserted = False

    # --- the load ----------------------------------------------------------------------------

    def _begin(self, node: c.Begin) -> None:
        if self._load is not None:
            self._reporter.error(
                "wrong-order", node.span, "the load that begins in line "
                f"{self._reporter.line_of(self._load.begin.span.start)} has not ended",
                expected="END LOADING before the next BEGIN LOADING", rule="FL-05",
            )  # fmt: skip
            self._close(self._load, ended=True)
        self._lost_begin = False
        names = [self._tables.qualified(t) for t in (node.target, *node.error_tables)]
        target, first, second = names
        self._check_names(node, names)
        if node.checkpoint is not None and node.checkpoint.value < 0:
            self._reporter.error(
                "bad-checkpoint", node.checkpoint.span,
                f"CHECKPOINT {node.checkpoint.value} is out of range",
                expected="a number of records, or 0 for none", rule="FL-13",
            )  # fmt: skip
        definition = self._tables.known(target)
        accepted = [target]
        if definition is None:
            definition = self._swapped(node, target, (first, second))
            if definition is not None:
                accepted.append(definition.name)
        elif not self._tables.is_there(target):
            self._reporter.warning(
                "target-missing", node.target.span,
                f"{target} is dropped before the load begins, so the load will be refused",
                hint="create it again before BEGIN LOADING", rule="FL-01",
            )  # fmt: skip
        self._load = _OpenLoad(
            begin=node, target=target, error_tables=(first, second), definition=definition,
            accepted=tuple(accepted), inputs=[],
        )  # fmt: skip

    def _check_names(self, node: c.Begin, names: list[str]) -> None:
        target, first, second = names
        for table, name in zip(node.error_tables, names[1:], strict=True):
            if name.casefold() == target.casefold():
                self._reporter.error(
                    "error-table-is-target", table.span,
                    f"{name} is the target of the load and one of its error tables",
                    expected="three different tables", rule="FL-22",
                )  # fmt: skip
            elif self._tables.created_at(name) is not None and self._tables.known(target):
                self._reporter.warning(
                    "error-table-exists", table.span,
                    f"{name} is created in line {self._tables.created_at(name)}, and the load "
                    "refuses an error table that is there already",
                    hint="remove that CREATE TABLE: the load makes its error tables", rule="FL-22",
                )  # fmt: skip
        if first.casefold() == second.casefold():
            self._reporter.error(
                "error-tables-equal", node.error_tables[1].span,
                f"{second} is named for both error tables",
                expected="two different error tables", rule="FL-22",
            )  # fmt: skip

    def _swapped(
        self, node: c.Begin, target: str, error_tables: tuple[str, str]
    ) -> TableDefinition | None:
        """Report a target that nobody defines; the definition of the table likely meant."""
        for name in error_tables:
            definition = self._tables.known(name)
            if definition is None or name.casefold() == target.casefold():
                continue
            others = [target if other == name else other for other in error_tables]
            line = self._tables.created_at(name)
            where = f"created in line {line}" if line else "a table that exists"
            self._reporter.error(
                "swapped-tables", node.target.span,
                f"target and error table are swapped: {name}, {where}, is named as an error "
                f"table, and {target}, which nothing defines, as the target",
                expected=f"BEGIN LOADING {name} ERRORFILES {', '.join(others)}",
                hint=f"let {target} and {name} change places", rule="FL-24",
            )  # fmt: skip
            return definition
        if self._tables.is_failed(target):
            return None
        near = self._tables.nearest(target)
        meant = f"did you mean {near}? Otherwise " if near else ""
        self._reporter.error(
            "unknown-target", node.target.span, f"the columns of {target} are not known",
            expected="a CREATE TABLE before BEGIN LOADING",
            hint=f"{meant}give the table's definition with --table {target}=FILE.sql", rule="FL-01",
        )  # fmt: skip
        return None

    def _end(self, node: c.End) -> None:
        load = self._load
        if load is None:
            if not self._lost_begin:
                self._reporter.error(
                    "wrong-order", node.span, "END LOADING without a BEGIN LOADING before it",
                    expected="BEGIN LOADING target ERRORFILES error_1, error_2;",
                )  # fmt: skip
            self._lost_begin = False
            self._next = _Description()
            return
        self._close(load, ended=True)

    def _close(self, load: _OpenLoad, *, ended: bool) -> None:
        given = self._next
        if given.late_record is not None:
            self._reporter.error(
                "wrong-order", given.late_record, "RECORD comes too late: no INSERT follows it",
                expected="RECORD before INSERT", hint="move it above the INSERT", rule="FL-17",
            )  # fmt: skip
        target, (first, second) = load.target, load.error_tables
        described = given.define is not None or given.broken or load.broken
        if not load.inputs and (described or not ended):
            if not load.broken:
                self._reporter.error(
                    "insert-missing", load.begin.span, "this load has no INSERT",
                    expected=f"INSERT INTO {target} ... between BEGIN and END LOADING",
                    rule="FL-23",
                )  # fmt: skip
        elif not load.inputs:
            self.steps.append(ReleaseLoad(target=target, error_table_1=first, error_table_2=second))
        else:
            checkpoint = load.begin.checkpoint
            session = self._session
            self.steps.append(
                Load(
                    target=target,
                    error_table_1=first,
                    error_table_2=second,
                    inputs=tuple(load.inputs),
                    sessions=session.sessions,
                    min_sessions=session.min_sessions,
                    error_limit=session.error_limit,
                    checkpoint=None if checkpoint is None else checkpoint.value,
                    date_form="ansi" if session.date_form == "ansi" else "integer",
                    end_loading=ended,
                )
            )
        self._load = None
        self._next = _Description()

    def _insert(self, node: c.Insert) -> None:
        load = self._load
        given = self._next
        if load is not None:
            definition = self._check_table(node, load)
        else:
            definition = self._tables.known(self._tables.qualified(node.table))
            if not self._lost_begin:
                self._reporter.error(
                    "wrong-order", node.span, "INSERT outside BEGIN LOADING and END LOADING",
                    expected="BEGIN LOADING target ERRORFILES error_1, error_2; before it",
                )  # fmt: skip
                if given.define is None:
                    return
        delimited = self._session.format is not None and self._session.format.format == "VARTEXT"
        fields = given.fields
        if node.columns is None and node.values is None and not fields and definition:
            fields = fields_of_columns(definition, delimited)
        if not given.broken:
            resolver = InsertResolver(node, definition, fields, self._reporter)
            assignments = resolver.assignments()
            self._check_file(node, given)
            if load is not None:
                load.inputs.append(self._input(load, fields, assignments))
        given.inserted = True
        given.late_record = None
        if given.file is not None:
            given.file_used = node.span

    def _check_table(self, node: c.Insert, load: _OpenLoad) -> TableDefinition | None:
        """Is it the table of BEGIN LOADING (FL-05)? Returns the definition to check against."""
        name = self._tables.qualified(node.table)
        if name.casefold() in {accepted.casefold() for accepted in load.accepted}:
            return load.definition
        same = name.casefold().rpartition(".")[2] == load.target.casefold().rpartition(".")[2]
        if same and ("." in name) != ("." in load.target):
            self._reporter.warning(
                "default-database", node.table.span,
                f"{name} is taken for {load.target}, as no DATABASE says otherwise",
                hint="write both names alike", rule="FL-05",
            )  # fmt: skip
            return load.definition
        as_error_table = name.casefold() in {table.casefold() for table in load.error_tables}
        self._reporter.error(
            "insert-into-other-table", node.table.span,
            f"INSERT goes into {name}, but the load that begins in line "
            f"{self._reporter.line_of(load.begin.span.start)} is of {load.target}",
            expected=f"INSERT INTO {load.accepted[-1]}",
            hint=f"{name} is an error table there: have target and error table changed places?"
            if as_error_table else "one load has one target; name the same table in both",
            rule="FL-05",
        )  # fmt: skip
        return self._tables.known(name) or load.definition

    def _check_file(self, node: c.Insert, given: _Description) -> None:
        if given.file is None and given.inmod is None:
            self._reporter.error(
                "file-missing", node.span, "no DEFINE before this INSERT names a file",
                expected="DEFINE ... FILE=name;", rule="FL-26",
            )  # fmt: skip
        elif given.file is not None and given.file_used is not None:
            self._reporter.warning(
                "file-twice", node.span, f"{given.file.value} is loaded a second time",
                hint="give each INSERT a DEFINE of its own", rule="FL-23",
            )  # fmt: skip
        if self._session.format is None:
            self._reporter.warning(
                "set-record-missing", node.span,
                "without SET RECORD the file holds FORMATTED records, not delimited text",
                hint='a delimited file needs SET RECORD VARTEXT "|"; before DEFINE', rule="FL-18",
            )  # fmt: skip

    def _input(
        self, load: _OpenLoad, fields: tuple[SourceField, ...], assignments: tuple[Assignment, ...]
    ) -> Input:
        given = self._next
        layout = self._session.format
        delimited = layout is not None and layout.format == "VARTEXT"
        delimiter = layout.delimiter.value if layout and layout.delimiter else DEFAULT_DELIMITER
        if delimited and load.begin.indicators:
            self._reporter.warning(
                "indicators-without-effect", load.begin.span,
                "VARTEXT records have no indicator bytes, so INDICATORS has nothing to read",
                hint="remove INDICATORS", rule="FL-18",
            )  # fmt: skip
        return Input(
            file=given.file.value if given.file else "",
            fields=fields,
            assignments=assignments,
            format=layout.format if layout else "FORMATTED",
            delimiter=delimiter,
            on_bad_record="continue" if layout and layout.nostop else "stop",
            display_errors=bool(layout and layout.display_errors),
            start=given.start,
            thru=given.thru,
            indicators=load.begin.indicators,
        )

    # --- tables ------------------------------------------------------------------------------

    def _table_statement(self, node: c.Create | c.CreateAs | c.Drop | c.Delete) -> None:
        if self._load is not None:
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
                self._tables.known(name)
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

    def _broken(self, node: c.Broken) -> None:
        """Keep a command that could not be read from causing findings elsewhere."""
        match node.kind:
            case "begin":
                if self._load is not None:
                    self._close(self._load, ended=True)
                self._lost_begin = True
            case "define":
                self._next.broken = True
                self._next.define = node.span
            case "create":
                self._tables.fail(None)
            case "insert":
                self._next.inserted = True
                if self._load is not None:
                    self._load.broken = True
            case "set":
                # Whatever it was meant to say, VARTEXT is by far the likeliest.
                self._session.format = c.SetRecord(
                    span=node.span, format="VARTEXT", delimiter=None, display_errors=False,
                    nostop=False,
                )  # fmt: skip
