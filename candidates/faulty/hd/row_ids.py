"""RowIDs, and placing by a load, that go wrong (HD-09, HD-10, HD-11, HD-19)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa

from candidates.faulty.changing import ChangedOutcome, InformedLoader, Left, column, steps_of
from candidates.faulty.planting import planted
from candidates.polars.storage.hash_maps import Amps, RowHashes
from candidates.polars.storage.steps import Uniqueness
from specs.contract import Emit
from specs.contract.directories import read_case
from specs.distribution.plan import InsertRows, InsertSelect
from specs.fastload.plan import FastLoadPlan
from specs.sql.statements import DeleteRows
from specs.sql.tables import TableDefinition


def backwards(amps: Amps, row_hash: RowHashes, numbers: Uniqueness) -> Uniqueness:
    """The numbers 1, 2, .. of each AMP's row hashes given to their rows from the last one."""
    ids = amps.astype(np.uint64) << np.uint64(32) | row_hash
    _, where, counts = np.unique(ids, return_inverse=True, return_counts=True)
    last: Uniqueness = counts[where].astype(np.uint64)
    return last + np.uint64(1) - numbers


def set_numbered_backwards(left: Left, name: str, rows: pa.Table) -> None:
    """The rows of each row hash in the other order, under valid RowIDs that stand in order."""
    amps, hashes = column(rows, "_amp"), column(rows, "_row_hash")
    numbers = backwards(amps, hashes, column(rows, "_uniqueness"))
    order = np.lexsort((numbers, hashes, amps))
    left.set_placement(name, rows.take(order), uniqueness=numbers[order])


# --- uniqueness (HD-09) ---------------------------------------------------------------------------


@planted("HD-09")
class UniquenessFromZero(InformedLoader):
    """The first row of a row hash gets uniqueness 0."""

    def assign_uniqueness(self, amps: Amps, row_hash: RowHashes) -> Uniqueness:
        return super().assign_uniqueness(amps, row_hash) - np.uint64(1)


@planted("HD-09")
class FreedNumbersAreClosedUp(ChangedOutcome):
    """Rows are numbered anew from 1 when rows below them were deleted."""

    def change(self, left: Left) -> None:
        if not any(isinstance(step, DeleteRows) for step in steps_of(self.case)):
            return
        for name, rows in left.placed_tables():
            amps, hashes = column(rows, "_amp"), column(rows, "_row_hash").astype(np.uint32)
            left.set_placement(name, rows, uniqueness=self.assign_uniqueness(amps, hashes))


@planted("HD-09")
class SelectedRowsAreReadBackwards(ChangedOutcome):
    """INSERT SELECT numbers the rows of a row hash from the last one read."""

    def change(self, left: Left) -> None:
        targets = {s.target for s in steps_of(self.case) if isinstance(s, InsertSelect)}
        for name, rows in left.placed_tables():
            if name in targets:
                amps, hashes = column(rows, "_amp"), column(rows, "_row_hash").astype(np.uint32)
                numbers = self.assign_uniqueness(amps, hashes)
                left.set_placement(name, rows, uniqueness=backwards(amps, hashes, numbers))


# --- order and identity (HD-10) -------------------------------------------------------------------


@planted("HD-10")
class DescendingOrder(ChangedOutcome):
    """Rows stand in descending order of their RowIDs."""

    def change(self, left: Left) -> None:
        for name, rows in left.placed_tables():
            left.set_rows(name, rows.take(np.arange(rows.num_rows)[::-1]))


@planted("HD-10")
class UniquenessIsAlwaysOne(InformedLoader):
    """Every row gets uniqueness 1, so that rows of one row hash share a RowID."""

    def assign_uniqueness(self, amps: Amps, row_hash: RowHashes) -> Uniqueness:
        return np.ones(len(row_hash), dtype=np.uint64)


# --- arrival (HD-11) ------------------------------------------------------------------------------


@planted("HD-11")
class UniquenessRestartsPerBlock(InformedLoader):
    """Uniqueness starts again at 1 with every block, here of two rows of a row hash."""

    def assign_uniqueness(self, amps: Amps, row_hash: RowHashes) -> Uniqueness:
        numbers = super().assign_uniqueness(amps, row_hash)
        return (numbers - np.uint64(1)) % np.uint64(2) + np.uint64(1)


@planted("HD-11")
class LastComeFirstNumbered(InformedLoader):
    """The row that arrives last in its row hash gets uniqueness 1."""

    def assign_uniqueness(self, amps: Amps, row_hash: RowHashes) -> Uniqueness:
        return backwards(amps, row_hash, super().assign_uniqueness(amps, row_hash))


# --- a load places as an insert does (HD-19) ------------------------------------------------------


@planted("HD-19")
class LoadHashesLetterCase(InformedLoader):
    """A load hashes text in the case in which it came; an INSERT does not."""

    def row_hash(self, frame: pl.DataFrame, definition: TableDefinition) -> RowHashes:
        if isinstance(self.case.plan, FastLoadPlan):
            columns = tuple(
                msgspec.structs.replace(c, case_specific=True) for c in definition.columns
            )
            definition = msgspec.structs.replace(definition, columns=columns)
        return super().row_hash(frame, definition)


@planted("HD-19")
class LoadTakesSixteenBits(InformedLoader):
    """A load finds the AMP by 16-bit buckets on a system of 20-bit buckets; an INSERT does not."""

    def hash_bucket(self, row_hash: RowHashes, bits: int) -> RowHashes:
        loads = isinstance(self.case.plan, FastLoadPlan)
        return super().hash_bucket(row_hash, 16 if loads else bits)


@planted("HD-10")
class LaterRowsStandBehind(ChangedOutcome):
    """The rows of a second INSERT stand behind those of the first on their AMP."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        self.files = read_case(case).files
        super().run(case, workspace, emit)

    def change(self, left: Left) -> None:
        inserts = [step for step in steps_of(self.case) if isinstance(step, InsertRows)]
        for name, rows in left.placed_tables() if len(inserts) > 1 else ():
            later = pa.ipc.open_file(self.files[inserts[-1].rows]).read_all()
            own = rows.select(later.column_names).to_pylist()
            new = np.array([row in later.to_pylist() for row in own])
            left.set_rows(name, rows.take(np.lexsort((new, column(rows, "_amp")))))


@planted("HD-11")
class BackwardsOnOneAmp(ChangedOutcome):
    """On one AMP, which has one session, a load numbers equal row hashes from the last row."""

    def change(self, left: Left) -> None:
        for load in self.loads if self.case.teradata.amps == 1 else ():
            rows = left.rows(load.target)
            if rows is not None and load.sessions != 1:
                set_numbered_backwards(left, load.target, rows)
