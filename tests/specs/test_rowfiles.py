"""Row files mean the Arrow table with the same columns, metadata and rows."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.strategies.shared.definitions import (
    ALL_TYPES,
    arrow_rows,
    definitions,
    rows_for,
)
from specs.contract.directories import (
    DirectoryError,
    definition_of,
    read_outcome_file,
    read_outcome_table,
)
from specs.contract.rowfiles import RowFileError, read_rows_file, rows_file_bytes
from specs.sql.tables import Column, TableDefinition


def row_file(directory: Path, header: Any, *rows: Any, name: str = "t.ndjson") -> Path:
    path = directory / name
    path.write_text("".join(json.dumps(line) + "\n" for line in (header, *rows)))
    return path


@pytest.mark.parametrize(
    ("column_type", "written", "value", "arrow_type"),
    [
        ("BYTEINT", -128, -128, pa.int8()),
        ("INTEGER", 5, 5, pa.int32()),
        ("BIGINT", "9223372036854775807", 2**63 - 1, pa.int64()),
        ("BIGINT", -(2**63), -(2**63), pa.int64()),
        ("UINT32", 0xFFFFFFFF, 0xFFFFFFFF, pa.uint32()),
        ("UINT64", "18446744073709551615", 2**64 - 1, pa.uint64()),
        ("DECIMAL(9,2)", "-1.5", Decimal("-1.50"), pa.decimal128(9, 2)),
        ("DECIMAL(38,0)", "9" * 38, Decimal("9" * 38), pa.decimal128(38, 0)),
        ("FLOAT", 0.1, 0.1, pa.float64()),
        ("FLOAT", 3, 3.0, pa.float64()),
        ("CHAR(3)", "é  ", "é  ", pa.string()),
        ("VARCHAR(9)", "", "", pa.string()),
        ("DATE", "0001-01-01", datetime.date(1, 1, 1), pa.date32()),
        ("TIME(6)", "23:59:59.05", datetime.time(23, 59, 59, 50_000), pa.time64("us")),
        ("TIME(0)", "23:59:59", datetime.time(23, 59, 59), pa.time64("us")),
        (
            "TIMESTAMP(6)",
            "1969-12-31 23:59:59.999999",
            datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999),
            pa.timestamp("us"),
        ),
        ("BYTE(2)", "00fF", b"\x00\xff", pa.binary()),
        ("VARBYTE(2)", "", b"", pa.binary()),
    ],
)
def test_every_type_is_read_exactly(
    tmp_path: Path, column_type: str, written: Any, value: Any, arrow_type: pa.DataType
) -> None:
    header = {"columns": {"c": column_type}}
    table = read_rows_file(row_file(tmp_path, header, {"c": written}, {"c": None}))
    assert table.schema.field("c").type == arrow_type
    assert table.column("c").to_pylist() == [value, None]


@pytest.mark.parametrize(
    ("column_type", "written"),
    [
        ("INTEGER", 1.0),
        ("INTEGER", True),
        ("INTEGER", "0x1"),
        ("INTEGER", 2**31),
        ("UINT32", -1),
        ("DECIMAL(9,2)", 1.5),
        ("DECIMAL(9,2)", "1.555"),
        ("DECIMAL(3,2)", "10.00"),
        ("DECIMAL(9,2)", "1e2"),
        ("FLOAT", "1"),
        ("VARCHAR(5)", 5),
        ("DATE", "2023-02-29"),
        ("DATE", "20230228"),
        ("TIME(6)", "24:00:00"),
        ("TIMESTAMP(6)", "2024-01-01T00:00:00"),
        ("VARBYTE(5)", "0"),
        ("VARBYTE(5)", "zz"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(
    tmp_path: Path, column_type: str, written: Any
) -> None:
    path = row_file(tmp_path, {"columns": {"c": column_type}}, {"c": None}, {"c": written})
    with pytest.raises(RowFileError, match=r"t\.ndjson.*column c"):
        read_rows_file(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b'{"columns": {"c": "INTEGER"}}', "cut short"),
        (b'{"columns": {"c": "INTEGER"}}\n{"c": 1}', "cut short"),
        (b"[]\n", "line 1: not a row file header"),
        (b'{"columns": {"c": "NUMBER"}}\n', "line 1, column c: NUMBER"),
        (b'{"columns": {"c": "INTEGER"}}\n[1]\n', "line 2: expected an object"),
        (b'{"columns": {"c": "INTEGER"}}\n{"c": 1, "d": 2}\n', "line 2.*c; found c, d"),
        (b'{"columns": {"c": "INTEGER"}}\n{}\n', "line 2.*columns c; found"),
        (b'{"columns": {"c": "INTEGER"}}\n\n', "line 2: not JSON"),
        (b'{"columns": {"c": "VARCHAR(9)"}}\n{"c": "\xff"}\n', "line 2: not JSON"),
        (b'{"columns": {"c": "VARCHAR(9)"}}\n{"c": "\\ud800"}\n', "line 2: not JSON"),
        (b'{"columns": {"c": "FLOAT"}}\n{"c": ' + b"9" * 400 + b"}\n", "line 2, column c.*FLOAT"),
        (b'{"columns": {"c": "BIGINT"}}\n{"c": ' + b"9" * 5_000 + b"}\n", "line 2: not JSON"),
        (b'{"columns": {"c": "DECIMAL(' + b"9" * 5_000 + b')"}}\n', "line 1, column c.*precision"),
        (b'{"columns": ' + b"[" * 10_000 + b"]" * 10_000 + b"}\n", "line 1: not a row file header"),
        (
            b'{"columns": {"c": "DATE"}}\n' + b"[" * 10_000 + b"]" * 10_000 + b"\n",
            "line 2: not JSON",
        ),
        (
            b'{"columns": {"c": "DATE"}}\n{"c": ' + b"[" * 900 + b"]" * 900 + b"}\n",
            "line 2, column c",
        ),
        (b"\0\0\n", "line 1: not a row file header"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "t.ndjson"
    path.write_bytes(content)
    with pytest.raises(RowFileError, match=expected):
        read_rows_file(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RowFileError, match="cannot be read"):
        read_rows_file(tmp_path / "t.ndjson")
    with pytest.raises(DirectoryError, match="cannot be read"):
        read_outcome_file(tmp_path, "t.ndjson")


def test_a_table_without_rows_keeps_its_types(tmp_path: Path) -> None:
    table = read_rows_file(row_file(tmp_path, {"columns": {"a": "INTEGER", "b": "DATE"}}))
    assert table.schema.types == [pa.int32(), pa.date32()]
    assert table.num_rows == 0


def test_an_outcome_reads_row_files_in_order_with_the_definition(tmp_path: Path) -> None:
    definition = TableDefinition(name="t", columns=(Column(name="a", type="INTEGER"),))
    metadata = {
        "loadproof.table": json.dumps({"name": "t", "columns": [{"name": "a", "type": "INTEGER"}]})
    }
    header = {"columns": {"a": "INTEGER"}, "metadata": metadata}
    row_file(tmp_path, header, {"a": 1}, name="1.ndjson")
    row_file(tmp_path, header, {"a": 2}, name="2.ndjson")
    table = read_outcome_table(tmp_path, ("2.ndjson", "1.ndjson"))
    assert table.column("a").to_pylist() == [2, 1]
    assert definition_of(table.schema) == definition


# --- written --------------------------------------------------------------------------------------


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    definition = draw(definitions(types=ALL_TYPES))
    return arrow_rows(definition, draw(rows_for(definition)))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(tables())
def test_a_written_row_file_is_read_as_the_same_table(
    tmp_path_factory: pytest.TempPathFactory, table: pa.Table
) -> None:
    path = tmp_path_factory.mktemp("rows") / "t.ndjson"
    path.write_bytes(rows_file_bytes(table))
    assert read_rows_file(path).equals(table, check_metadata=True)
    bare = table.replace_schema_metadata(None)
    path.write_bytes(rows_file_bytes(bare))
    assert read_rows_file(path).equals(bare, check_metadata=True)


def test_large_integers_are_written_as_their_digits() -> None:
    table = pa.table({"k": pa.array([2**53, 2**53 + 1, -(2**63)])})
    lines = rows_file_bytes(table).decode().splitlines()
    assert lines[0] == '{"columns":{"k":"BIGINT"},"metadata":{}}'
    assert lines[1:] == [
        '{"k":9007199254740992}',
        '{"k":"9007199254740993"}',
        '{"k":"-9223372036854775808"}',
    ]


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        (pa.array([[1]]), "Arrow type list"),
        (pa.array([True]), "Arrow type bool"),
        (pa.array([float("nan")]), "nan: no table holds"),
        (pa.array([float("-inf")]), "-inf: no table holds"),
    ],
)
def test_what_no_table_holds_is_not_written(column: pa.Array, problem: str) -> None:
    with pytest.raises(RowFileError, match=problem):
        rows_file_bytes(pa.table({"c": column}))
