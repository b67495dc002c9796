"""The content digest: blind to order and encoding, and to nothing else."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specs.contract import content
from specs.contract.content import ContentError, content_digest

SCHEMA = pa.schema(
    [
        ("n", pa.int32()),
        ("m", pa.int32()),
        ("price", pa.decimal128(9, 2)),
        ("name", pa.string()),
        ("raw", pa.binary()),
        ("day", pa.date32()),
        ("at", pa.timestamp("us")),
        ("clock", pa.time64("us")),
        ("ratio", pa.float64()),
    ]
)
DAY = datetime.date(2026, 2, 28)
ROWS: list[tuple[Any, ...]] = [
    (1, 2, Decimal("1.50"), "a", b"\x00", DAY, datetime.datetime(2026, 1, 1), None, 0.5),
    (1, None, Decimal("-1.50"), "", b"", None, None, datetime.time(1, 2, 3), -0.0),
    (None, 1, Decimal("0.00"), None, None, DAY, datetime.datetime(1, 1, 1), None, 0.0),
    (-1, 2, None, "a ", b"\x00\x00", datetime.date(1, 1, 1), None, None, None),
    (0, 0, Decimal("9999999.99"), "Grüße", b"ab", DAY, None, datetime.time(), 1e300),
    (0, 0, Decimal("-9999999.99"), "ab", b"ba", DAY, None, None, float("nan")),
]


def table(rows: list[tuple[Any, ...]], schema: pa.Schema = SCHEMA) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


CELLS = st.tuples(
    st.one_of(st.none(), st.integers(-2, 2), st.integers(-(2**31), 2**31 - 1)),
    st.one_of(st.none(), st.integers(-2, 2)),
    st.one_of(st.none(), st.decimals(-9999999, 9999999, places=2, allow_nan=False)),
    st.one_of(st.none(), st.text("aAß 0", max_size=4)),
    st.one_of(st.none(), st.binary(max_size=3)),
    st.one_of(st.none(), st.dates()),
    st.one_of(st.none(), st.datetimes()),
    st.one_of(st.none(), st.times()),
    st.one_of(st.none(), st.floats(allow_nan=False)),
)


def typed(row: tuple[Any, ...]) -> tuple[Any, ...]:
    # repr tells 0.0 from -0.0 and 1 from Decimal(1), which Python's == does not
    return tuple(repr(cell) for cell in row)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(CELLS, max_size=5), st.lists(CELLS, max_size=5), st.randoms(use_true_random=False))
def test_digests_are_equal_exactly_when_the_multisets_of_rows_are(
    left: list[tuple[Any, ...]], right: list[tuple[Any, ...]], dice: Any
) -> None:
    shuffled = left.copy()
    dice.shuffle(shuffled)
    assert content_digest(table(left)) == content_digest(table(shuffled))
    same = sorted(map(typed, left)) == sorted(map(typed, right))
    assert (content_digest(table(left)) == content_digest(table(right))) == same


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    st.lists(CELLS, min_size=1, max_size=6),
    st.integers(0, 5),
    st.integers(0, len(SCHEMA) - 1),
    CELLS,
)
def test_one_changed_cell_changes_the_digest(
    rows: list[tuple[Any, ...]], at: int, column: int, other: tuple[Any, ...]
) -> None:
    at %= len(rows)
    changed = list(rows[at])
    changed[column] = other[column]
    if repr(changed[column]) == repr(rows[at][column]):
        changed[column] = None if rows[at][column] is not None else ROWS[0][column]
    after = [*rows[:at], tuple(changed), *rows[at + 1 :]]
    same = sorted(map(typed, rows)) == sorted(map(typed, after))
    assert (content_digest(table(rows)) == content_digest(table(after))) == same


def test_a_dropped_a_doubled_and_a_replaced_row_change_the_digest() -> None:
    whole = content_digest(table(ROWS))
    others = [table(ROWS[:i] + ROWS[i + 1 :]) for i in range(len(ROWS))]
    others += [table([*ROWS, row]) for row in ROWS]
    others += [table([*ROWS[1:], ROWS[1]]), table([])]
    digests = [content_digest(other) for other in others]
    assert whole not in digests
    assert len(set(digests)) == len(digests)


def test_a_row_doubled_and_trebled_differ() -> None:
    assert len({content_digest(table([ROWS[0]] * n)) for n in range(6)}) == 6


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([None], pa.string()), pa.array([""], pa.string())),
        (pa.array([""], pa.string()), pa.array([" "], pa.string())),
        (pa.array(["a"], pa.string()), pa.array(["a "], pa.string())),
        (pa.array([None], pa.int32()), pa.array([0], pa.int32())),
        (pa.array([1], pa.int32()), pa.array([1], pa.int64())),
        (pa.array(["ab"], pa.string()), pa.array([b"ab"], pa.binary())),
        (pa.array([b"\x00"], pa.binary()), pa.array([b"\x00\x00"], pa.binary())),
        (pa.array([b"ab"], pa.binary()), pa.array([b"ba"], pa.binary())),
        (pa.array([0.0]), pa.array([-0.0])),
        (
            pa.array([Decimal("1.50")], pa.decimal128(9, 2)),
            pa.array([Decimal("1.500")], pa.decimal128(9, 3)),
        ),
        (
            pa.array([Decimal(2**64)], pa.decimal128(38, 0)),
            pa.array([Decimal(0)], pa.decimal128(38, 0)),
        ),
    ],
)
def test_near_misses_differ(one: pa.Array, other: pa.Array) -> None:
    assert content_digest(pa.table({"c": one})) != content_digest(pa.table({"c": other}))


def test_swapped_columns_differ_by_name_and_by_content() -> None:
    whole = table(ROWS)
    swapped = whole.select([1, 0, *range(2, 9)])
    renamed = swapped.rename_columns(whole.column_names)
    assert len({content_digest(t) for t in (whole, swapped, renamed)}) == 3


def test_values_exchanged_between_two_rows_of_a_column_differ() -> None:
    exchanged = [(ROWS[1][0], *ROWS[0][1:]), (ROWS[2][0], *ROWS[1][1:]), (1, *ROWS[2][1:])]
    assert content_digest(table(exchanged)) != content_digest(table(ROWS[:3]))


def test_chunks_slices_and_nulls_with_garbage_beneath_do_not_count() -> None:
    whole = table(ROWS)
    digest = content_digest(whole)
    assert content_digest(pa.concat_tables([whole[4:], whole[:1], whole[1:4]])) == digest
    assert content_digest(pa.concat_tables([whole, whole])[3:9]) == digest
    values = pa.array([7, 8], pa.int32())
    masked = pa.Array.from_buffers(
        pa.int32(), 2, [pa.array([True, False]).buffers()[1], values.buffers()[1]]
    )
    plain = pa.array([7, None], pa.int32())
    assert content_digest(pa.table({"c": masked})) == content_digest(pa.table({"c": plain}))


@pytest.mark.parametrize(
    "encoding",
    [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
    ids=str,
)
def test_text_encodings_do_not_count(encoding: pa.DataType) -> None:
    plain = pa.table({"c": pa.array(["a", "", None, "Grüße, a long text", "a"])})
    encoded = pa.table({"c": plain["c"].cast(encoding)})
    assert encoded.schema.field("c").type == encoding
    assert content_digest(encoded) == content_digest(plain)


@pytest.mark.parametrize("encoding", [pa.large_binary(), pa.binary_view(), pa.binary(2)], ids=str)
def test_byte_encodings_do_not_count(encoding: pa.DataType) -> None:
    plain = pa.table({"c": pa.array([b"ab", None, b"\x00\xff"], pa.binary())})
    assert content_digest(pa.table({"c": plain["c"].cast(encoding)})) == content_digest(plain)


@pytest.mark.parametrize(
    "wide",
    [pa.decimal32(7, 2), pa.decimal64(12, 2), pa.decimal128(38, 2), pa.decimal256(50, 2)],
    ids=str,
)
def test_the_width_of_a_decimal_does_not_count(wide: pa.DataType) -> None:
    plain = pa.array([Decimal("1.50"), None, Decimal("-99999.99")], pa.decimal128(9, 2))
    assert content_digest(pa.table({"c": plain.cast(wide)})) == content_digest(
        pa.table({"c": plain})
    )


def test_it_does_not_depend_on_how_much_is_digested_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long = pa.table({"c": pa.array(["x" * n + "y" for n in range(50)] + [None, ""])})
    before = content_digest(table(ROWS)), content_digest(long)
    monkeypatch.setattr(content, "ROWS_AT_A_TIME", 2)
    monkeypatch.setattr(content, "BYTES_AT_A_TIME", 3)
    assert (content_digest(table(ROWS)), content_digest(long)) == before


def test_other_types_are_refused_by_column() -> None:
    with pytest.raises(ContentError, match="column c: list"):
        content_digest(pa.table({"c": pa.array([[1]])}))
    huge = pa.array([Decimal(10**40)], pa.decimal256(50, 0))
    with pytest.raises(ContentError, match="column c: a decimal of more than 38"):
        content_digest(pa.table({"c": huge}))


def test_it_is_the_same_in_every_process_and_version() -> None:
    # a stored expectation must not age with Python, numpy or pyarrow
    digest = content_digest(table(ROWS))
    assert digest == "ce592e9a96b486af4054fbe3a1e60715e258b88fb1e3e0c09351f5266939ca1c"


def test_no_two_of_a_million_numbers_share_a_hash() -> None:
    numbers = np.arange(1_000_000, dtype=np.int64)
    rows = content._row_hashes(pa.record_batch({"n": pa.array(numbers)}))
    assert len(np.unique(rows)) == len(numbers)
