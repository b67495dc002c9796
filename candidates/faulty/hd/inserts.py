"""INSERTs that refuse the wrong rows, or store others (HD-16)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from candidates.faulty.changing import (
    ChangedCase,
    ChangedOutcome,
    InformedLoader,
    Left,
    steps_of,
    with_steps,
)
from candidates.faulty.planting import planted
from candidates.polars.columns.values import Mask
from specs.contract.directories import CaseBundle
from specs.distribution.plan import InsertSelect
from specs.sql.statements import CreateTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition


def without_nulls(rows: pl.DataFrame, columns: Sequence[Column]) -> Mask:
    """True at each row that has no NULL in these columns."""
    names = [column.name for column in columns]
    return rows.select(pl.all_horizontal(pl.col(names).is_not_null())).to_series().to_numpy()


class _OtherTables(ChangedCase):
    """Tables are made otherwise than the case asks for."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        steps = steps_of(bundle.case)
        selected = {step.target for step in steps if isinstance(step, InsertSelect)}
        return with_steps(
            bundle,
            lambda step: [
                CreateTable(
                    definition=self.define(step.definition, step.definition.name in selected)
                )
                if isinstance(step, CreateTable)
                else step
            ],
        )

    def define(self, table: TableDefinition, selected: bool) -> TableDefinition:
        """The table that is made; ``selected``: INSERT SELECT fills it."""
        raise NotImplementedError


@planted("HD-16")
class NullIsUnlikeNull(InformedLoader):
    """Rows and keys with a NULL are never taken for equal by an INSERT."""

    def duplicate_rows(self, rows: pl.DataFrame, columns: Sequence[Column]) -> Mask:
        return super().duplicate_rows(rows, columns) & without_nulls(rows, columns)


@planted("HD-16")
class MultisetRefusesDuplicates(_OtherTables):
    """A MULTISET table refuses duplicate rows as a SET table does."""

    def define(self, table: TableDefinition, selected: bool) -> TableDefinition:
        return msgspec.structs.replace(table, kind="SET")


@planted("HD-16")
class UniqueIndexTakenForAPlainOne(_OtherTables):
    """A unique index refuses only rows that are equal as a whole."""

    def define(self, table: TableDefinition, selected: bool) -> TableDefinition:
        index = table.primary_index
        plain = PrimaryIndex(index.columns) if index else None
        return msgspec.structs.replace(table, primary_index=plain)


@planted("HD-16")
class SelectedRowsAreNotChecked(_OtherTables):
    """INSERT SELECT checks neither duplicate rows nor unique keys."""

    def define(self, table: TableDefinition, selected: bool) -> TableDefinition:
        index = table.primary_index
        if not selected or index is None:
            return table
        return msgspec.structs.replace(
            table, kind="MULTISET", primary_index=PrimaryIndex(index.columns)
        )


@planted("HD-16")
class ZeroIsStoredAsMinusZero(ChangedOutcome):
    """A zero in a FLOAT column is minus zero in the table."""

    def change(self, left: Left) -> None:
        for name, rows in left.placed_tables():
            for at, field in enumerate(rows.schema):
                if pa.types.is_float64(field.type):
                    zero = pc.equal(rows.column(at), 0.0)
                    rows = rows.set_column(at, field, pc.if_else(zero, -0.0, rows.column(at)))
            left.set_rows(name, rows)
