"""One small change each to the right loader, to something else that the rules permit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from candidates.faulty.changing import ChangedOutcome, InformedLoader, Left, column
from candidates.polars.columns.values import Mask, type_of
from candidates.polars.fastload.records import Positions
from candidates.polars.loader import PolarsLoader
from candidates.polars.storage.hash_maps import Amps, HashMap, RowHashes
from candidates.polars.storage.hashing import PublishedHash
from candidates.polars.storage.placement import PLACEMENT
from specs.contract import Description, Emit
from specs.sql.tables import Column


class _UpwardsMap(HashMap):
    def amp_of_bucket(self, buckets: NDArray[np.uint32]) -> Amps:
        return (buckets % np.uint32(self.amps)).astype(np.int32)

    def lowest_buckets(self) -> NDArray[np.uint32]:
        return np.arange(self.amps, dtype=np.uint32)


class BucketsDealtUpwards(PolarsLoader):
    """Bucket b belongs to AMP b mod AMPs: HD-08 permits any balanced map."""

    def hash_map(self, amps: int, bits: int) -> HashMap:
        return _UpwardsMap(amps, bits)


class _OtherHash(PublishedHash):
    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        hashed = super().of_column(values, column)
        if type_of(column).name not in ("FLOAT", "DATE", "TIME", "TIMESTAMP"):
            return hashed
        # Turned by 8 bits; the hash of NULL and of zero stays 0, as HD-02 says.
        return hashed << np.uint32(8) | hashed >> np.uint32(24)


class OtherHashOfUndocumentedTypes(PolarsLoader):
    """FLOAT, DATE, TIME and TIMESTAMP hash otherwise: what HD-04 says of them is assumed."""

    hash_function = _OtherHash()


class LastOfEqualRowsStays(InformedLoader):
    """A load keeps the last of equal rows and of equal keys: FL-02 and FL-09 leave it open."""

    def duplicate_rows(self, rows: pl.DataFrame, columns: Sequence[Column]) -> Mask:
        if not self.loads:
            return super().duplicate_rows(rows, columns)  # an INSERT refuses the later row
        return super().duplicate_rows(rows[::-1], columns)[::-1]

    def unique_violations(
        self, rows: pl.DataFrame, key_columns: Sequence[Column], columns: Sequence[Column]
    ) -> tuple[Mask, Mask]:
        violation, duplicate = super().unique_violations(rows[::-1], key_columns, columns)
        return violation[::-1], duplicate[::-1]


class RoundBeginsAtAmpOne(PolarsLoader):
    """The first block of a load without an index goes to AMP 1: HD-14 names no first AMP."""

    def nopi_amp(self, blocks: Positions, amps: int, lost: Sequence[int]) -> Amps:
        return super().nopi_amp(blocks + 1, amps, lost)


class BlocksOfHalfTheSize(PolarsLoader):
    """Blocks are closed when they are half full: FL-06 says only how long a block may be."""

    def cut_blocks(
        self, lengths: Positions, block_bytes: int, filled: int, forced: Positions
    ) -> tuple[Positions, int]:
        return super().cut_blocks(lengths, max(1, block_bytes // 2), filled, forced)


class SessionsArriveInReverse(ChangedOutcome):
    """With several sessions rows are numbered from the last one: HD-11 permits any order then."""

    def change(self, left: Left) -> None:
        amps = self.case.teradata.amps
        for load in self.loads:
            rows = left.rows(load.target)
            if rows is None or self.sessions(load, amps) == 1:
                continue
            amp, row_hash = column(rows, "_amp"), column(rows, "_row_hash")
            ids = amp.astype(np.uint64) << np.uint64(32) | row_hash
            _, where, counts = np.unique(ids, return_inverse=True, return_counts=True)
            numbers = counts[where] + 1 - column(rows, "_uniqueness").astype(np.int64)
            order = np.lexsort((numbers, ids))
            left.set_placement(load.target, rows.take(order), uniqueness=numbers[order])


class ShowsContentAlone(ChangedOutcome):
    """It tells no accounts, no placement and no events, and declares to show content alone."""

    def describe(self) -> Description:
        return msgspec.structs.replace(super().describe(), exposes=("content",))

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        super().run(case, workspace, lambda name, details: None)

    def change(self, left: Left) -> None:
        for name, rows in left.placed_tables():
            left.set_rows(name, rows.drop_columns(list(PLACEMENT)))
        left.set(report=None, work={})


class EveryFreedomAtOnce(
    BucketsDealtUpwards,
    OtherHashOfUndocumentedTypes,
    LastOfEqualRowsStays,
    RoundBeginsAtAmpOne,
    BlocksOfHalfTheSize,
    SessionsArriveInReverse,
):
    """All of the freedoms together."""
