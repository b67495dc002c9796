"""The two error tables of a load as tables: their definitions (FL-08, FL-09)."""

from __future__ import annotations

from specs.tables import Column, PrimaryIndex, TableDefinition


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
    """FL-09: the target's own columns."""
    index = target.primary_index
    return TableDefinition(
        name=name,
        kind="MULTISET",
        columns=target.columns,
        primary_index=PrimaryIndex(index.columns) if index else None,
    )
