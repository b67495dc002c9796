"""Reading: a file or pipe, compressed or not, in pieces of whole records, with bounded memory."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from isal import igzip, igzip_threaded, isal_zlib

from specs.contract import MAX_BLOCK_BYTES
from specs.contract.input_files import GZIP_MAGIC, InputChanged, check_unchanged

MOST_KEPT = 2 * MAX_BLOCK_BYTES
"""Bytes that are kept of a record: more than any may have, and than a block holds."""

_SEARCH_BYTES = 1 << 16
_THREADED_FROM = 1 << 20
_SIZE_OF_A_PIPE = 1 << 30
_ISAL_ERROR: Any = isal_zlib.error
_READ_ERRORS: tuple[type[Exception], ...] = (OSError, EOFError, zlib.error, _ISAL_ERROR)


class UnreadableInput(OSError):
    """An input that cannot be read to its end: permission, a read error, a broken gzip stream."""


class _Source(io.FileIO):
    """A file or pipe whose first read gives two bytes, if there are two, however they arrive."""

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer)
        if count == 1:
            count += super().readinto(memoryview(buffer)[1:])
        return count


def read_pieces(path: Path, piece_bytes: int) -> Iterator[bytes]:
    """The file or named pipe, opened once and read in order, in pieces of whole records.

    Pieces are about ``piece_bytes`` long; each ends in a line feed, which is supplied where the
    file lacks its last one. Records are as in `whole_records`. Raises FileNotFoundError,
    `UnreadableInput`, and after the last piece `InputChanged`.
    """
    try:
        with io.BufferedReader(_Source(path)) as raw:
            before = os.fstat(raw.fileno())
            try:
                yield from whole_records(_chunks(path, raw, before, piece_bytes))
            except _READ_ERRORS:
                check_unchanged(path, before)  # which is why, if so
                raise
            check_unchanged(path, before)
    except (FileNotFoundError, InputChanged):
        raise
    except _READ_ERRORS as error:
        raise UnreadableInput(f"{path}: cannot be read to its end ({error})") from error


def uncompressed_size(path: Path) -> int:
    """About how many bytes the input holds; for gzip and pipes a guess."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return _SIZE_OF_A_PIPE
    return status.st_size * 4 if path.suffix == ".gz" else status.st_size


def _chunks(
    path: Path, raw: io.BufferedReader[Any], status: os.stat_result, chunk_bytes: int
) -> Iterator[bytes]:
    """The input's bytes, decompressed, about ``chunk_bytes`` at a time."""
    regular = stat.S_ISREG(status.st_mode)
    if path.suffix == ".gz" or raw.peek(2)[:2] == GZIP_MAGIC:
        return _decompressed(raw, chunk_bytes, large=regular and status.st_size >= _THREADED_FROM)
    if regular:
        return _aligned(raw.fileno(), status.st_size, chunk_bytes)
    return iter(lambda: raw.read(chunk_bytes), b"")


def _aligned(file: int, size: int, chunk_bytes: int) -> Iterator[bytes]:
    """A file of ``size`` bytes; a chunk ends with a record where one ends soon enough."""
    offset = 0
    while offset < size:
        at = offset + chunk_bytes - 1
        end = min(at + os.pread(file, _SEARCH_BYTES, at).find(b"\n") + 1, size)
        data = os.pread(file, max(end - offset, 1), offset)
        if not data:
            return  # it has become shorter
        offset += len(data)
        yield data


def _decompressed(raw: io.BufferedReader[Any], chunk_bytes: int, *, large: bool) -> Iterator[bytes]:
    if not raw.peek(1):
        raise EOFError("a gzip file of no bytes")
    if large:
        open_large: Callable[..., Any] = igzip_threaded.open
        stream = open_large(raw, "rb", threads=1, block_size=1 << 20)
    else:
        open_small: Callable[..., Any] = igzip.open
        stream = open_small(raw, "rb")
    with stream:
        yield from iter(lambda: stream.read(chunk_bytes), b"")


def whole_records(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Chunks of an input as pieces that end with a record, and that with a line feed.

    Of a record that is far longer than any may be there are its first `MOST_KEPT` bytes and, for
    the rest, a digest, so that every byte counts; a piece is about as long as a chunk.
    """
    open_record = _OpenRecord()
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            open_record.add(chunk)
            continue
        if open_record.kept:
            first = chunk.index(b"\n")
            open_record.add(chunk[:first])
            yield open_record.text() + b"\n" + _shortened(chunk[first + 1 : cut])
            open_record = _OpenRecord()
        else:
            yield _shortened(chunk[:cut])
        open_record.add(chunk[cut:])
    if open_record.kept:
        yield open_record.text() + b"\n"


class _OpenRecord:
    """A record whose end has not been read yet."""

    def __init__(self) -> None:
        self.kept = b""
        self._rest: Any = None

    def add(self, data: bytes) -> None:
        room = MOST_KEPT - len(self.kept)
        self.kept += data[:room]
        if len(data) > room:
            self._rest = self._rest or hashlib.sha256()
            self._rest.update(memoryview(data)[room:])

    def text(self) -> bytes:
        return self.kept + self._rest.hexdigest().encode() if self._rest else self.kept


def _shortened(data: bytes) -> bytes:
    """Whole records, those longer than `MOST_KEPT` shortened as an open one is."""
    parts: list[bytes] = []
    start = at = 0
    while at < len(data):
        near = data.rfind(b"\n", at, at + MOST_KEPT + 1) + 1
        if near:
            at = near
            continue
        end = data.index(b"\n", at)
        record = _OpenRecord()
        record.add(data[at:end])
        parts += [data[start:at], record.text()]
        start, at = end, end + 1
    return b"".join([*parts, data[start:]]) if parts else data
