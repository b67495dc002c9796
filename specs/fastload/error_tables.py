"""The two error tables of a load: what each one holds (FL-08, FL-09)."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from specs.sql.tables import Column, PrimaryIndex, TableDefinition

DATA_PARCEL_BYTES = 64_000
"""Most bytes an error table keeps of a record (FL-08)."""

MAX_FIELD_NAME = 120
"""Characters that error table 1 keeps of a field's name (FL-08)."""

_ERROR_TABLE_1 = (
    Column(name="DataParcel", type=f"VARBYTE({DATA_PARCEL_BYTES})"),
    Column(name="ErrorCode", type="INTEGER"),
    Column(name="ErrorFieldName", type=f"VARCHAR({MAX_FIELD_NAME})"),
)


def error_table_1_schema() -> pa.Schema:
    """Arrow schema of error table 1 (FL-08): the record as sent, the code, the DEFINE field."""
    return pa.schema([(column.name, column.column_type.to_arrow()) for column in _ERROR_TABLE_1])


def error_table_1_definition(name: str) -> TableDefinition:
    """FL-08: the record as sent, the code, and the DEFINE field."""
    return TableDefinition(
        name=name,
        kind="MULTISET",
        columns=_ERROR_TABLE_1,
        primary_index=PrimaryIndex(("DataParcel",)),
    )


def known_table(name: str, columns: Sequence[str]) -> TableDefinition | None:
    """The definition of an error table 1, known by the names of its columns; None of any other."""
    definition = error_table_1_definition(name)
    return definition if definition.column_names == tuple(columns) else None


def error_table_2_definition(name: str, target: TableDefinition) -> TableDefinition:
    """FL-09, edition vendor: the target's own columns."""
    index = target.primary_index
    return TableDefinition(
        name=name,
        kind="MULTISET",
        columns=target.columns,
        primary_index=PrimaryIndex(index.columns) if index else None,
    )
