"""Input classes of FastLoad jobs: their scripts, their input files, their records."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from properties.strategies.shared.classes import classes_of_table, large_classes, size_class
from specs.contract.directories import CaseBundle
from specs.contract.input_files import GZIP_MAGIC
from specs.fastload.plan import (
    DEFAULT_ERROR_LIMIT,
    MAX_RECORD_BYTES,
    Input,
    Load,
    ReleaseLoad,
)
from specs.sql.statements import CreateTable, DeleteRows, DropTable

_GZIP_MEMBER = b"\x1f\x8b\x08"
_NEAR_BYTES = 65_536
_MOST_BYTES_LOOKED_AT = 1 << 18


def classes_of_job(bundle: CaseBundle) -> Iterator[str]:
    """The classes that a FastLoad case is in, one perhaps more than once."""
    loads = 0
    for step in bundle.case.steps:
        match step:
            case CreateTable(definition=definition):
                yield from classes_of_table(definition)
            case DropTable():
                yield "DROP TABLE"
            case DeleteRows():
                yield "DELETE"
            case ReleaseLoad():
                yield "release of a load"
            case Load():
                loads += 1
                yield from _of_load(bundle, step)
            case _:
                pass
    if loads > 1:
        yield "several loads"


def column_types_of_job(bundle: CaseBundle) -> Iterator[str]:
    """The types that values pass through, beyond those of the columns of the case's tables."""
    for step in bundle.case.steps:
        for source in step.inputs if isinstance(step, Load) else ():
            for assignment in source.assignments:
                if assignment.conversion:
                    yield assignment.conversion


def _of_load(bundle: CaseBundle, load: Load) -> Iterator[str]:
    if load.sessions is not None:
        yield "SESSIONS"
    if load.checkpoint:
        yield "CHECKPOINT"
    if load.error_limit != DEFAULT_ERROR_LIMIT:
        yield "ERRLIMIT"
    if not load.end_loading:
        yield "no END LOADING"
    if load.target in bundle.tables:
        yield "target there before the job"
    if len(load.inputs) > 1:
        yield "several inputs"
    for source in load.inputs:
        yield from _of_input(source)
        data = bundle.files.get(source.file)
        if data is None:
            yield "file missing"
            continue
        if data.startswith(GZIP_MAGIC) or source.file.endswith(".gz"):
            yield "gzip"
            if data.count(_GZIP_MEMBER) > 1:
                yield "several gzip members"
            try:
                data = gzip.decompress(data)
            except (OSError, EOFError, zlib.error):
                yield "gzip that cannot be read"
                continue
        yield from _of_records(data, source, bundle.case.teradata.block_bytes)


def _of_input(source: Input) -> Iterator[str]:
    if len(source.delimiter) > 1:
        yield "delimiter of several characters"
    if source.delimiter == "\t":
        yield "delimiter TAB"
    if source.start is not None:
        yield "RECORD"
    if source.thru is not None:
        yield "THRU"
    yield "bad record stops" if source.on_bad_record == "stop" else "NOSTOP"
    used = [assignment.field for assignment in source.assignments]
    if used != [field.name for field in source.fields]:
        yield "fields in another order or not used"
    if any(field.nullif is not None for field in source.fields):
        yield "NULLIF"
    if any(assignment.conversion for assignment in source.assignments):
        yield "explicit conversion"
    if any(assignment.format for assignment in source.assignments):
        yield "date FORMAT"


def _of_records(data: bytes, source: Input, block_bytes: int) -> Iterator[str]:
    if not data:
        yield "no records"
        return
    if not data.endswith(b"\n"):
        yield "last record without line end"
    if len(data) > _MOST_BYTES_LOOKED_AT:
        count = data.count(b"\n")
        yield "100 records or more" if count > 99 else "long records"
        yield from large_classes(count, "records")
        return
    if b"\r\n" in data:
        yield "CRLF"
    records = data.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    count, delimiter = len(records), source.delimiter.encode()
    yield size_class(
        count, ("1 record", "2 to 15 records", "16 to 99 records", "100 records or more")
    )
    yield from large_classes(count, "records")
    if len(data) > _NEAR_BYTES:
        yield "over 65,536 bytes"
    if len(set(records)) < count:
        yield "equal records"
    if len(data) > block_bytes:
        yield "several blocks"
    if b"" in records and len(source.fields) > 1:
        yield "empty line"
    if any(record.count(delimiter) + 1 != len(source.fields) for record in records):
        yield "wrong field count"
    longest = max(map(len, records))
    if longest >= MAX_RECORD_BYTES:
        yield f"record {'over' if longest > MAX_RECORD_BYTES else 'of'} 64,000 bytes"
    padded = delimiter + (delimiter + b"\n" + delimiter).join(records) + delimiter
    if delimiter * 2 in padded:
        yield "empty field"
    if b" " + delimiter in padded:
        yield "trailing blanks"
    if not data.isascii():
        try:
            data.decode()
            yield "non-ASCII text"
        except UnicodeDecodeError:
            yield "invalid UTF-8"
