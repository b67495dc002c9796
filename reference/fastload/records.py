"""From an input file to its records (FL-17, FL-26)."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from reference.jobs import Paused, Refused
from reference.system import InputFiles
from specs.contract import Case, Edition
from specs.fastload.plan import Input, Load

GZIP_MAGIC = b"\x1f\x8b"


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


def read_lines(source: Input, files: InputFiles) -> list[bytes]:
    """FL-26: an input's lines, each with its end. Raises `Paused` when it is unreadable."""
    try:
        data = files.read(source.file)
        # A line ends at LF or at the end of the file.
        return io.BytesIO(plain_bytes(source.file, data)).readlines()
    except (OSError, EOFError, zlib.error) as error:
        raise Paused(
            "input_unreadable",
            f"{source.file}: cannot be read to its end ({error}); mend the file, then restart",
        ) from error


def plain_bytes(name: str, data: bytes) -> bytes:
    """A file's bytes, decompressed when its name or its first bytes say gzip.

    Raises EOFError for a stream that is cut short, OSError or zlib.error for a corrupt one.
    """
    if not (name.endswith(".gz") or data.startswith(GZIP_MAGIC)):
        return data
    if not data:
        raise EOFError("a gzip file of no bytes")
    return gzip.decompress(data)


def record_of(line: bytes) -> bytes:
    """The record in a line: without LF, and without one CR right before it."""
    return line.removesuffix(b"\n").removesuffix(b"\r")


class SourceRecord(NamedTuple):
    """A record as it comes from an input; numbers count from 1, within its input and the load.

    ``line`` is the record with its line end, ``data`` without. ``processed`` is False for a
    record that RECORD skips.
    """

    input: int
    number: int
    load_number: int
    line: bytes
    data: bytes
    processed: bool


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
