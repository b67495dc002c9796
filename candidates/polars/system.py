"""The system in a workspace: its size, hash map, tables and locks, whatever job is at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from candidates.polars.columns.values import (
    frame_from_arrow,
    placed_schema,
    stored_schema,
    to_arrow,
    type_of,
)
from candidates.polars.durable.state import State, StoredSystem, StoredTable, SystemSize, TableKind
from candidates.polars.durable.workspace import Workspace
from candidates.polars.endings import USER_ERROR, Refused
from candidates.polars.storage import placement
from candidates.polars.storage.hash_maps import HashMap
from candidates.polars.storage.placement import PLACEMENT
from candidates.polars.storage.steps import StorageSteps
from specs.contract.directories import DirectoryError, definition_of, read_arrow
from specs.engines import is_own_table, known_table
from specs.sql.naming import same_name
from specs.sql.tables import PrimaryIndex, TableDefinition

_MAP_SCHEMA = pa.schema([("amp", pa.int32())])


class System:
    """The system in a workspace. Tables are read and written on demand.

    Nothing of what a step changes is durable before `commit`.
    """

    def __init__(self, steps: StorageSteps, workspace: Workspace) -> None:
        self.steps = steps
        self.workspace = workspace
        self.hash_map = self._stored_hash_map()
        self._frames: dict[str, pl.DataFrame] = {}
        self._changed: set[str] = set()

    @property
    def state(self) -> State:
        return self.workspace.state

    @property
    def tables(self) -> dict[str, StoredTable]:
        return self.state.tables

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are taken: of the tables, and of those that open loads make."""
        return (*self.tables, *self.state.locked)

    # --- what is kept --------------------------------------------------------------------------

    def commit(self, *, durable: bool) -> None:
        """Keep all changes, together; see `Workspace.commit`."""
        self.flush_tables()
        self.workspace.commit(durable=durable)

    def rollback(self) -> None:
        """Take back all changes since the last commit."""
        self.workspace.rollback()
        self.hash_map = self._stored_hash_map()
        self._frames.clear()
        self._changed.clear()

    # --- locks ---------------------------------------------------------------------------------

    def refuse_locked(self, names: Sequence[str]) -> None:
        """FL-14: 2652 for anyone else while a table is being loaded. Raises `Refused`."""
        for name in names:
            for key, load in self.state.loads.items():
                if name in load.locked:
                    raise Refused(
                        "table_being_loaded",
                        f"{name} is being loaded by job {self.state.jobs[key].job}; "
                        f"run that job again to its end, or {load.remedy}",
                    )

    # --- size ----------------------------------------------------------------------------------

    def reconfigure(self, amps: int) -> None:
        """HD-18: another number of AMPs; rows follow their buckets. Raises `Refused`."""
        most = 1 << self.hash_map.bits
        if not 1 <= amps <= most:
            raise Refused("unsupported_case", f"a system has 1 to {most} AMPs, not {amps}")
        if self.state.locked:
            load = next(iter(self.state.loads.values()))
            raise Refused(
                "table_being_loaded",
                f"the number of AMPs cannot change while {', '.join(self.state.locked)} are being "
                f"loaded; run those jobs again to their end, or {load.remedy}",
            )
        self.hash_map = self.hash_map.reconfigured(amps)
        file = self.workspace.new_file("hash map")
        self.workspace.write_part(file, _MAP_SCHEMA, [pa.array(self.hash_map.owners())])
        size = SystemSize(amps, self.hash_map.bits)
        self.state.system = StoredSystem(size, file)
        for name, table in list(self.tables.items()):
            if table.kind == "placed":
                rows = self.frame(name)
                self.replace(
                    name,
                    placement.reconfigured(self.steps, table.definition, rows, self.hash_map),
                )

    def _stored_hash_map(self) -> HashMap:
        stored = self.state.system
        assert stored is not None, "a workspace that is used has a system"
        amps, bits = stored.size.amps, stored.size.hash_bucket_bits
        if stored.hash_map is None:
            return self.steps.hash_map(amps, bits)
        owners = self.workspace.read_part(stored.hash_map).column("amp")
        return HashMap(amps, bits, owners.to_numpy())

    # --- tables --------------------------------------------------------------------------------

    def import_tables(self, tables: Mapping[str, str], directory: Path) -> None:
        """Make a case's tables (name -> Arrow file), but those that the system has already.

        Raises `DirectoryError`.
        """
        for name, file in tables.items():
            if is_own_table(name):
                raise DirectoryError(f"the case's table {name} has the name of a restart log")
            if any(same_name(name, other) for other in self.names):
                continue
            arrow = read_arrow(directory / file)
            if known := known_table(name, arrow.column_names):
                self.tables[name] = StoredTable(known, "plain")
                self.replace(name, frame_from_arrow(arrow, known.columns))
                continue
            definition = definition_of(arrow.schema)
            self.tables[name] = StoredTable(definition)
            rows = frame_from_arrow(arrow, definition.columns)
            if set(PLACEMENT) <= set(arrow.column_names):
                self.replace(name, rows.with_columns(_placement_of(arrow)).sort(*PLACEMENT))
            else:
                self.replace(name, self._placed(definition, rows))

    def definition(self, name: str) -> TableDefinition:
        """Raises `Refused` (target_missing) when there is no such table."""
        if name not in self.tables:
            raise Refused(
                "target_missing", f"there is no table {name}; create it first", USER_ERROR
            )
        return self.tables[name].definition

    def frame(self, name: str) -> pl.DataFrame:
        """The rows of a table, with placement; those of an error table have none."""
        if name not in self._frames:
            table = self.tables[name]
            parts = [self.workspace.read_part(file) for file in table.files]
            frame = placement.empty_frame(table.definition)
            if parts:
                arrow = pa.concat_tables(parts)
                frame = frame_from_arrow(arrow, table.definition.columns)
                if table.kind == "placed":
                    frame = frame.with_columns(_placement_of(arrow))
            self._frames[name] = frame
        return self._frames[name]

    def placed_frame(self, name: str) -> pl.DataFrame:
        """The rows of a table, with placement; those of an error table as if just inserted."""
        table, rows = self.tables[name], self.frame(name)
        if table.kind == "placed":
            return rows
        return self._placed(table.definition, rows.select(table.definition.column_names))

    def replace(self, name: str, frame: pl.DataFrame) -> None:
        """New rows for a table; they are kept by the next `commit`."""
        self._frames[name] = frame
        self._changed.add(name)

    def put(self, name: str, table: StoredTable) -> None:
        """A table whose rows are in its files."""
        self.tables[name] = table
        self._frames.pop(name, None)
        self._changed.discard(name)

    def drop(self, name: str) -> bool:
        """Forget a table; whether there was one."""
        self._frames.pop(name, None)
        self._changed.discard(name)
        return self.tables.pop(name, None) is not None

    def row_count(self, name: str) -> int:
        """Rows of a table."""
        return self._frames[name].height if name in self._frames else self.tables[name].rows

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
        """Write every changed table, and an empty file for each empty one that can be read."""
        self.flush_tables()
        locked = self.state.locked
        for name, table in self.tables.items():
            if not table.files and name not in locked:
                file = self.workspace.new_file(name)
                empty = placement.empty_frame(table.definition)
                self.write_rows(file, table.definition, empty, table.kind)
                self.tables[name] = StoredTable(table.definition, table.kind, (file,))

    def write_rows(
        self, file: str, definition: TableDefinition, frame: pl.DataFrame, kind: TableKind
    ) -> None:
        """Write rows in physical form as one durable Arrow file."""
        columns = definition.columns
        arrays = [to_arrow(frame[c.name], type_of(c)) for c in columns]
        schema = stored_schema(definition)
        if kind == "plain":
            schema = schema.remove_metadata()
        if kind == "placed":
            arrays += [frame[name].to_arrow() for name in PLACEMENT]
            schema = placed_schema(definition)
        self.workspace.write_part(file, schema, arrays)

    def _placed(self, definition: TableDefinition, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows that are in a table already, placed as if inserted one by one; none is checked."""
        empty = placement.empty_frame(definition)
        if definition.primary_index is None:
            amps = placement.query_amps(self.steps, 1, rows.height, self.hash_map)
            return placement.insert_unhashed(self.steps, empty, rows, amps, self.hash_map)
        unchecked = TableDefinition(
            name=definition.name,
            columns=definition.columns,
            kind="MULTISET",
            primary_index=PrimaryIndex(definition.primary_index.columns),
        )
        return placement.insert_hashed(self.steps, unchecked, empty, rows, self.hash_map).frame


def _placement_of(arrow: pa.Table) -> list[pl.Series]:
    return [
        pl.Series(name, pl.from_arrow(arrow.column(name)), dtype=kind)
        for name, kind in PLACEMENT.items()
    ]
