"""Records of a piece of input: their bounds, the blocks they travel in, their bytes as a column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from candidates.polars.columns.values import Mask

Positions = NDArray[np.int64]

LINE_FEED, CARRIAGE_RETURN = 10, 13


class Bounds(NamedTuple):
    """First byte and end (line end left out) of each of some records or fields of a buffer."""

    starts: Positions
    ends: Positions


def bytes_of(data: bytes) -> NDArray[np.uint8]:
    """The bytes as an array, not copied."""
    return np.frombuffer(data, dtype=np.uint8)


def portions(data: bytes, most: int) -> Iterator[tuple[bytes, int]]:
    """Whole records in portions of at most ``most``, each with the number of its records."""
    feeds = bytes_of(data) == LINE_FEED
    count = int(np.count_nonzero(feeds))
    if count <= most:
        yield data, count
        return
    ends = np.flatnonzero(feeds) + 1
    start = 0
    for first in range(0, count, most):
        last = min(first + most, count)
        end = int(ends[last - 1])
        yield data[start:end], last - first
        start = end


def split_records(data: bytes) -> Bounds:
    """The bounds of the records of a piece; one CR right before the LF belongs to the line end."""
    buffer = bytes_of(data)
    feeds = np.flatnonzero(buffer == LINE_FEED)
    starts = np.empty_like(feeds)
    starts[:1] = 0
    starts[1:] = feeds[:-1] + 1
    returns = (buffer[np.maximum(feeds - 1, 0)] == CARRIAGE_RETURN) & (feeds > starts)
    return Bounds(starts, feeds - returns)


def cut_blocks(
    lengths: Positions, block_bytes: int, filled: int, forced: Positions
) -> tuple[Positions, int]:
    """FL-06: the block of each record, greedily, and the bytes in the last block.

    Blocks count from 0, the block that is open and holds ``filled`` bytes so far (-1: none is,
    so the first record opens block 0). A block ends before each record in ``forced``. A record
    longer than ``block_bytes`` travels alone.
    """
    # `sums[i]` is the bytes before record i; a block [a, b) fits while sums[b] - sums[a] does.
    sums = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=sums[1:])
    firsts: list[int] = []
    at, fresh = 0, filled < 0
    room = block_bytes if fresh else max(block_bytes - filled, -1)
    for limit in [*forced.tolist(), len(lengths)]:
        while at < limit:
            if fresh:
                firsts.append(at)
                room = block_bytes
            end = int(np.searchsorted(sums, sums[at] + room, side="right")) - 1
            at = min(max(end, at + fresh), limit)
            if at < limit:
                fresh = True
        fresh = fresh or limit in forced
    starts = np.array(firsts, dtype=np.int64)
    blocks = np.searchsorted(starts, np.arange(len(lengths)), side="right") - (filled < 0)
    if len(forced) and forced[-1] == len(lengths):
        return blocks, -1
    if len(starts):
        return blocks, int(sums[-1] - sums[starts[-1]])
    return blocks, filled + int(sums[-1]) if filled >= 0 else -1


def gather_bytes(data: bytes, bounds: Bounds, null: Mask | None = None) -> pa.LargeBinaryArray:
    """The slices of a buffer as one Arrow array; they are in order and do not overlap."""
    buffer = bytes_of(data)
    count = len(bounds.starts)
    covered = np.zeros(len(buffer) + 1, dtype=np.int8)
    # An empty slice may start where another ends, so the two are added up, not assigned.
    covered[bounds.starts] += 1
    covered[bounds.ends] -= 1
    inside = np.cumsum(covered[:-1], dtype=np.int8).view(np.bool_)
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(bounds.ends - bounds.starts, out=offsets[1:])
    valid = None if null is None else pa.py_buffer(np.packbits(~null, bitorder="little"))
    kept = pa.py_buffer(buffer[inside])
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), count, [valid, pa.py_buffer(offsets), kept]
    )


def parcels(data: bytes, bounds: Bounds, longest: int) -> pl.Series:
    """DataParcel (FL-08): the records' bytes without line end, at most ``longest`` of each."""
    cut = Bounds(bounds.starts, np.minimum(bounds.ends, bounds.starts + longest))
    series = pl.from_arrow(gather_bytes(data, cut))
    assert isinstance(series, pl.Series)
    return series.alias("DataParcel")
