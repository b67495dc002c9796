"""The system that a case runs on: its tables, and the steps that both job kinds know."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from candidates.polars.columns.literals import literal_key
from candidates.polars.columns.values import (
    equality_key,
    frame_from_arrow,
    placed_schema,
    stored_schema,
    to_arrow,
    type_of,
)
from candidates.polars.distribution import placement
from candidates.polars.distribution.placement import PLACEMENT
from candidates.polars.durable.workspace import LoadJob, StoredTable, TableKind, Workspace
from candidates.polars.endings import USER_ERROR, Refused
from candidates.polars.steps import Steps
from specs.contract import Case, Emit, ErrorName, NamedError
from specs.contract.directories import definition_of, read_arrow
from specs.fastload.error_tables import (
    ERROR_TABLE_1_COLUMNS,
    error_table_1_definition,
    error_table_1_schema,
)
from specs.fastload.errors import ERROR_CODES
from specs.fastload.report import RESTART_LOG
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

_LOG_SCHEMA = pa.schema(
    [("LogTable", pa.string()), ("Phase", pa.string()), ("Records", pa.int64())]
)


_WORK = ("blocks", "bytes", "records", "text_path_pieces", "spilled_runs")


class System:
    """A case and the workspace it runs in. Tables are read and written on demand."""

    def __init__(
        self, steps: Steps, case: Case, directory: Path, workspace: Workspace, emit: Emit
    ) -> None:
        self.steps = steps
        self.case = case
        self.directory = directory
        self.workspace = workspace
        self.emit = emit
        self.hash_map = steps.hash_map(case.teradata.amps, case.teradata.hash_bucket_bits)
        self.answers: dict[str, str] = {}
        self.work = dict.fromkeys(_WORK, 0)
        self._frames: dict[str, pl.DataFrame] = {}
        self._changed: set[str] = set()

    @property
    def tables(self) -> dict[str, StoredTable]:
        return self.workspace.state.tables

    # --- tables --------------------------------------------------------------------------------

    def import_tables(self) -> None:
        """Take over the case's tables that the workspace does not hold, once in a case's life.

        A restart must not bring back what the case has dropped since.
        """
        state = self.workspace.state
        if state.imported:
            return
        state.imported = True
        for name, file in self.case.tables.items():
            if name in self.tables:
                continue
            arrow = read_arrow(self.directory / file)
            if tuple(arrow.column_names) == ERROR_TABLE_1_COLUMNS:
                definition = error_table_1_definition(name)
                self.tables[name] = StoredTable(definition, "error-1")
                self.replace(name, frame_from_arrow(arrow, definition.columns))
                continue
            definition = definition_of(arrow.schema)
            self.tables[name] = StoredTable(definition)
            rows = frame_from_arrow(arrow, definition.columns)
            if set(PLACEMENT) <= set(arrow.column_names):
                self.replace(name, rows.with_columns(_placement_of(arrow)).sort(*PLACEMENT))
            elif definition.primary_index:
                self.replace(name, self._placed(definition, rows))
            else:
                amps = placement.query_amps(self.steps, 1, rows.height, self.hash_map)
                empty = placement.empty_frame(definition)
                self.replace(
                    name,
                    placement.insert_unhashed(self.steps, empty, rows, amps, self.hash_map),
                )

    def definition(self, name: str) -> TableDefinition:
        """Raises `Refused` (target_missing) when there is no such table."""
        if name not in self.tables:
            raise Refused(
                "target_missing", f"there is no table {name}; create it first", USER_ERROR
            )
        return self.tables[name].definition

    def frame(self, name: str) -> pl.DataFrame:
        """The rows of a table, with placement."""
        if name not in self._frames:
            table = self.tables[name]
            parts = [self.workspace.read_part(file) for file in table.files]
            frame = placement.empty_frame(table.definition)
            if parts:
                arrow = pa.concat_tables(parts)
                frame = frame_from_arrow(arrow, table.definition.columns)
                if table.kind == "rows":
                    frame = frame.with_columns(_placement_of(arrow))
            self._frames[name] = frame
        return self._frames[name]

    def replace(self, name: str, frame: pl.DataFrame) -> None:
        """New rows for a table; they are kept by the next `commit`."""
        self._frames[name] = frame
        self._changed.add(name)

    def flush_tables(self) -> None:
        """Write every changed table that has rows."""
        for name in sorted(self._changed):
            table, frame = self.tables[name], self._frames[name]
            files: tuple[str, ...] = ()
            if frame.height:
                files = (self.workspace.new_file(name),)
                self.write_rows(files[0], table.definition, frame, table.kind)
            self.tables[name] = StoredTable(table.definition, table.kind, files, frame.height)
        self._changed.clear()

    def write_tables(self) -> None:
        """Write every changed table, and an empty file for each empty table."""
        self.flush_tables()
        for name, table in self.tables.items():
            if not table.files:
                file = self.workspace.new_file(name)
                empty = placement.empty_frame(table.definition)
                self.write_rows(file, table.definition, empty, table.kind)
                self.tables[name] = StoredTable(table.definition, table.kind, (file,))

    def commit(self, *, durable: bool) -> None:
        """Make the tables and the state survive a kill; ``durable``: a power failure too."""
        self.flush_tables()
        self.workspace.commit(durable=durable)

    def write_rows(
        self, file: str, definition: TableDefinition, frame: pl.DataFrame, kind: TableKind
    ) -> None:
        """Write rows in physical form as one durable Arrow file."""
        columns = definition.columns
        arrays = [to_arrow(frame[c.name], type_of(c)) for c in columns]
        if kind == "error-1":
            self.workspace.write_part(file, error_table_1_schema(), arrays)
            return
        schema = stored_schema(definition)
        if kind == "rows":
            arrays += [frame[name].to_arrow() for name in PLACEMENT]
            schema = placed_schema(definition)
        self.workspace.write_part(file, schema, arrays)

    def write_restart_log(self, job: LoadJob) -> str:
        """FL-21: the log table's file, with the job's row."""
        file = self.workspace.new_file(RESTART_LOG)
        row = [[job.target], [job.phase], [job.records]]
        arrays = [pa.array(v, f.type) for v, f in zip(row, _LOG_SCHEMA, strict=True)]
        self.workspace.write_part(file, _LOG_SCHEMA, arrays)
        return file

    # --- steps that both job kinds know --------------------------------------------------------

    def refuse_locked(self, names: Sequence[str]) -> None:
        """FL-14: 2652 for anyone else while a table is being loaded. Raises `Refused`."""
        job = self.workspace.state.job
        for name in names:
            if job is not None and name in job.tables:
                raise Refused(
                    "table_being_loaded",
                    f"{name} is being loaded; restart that job, or release it with BEGIN LOADING "
                    "and END LOADING alone",
                )

    def refuse_reconfigure(self) -> None:
        """FL-14: rows that are being loaded cannot move to other AMPs. Raises `Refused`."""
        job = self.workspace.state.job
        if job is not None:
            raise Refused(
                "table_being_loaded",
                f"the number of AMPs cannot change while {', '.join(job.tables)} are being loaded; "
                "restart that job, or release it with BEGIN LOADING and END LOADING alone",
            )

    def create_table(self, step: CreateTable) -> None:
        """CREATE TABLE. Raises `Refused` when the name is taken."""
        name = step.definition.name
        self.refuse_locked([name])
        if name in self.tables:
            raise Refused(
                "table_exists", f"a table {name} exists; drop it before creating it", USER_ERROR
            )
        self.tables[name] = StoredTable(step.definition)

    def drop_table(self, step: DropTable) -> None:
        """DROP TABLE; a missing table is a warning."""
        self.refuse_locked([step.table])
        if self.tables.pop(step.table, None) is None:
            self.warn("target_missing", f"DROP TABLE {step.table}: there is no such table")
        self._frames.pop(step.table, None)
        self._changed.discard(step.table)

    def delete_rows(self, step: DeleteRows) -> None:
        """DELETE FROM; a missing table is a warning."""
        self.refuse_locked([step.table])
        if step.table not in self.tables:
            self.warn("target_missing", f"DELETE FROM {step.table}: there is no such table")
            return
        table = self.tables[step.table]
        if step.column is None:
            self.tables[step.table] = StoredTable(table.definition, table.kind)
            self.replace(step.table, self.frame(step.table).clear())
            return
        column = table.definition.column(step.column)
        self.replace(step.table, self._without(self.frame(step.table), column, step.value))

    def put(self, name: str, table: StoredTable) -> None:
        """Take over a table whose files are written."""
        self.tables[name] = table
        self._frames.pop(name, None)
        self._changed.discard(name)

    def row_count(self, name: str) -> int:
        """Rows of a table."""
        return self._frames[name].height if name in self._frames else self.tables[name].rows

    def answer(self, number: int, schema: pa.Schema, columns: Sequence[pa.Array]) -> None:
        """Write the answer of a step."""
        file = self.workspace.new_file(f"answer {number}")
        self.workspace.write_part(file, schema, columns)
        self.answers[str(number)] = file

    def count(self, **work: int) -> None:
        """Add to the countable work."""
        for name, amount in work.items():
            self.work[name] += amount

    def warn(self, name: ErrorName, message: str) -> None:
        """FL-25: something was odd, but the job goes on."""
        warning = NamedError(name=name, code=ERROR_CODES.get(name), message=message)
        self.workspace.state.warnings += (warning,)

    def _without(self, frame: pl.DataFrame, column: Column, value: str | None) -> pl.DataFrame:
        if value is None:
            return frame.filter(pl.col(column.name).is_not_null())
        wanted = literal_key(value, column)
        return frame if wanted is None else frame.filter(equality_key(column).ne_missing(wanted))

    def _placed(self, definition: TableDefinition, rows: pl.DataFrame) -> pl.DataFrame:
        assert definition.primary_index is not None
        # The rows are in the table already: nothing is checked again.
        unchecked = TableDefinition(
            name=definition.name,
            columns=definition.columns,
            kind="MULTISET",
            primary_index=PrimaryIndex(definition.primary_index.columns),
        )
        empty = placement.empty_frame(definition)
        return placement.insert_hashed(self.steps, unchecked, empty, rows, self.hash_map).frame


def _placement_of(arrow: pa.Table) -> list[pl.Series]:
    return [
        pl.Series(name, pl.from_arrow(arrow.column(name)), dtype=kind)
        for name, kind in PLACEMENT.items()
    ]
