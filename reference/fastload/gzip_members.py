"""Gzip streams (RFC 1952), a little at a time: each member's header, data and trailer (FL-26).

The standard library's `gzip` skips the checksum that a member's header may have; a wrong one has to
be found here.
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from specs.contract.input_files import GZIP_MAGIC

_METHOD_DEFLATE = 8
_HEADER_CHECKSUM, _EXTRA, _NAME, _COMMENT = 2, 4, 8, 16
_CUT_SHORT = "it ends inside a gzip member"
_MOST_AT_A_TIME = 1 << 20


def gunzipped(stream: io.BufferedReader[Any]) -> Iterator[bytes]:
    """The data of all members, one after the other, at most a megabyte at a time.

    Zero bytes may stand behind a member. Raises EOFError for a stream that is cut short, and
    `gzip.BadGzipFile` or `zlib.error` for one that is corrupt or has something else in it.
    """
    start = _read(stream, 2)
    while start:
        _check_header(stream, start)
        yield from _data(stream)
        _skip_zeros(stream)
        start = stream.read(2)


def _check_header(stream: io.BufferedReader[Any], start: bytes) -> None:
    if start != GZIP_MAGIC:
        raise gzip.BadGzipFile(f"not a gzip member: it starts with {start!r}")
    header = start + _read(stream, 8)
    if header[2] != _METHOD_DEFLATE:
        raise gzip.BadGzipFile(f"unknown compression method {header[2]}")
    flags = header[3]
    if flags & _EXTRA:
        size = _read(stream, 2)
        header += size + _read(stream, int.from_bytes(size, "little"))
    checksum = zlib.crc32(header)
    for flag in (_NAME, _COMMENT):
        if flags & flag:
            checksum = _after_text(stream, checksum)
    told = _read(stream, 2) if flags & _HEADER_CHECKSUM else None
    if told is not None and int.from_bytes(told, "little") != checksum & 0xFFFF:
        raise gzip.BadGzipFile("the header's checksum is wrong")


def _data(stream: io.BufferedReader[Any]) -> Iterator[bytes]:
    decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    checksum = size = 0
    while not decoder.eof:
        packed = stream.peek()
        if not packed:
            raise EOFError(_CUT_SHORT)
        data = decoder.decompress(packed, _MOST_AT_A_TIME)
        left = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
        stream.read(len(packed) - len(left))
        checksum, size = zlib.crc32(data, checksum), size + len(data)
        yield data
    if struct.unpack("<II", _read(stream, 8)) != (checksum, size & 0xFFFF_FFFF):
        raise gzip.BadGzipFile("a member's checksum or length is wrong")


def _read(stream: io.BufferedReader[Any], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError(_CUT_SHORT)
    return data


def _after_text(stream: io.BufferedReader[Any], checksum: int) -> int:
    """The header's checksum once a text that ends in a zero byte is read, however long."""
    end = 0
    while not end:
        text = stream.peek()
        if not text:
            raise EOFError(_CUT_SHORT)
        end = text.find(b"\0") + 1
        checksum = zlib.crc32(stream.read(end or len(text)), checksum)
    return checksum


def _skip_zeros(stream: io.BufferedReader[Any]) -> None:
    while (ahead := stream.peek()) and ahead.startswith(b"\0"):
        stream.read(len(ahead) - len(ahead.lstrip(b"\0")))
