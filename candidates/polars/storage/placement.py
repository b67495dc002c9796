"""Rows of tables at rest: RowIDs for inserted rows, and what INSERT and Reconfigure do to them.

A stored table is a frame of its columns in physical form, followed by ``_amp`` (Int32),
``_row_hash`` (UInt32) and ``_uniqueness`` (UInt64), in RowID order on each AMP.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from candidates.polars.columns.values import Mask, physical_type, type_of
from candidates.polars.storage import hashing
from candidates.polars.storage.hash_maps import Amps, HashMap, RowHashes
from candidates.polars.storage.steps import StorageSteps
from specs.contract import ErrorName
from specs.sql.tables import Column, TableDefinition

PLACEMENT = {"_amp": pl.Int32(), "_row_hash": pl.UInt32(), "_uniqueness": pl.UInt64()}

_QUERY_ID = Column(name="query id", type="BIGINT")


class Inserted(NamedTuple):
    """A table after an INSERT, and which of the new rows were refused and why."""

    frame: pl.DataFrame
    refused: NDArray[np.int64]
    error: ErrorName


def empty_frame(definition: TableDefinition) -> pl.DataFrame:
    """A stored table without rows."""
    columns = {c.name: physical_type(type_of(c)) for c in definition.columns}
    return pl.DataFrame(schema={**columns, **PLACEMENT})


def insert_hashed(
    steps: StorageSteps,
    definition: TableDefinition,
    stored: pl.DataFrame,
    rows: pl.DataFrame,
    hash_map: HashMap,
) -> Inserted:
    """Rows one by one into a PI table (HD-01, HD-09, HD-16)."""
    index = definition.primary_index
    assert index is not None
    accepted = rows
    refused: Mask = np.zeros(rows.height, dtype=np.bool_)
    if index.unique or definition.kind == "SET":
        names = index.columns if index.unique else definition.column_names
        columns = [definition.column(name) for name in names]
        # Of equal rows the first is stored already or gets stored; the others are refused.
        every = pl.concat([stored.select(rows.columns), rows])
        refused = steps.duplicate_rows(every, columns)[stored.height :]
        accepted = rows.filter(~refused) if refused.any() else rows
    row_hash = steps.row_hash(accepted, definition)
    placed = _appended(steps, stored, accepted, steps.amp_of(row_hash, hash_map), row_hash)
    error: ErrorName = "upi_violation" if index.unique else "duplicate_row"
    return Inserted(placed, np.flatnonzero(refused), error)


def insert_unhashed(
    steps: StorageSteps,
    stored: pl.DataFrame,
    rows: pl.DataFrame,
    amps: Amps,
    hash_map: HashMap,
) -> pl.DataFrame:
    """Rows into a NoPI table, each to the AMP given for it (HD-12, HD-13, HD-15)."""
    row_hash = steps.nopi_row_hash(amps, hash_map)
    if stored.height:
        # The bucket in use on an AMP stays in use, so that RowID order is order of arrival.
        last = stored.group_by("_amp").agg(pl.col("_row_hash").max())
        used = np.full(hash_map.amps, -1, dtype=np.int64)
        used[last["_amp"].to_numpy()] = last["_row_hash"].to_numpy()
        in_use = used[amps]
        row_hash = np.where(in_use >= 0, in_use, row_hash).astype(np.uint32)
    return _appended(steps, stored, rows, amps, row_hash)


def query_amps(steps: StorageSteps, first_query: int, requests: int, hash_map: HashMap) -> Amps:
    """HD-12: the AMP of each request by the hash of its query id."""
    ids = pl.Series(_QUERY_ID.name, range(first_query, first_query + requests), dtype=pl.Int64)
    row_hash = hashing.row_hash(ids.to_frame(), [_QUERY_ID], steps.hash_function)
    return steps.amp_of(row_hash, hash_map)


def reconfigured(
    steps: StorageSteps, definition: TableDefinition, stored: pl.DataFrame, hash_map: HashMap
) -> pl.DataFrame:
    """HD-18: rows whose bucket changed owner move; NoPI rows only if their AMP is gone.

    NoPI rows whose AMP has lost their bucket stay in their order, under new RowIDs (HD-15).
    """
    if definition.primary_index:
        amps = steps.amp_of(stored["_row_hash"].to_numpy(), hash_map)
        return _in_order(stored.with_columns(pl.Series("_amp", amps)))
    before, row_hash = stored["_amp"].to_numpy(), stored["_row_hash"].to_numpy()
    keeping = steps.keeps_row_id(before, row_hash, hash_map)
    if keeping.all():
        return stored
    # Rows that come from AMPs that are gone stand behind those that were there.
    placed_anew = stored.filter(~keeping).sort(pl.col("_amp") >= hash_map.amps, maintain_order=True)
    amps = (placed_anew["_amp"].to_numpy() % hash_map.amps).astype(np.int32)
    rows = placed_anew.drop(*PLACEMENT)
    return insert_unhashed(steps, stored.filter(keeping), rows, amps, hash_map)


def _appended(
    steps: StorageSteps,
    stored: pl.DataFrame,
    rows: pl.DataFrame,
    amps: Amps,
    row_hash: RowHashes,
) -> pl.DataFrame:
    """Give rows the next uniqueness of their row hash (highest stored + 1, ..)."""
    order = np.lexsort((row_hash, amps))
    amps, row_hash = amps[order], row_hash[order]
    uniqueness = steps.assign_uniqueness(amps, row_hash)
    new = rows[order].with_columns(
        pl.Series("_amp", amps, dtype=pl.Int32),
        pl.Series("_row_hash", row_hash, dtype=pl.UInt32),
        pl.Series("_uniqueness", uniqueness, dtype=pl.UInt64),
    )
    if not stored.height:
        return new
    ids = ["_amp", "_row_hash"]
    highest = stored.group_by(ids).agg(pl.col("_uniqueness").max().alias("highest"))
    new = new.join(highest, on=ids, how="left", maintain_order="left").with_columns(
        pl.col("_uniqueness") + pl.col("highest").fill_null(0)
    )
    return _in_order(pl.concat([stored, new.drop("highest")]))


def _in_order(stored: pl.DataFrame) -> pl.DataFrame:
    return stored.sort(*PLACEMENT)
