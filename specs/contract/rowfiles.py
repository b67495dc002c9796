"""Row files (``.ndjson``): tables of a case and of an outcome without an Arrow library.

The first line is a `RowFileHeader`, every further line one row: a JSON object with every column.
A row file means exactly the Arrow table with the same columns, metadata and rows.
"""

from __future__ import annotations

import datetime
import math
import re
import reprlib
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from specs.contract.documents import DocumentError, decoded
from specs.shortening import shortened
from specs.sql.tables import DEFINITION_KEY, TableDefinition
from specs.sql.types import MAX_CHARACTER_LENGTH, ColumnType, ColumnTypeError

ROW_FILE_SUFFIX = ".ndjson"

UNSIGNED_TYPES: dict[str, pa.DataType] = {"UINT32": pa.uint32(), "UINT64": pa.uint64()}
"""Types of placement columns and hash answers, which no table column has."""


_ARROW_TYPES: dict[str, pa.DataType] = {
    "BYTEINT": pa.int8(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "FLOAT": pa.float64(),
    "DATE": pa.date32(),
    "TIME(6)": pa.time64("us"),
    "TIMESTAMP(6)": pa.timestamp("us"),
    f"VARCHAR({MAX_CHARACTER_LENGTH})": pa.string(),
    f"VARBYTE({MAX_CHARACTER_LENGTH})": pa.binary(),
}
"""The types of columns that no definition tells, but for decimals."""


class RowFileError(ValueError):
    """A row file that is missing or malformed; the message names file, line and column."""


class RowFileHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """First line of a row file.

    ``columns``: name -> type as in a table definition (``DECIMAL(9,2)``), or UINT32, UINT64.
    ``metadata``: the Arrow schema's metadata; a table that has a definition carries it as JSON
    text under ``loadproof.table``.
    """

    columns: dict[str, str]
    metadata: dict[str, str] = {}


def read_rows_file(path: Path) -> pa.Table:
    """Read a row file as the Arrow table that it stands for. Raises `RowFileError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RowFileError(f"{path}: cannot be read ({error.strerror})") from error
    return rows_table(data, str(path))


def rows_table(data: bytes, path: str) -> pa.Table:
    """The Arrow table that a row file's bytes stand for. Raises `RowFileError`, naming ``path``.

    Values: integers are JSON integers (or their digits as text, for languages whose numbers end
    at 2**53), FLOAT JSON numbers, DECIMAL its digits as text, DATE ``YYYY-MM-DD``, TIME
    ``HH:MM:SS[.ffffff]``, TIMESTAMP both with a blank between, BYTE and VARBYTE hexadecimal text,
    characters text; NULL is null in every type.
    """
    lines = data.split(b"\n")
    if lines.pop():
        raise RowFileError(f"{path}: the last line has no line end; the file is cut short")
    if not lines:
        raise RowFileError(f"{path}: empty; expected a header line with the columns")
    try:
        header = decoded(lines[0], RowFileHeader)
    except DocumentError as error:
        raise RowFileError(f"{path}, line 1: not a row file header: {error}") from error
    rows = [_decode_row(line, header, f"{path}, line {n}") for n, line in enumerate(lines[1:], 2)]
    arrays, fields = [], []
    for name, type_text in header.columns.items():
        arrow_type, convert = _reader_of(type_text, f"{path}, line 1, column {name}")
        values = []
        for number, row in enumerate(rows, 2):
            try:
                values.append(None if row[name] is None else convert(row[name]))
            except ValueError as error:
                raise RowFileError(f"{path}, line {number}, column {name}: {error}") from error
        try:
            arrays.append(pa.array(values, type=arrow_type))
        except (pa.ArrowInvalid, OverflowError) as error:
            raise RowFileError(f"{path}, column {name}: not all {type_text}: {error}") from error
        fields.append(pa.field(name, arrow_type))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=header.metadata or None))


def rows_file_bytes(table: pa.Table) -> bytes:
    """The row file of an Arrow table; `read_rows_file` gives the same table back.

    A column's type is that of the table definition in the schema's metadata, if there is one.
    Integers beyond 2**53 are written as their digits, for languages whose numbers end there.
    Raises `RowFileError` for a column of a type, or a FLOAT, that no table has.
    """
    types = {field.name: _type_text(table, field) for field in table.schema}
    raw = table.schema.metadata or {}
    metadata = {key.decode(): value.decode() for key, value in raw.items()}
    lines = [msgspec.json.encode(RowFileHeader(columns=types, metadata=metadata))]
    writers = [_WRITERS.get(text.partition("(")[0], _as_it_is) for text in types.values()]
    columns = [column.to_pylist() for column in table.columns]
    for values in zip(*columns, strict=True):
        written = (
            None if value is None else write(value)
            for value, write in zip(values, writers, strict=True)
        )
        lines.append(msgspec.json.encode(dict(zip(types, written, strict=True))))
    return b"".join(line + b"\n" for line in lines)


def _type_text(table: pa.Table, field: pa.Field) -> str:
    """The column type that a header tells for an Arrow column."""
    raw = (table.schema.metadata or {}).get(DEFINITION_KEY)
    if raw is not None:
        definition = msgspec.json.decode(raw, type=TableDefinition)
        for column in definition.columns:
            if column.name == field.name and column.column_type.to_arrow() == field.type:
                return str(column.column_type)
    kind = field.type
    for text, arrow_type in {**UNSIGNED_TYPES, **_ARROW_TYPES}.items():
        if kind == arrow_type:
            return text
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    raise RowFileError(f"column {field.name}: no table has a column of the Arrow type {kind}")


def _decode_row(line: bytes, header: RowFileHeader, where: str) -> dict[str, Any]:
    try:
        row = decoded(line)
    except DocumentError as error:
        raise RowFileError(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict):
        raise RowFileError(f"{where}: expected an object with the columns, found {line[:60]!r}")
    if row.keys() != header.columns.keys():
        expected, found = (shortened(", ".join(names)) for names in (header.columns, row))
        raise RowFileError(f"{where}: expected the columns {expected}; found {found}")
    return row


def _reader_of(type_text: str, where: str) -> tuple[pa.DataType, Callable[[Any], Any]]:
    if type_text in UNSIGNED_TYPES:
        return UNSIGNED_TYPES[type_text], _integer
    try:
        column_type = ColumnType.parse(type_text)
    except ColumnTypeError as error:
        raise RowFileError(f"{where}: {error}") from error
    return column_type.to_arrow(), _READERS.get(column_type.name, _text)


def _integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
        return int(value)
    raise ValueError(f"expected an integer, found {reprlib.repr(value)}")


def _float(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):
            return float(value)
    raise ValueError(f"expected a number that a FLOAT can hold, found {reprlib.repr(value)}")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"expected text, found {reprlib.repr(value)}")


def _written_as(pattern: str, expected: str, value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII):
        return value
    raise ValueError(f"expected text such as {expected}, found {reprlib.repr(value)}")


_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d:\d\d(\.\d{1,6})?"


def _decimal(value: Any) -> Decimal:
    return Decimal(_written_as(r"-?\d+(\.\d+)?", "-1.50", value))


def _date(value: Any) -> datetime.date:
    return datetime.date.fromisoformat(_written_as(_DATE, "2024-02-29", value))


def _time(value: Any) -> datetime.time:
    return datetime.time.fromisoformat(_all_digits(_written_as(_TIME, "23:59:59.5", value)))


def _timestamp(value: Any) -> datetime.datetime:
    text = _written_as(f"{_DATE} {_TIME}", "2024-02-29 23:59:59.5", value)
    return datetime.datetime.fromisoformat(_all_digits(text))


def _all_digits(text: str) -> str:
    """The same text with six fraction digits."""
    seconds, _, fraction = text.partition(".")
    return f"{seconds}.{fraction:0<6}"


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(_written_as(r"([0-9A-Fa-f]{2})*", "00FF (hexadecimal)", value))


_READERS: dict[str, Callable[[Any], Any]] = {
    "BYTEINT": _integer,
    "SMALLINT": _integer,
    "INTEGER": _integer,
    "BIGINT": _integer,
    "DECIMAL": _decimal,
    "FLOAT": _float,
    "DATE": _date,
    "TIME": _time,
    "TIMESTAMP": _timestamp,
    "BYTE": _bytes,
    "VARBYTE": _bytes,
}


def _as_it_is(value: Any) -> Any:
    return value


def _json_integer(value: int) -> int | str:
    return value if abs(value) <= 1 << 53 else str(value)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise RowFileError(f"{value}: no table holds such a FLOAT, and JSON has none")
    return value


def _moment(value: datetime.time | datetime.datetime) -> str:
    return value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()


_WRITERS: dict[str, Callable[[Any], Any]] = {
    "BIGINT": _json_integer,
    "UINT64": _json_integer,
    "DECIMAL": "{:f}".format,
    "FLOAT": _finite,
    "DATE": datetime.date.isoformat,
    "TIME": _moment,
    "TIMESTAMP": _moment,
    "BYTE": bytes.hex,
    "VARBYTE": bytes.hex,
}
