"""Error tables that hold the wrong rows (FL-08, FL-09)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from candidates.faulty.changing import ChangedOutcome, InformedLoader, Left
from candidates.faulty.hd.inserts import without_nulls
from candidates.faulty.planting import planted
from candidates.polars.columns.values import Mask
from candidates.polars.fastload import records
from candidates.polars.fastload.records import Bounds
from specs.fastload.plan import Assignment
from specs.sql.tables import Column

# --- error table 1 (FL-08) ------------------------------------------------------------------------


@planted("FL-08")
class DataParcelIsCut(InformedLoader):
    """DataParcel holds only the first four bytes of a record."""

    def parcels(self, data: bytes, bounds: Bounds) -> pl.Series:
        return records.parcels(data, bounds, 4)


@planted("FL-08")
class ColumnInsteadOfField(InformedLoader):
    """ErrorFieldName tells the column and not the field of DEFINE."""

    def error_field_name(self, column: Column, assignment: Assignment | None) -> str:
        return column.name


@planted("FL-08")
class NotNullIsNotChecked(InformedLoader):
    """NULL is loaded into a NOT NULL column."""

    def violates_not_null(self, column: Column) -> pl.Expr | None:
        return None


@planted("FL-08")
class CheckIsNotChecked(InformedLoader):
    """A value outside the range of its column's CHECK is loaded."""

    def violates_check(self, column: Column) -> pl.Expr | None:
        return None


@planted("FL-08")
class FaultyRecordTakesAnotherAlong(ChangedOutcome):
    """With the first faulty record a sound one is lost, too."""

    def change(self, left: Left) -> None:
        for load in self.loads:
            rows = left.rows(load.target)
            if rows is not None and load.error_table_1 in left.outcome.tables:
                left.set_rows(load.target, rows.slice(1))


# --- error table 2 (FL-09) ------------------------------------------------------------------------


@planted("FL-09")
class ErrorTablesAreSwapped(ChangedOutcome):
    """Error tables 1 and 2 are swapped."""

    def change(self, left: Left) -> None:
        names: dict[str, str] = {}
        for load in self.loads:
            names |= {
                load.error_table_1: load.error_table_2,
                load.error_table_2: load.error_table_1,
            }
        tables = left.outcome.tables
        left.set(tables={names.get(name, name): files for name, files in tables.items()})


class _OtherViolations(InformedLoader):
    """Rows of equal keys are judged otherwise."""

    def unique_violations(
        self, rows: pl.DataFrame, key_columns: Sequence[Column], columns: Sequence[Column]
    ) -> tuple[Mask, Mask]:
        violation, duplicate = super().unique_violations(rows, key_columns, columns)
        return self.judge(rows, key_columns, violation, duplicate)

    def judge(
        self, rows: pl.DataFrame, key_columns: Sequence[Column], violation: Mask, duplicate: Mask
    ) -> tuple[Mask, Mask]:
        raise NotImplementedError


@planted("FL-09")
class DuplicatesAreViolations(_OtherViolations):
    """A row equal to the one that stays goes to error table 2."""

    def judge(
        self, rows: pl.DataFrame, key_columns: Sequence[Column], violation: Mask, duplicate: Mask
    ) -> tuple[Mask, Mask]:
        return violation | duplicate, np.zeros_like(duplicate)


@planted("FL-09")
class RivalsAreDuplicates(_OtherViolations):
    """A row that differs from the one with its key that stays is dropped as a duplicate."""

    def judge(
        self, rows: pl.DataFrame, key_columns: Sequence[Column], violation: Mask, duplicate: Mask
    ) -> tuple[Mask, Mask]:
        return np.zeros_like(violation), violation | duplicate


@planted("FL-09")
class NullKeysAreAllDifferent(_OtherViolations):
    """A key with a NULL in it is never taken for a second one."""

    def judge(
        self, rows: pl.DataFrame, key_columns: Sequence[Column], violation: Mask, duplicate: Mask
    ) -> tuple[Mask, Mask]:
        certain = without_nulls(rows, key_columns)
        return violation & certain, duplicate & certain


@planted("FL-09")
class NoFieldInErrorTable2(ChangedOutcome):
    """In edition seed, error table 2 does not name the field of the key."""

    def change(self, left: Left) -> None:
        for load in self.loads if self.case.edition == "seed" else ():
            rows = left.rows(load.error_table_2)
            if rows is not None:
                nothing = pa.nulls(rows.num_rows, pa.string())
                left.set_rows(load.error_table_2, rows.set_column(2, "ErrorFieldName", nothing))


# --- the names of fields (FL-08, FL-09) -----------------------------------------------------------


@planted("FL-09")
class FieldOfTheFirstDefine(ChangedOutcome):
    """In edition seed error table 2 names the field of the first DEFINE for every input."""

    def change(self, left: Left) -> None:
        for load in self.loads:
            rows = left.rows(load.error_table_2)
            if rows is not None and "ErrorFieldName" in rows.column_names:
                first = {a.column: a.field for a in load.inputs[0].assignments}
                told = {a.field: first[a.column] for i in load.inputs for a in i.assignments}
                names = [told.get(name, name) for name in rows["ErrorFieldName"].to_pylist()]
                left.set_rows(
                    load.error_table_2, rows.set_column(2, rows.field(2), pa.array(names))
                )


@planted("FL-08")
class LongFieldNamesAreKept(InformedLoader):
    """ErrorFieldName keeps more than 120 characters of a field's name."""

    def error_field_name(self, column: Column, assignment: Assignment | None) -> str:
        return assignment.field if assignment else column.name
