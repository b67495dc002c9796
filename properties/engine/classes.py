"""Input classes: which kinds of input an example is, so that a run can tell what it has tried."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import pyarrow as pa

from properties.engine.registry import Scenario
from specs.contract import Case
from specs.contract.directories import CaseBundle
from specs.distribution.plan import DistributionPlan, InsertRows, InsertSelect, Reconfigure
from specs.fastload.plan import (
    DEFAULT_ERROR_LIMIT,
    MAX_RECORD_BYTES,
    Input,
    Load,
    ReleaseLoad,
)
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import TableDefinition

_GZIP = b"\x1f\x8b"
_MOST_BYTES_LOOKED_AT = 1 << 18


def classes_of(scenario: Scenario) -> tuple[str, ...]:
    """Labels of the input classes that a scenario is in, each once: short human phrases."""
    bundle = scenario.bundle
    labels = [*_of_system(bundle.case)]
    if isinstance(bundle.case.plan, DistributionPlan):
        labels += _of_requests(bundle, bundle.case.plan)
    else:
        labels += _of_job(bundle)
    labels += [f"with {name.replace('_', ' ')}" for name in scenario.choices]
    return tuple(dict.fromkeys(labels))


def _of_system(case: Case) -> Iterator[str]:
    system = case.teradata
    yield f"{system.hash_bucket_bits}-bit hash buckets"
    yield _size(system.amps, ("1 AMP", "2 to 15 AMPs", "16 to 99 AMPs", "100 AMPs or more"))
    if system.down_amps:
        yield "AMP down"
    if case.faults:
        yield "AMP lost"
    if case.tables:
        yield "tables there before the job"


def _size(number: int, labels: tuple[str, str, str, str]) -> str:
    return labels[(number > 1) + (number > 15) + (number > 99)]


def _of_table(definition: TableDefinition) -> Iterator[str]:
    index = definition.primary_index
    if index is None:
        yield "no primary index"
    else:
        yield "unique primary index" if index.unique else f"{definition.kind} with plain index"
        if len(index.columns) > 1:
            yield "index of several columns"
    for column in definition.columns:
        yield f"{column.type.partition('(')[0]} column"
        if column.not_null:
            yield "NOT NULL"
        if column.check is not None:
            yield "CHECK"
        if column.case_specific:
            yield "CASESPECIFIC"
        if column.character_set == "LATIN":
            yield "LATIN"
    if definition.attached or definition.view or definition.partitioned:
        yield "target with dependent structures"


# --- FastLoad ----------------------------------------------------------------------------------


def _of_job(bundle: CaseBundle) -> Iterator[str]:
    loads = 0
    for step in bundle.case.steps:
        match step:
            case CreateTable(definition=definition):
                yield from _of_table(definition)
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
        if data.startswith(_GZIP) or source.file.endswith(".gz"):
            yield "gzip"
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
        yield "over 100 records" if data.count(b"\n") > 100 else "long records"
        return
    if b"\r\n" in data:
        yield "CRLF"
    records = data.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    count, delimiter = len(records), source.delimiter.encode()
    yield _size(count, ("1 record", "2 to 15 records", "16 to 99 records", "100 records or more"))
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


# --- hash distribution -------------------------------------------------------------------------


def _of_requests(bundle: CaseBundle, plan: DistributionPlan) -> Iterator[str]:
    for step in plan.steps:
        match step:
            case CreateTable(definition=definition):
                yield from _of_table(definition)
            case InsertRows(mode=mode):
                yield f"{mode} INSERT"
            case InsertSelect():
                yield "INSERT SELECT"
            case Reconfigure(amps=amps):
                before = bundle.case.teradata.amps
                yield "more AMPs" if amps > before else "fewer AMPs" if amps < before else "as many"
            case DeleteRows():
                yield "DELETE"
            case _:
                pass
    for name, data in bundle.files.items():
        if name.endswith(".arrow"):
            yield from _of_rows(pa.ipc.open_file(pa.py_buffer(data)).read_all())


def _of_rows(rows: pa.Table) -> Iterator[str]:
    count = rows.num_rows
    if not count:
        yield "no rows"
        return
    yield _size(count, ("1 row", "2 to 15 rows", "16 to 99 rows", "100 rows or more"))
    if any(column.null_count for column in rows.columns):
        yield "NULLs"
    if count <= 100:
        values = list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
        if len(set(values)) < count:
            yield "equal rows"
