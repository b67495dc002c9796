"""The steps of storing rows that decide what is right, one small method each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from candidates.polars.columns.values import Mask, equality_key
from candidates.polars.storage import hashing
from candidates.polars.storage.hash_maps import Amps, HashMap, RowHashes
from candidates.polars.storage.hashing import HashFunction
from specs.sql.tables import Column, TableDefinition

Uniqueness = NDArray[np.uint64]


class StorageSteps:
    """Where rows are placed, and which are equal; every engine's rows come to tables by these.

    Arrays have one element per row; frames hold columns in physical form
    (`candidates.polars.columns.values`).
    """

    hash_function: HashFunction = hashing.PublishedHash()

    def hash_map(self, amps: int, bits: int) -> HashMap:
        """HD-08: the map of a new system."""
        return HashMap(amps, bits)

    def row_hash(self, frame: pl.DataFrame, definition: TableDefinition) -> RowHashes:
        """HD-01: the row hash of each row of a PI table."""
        index = definition.primary_index
        columns = [definition.column(name) for name in index.columns] if index else []
        return hashing.row_hash(frame, columns, self.hash_function)

    def hash_bucket(self, row_hash: RowHashes, bits: int) -> RowHashes:
        """HD-07: the first 16 or 20 bits."""
        return row_hash >> np.uint32(32 - bits)

    def amp_of(self, row_hash: RowHashes, hash_map: HashMap) -> Amps:
        """HD-01: the AMP of each row hash."""
        return hash_map.amp_of_bucket(self.hash_bucket(row_hash, hash_map.bits))

    def nopi_row_hash(self, amps: Amps, hash_map: HashMap) -> RowHashes:
        """HD-15: the bucket part of a NoPI row's RowID, owned by the row's AMP."""
        return hash_map.lowest_buckets()[amps] << np.uint32(32 - hash_map.bits)

    def keeps_row_id(self, amps: Amps, row_hash: RowHashes, hash_map: HashMap) -> Mask:
        """HD-15, HD-18: which NoPI rows are still on an AMP that there is, in a bucket of it."""
        keeping: Mask = self.amp_of(row_hash, hash_map) == amps
        return keeping

    def equality_keys(self, columns: Sequence[Column]) -> list[pl.Expr]:
        """Rows are equal exactly when these are, NULL equal to NULL."""
        return [equality_key(column) for column in columns]

    def duplicate_rows(self, rows: pl.DataFrame, columns: Sequence[Column]) -> Mask:
        """FL-02: True at each row that is equal to one before it."""
        keys = rows.select(self.equality_keys(columns))
        return ~_first_of_each(keys)

    def assign_uniqueness(self, amps: Amps, row_hash: RowHashes) -> Uniqueness:
        """HD-09: 1, 2, .. within each row hash; rows are in (AMP, row hash, arrival) order."""
        count = len(row_hash)
        positions = np.arange(count)
        begins = np.ones(count, dtype=np.bool_)
        begins[1:] = (row_hash[1:] != row_hash[:-1]) | (amps[1:] != amps[:-1])
        first = np.maximum.accumulate(np.where(begins, positions, 0))
        return (positions - first + 1).astype(np.uint64)


def _first_of_each(keys: pl.DataFrame) -> Mask:
    first = keys.with_row_index("_at").unique(keys.columns, keep="first", maintain_order=True)
    mask = np.zeros(keys.height, dtype=np.bool_)
    mask[first["_at"].to_numpy()] = True
    return mask
