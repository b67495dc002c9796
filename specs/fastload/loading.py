"""Loading: SET RECORD, RECORD, DEFINE, BEGIN LOADING, INSERT and END LOADING to load steps."""

from __future__ import annotations

import msgspec

from specs.fastload import commands as c
from specs.fastload import defining
from specs.fastload.inserting import InsertResolver, fields_of_columns
from specs.fastload.plan import (
    DEFAULT_DELIMITER,
    Assignment,
    FastLoadStep,
    Input,
    Load,
    ReleaseLoad,
    SourceField,
)
from specs.fastload.sessions import Sessions
from specs.script.diagnostics import Reporter
from specs.script.script_text import Span
from specs.sql.catalog import Tables
from specs.sql.tables import TableDefinition
from specs.sql.words import Word


class _Description:
    """What SET RECORD, RECORD and DEFINE have said for the load that is open or comes next."""

    def __init__(self) -> None:
        self.set_record: Span | None = None
        self.define: Span | None = None
        self.fields: tuple[SourceField, ...] = ()
        self.file: Word | None = None
        self.file_used: Span | None = None
        self.inmod: Word | None = None
        self.start: int | None = None
        self.thru: int | None = None
        self.late_record: Span | None = None
        self.inserted = False
        self.broken = False


class _OpenLoad(msgspec.Struct):
    """A load between BEGIN LOADING and END LOADING.

    ``definition`` is None when unknown; ``meant`` is the table that was likely meant as target.
    """

    begin: c.Begin
    target: str
    error_tables: tuple[str, str]
    inputs: list[Input]
    definition: TableDefinition | None = None
    meant: TableDefinition | None = None
    settled: bool = False
    broken: bool = False


class Loads:
    """Follows the description of the next file and the load that is open."""

    def __init__(self, tables: Tables, sessions: Sessions, reporter: Reporter) -> None:
        self._tables = tables
        self._session = sessions
        self._reporter = reporter
        self._next = _Description()
        self._load: _OpenLoad | None = None
        self._lost_begin = False
        self.files: dict[str, None] = {}
        self.steps: list[FastLoadStep] = []

    @property
    def is_open(self) -> bool:
        return self._load is not None

    def leave(self) -> None:
        """LOGOFF or the end of the script: an open load stays paused (FL-14)."""
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
        self._next = _Description()

    def clear(self) -> None:
        """CLEAR: forget the fields defined so far."""
        self._next.fields = ()

    def broken(self, node: c.Broken) -> None:
        """Keep a command that could not be read from causing findings elsewhere."""
        match node.kind:
            case "begin":
                if self._load is not None:
                    self._close(self._load, ended=True)
                self._lost_begin = True
            case "define":
                self._next.broken = True
                self._next.define = node.span
            case "insert":
                self._next.inserted = True
                if self._load is not None:
                    self._load.broken = True
            case "set":
                # Whatever it was meant to say, VARTEXT is by far the likeliest.
                self._session.layout = c.SetRecord(
                    span=node.span, format="VARTEXT", delimiter=None, display_errors=False,
                    nostop=False,
                )  # fmt: skip

    # --- the file ----------------------------------------------------------------------------

    def set_record(self, node: c.SetRecord) -> None:
        """SET RECORD (FL-18)."""
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
        self._session.layout = node

    def record(self, node: c.RecordRange) -> None:
        """RECORD (FL-17)."""
        self._next.start, self._next.thru = defining.check_range(node, self._reporter)
        if self._next.inserted:
            self._next.late_record = node.span

    def define(self, node: c.Define) -> None:
        """DEFINE (FL-19)."""
        given = self._next
        given.define = node.span
        record_format = self._session.layout.format if self._session.layout else "FORMATTED"
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

    def begin(self, node: c.Begin) -> None:
        """BEGIN LOADING (FL-05, FL-22)."""
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
        self._load = _OpenLoad(begin=node, target=target, error_tables=(first, second), inputs=[])

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

    def _settle_target(self, load: _OpenLoad) -> None:
        """Find the target's definition, once it is plain that rows are to go into it."""
        if load.settled:
            return
        load.settled = True
        load.definition = self._tables.known(load.target)
        if load.definition is None:
            load.definition = load.meant = self._swapped(load)
            if load.meant is None and not self._tables.is_failed(load.target):
                self._report_unknown_target(load)
        elif not self._tables.is_there(load.target):
            self._reporter.warning(
                "target-missing", load.begin.target.span,
                f"{load.target} is dropped before the load begins, so the load will be refused",
                hint="create it again before BEGIN LOADING", rule="FL-01",
            )  # fmt: skip

    def _swapped(self, load: _OpenLoad) -> TableDefinition | None:
        """Is a known table named as an error table of an unknown target? Then it was meant."""
        target = load.target
        for name in load.error_tables:
            definition = self._tables.known(name)
            if definition is None or name.casefold() == target.casefold():
                continue
            others = [target if other == name else other for other in load.error_tables]
            line = self._tables.created_at(name)
            where = f"created in line {line}" if line else "a table that exists"
            self._reporter.error(
                "swapped-tables", load.begin.target.span,
                f"target and error table are swapped: {name}, {where}, is named as an error "
                f"table, and {target}, which nothing defines, as the target",
                expected=f"BEGIN LOADING {name} ERRORFILES {', '.join(others)}",
                hint=f"let {target} and {name} change places", rule="FL-24",
            )  # fmt: skip
            return definition
        return None

    def _report_unknown_target(self, load: _OpenLoad) -> None:
        near = self._tables.nearest(load.target)
        meant = f"did you mean {near}? Otherwise " if near else ""
        self._reporter.error(
            "unknown-target", load.begin.target.span, f"the columns of {load.target} are not known",
            expected="a CREATE TABLE before BEGIN LOADING",
            hint=f"{meant}give the table's definition with --table {load.target}=FILE.sql",
            rule="FL-01",
        )  # fmt: skip

    def end(self, node: c.End) -> None:
        """END LOADING (FL-07)."""
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
            self._settle_target(load)
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
                    sessions=session.most,
                    min_sessions=session.least,
                    error_limit=session.error_limit,
                    checkpoint=None if checkpoint is None else checkpoint.value,
                    date_form=session.date_form,
                    end_loading=ended,
                )
            )
        self._load = None
        self._next = _Description()

    def insert(self, node: c.Insert) -> None:
        """INSERT (FL-19, FL-20)."""
        load = self._load
        given = self._next
        if load is not None:
            self._settle_target(load)
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
        delimited = self._session.layout is not None and self._session.layout.format == "VARTEXT"
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
        meant = load.meant.name if load.meant else load.target
        if name.casefold() in (load.target.casefold(), meant.casefold()):
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
            expected=f"INSERT INTO {meant}",
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
        if self._session.layout is None:
            self._reporter.warning(
                "set-record-missing", node.span,
                "without SET RECORD the file holds FORMATTED records, not delimited text",
                hint='a delimited file needs SET RECORD VARTEXT "|"; before DEFINE', rule="FL-18",
            )  # fmt: skip

    def _input(
        self, load: _OpenLoad, fields: tuple[SourceField, ...], assignments: tuple[Assignment, ...]
    ) -> Input:
        given = self._next
        layout = self._session.layout
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
