"""Between Arrow tables and the reference's rows; nothing else in the reference knows Arrow."""

from __future__ import annotations

from typing import Any, TypeAlias

import pyarrow as pa

from reference.jobs import USER_ERROR, Answer, Refused
from reference.storage.tables import Placement, Row, Table, insert_single_rows
from reference.system import InputFiles, System
from reference.values.conversion import column_type, stored
from specs.contract.directories import DirectoryError, definition_of
from specs.contract.input_files import InputChanged
from specs.contract.placement import PLACEMENT_FIELDS
from specs.engines import known_table
from specs.sql.columns import difference_of_rows
from specs.sql.tables import TableDefinition

ArrowTable: TypeAlias = pa.Table

FIRST_QUERY_ID = 1
"""NoPI tables that exist before the job were filled by single-row INSERTs from this query id."""


def rows_of(table: ArrowTable, definition: TableDefinition) -> list[Row]:
    """The rows of an Arrow table as a table of the definition keeps them (`values.stored`).

    Raises `DirectoryError` when the columns are not those of the definition.
    """
    difference = difference_of_rows(definition, table.schema)
    if difference:
        raise DirectoryError(f"the rows of {definition.name}: {difference}")
    columns: list[list[Any]] = []
    for column, values in zip(definition.columns, table.columns, strict=True):
        kind = column_type(column.type)
        columns.append([stored(value, kind) for value in values.to_pylist()])
    return list(zip(*columns, strict=True))


def read_rows(files: InputFiles, name: str, definition: TableDefinition) -> list[Row]:
    """The rows of one of the case's Arrow files, for a table of the definition.

    Raises `DirectoryError`, and `Refused` for rows of other columns.
    """
    rows = _arrow_file(files, name)
    difference = difference_of_rows(definition, rows.schema)
    if difference:
        raise Refused("columns_differ", f"{name} for {definition.name}: {difference}", USER_ERROR)
    return rows_of(rows, definition)


def read_typed_rows(files: InputFiles, name: str) -> tuple[TableDefinition, list[Row]]:
    """The rows of an Arrow file that carries its own definition. Raises `DirectoryError`."""
    table = _arrow_file(files, name)
    definition = definition_of(table.schema)
    return definition, rows_of(table, definition)


def import_table(system: System, name: str, rows: ArrowTable) -> None:
    """Put a table that exists before the job on its AMPs, rows in file order, unchecked.

    Raises `DirectoryError` when the rows carry no definition and no engine knows the table.
    """
    # CONVERT
    definition = _definition(name, rows)
    values = rows_of(rows, definition)
    # PLACE
    table = system.tables[name] = Table(definition)
    if definition.primary_index:
        placement = Placement(definition, system.hash_map, system.function)
        table.rows = [placement.place(row) for row in values]
        table.sort()
    else:
        insert_single_rows(table, values, FIRST_QUERY_ID, system.hash_map, system.function)


def to_arrow(table: Table) -> ArrowTable:
    """A table's rows; with placement columns when it is placed."""
    schema = table.definition.arrow_schema()
    if table.placed:
        for field in PLACEMENT_FIELDS:
            schema = schema.append(field)
    if not table.rows:
        return schema.empty_table()
    rows = [row.values for row in table.rows]
    values: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    if table.placed:
        values += [
            [row.amp for row in table.rows],
            [row.row_hash for row in table.rows],
            [row.uniqueness for row in table.rows],
        ]
    arrays = [pa.array(v, field.type) for v, field in zip(values, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def answer_to_arrow(answer: Answer) -> ArrowTable:
    """A step's answer; its figures travel in the schema's metadata."""
    types = {name: pa.type_for_alias(kind) for name, kind in answer.types.items()}
    schema = pa.schema(list(types.items()), answer.metadata)
    arrays = [pa.array(answer[name], kind) for name, kind in types.items()]
    return pa.Table.from_arrays(arrays, schema=schema)


def _definition(name: str, rows: ArrowTable) -> TableDefinition:
    try:
        return definition_of(rows.schema)
    except DirectoryError:
        known = known_table(name, rows.column_names)
        if known is None or not rows.schema.equals(known.arrow_schema()):
            raise
        return known


def _arrow_file(files: InputFiles, name: str) -> ArrowTable:
    try:
        with files.open(name) as stream:
            return pa.ipc.open_file(stream.read()).read_all()
    except InputChanged as error:
        raise DirectoryError(f"files/{name}: {error}; let it be, and run the case again") from error
    except FileNotFoundError:
        raise DirectoryError(f"files/{name}: no such file, but the plan names it") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise DirectoryError(f"files/{name}: not a complete Arrow IPC file ({error})") from error
