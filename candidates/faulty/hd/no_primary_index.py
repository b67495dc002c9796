"""Rows of NoPI tables on the wrong AMP or under the wrong RowID (HD-12 to HD-15)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pyarrow as pa

from candidates.faulty.changing import (
    ChangedCase,
    ChangedOutcome,
    InformedLoader,
    Left,
    column,
    steps_of,
    with_steps,
)
from candidates.faulty.hd.row_ids import set_numbered_backwards
from candidates.faulty.planting import planted
from candidates.polars.columns.values import Mask
from candidates.polars.fastload.records import Positions
from candidates.polars.storage.hash_maps import Amps, HashMap, RowHashes
from candidates.polars.storage.steps import Uniqueness
from specs.contract.directories import CaseBundle, definition_of
from specs.distribution.plan import InsertRows, InsertSelect


def _unindexed_tables(left: Left) -> list[tuple[str, pa.Table]]:
    placed = left.placed_tables()
    return [(n, rows) for n, rows in placed if not definition_of(rows.schema).primary_index]


# --- requests (HD-12) -----------------------------------------------------------------------------


@planted("HD-12")
class QueryIdIgnored(ChangedCase):
    """Every request is placed as if its query id were 1."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        return with_steps(
            bundle,
            lambda step: [
                msgspec.structs.replace(step, query_id=1) if isinstance(step, InsertRows) else step
            ],
        )


@planted("HD-12")
class AlwaysAmpZero(ChangedOutcome):
    """Rows of a table without an index are always put on AMP 0."""

    def change(self, left: Left) -> None:
        for name, rows in _unindexed_tables(left):
            left.set_placement(name, rows, amp=np.zeros(rows.num_rows, dtype=np.int32))


@planted("HD-12")
class ArrayRequestIsTakenApart(ChangedCase):
    """The rows of an array request are placed each as a request of its own."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        return with_steps(
            bundle,
            lambda step: [
                msgspec.structs.replace(step, mode="single-row")
                if isinstance(step, InsertRows)
                else step
            ],
        )


@planted("HD-12")
class RowsThereAreOnOneAmp(ChangedOutcome):
    """The rows of a table that is there before are on one AMP, as if of one request."""

    def change(self, left: Left) -> None:
        for name, rows in _unindexed_tables(left):
            if name in self.case.tables and rows.num_rows:
                left.set_placement(name, rows, amp=column(rows, "_amp")[0].repeat(rows.num_rows))


# --- INSERT SELECT (HD-13) ------------------------------------------------------------------------


class _ChangedSelection(ChangedOutcome):
    """What INSERT SELECT put into a table without an index is placed otherwise."""

    def change(self, left: Left) -> None:
        targets = {s.target for s in steps_of(self.case) if isinstance(s, InsertSelect)}
        for name, rows in _unindexed_tables(left):
            if name in targets:
                self.place(left, name, rows)

    def place(self, left: Left, name: str, rows: pa.Table) -> None:
        raise NotImplementedError


@planted("HD-13")
class SelectedRowsGoToTheNextAmp(_ChangedSelection):
    """INSERT SELECT appends a row on the AMP after the one where it was read."""

    def place(self, left: Left, name: str, rows: pa.Table) -> None:
        left.set_placement(name, rows, amp=(column(rows, "_amp") + 1) % self.case.teradata.amps)


@planted("HD-13")
class SelectedRowsAreAppendedBackwards(_ChangedSelection):
    """INSERT SELECT appends the rows of an AMP from the last one read to the first."""

    def place(self, left: Left, name: str, rows: pa.Table) -> None:
        numbers, amps = column(rows, "_uniqueness"), column(rows, "_amp")
        highest = np.array([numbers[amps == amp].max() for amp in amps], dtype=np.int64)
        left.set_placement(name, rows, uniqueness=highest + 1 - numbers)


# --- blocks (HD-14) -------------------------------------------------------------------------------


@planted("HD-14")
class EveryBlockOnAmpZero(InformedLoader):
    """All blocks of a load into a table without an index go to AMP 0."""

    def nopi_amp(self, blocks: Positions, amps: int, lost: Sequence[int]) -> Amps:
        return np.zeros(len(blocks), dtype=np.int32)


@planted("HD-14")
class BlocksGoDownwards(InformedLoader):
    """Each block goes to the AMP before the one of the block before."""

    def nopi_amp(self, blocks: Positions, amps: int, lost: Sequence[int]) -> Amps:
        return (-blocks % amps).astype(np.int32)


# --- RowIDs (HD-15) -------------------------------------------------------------------------------


@planted("HD-15")
class ForeignBucket(InformedLoader):
    """The RowID of a row without an index holds a bucket that the next AMP owns."""

    def nopi_row_hash(self, amps: Amps, hash_map: HashMap) -> RowHashes:
        return super().nopi_row_hash((amps + 1) % hash_map.amps, hash_map)


@planted("HD-15")
class BitsBelowTheBucket(InformedLoader):
    """The RowID of a row without an index has bits set below its bucket."""

    def nopi_row_hash(self, amps: Amps, hash_map: HashMap) -> RowHashes:
        return super().nopi_row_hash(amps, hash_map) | np.uint32(1)


@planted("HD-15")
class NumbersOverAllAmps(ChangedOutcome):
    """Rows without an index are numbered over all AMPs together."""

    def change(self, left: Left) -> None:
        for name, rows in _unindexed_tables(left):
            left.set_placement(name, rows, uniqueness=np.arange(1, rows.num_rows + 1))


@planted("HD-15")
class LoadedRowsInAForeignBucket(InformedLoader):
    """A load gives rows without an index a bucket that the next AMP owns; an INSERT does not."""

    def nopi_row_hash(self, amps: Amps, hash_map: HashMap) -> RowHashes:
        return super().nopi_row_hash((amps + bool(self.loads)) % hash_map.amps, hash_map)


@planted("HD-15")
class LoadedRowsFromZero(InformedLoader):
    """A load numbers the rows without an index from 0; an INSERT does not."""

    def assign_uniqueness(self, amps: Amps, row_hash: RowHashes) -> Uniqueness:
        numbers = super().assign_uniqueness(amps, row_hash)
        return numbers - np.uint64(1) if self.loads else numbers


@planted("HD-15")
class ReconfigureLeavesLostBuckets(InformedLoader):
    """A row without an index keeps its RowID when a reconfiguration gives its bucket away."""

    def keeps_row_id(self, amps: Amps, row_hash: RowHashes, hash_map: HashMap) -> Mask:
        keeping: Mask = amps < hash_map.amps
        return keeping


@planted("HD-11")
class LoadedBlocksBackwards(ChangedOutcome):
    """With one session too, a load numbers the rows without an index from the last to the first."""

    def change(self, left: Left) -> None:
        for name, rows in _unindexed_tables(left) if self.loads else ():
            set_numbered_backwards(left, name, rows)
