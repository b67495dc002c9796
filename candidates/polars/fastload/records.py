"""Records: reading a file in pieces that end at a record's end, bounds of records, blocks."""

from __future__ import annotations

import io
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
from isal import igzip, igzip_threaded, isal_zlib
from numpy.typing import NDArray

from candidates.polars.columns.values import Mask

Positions = NDArray[np.int64]

GZIP_MAGIC = b"\x1f\x8b"
LINE_FEED, CARRIAGE_RETURN = 10, 13

_SEARCH_BYTES = 1 << 16
_THREADED_FROM = 1 << 20
_SIZE_OF_A_PIPE = 1 << 30
_ISAL_ERROR: Any = isal_zlib.error
_READ_ERRORS: tuple[type[Exception], ...] = (OSError, EOFError, zlib.error, _ISAL_ERROR)


class UnreadableInput(OSError):
    """An input that cannot be read to its end: permission, a read error, a broken gzip stream."""


class Bounds(NamedTuple):
    """First byte and end (line end left out) of each of some records or fields of a buffer."""

    starts: Positions
    ends: Positions


class _Source(io.FileIO):
    """A file or pipe whose first read gives two bytes, if there are two, however they arrive."""

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer)
        if count == 1:
            count += super().readinto(memoryview(buffer)[1:])
        return count


def read_pieces(path: Path, piece_bytes: int) -> Iterator[bytes]:
    """The file or named pipe, opened once and read in order, in pieces of whole records.

    Pieces are about ``piece_bytes`` long, longer only where one record is; each ends in a line
    feed, which is supplied where the file lacks its last one. Raises FileNotFoundError and
    `UnreadableInput`.
    """
    try:
        with io.BufferedReader(_Source(path)) as raw:
            if path.suffix == ".gz" or raw.peek(2)[:2] == GZIP_MAGIC:
                yield from _compressed_pieces(path, raw, piece_bytes)
            elif stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
                yield from _plain_pieces(raw.fileno(), piece_bytes)
            else:
                yield from _stream_pieces(raw, piece_bytes)
    except FileNotFoundError:
        raise
    except _READ_ERRORS as error:
        raise UnreadableInput(f"{path}: cannot be read to its end ({error})") from error


def uncompressed_size(path: Path) -> int:
    """About how many bytes the input holds; for gzip and pipes a guess."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return _SIZE_OF_A_PIPE
    return status.st_size * 4 if path.suffix == ".gz" else status.st_size


def _plain_pieces(file: int, piece_bytes: int) -> Iterator[bytes]:
    size, offset = os.fstat(file).st_size, 0
    while offset < size:
        data = os.pread(file, _piece_end(file, offset, piece_bytes, size) - offset, offset)
        if not data:
            return
        offset += len(data)
        # A read may stop short; what follows the last line feed is then read again.
        cut = data.rfind(b"\n") + 1
        if cut == len(data):
            yield data
        elif offset >= size:
            yield data + b"\n"
        elif cut:
            offset -= len(data) - cut
            yield data[:cut]
        else:
            raise UnreadableInput(f"a read at byte {offset} ended inside a record")


def _piece_end(file: int, offset: int, piece_bytes: int, size: int) -> int:
    at = offset + piece_bytes - 1
    while at < size:
        window = os.pread(file, _SEARCH_BYTES, at)
        found = window.find(b"\n")
        if found >= 0:
            return at + found + 1
        at += max(len(window), 1)
    return size


def _compressed_pieces(
    path: Path, raw: io.BufferedReader[Any], piece_bytes: int
) -> Iterator[bytes]:
    if not raw.peek(1):
        raise EOFError("a gzip file of no bytes")
    status = os.fstat(raw.fileno())
    if stat.S_ISREG(status.st_mode) and status.st_size >= _THREADED_FROM:
        open_large: Callable[..., Any] = igzip_threaded.open
        stream = open_large(path, "rb", threads=1, block_size=1 << 20)
    else:
        open_small: Callable[..., Any] = igzip.open
        stream = open_small(raw, "rb")
    with stream:
        yield from _stream_pieces(stream, piece_bytes)


def _stream_pieces(stream: Any, piece_bytes: int) -> Iterator[bytes]:
    rest = b""
    while data := stream.read(piece_bytes):
        cut = data.rfind(b"\n") + 1
        if cut:
            yield rest + data[:cut]
            rest = data[cut:]
        else:
            rest += data
    if rest:
        yield rest + b"\n"


def bytes_of(data: bytes) -> NDArray[np.uint8]:
    """The bytes as an array, not copied."""
    return np.frombuffer(data, dtype=np.uint8)


def count_records(data: bytes) -> int:
    """How many records a piece holds."""
    return int(np.count_nonzero(bytes_of(data) == LINE_FEED))


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
