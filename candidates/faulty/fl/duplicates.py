"""Duplicate rows that a load keeps, drops or counts wrongly (FL-02, FL-03)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from candidates.faulty.changing import ChangedCase, InformedLoader, steps_of, with_document
from candidates.faulty.hd.inserts import without_nulls
from candidates.faulty.planting import planted
from candidates.polars.columns.values import Mask
from specs.contract import Edition
from specs.contract.directories import CaseBundle, definition_of
from specs.fastload.report import Counts
from specs.sql.statements import CreateTable
from specs.sql.tables import Column


@planted("FL-02")
class NullsKeepDuplicatesApart(InformedLoader):
    """Rows with a NULL are never taken for duplicates of each other."""

    def duplicate_rows(self, rows: pl.DataFrame, columns: Sequence[Column]) -> Mask:
        return super().duplicate_rows(rows, columns) & without_nulls(rows, columns)


@planted("FL-02")
class DuplicatesByTheirBytes(InformedLoader):
    """Rows that differ in letter case or trailing blanks only are not taken for duplicates."""

    def equality_keys(self, columns: Sequence[Column]) -> list[pl.Expr]:
        return [pl.col(column.name) for column in columns]


@planted("FL-02")
class DuplicatesByTheirFirstColumn(InformedLoader):
    """Rows of one row hash are taken for duplicates when their first columns are equal."""

    def duplicate_rows(self, rows: pl.DataFrame, columns: Sequence[Column]) -> Mask:
        return super().duplicate_rows(rows, columns[:1])


@planted("FL-02")
class DuplicatesAreNotCounted(InformedLoader):
    """Duplicate rows are dropped without being counted."""

    def counts(
        self, read: int, skipped: int, error_1: int, error_2: int, applied: int, duplicates: int
    ) -> Counts:
        return super().counts(read, skipped, error_1, error_2, applied, 0)


# --- tables without an index (FL-03) --------------------------------------------------------------


class _OtherEdition(ChangedCase):
    """Tables without an index are loaded as in another edition."""

    edition: Edition

    def change(self, bundle: CaseBundle) -> CaseBundle:
        created = [
            step.definition for step in steps_of(bundle.case) if isinstance(step, CreateTable)
        ]
        there = [definition_of(rows.schema) for rows in bundle.tables.values()]
        if all(table.primary_index for table in (*created, *there)):
            return bundle
        return with_document(bundle, edition=self.edition)


@planted("FL-03")
class DuplicatesDroppedWithoutIndex(_OtherEdition):
    """A table without an index loses its duplicate rows, in edition vendor too."""

    edition = "seed"


@planted("FL-03")
class DuplicatesKeptInEditionSeed(_OtherEdition):
    """A table without an index keeps its duplicate rows, in edition seed too."""

    edition = "vendor"
