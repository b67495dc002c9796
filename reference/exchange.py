"""Between Arrow tables and the reference's rows; nothing else in the reference knows Arrow."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from reference.distribution.requests import RowsFile
from reference.storage.tables import Placement, Row, Table, insert_single_rows
from reference.system import Answer, System
from reference.values.conversion import column_type, stored
from specs.contract.directories import DirectoryError, definition_of
from specs.fastload.error_tables import error_table_1_definition, error_table_1_schema
from specs.sql.tables import TableDefinition

FIRST_QUERY_ID = 1
"""NoPI tables that exist before the job were filled by single-row INSERTs from this query id."""

PLACEMENT_FIELDS = (
    pa.field("_amp", pa.int32(), nullable=False),
    pa.field("_row_hash", pa.uint32(), nullable=False),
    pa.field("_uniqueness", pa.uint64(), nullable=False),
)

_ANSWER_TYPES = {
    "row": pa.int64(),
    "error": pa.string(),
    "row_hash": pa.uint32(),
    "hash_bucket": pa.int32(),
    "amp": pa.int32(),
    "name": pa.string(),
    "value": pa.int64(),
    "rows": pa.int64(),
}


def rows_of(table: pa.Table, definition: TableDefinition) -> list[Row]:
    """The rows of an Arrow table as a table of the definition keeps them (`values.stored`).

    Raises `DirectoryError` when the columns are not those of the definition.
    """
    if len(table.column_names) != len(definition.columns):
        raise DirectoryError(
            f"{definition.name} has columns {', '.join(definition.column_names)}, "
            f"but its rows have {', '.join(table.column_names)}"
        )
    columns: list[list[Any]] = []
    for column, values in zip(definition.columns, table.columns, strict=True):
        kind = column_type(column.type)
        read = values.to_pylist()
        kept_as_read = kind.name not in ("CHAR", "BYTE", "FLOAT")
        columns.append(read if kept_as_read else [stored(value, kind) for value in read])
    return list(zip(*columns, strict=True))


def arrow_of_bytes(name: str, data: bytes | None) -> pa.Table:
    """The table in an Arrow IPC file's bytes. Raises `DirectoryError`."""
    if data is None:
        raise DirectoryError(f"files/{name}: no such file, but the plan names it")
    try:
        return pa.ipc.open_file(data).read_all()
    except pa.ArrowInvalid as error:
        raise DirectoryError(f"files/{name}: not a complete Arrow IPC file ({error})") from error


def rows_file(table: pa.Table, definition: TableDefinition | None) -> RowsFile:
    """An Arrow file of rows; without a definition from elsewhere its schema carries its own."""
    own = definition or definition_of(table.schema)
    return RowsFile(own, rows_of(table, own))


def take_over(system: System, name: str, rows: pa.Table) -> None:
    """Put a table that exists before the job on its AMPs, rows in file order, unchecked."""
    definition = _definition(name, rows.schema)
    table = system.tables[name] = Table(definition)
    values = rows_of(rows, definition)
    if definition.primary_index:
        placement = Placement(definition, system.hash_map, system.function)
        table.rows = [placement.place(row) for row in values]
        table.sort()
    else:
        insert_single_rows(table, values, FIRST_QUERY_ID, system.hash_map, system.function)


def to_arrow(table: Table) -> pa.Table:
    """A table's rows; with placement columns when it is placed."""
    schema = _schema(table)
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


def answer_to_arrow(answer: Answer) -> pa.Table:
    """A step's answer; its figures travel in the schema's metadata."""
    schema = pa.schema([(name, _ANSWER_TYPES[name]) for name in answer.columns], answer.metadata)
    arrays = [pa.array(answer[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _schema(table: Table) -> pa.Schema:
    schema = table.definition.arrow_schema()
    if not table.placed:
        own = error_table_1_schema()
        return own if own.equals(schema) else schema
    for field in PLACEMENT_FIELDS:
        schema = schema.append(field)
    return schema


def _definition(name: str, schema: pa.Schema) -> TableDefinition:
    if schema.equals(error_table_1_schema()):
        return error_table_1_definition(name)
    return definition_of(schema)
