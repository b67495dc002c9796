"""The two error tables of a load: what each one holds (FL-08, FL-09)."""

from __future__ import annotations

import pyarrow as pa

from specs.sql.tables import Column, PrimaryIndex, TableDefinition

DATA_PARCEL_BYTES = 64_000
"""Most bytes an error table keeps of a record (FL-08)."""

ERROR_TABLE_1_COLUMNS = ("DataParcel", "ErrorCode", "ErrorFieldName")


def error_table_1_schema() -> pa.Schema:
    """Arrow schema of error table 1 (FL-08): the record as sent, the code, the DEFINE field."""
    return pa.schema(
        [("DataParcel", pa.binary()), ("ErrorCode", pa.int32()), ("ErrorFieldName", pa.string())]
    )


def error_table_1_definition(name: str) -> TableDefinition:
    """FL-08: the record as sent, the code, and the DEFINE field."""
    return TableDefinition(
        name=name,
        kind="MULTISET",
        columns=(
            Column(name="DataParcel", type="VARBYTE(64000)"),
            Column(name="ErrorCode", type="INTEGER"),
            Column(name="ErrorFieldName", type="VARCHAR(120)"),
        ),
        primary_index=PrimaryIndex(("DataParcel",)),
    )


def error_table_2_definition(name: str, target: TableDefinition) -> TableDefinition:
    """FL-09, edition vendor: the target's own columns."""
    index = target.primary_index
    return TableDefinition(
        name=name,
        kind="MULTISET",
        columns=target.columns,
        primary_index=PrimaryIndex(index.columns) if index else None,
    )
