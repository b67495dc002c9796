"""Row hashes: a whole column in one pass (HD-01 to HD-08).

``h = v * 0x9E3779B6 mod (2**32 - 5)``, then the two 16-bit halves of h change places. Replace the
function by giving the loader another `HashFunction`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from candidates.polars.columns.values import equality_key, type_of
from candidates.polars.storage.hash_maps import RowHashes
from specs.sql.tables import Column
from specs.sql.types import BYTE_TYPES, ColumnType

MULTIPLIER = np.uint64(0x9E3779B6)
PRIME = np.uint64((1 << 32) - 5)
NO_ARGUMENT = 0xFFFFFFFF
"""HASHROW() (HD-02)."""

_LOW = np.uint64(0xFFFFFFFF)
_FIVE = np.uint64(5)
_32 = np.uint64(32)
_Residues = NDArray[np.uint64]


class HashFunction(Protocol):
    """A row hash: of one column's values in physical form, and of several hashes together."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        """32 bits of each value; 0 for NULL."""

    def combine(self, left: RowHashes, right: RowHashes) -> RowHashes:
        """The hash of two columns, from the hash of each."""


class PublishedHash:
    """The formula that gives every published value, extended to all column types."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        return scramble(residues(values, column), values)

    def combine(self, left: RowHashes, right: RowHashes) -> RowHashes:
        return left * right + left + right


def row_hash(frame: pl.DataFrame, columns: Sequence[Column], function: HashFunction) -> RowHashes:
    """HASHROW of the columns of each row (HD-05)."""
    if not columns:
        return np.full(frame.height, NO_ARGUMENT, dtype=np.uint32)
    result = function.of_column(frame[columns[0].name], columns[0])
    for column in columns[1:]:
        result = function.combine(result, function.of_column(frame[column.name], column))
    return result


def scramble(residue: _Residues, values: pl.Series) -> RowHashes:
    """The published formula on residues mod 2**32 - 5; NULL gives 0."""
    product = _modulo(residue * MULTIPLIER)
    hashed = (product >> np.uint64(16) | (product & np.uint64(0xFFFF)) << np.uint64(16)).astype(
        np.uint32
    )
    if values.null_count():
        hashed[values.is_null().to_numpy()] = 0
    return hashed


def residues(values: pl.Series, column: Column) -> _Residues:
    """The integer v of each value mod 2**32 - 5; anything where the value is NULL."""
    kind = type_of(column)
    if kind.is_character or kind.name in BYTE_TYPES:
        return _of_bytes(values, column, kind)
    if kind.name == "FLOAT":
        bits = values.fill_null(0.0).to_numpy() + 0.0
        return _modulo(np.ascontiguousarray(bits).view(np.uint64))
    if kind.name == "DATE":
        day = pl.col(values.name).cast(pl.Date).dt
        values = (
            values.to_frame()
            .select(
                (day.year() - 1900) * 10_000
                + day.month().cast(pl.Int32) * 100
                + day.day().cast(pl.Int32)
            )
            .to_series()
        )
    if values.null_count():
        values = values.fill_null(0)
    if values.dtype == pl.Int128:
        return _of_int128(values)
    return _of_signed(values.to_numpy())


def _of_signed(numbers: NDArray[np.signedinteger]) -> _Residues:
    wide = numbers.astype(np.int64)
    residue = _modulo(wide.view(np.uint64))
    if len(wide) and wide.min() < 0:
        # As unsigned a negative number is 2**64 too large, and 2**64 mod P is 25.
        negative = wide < 0
        residue[negative] = (residue[negative] + (PRIME - np.uint64(25))) % PRIME
    return residue


def _of_int128(values: pl.Series) -> _Residues:
    low = values.to_frame("x").select(
        low=(pl.col("x") & pl.lit((1 << 64) - 1, pl.Int128)).cast(pl.UInt64),
        high=(pl.col("x") // pl.lit(1 << 64, pl.Int128)).cast(pl.Int64),
    )
    high = _of_signed(low["high"].to_numpy())
    return _modulo(high * np.uint64(25) + _modulo(low["low"].to_numpy()))


def _of_bytes(values: pl.Series, column: Column, kind: ColumnType) -> _Residues:
    """The bytes as one big-endian integer: each byte times its power of 256, summed per value."""
    key = equality_key(column, pl.col(values.name))
    key = key.str.decode("hex") if kind.name in BYTE_TYPES else key.cast(pl.Binary)
    array = values.to_frame().select(key.fill_null(b"")).to_series().rechunk()
    arrow = array.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_binary())
    offsets = np.frombuffer(arrow.buffers()[1], dtype=np.int64)[
        arrow.offset : arrow.offset + len(arrow) + 1
    ]
    first, last = int(offsets[0]), int(offsets[-1])
    if first == last:
        return np.zeros(len(arrow), dtype=np.uint64)
    data = np.frombuffer(arrow.buffers()[2], dtype=np.uint8)[first:last]
    ends = offsets[1:] - first
    lengths = np.diff(offsets)
    from_end = np.repeat(ends, lengths) - np.arange(1, len(data) + 1)
    sums = np.zeros(len(data) + 1, dtype=np.uint64)
    np.cumsum(_powers_of_256(1 << int(lengths.max()).bit_length())[from_end] * data, out=sums[1:])
    # The running sum may wrap round; the difference of two of its values does not.
    return _modulo(sums[ends] - sums[offsets[:-1] - first])


@lru_cache(maxsize=32)
def _powers_of_256(count: int) -> _Residues:
    powers = np.ones(count, dtype=np.uint64)
    known = 1
    while known < count:
        step = np.uint64(pow(256, known, int(PRIME)))
        powers[known : 2 * known] = _modulo(powers[:known] * step)[: count - known]
        known *= 2
    return powers


def _modulo(numbers: _Residues) -> _Residues:
    # 2**32 mod P is 5: folding the high half twice is far cheaper than dividing.
    folded = (numbers & _LOW) + (numbers >> _32) * _FIVE
    folded = (folded & _LOW) + (folded >> _32) * _FIVE
    return np.where(folded >= PRIME, folded - PRIME, folded)
