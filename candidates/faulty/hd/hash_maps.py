"""Buckets, hash maps and answers about them that go wrong (HD-07, HD-08, HD-17, HD-18)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from candidates.faulty.changing import ChangedOutcome, InformedLoader, Left, column, steps_of
from candidates.faulty.planting import planted
from candidates.polars.distribution.requests import skew
from candidates.polars.storage.hash_maps import Amps, HashMap, RowHashes
from specs.contract.directories import definition_of
from specs.distribution.plan import DistributionQuery, HashConstants, HashMapQuery, Reconfigure


def _set_constant(left: Left, name: str, value: int) -> None:
    """Another answer to one of the functions without a row."""
    for step, answer in left.answers(HashConstants):
        values = pc.if_else(pc.equal(answer["name"], name), value, answer["value"])
        left.set_answer(step, answer.set_column(1, "value", values))


# --- buckets (HD-07) ------------------------------------------------------------------------------


@planted("HD-07")
class SixteenBitsOnATwentyBitSystem(InformedLoader):
    """A bucket is the first 16 bits of the row hash on a system of 20-bit buckets too."""

    def hash_bucket(self, row_hash: RowHashes, bits: int) -> RowHashes:
        return row_hash >> np.uint32(16)


@planted("HD-07")
class BucketFromTheEnd(InformedLoader):
    """A bucket is the last bits of the row hash, not the first."""

    def hash_bucket(self, row_hash: RowHashes, bits: int) -> RowHashes:
        return row_hash & np.uint32((1 << bits) - 1)


@planted("HD-07")
class HashbucketCountsTheBuckets(ChangedOutcome):
    """HASHBUCKET without an argument is the number of buckets, one above the highest."""

    def change(self, left: Left) -> None:
        _set_constant(left, "HASHBUCKET()", 1 << self.case.teradata.hash_bucket_bits)


@planted("HD-07")
class NullHasABucket(ChangedOutcome):
    """HASHBUCKET of NULL is bucket 0."""

    def change(self, left: Left) -> None:
        _set_constant(left, "HASHBUCKET(NULL)", 0)


# --- maps (HD-08) ---------------------------------------------------------------------------------


@planted("HD-08")
class UnevenMap(ChangedOutcome):
    """The first hundred buckets are all given to AMP 0."""

    def change(self, left: Left) -> None:
        for step, answer in left.answers(HashMapQuery):
            amps = column(answer, "amp")
            amps[:100] = 0
            left.set_answer(step, pa.table({"amp": pa.array(amps, pa.int32())}))


@planted("HD-08")
class RowsPastTheMap(InformedLoader):
    """A row goes to its row hash modulo the number of AMPs, whatever the hash map says."""

    def amp_of(self, row_hash: RowHashes, hash_map: HashMap) -> Amps:
        return (row_hash % np.uint32(hash_map.amps)).astype(np.int32)


@planted("HD-08")
class HashampCountsTheAmps(ChangedOutcome):
    """HASHAMP without an argument is the number of AMPs, one above the highest."""

    def change(self, left: Left) -> None:
        _set_constant(left, "HASHAMP()", self.case.teradata.amps)


# --- the distribution query (HD-17) ---------------------------------------------------------------


@planted("HD-17")
class DistributionInOrderOfAmps(ChangedOutcome):
    """The distribution query lists AMPs by their number, not by their rows."""

    def change(self, left: Left) -> None:
        for step, answer in left.answers(DistributionQuery):
            left.set_answer(step, answer.sort_by("amp"))


@planted("HD-17")
class SkewOfTheFilledAmps(ChangedOutcome):
    """The figures of skew leave out the AMPs that hold no rows."""

    def change(self, left: Left) -> None:
        for step, answer in left.answers(DistributionQuery):
            largest, variation = skew(column(answer, "rows"), answer.num_rows)
            figures = {
                "largest_over_mean": f"{largest:.6f}",
                "coefficient_of_variation": f"{variation:.6f}",
            }
            left.set_answer(step, answer.replace_schema_metadata(figures))


# --- changing the number of AMPs (HD-18) ----------------------------------------------------------


@planted("HD-18")
class ReconfigureDealsAllBucketsAnew(ChangedOutcome):
    """A reconfiguration deals out all buckets anew instead of moving the fewest."""

    def amp_of(self, row_hash: RowHashes, hash_map: HashMap) -> Amps:
        return super().amp_of(row_hash, HashMap(hash_map.amps, hash_map.bits))

    def change(self, left: Left) -> None:
        amps, bits = self.case.teradata.amps, self.case.teradata.hash_bucket_bits
        for step, _ in left.answers(HashMapQuery):
            for before in steps_of(self.case)[:step]:
                amps = before.amps if isinstance(before, Reconfigure) else amps
            left.set_answer(step, pa.table({"amp": pa.array(HashMap(amps, bits).owners())}))


@planted("HD-18")
class RowsDoNotMove(ChangedOutcome):
    """Rows stay on their old AMP when a reconfiguration gives their bucket to another."""

    def change(self, left: Left) -> None:
        system = self.case.teradata
        before = HashMap(system.amps, system.hash_bucket_bits)
        for name, rows in left.placed_tables():
            hashes = column(rows, "_row_hash").astype(np.uint32)
            left.set_placement(name, rows, amp=self.amp_of(hashes, before))


@planted("HD-18")
class MovedRowsAreNumberedAnew(ChangedOutcome):
    """A reconfiguration numbers all rows of an AMP anew, in one sequence."""

    def change(self, left: Left) -> None:
        for name, rows in left.placed_tables():
            if any(isinstance(step, Reconfigure) for step in steps_of(self.case)):
                left.set_placement(name, rows, uniqueness=np.arange(1, rows.num_rows + 1))


@planted("HD-08")
class HashampOfTheOldSystem(ChangedOutcome):
    """After a reconfiguration HASHAMP without an argument still tells the old number of AMPs."""

    def change(self, left: Left) -> None:
        _set_constant(left, "HASHAMP()", self.case.teradata.amps - 1)


class _UnindexedReconfigured(ChangedOutcome):
    """After a reconfiguration the rows of tables without an index are elsewhere."""

    def change(self, left: Left) -> None:
        amps = [step.amps for step in steps_of(self.case) if isinstance(step, Reconfigure)]
        for name, rows in left.placed_tables() if amps else ():
            if not definition_of(rows.schema).primary_index:
                self.place(left, name, rows, amps[-1])

    def place(self, left: Left, name: str, rows: pa.Table, amps: int) -> None:
        raise NotImplementedError


@planted("HD-18")
class RowsWithoutIndexAreDealtAnew(_UnindexedReconfigured):
    """A reconfiguration deals the rows of a table without an index to all AMPs in turn."""

    def place(self, left: Left, name: str, rows: pa.Table, amps: int) -> None:
        left.set_placement(name, rows, amp=np.arange(rows.num_rows) % amps)


@planted("HD-18")
class LastRowIsLostWithAnAmp(_UnindexedReconfigured):
    """A reconfiguration to fewer AMPs loses the last row of a table without an index."""

    def place(self, left: Left, name: str, rows: pa.Table, amps: int) -> None:
        if amps < self.case.teradata.amps:
            left.set_rows(name, rows.slice(0, rows.num_rows - 1))
