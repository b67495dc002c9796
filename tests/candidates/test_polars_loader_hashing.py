"""The polars loader's row hash, against published literals and the formula in plain integers."""

from __future__ import annotations

import datetime
import struct
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from candidates.polars.columns.values import from_arrow, type_of
from candidates.polars.loader import PolarsLoader
from candidates.polars.storage.hash_maps import HashMap
from candidates.polars.storage.hashing import PublishedHash, row_hash
from specs.sql.tables import Column

P = 2**32 - 5


def formula(v: int) -> int:
    h = v % P * 0x9E3779B6 % P
    return h >> 16 | (h & 0xFFFF) << 16


def bits(number: float) -> int:
    return int.from_bytes(struct.pack(">d", number))


def hashes(kind: str, values: list[object], **options: bool) -> list[int]:
    column = Column(name="c", type=kind, **options)
    arrow = pa.chunked_array([pa.array(values, type_of(column).to_arrow())])
    series = from_arrow(arrow, type_of(column)).alias("c")
    return PublishedHash().of_column(series, column).tolist()


@pytest.mark.parametrize("kind", ["BYTEINT", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL(18,0)"])
def test_published_values_of_integers(kind: str) -> None:
    published = [0x79B69E37, 0xF3713C6E, 0x6D27DAA6, 0xE6E278DD, 0x609D1715, 0xDA53B54C]
    values = [Decimal(v) if "DECIMAL" in kind else v for v in range(1, 7)]
    assert hashes(kind, values) == published


def test_published_value_of_a_character() -> None:
    assert hashes("CHAR(1)", ["3"]) == [0x3FDD850D]
    assert hashes("VARCHAR(9)", ["3  "]) == [0x3FDD850D]


def test_published_buckets() -> None:
    hashed = np.array(hashes("INTEGER", list(range(1, 7))), dtype=np.uint32)
    buckets = PolarsLoader().hash_bucket(hashed, 20)
    assert buckets.tolist() == [498537, 997139, 447101, 945703, 395729, 894267]
    assert HashMap(2, 20).amp_of_bucket(buckets).tolist() == [0] * 6


@pytest.mark.parametrize("kind", ["INTEGER", "VARCHAR(5)", "DECIMAL(38,3)", "FLOAT", "DATE"])
def test_null_hashes_to_zero(kind: str) -> None:
    assert hashes(kind, [None, None]) == [0, 0]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("INTEGER", [-1, 0, -(2**31), 2**31 - 1], [-1, 0, -(2**31), 2**31 - 1]),
        ("BIGINT", [P, P + 2, -(2**63), 2**63 - 1], [P, P + 2, -(2**63), 2**63 - 1]),
        ("DECIMAL(9,2)", [Decimal("1.50"), Decimal("-0.01")], [150, -1]),
        (
            "DECIMAL(38,5)",
            [Decimal("123456789012345678901234567890123.45678"), Decimal("-9.99999")],
            [12345678901234567890123456789012345678, -999999],
        ),
        (
            "FLOAT",
            [1.5, -2.25, -0.0],
            [int.from_bytes(struct.pack(">d", v)) for v in (1.5, -2.25, 0.0)],
        ),
        (
            "DATE",
            [datetime.date(1899, 12, 31), datetime.date(2024, 2, 29), datetime.date(1, 1, 1)],
            [-10000 + 1231, 1240229, -1899 * 10000 + 101],
        ),
        ("TIME(6)", [datetime.time(0, 0, 1, 5)], [1_000_005]),
        ("TIMESTAMP(6)", [datetime.datetime(1969, 12, 31, 23, 59, 59)], [-1_000_000]),
        ("VARBYTE(4)", [b"\x01\x02\x00", b"", b"\x00"], [0x0102, 0, 0]),
    ],
)
def test_extension_to_other_types(kind: str, values: list[object], expected: list[int]) -> None:
    assert hashes(kind, values) == [formula(v) for v in expected]


def test_text_is_hashed_upper_case_without_trailing_blanks() -> None:
    texts = ["", "  ", "aß", "Zürich  ", " x", "y" * 700]
    number = [int.from_bytes(t.rstrip(" ").upper().encode()) for t in texts]
    assert hashes("VARCHAR(800)", texts) == [formula(v) for v in number]
    exact = [int.from_bytes(t.rstrip(" ").encode()) for t in texts]
    assert hashes("VARCHAR(800)", texts, case_specific=True) == [formula(v) for v in exact]


def test_columns_combine_in_any_order_and_null_changes_nothing() -> None:
    a, b = Column(name="a", type="INTEGER"), Column(name="b", type="INTEGER")
    frame = pl.DataFrame({"a": [1, 2], "b": [5, None]}, schema={"a": pl.Int32, "b": pl.Int32})
    first, second = formula(1), formula(5)
    expected = [(first * second + first + second) % 2**32, formula(2)]
    assert row_hash(frame, [a, b], PublishedHash()).tolist() == expected
    assert row_hash(frame, [b, a], PublishedHash()).tolist() == expected


@pytest.mark.parametrize(("before", "after"), [(4, 5), (5, 4), (1, 7), (1000, 3), (6, 6)])
def test_reconfiguring_balances_and_moves_the_fewest_buckets(before: int, after: int) -> None:
    old = HashMap(before, 16).owners()
    new = HashMap(before, 16).reconfigured(after).owners()
    held, holds = np.bincount(old, minlength=after), np.bincount(new, minlength=after)
    assert holds.max() - holds.min() <= 1
    assert len(holds) == after
    share = np.sort(holds)[::-1]
    fewest = len(old) - np.minimum(np.sort(held[:after])[::-1], share).sum()
    assert (old != new).sum() == fewest
