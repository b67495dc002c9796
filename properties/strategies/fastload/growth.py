"""Large FastLoad jobs: a drawn job whose records are repeated, shuffled and varied."""

from __future__ import annotations

import datetime
import gzip
import random
import zlib
from collections.abc import Callable, Mapping, Sequence

import msgspec

from properties.engine.scenario import Scenario
from properties.engine.sizes import Growth
from properties.strategies.fastload.jobs import definition_in, steps_of, with_case
from properties.strategies.shared.growth import in_letters, larger_system
from specs.contract.directories import CaseBundle
from specs.contract.input_files import GZIP_MAGIC
from specs.fastload.plan import (
    DEFAULT_ERROR_LIMIT,
    FastLoadPlan,
    FastLoadStep,
    Input,
    Load,
)
from specs.sql.tables import Column, TableDefinition
from specs.sql.types import INTEGER_BITS, ColumnType

MOST_BYTES = 1 << 20
"""Of one load, so that there are not as many long records as short ones."""

CHECKPOINTS = (3, 7, 20)
"""How many a load that grows has at most: each is a durable step."""

NEAR_BYTES = 65_536


Vary = Callable[[int], bytes]
"""Record number -> a text of one field; numbers near each other have different ones."""


def grown_job(scenario: Scenario, growth: Growth) -> Scenario | None:
    """The scenario with as many records in each load; None for one without records to repeat.

    CHECKPOINT grows along, ERRLIMIT and RECORD as the seed says.
    """
    bundle = scenario.bundle
    picked = random.Random(growth.seed)
    files = dict(bundle.files)
    steps: list[FastLoadStep] = []
    for step in steps_of(bundle):
        if isinstance(step, Load):
            step = _grown_load(bundle, step, growth, picked, files)
        steps.append(step)
    if files == bundle.files:
        return None
    system = larger_system(bundle.case, growth)
    plan = FastLoadPlan(steps=tuple(steps))
    return Scenario(with_case(bundle, files=files, plan=plan, system=system), scenario.choices)


def _grown_load(
    bundle: CaseBundle, load: Load, growth: Growth, picked: random.Random, files: dict[str, bytes]
) -> Load:
    """The load with its inputs grown, whose new bytes are put into ``files``."""
    try:
        definition = definition_in(bundle, load.target)
    except KeyError:
        definition = None  # a load into a table that is not there
    drawn = [records_in(bundle.files.get(source.file, b"")) for source in load.inputs]
    total = sum(map(len, drawn))
    if not total:
        return load
    times = growth.records / total
    made_of_all = 0
    for source, records in zip(load.inputs, drawn, strict=True):
        if not records:
            continue
        made = _grown_records(
            records,
            round(len(records) * times),
            _variations(source, load, definition) if definition else {},
            source.delimiter.encode(),
            picked,
        )
        made = made[: _fitted(made, growth, bundle.case.teradata.block_bytes)]
        made_of_all += len(made)
        files[source.file] = _written(made, bundle.files[source.file], growth.members)
    far = picked.random() < 0.5
    changes: dict[str, object] = {}
    if load.checkpoint:
        changes["checkpoint"] = max(load.checkpoint, -(-made_of_all // picked.choice(CHECKPOINTS)))
    if far:
        factor = max(1, made_of_all // total)
        if load.error_limit != DEFAULT_ERROR_LIMIT:
            changes["error_limit"] = load.error_limit * factor
        changes["inputs"] = tuple(_with_range(source, factor) for source in load.inputs)
    return msgspec.structs.replace(load, **changes)


def _with_range(source: Input, factor: int) -> Input:
    start = source.start if source.start is None else source.start * factor
    thru = source.thru if source.thru is None else source.thru * factor
    return msgspec.structs.replace(source, start=start, thru=thru)


# --- files ---------------------------------------------------------------------------------------


def records_in(data: bytes) -> list[bytes]:
    """The records of an input file with their line ends; none for what cannot be unpacked."""
    if data.startswith(GZIP_MAGIC):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            return []
    # a carriage return may be a part of a field
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _written(made: Sequence[bytes], before: bytes, members: int) -> bytes:
    """The records as a file like the one before: compressed or not, with its last line end."""
    data = b"".join(made)
    if not before.startswith(GZIP_MAGIC):
        return data if before.endswith(b"\n") else data.rstrip(b"\r\n")
    size = -(-len(data) // members)
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(gzip.compress(part, 1, mtime=0) for part in parts)


# --- records -------------------------------------------------------------------------------------


def _grown_records(
    drawn: Sequence[bytes],
    count: int,
    variations: Mapping[int, Vary],
    delimiter: bytes,
    picked: random.Random,
) -> list[bytes]:
    """``count`` records, or as many as `MOST_BYTES` hold: some as drawn, most with other values.

    ``variations``: position of a field -> its other texts.
    """
    fields = [record.rstrip(b"\r\n").split(delimiter) for record in drawn]
    ends = [record[len(record.rstrip(b"\r\n")) :] or b"\n" for record in drawn]
    made: list[bytes] = []
    size, offset = 0, picked.randrange(50)
    for number in range(count):
        at = picked.randrange(len(drawn))
        row = fields[at]
        if variations and picked.random() < 0.7:
            row = list(row)
            for position, vary in variations.items():
                if position < len(row) and picked.random() < 0.8:
                    row[position] = vary(number + offset)
        record = delimiter.join(row) + ends[at]
        size += len(record)
        if size > MOST_BYTES:
            break
        made.append(record)
    return made


def _fitted(made: Sequence[bytes], growth: Growth, block_bytes: int) -> int:
    """How many of the records there are in the end: see `Growth.near`."""
    if growth.near == "count":
        return len(made)
    end = filled = 0
    most = NEAR_BYTES if growth.near == "64 KB" else block_bytes
    for number, record in enumerate(made):
        size = len(record) if growth.near == "64 KB" else len(record.rstrip(b"\r\n"))
        if filled and filled + size > most:
            end, filled = number, 0
        filled += size
    return max(end + growth.beyond, 1) if end else len(made)


def _variations(source: Input, load: Load, definition: TableDefinition) -> dict[int, Vary]:
    """For each field whose texts are plain values of a column: texts that are other values."""
    positions = {field.name: at for at, field in enumerate(source.fields)}
    found: dict[int, Vary] = {}
    for assignment in source.assignments:
        at = positions[assignment.field]
        field, column = source.fields[at], definition.column(assignment.column)
        if assignment.conversion or assignment.format or field.nullif or column.check:
            continue
        vary = _variation(column, load.date_form)
        if vary is not None and len(vary(10**9)) <= ColumnType.parse(field.type).length:
            found[at] = vary
    return found


def _variation(column: Column, date_form: str) -> Vary | None:
    kind = column.column_type
    if kind.name in INTEGER_BITS:
        most = kind.integer_range[1] + 1
        return lambda number: b"%d" % (number % most)
    match kind.name:
        case "DECIMAL" if kind.precision > kind.scale:
            limit = 10 ** min(kind.precision - kind.scale, 9)
            return lambda number: b"%d" % (number % limit)
        case "FLOAT":
            return lambda number: b"%d.5" % number
        case "CHAR" | "VARCHAR":
            return lambda number: in_letters(number % 36**kind.length).encode()
        case "DATE" if date_form == "ansi" and column.format is None:
            first = datetime.date(1950, 1, 1)
            return lambda number: (
                (first + datetime.timedelta(days=number % 36_000)).isoformat().encode()
            )
        case _:
            return None
