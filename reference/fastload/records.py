"""From an input file to its records (FL-17, FL-26)."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

from reference.fastload.gzip_members import gunzipped
from reference.jobs import Paused, Refused
from reference.system import InputFiles
from specs.contract import MAX_BLOCK_BYTES, Case, Edition
from specs.contract.input_files import GZIP_MAGIC, InputChanged
from specs.fastload.plan import Input, Load

MOST_KEPT = 2 * MAX_BLOCK_BYTES
"""Bytes that are kept of a line: more than any record may have, and than a block holds."""

_MOST_AT_A_TIME = 1 << 20


@dataclass(frozen=True)
class RecordRange:
    """FL-17: which records of an input are processed, counted from 1; the rest is skipped."""

    first: int
    last: int | None

    def holds(self, number: int) -> bool:
        return self.first <= number and (self.last is None or number <= self.last)


def record_range(source: Input, edition: Edition) -> RecordRange:
    """RECORD n THRU m processes records n..m; edition `seed` skips the first n records."""
    if source.start is None:
        return RecordRange(1, source.thru)
    skipped_at_start = source.start if edition == "seed" else source.start - 1
    return RecordRange(skipped_at_start + 1, source.thru)


def check_input(source: Input, files: InputFiles) -> None:
    """A missing file is found before BEGIN LOADING takes effect. Raises `Refused`."""
    if not files.exists(source.file):
        raise Refused(
            "input_unreadable", f"{source.file}: no such file; DEFINE .. FILE= must name one"
        )


def read_lines(source: Input, files: InputFiles) -> Iterator[bytes]:
    """FL-26: an input's lines as `lines_of` gives them, read as they are asked for.

    Raises `Paused` when the input is unreadable, or was changed meanwhile.
    """
    try:
        with files.open(source.file) as stream:
            yield from lines_of(plain_bytes(source.file, stream))
    except InputChanged as error:
        raise Paused(
            "input_changed", f"{source.file}: {error}; let it be, and run the same script again"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise Paused(
            "input_unreadable",
            f"{source.file}: cannot be read to its end ({error}); mend the file, then restart",
        ) from error


def plain_bytes(name: str, stream: BinaryIO) -> Iterator[bytes]:
    """A file's bytes, decompressed when its name or its first bytes say gzip.

    Raises EOFError for a stream that is cut short, OSError or zlib.error for a corrupt one.
    """
    start = stream.read(len(GZIP_MAGIC))
    whole = io.BufferedReader(_Continued(start, stream))
    if name.endswith(".gz") or start == GZIP_MAGIC:
        return gunzipped(whole)
    return iter(lambda: whole.read(_MOST_AT_A_TIME), b"")


class _Continued(io.RawIOBase):
    """A stream whose first bytes were read already: these, and then what is left in it.

    Peeking would not do: a pipe may have one byte there when the two of `GZIP_MAGIC` are asked for.
    """

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start = start
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._start or self._rest.read(len(buffer))
        self._start = data[len(buffer) :]
        count = min(len(data), len(buffer))
        buffer[:count] = data[:count]
        return count


def lines_of(data: Iterable[bytes]) -> Iterator[bytes]:
    """FL-26: the lines, each with its end: LF, which the last may lack.

    Of a line that is far longer than any record may be, its first `MOST_KEPT` bytes and, for the
    rest, a digest in which every byte counts.
    """
    kept, rest = b"", None
    for part in data:
        for piece in io.BytesIO(part):
            text = piece.removesuffix(b"\n")
            room = MOST_KEPT - len(kept)
            kept += text[:room]
            if len(text) > room:
                rest = rest or hashlib.sha256()
                rest.update(text[room:])
            if text != piece:
                yield (kept + rest.hexdigest().encode() if rest else kept) + b"\n"
                kept, rest = b"", None
    if kept:
        yield kept + rest.hexdigest().encode() if rest else kept


def record_of(line: bytes) -> bytes:
    """The record in a line: without LF, and without one CR right before it."""
    return line.removesuffix(b"\n").removesuffix(b"\r")


class SourceRecord(NamedTuple):
    """A record as it comes from an input; numbers count from 1, within its input and the load.

    ``line`` is the record with its line end, ``data`` without. ``in_range`` is False for a
    record that RECORD skips.
    """

    input: int
    number: int
    load_number: int
    line: bytes
    data: bytes
    in_range: bool


def source_records(load: Load, case: Case, files: InputFiles) -> Iterator[SourceRecord]:
    """All records of a load's inputs, one input after the other; RECORD applies to each (FL-17).

    Raises `Paused` when an input cannot be read.
    """
    load_number = 0
    for position, source in enumerate(load.inputs):
        chosen = record_range(source, case.edition)
        for number, line in enumerate(read_lines(source, files), 1):
            load_number += 1
            yield SourceRecord(
                position, number, load_number, line, record_of(line), chosen.holds(number)
            )
