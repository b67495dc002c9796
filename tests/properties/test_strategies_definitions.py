"""The shared strategies reach the hard classes often and shrink to what a person would write."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

from properties.engine.fresh_examples import BACKEND
from properties.strategies.shared.definitions import (
    BINARY_TYPES,
    LOADABLE_TYPES,
    Index,
    Row,
    arrow_rows,
    definitions,
    rows_for,
    systems,
)
from properties.strategies.shared.values import (
    HASH_MODULUS,
    decimal_of,
    kin,
    stored_form,
    text_of,
    values,
)
from reference.storage.hashing import row_hash
from reference.values.conversion import value_of_text
from reference.values.equality import equality_key, index_key
from specs.contract.directories import arrow_bytes, definition_of
from specs.sql.tables import Column, TableDefinition
from specs.sql.types import ColumnType

ALL_TYPES = (*LOADABLE_TYPES, *BINARY_TYPES)
QUIET = settings(
    max_examples=300,
    database=None,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
tables_with_rows = definitions(types=ALL_TYPES).flatmap(
    lambda table: rows_for(table).map(lambda rows: (table, rows))
)


def drawn(strategy: SearchStrategy[Any], number: int = 300) -> list[Any]:
    """What ``number`` examples of a strategy are, drawn as in a run."""
    found: list[Any] = []

    @settings(QUIET, max_examples=number, backend=BACKEND)
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


def smallest(strategy: SearchStrategy[Any], wanted: Callable[[Any], bool]) -> Any:
    return find(strategy, wanted, settings=settings(QUIET, max_examples=3000))


# VALUES


@pytest.mark.parametrize("text", ALL_TYPES)
def test_every_value_fits_its_type_and_its_arrow_column(text: str) -> None:
    column = Column(name="c1", type=text)
    table = TableDefinition(name="t", columns=(column,))
    kind = column.column_type
    for value in drawn(values(kind), 150):
        for one in (value, *kin(value, kind)):
            stored = stored_form(one, kind)
            (back,) = arrow_rows(table, [(stored,)]).column("c1").to_pylist()
            assert back == stored, (one, back)
            if kind.name in ("CHAR", "VARCHAR", "BYTE", "VARBYTE"):
                assert len(stored) <= kind.length


@pytest.mark.parametrize("text", LOADABLE_TYPES)
def test_the_canonical_text_is_read_back_as_the_value(text: str) -> None:
    kind = ColumnType.parse(text)
    for value in drawn(values(kind), 150):
        back = value_of_text(text_of(value, kind), kind, "UNICODE", "YYYY-MM-DD")
        assert back == stored_form(value, kind)


@pytest.mark.parametrize(
    ("value", "type_text", "expected"),
    [
        (Decimal("1.50"), "DECIMAL(9,2)", "1.50"),
        (decimal_of(0, 38), "DECIMAL(38,38)", "0." + "0" * 38),
        (decimal_of(-(10**38 - 1), 0), "DECIMAL(38,0)", "-" + "9" * 38),
        (datetime.date(1, 1, 1), "DATE", "0001-01-01"),
        (datetime.time(23, 59, 59, 500_000), "TIME(6)", "23:59:59.5"),
        (datetime.datetime(1, 2, 3), "TIMESTAMP(0)", "0001-02-03 00:00:00"),
        (b"\x00\xff", "VARBYTE(5)", "00FF"),
        (-5, "BIGINT", "-5"),
    ],
)
def test_canonical_texts(value: Any, type_text: str, expected: str) -> None:
    assert text_of(value, ColumnType.parse(type_text)) == expected


@pytest.mark.parametrize(
    "text", ["BIGINT", "DECIMAL(18,0)", "DECIMAL(38,10)", "TIME(6)", "TIMESTAMP(6)", "FLOAT"]
)
def test_kin_of_a_value_has_another_value_of_equal_row_hash(text: str) -> None:
    column = Column(name="c1", type=text)
    kind = column.column_type
    colliding = 0
    for value in drawn(values(kind), 100):
        hashed = row_hash([value], [column])
        colliding += any(row_hash([k], [column]) == hashed for k in kin(value, kind) if k != value)
    assert colliding > 10


def test_texts_have_kin_of_equal_row_hash_and_kin_that_are_equal() -> None:
    column = Column(name="c1", type="VARCHAR(5)")
    near = kin("00005", column.column_type)
    assert "10000" in near
    assert row_hash(["00005"], [column]) == row_hash(["10000"], [column])
    assert {"a ", "A"} <= set(kin("a", column.column_type))


@pytest.mark.parametrize(
    ("type_text", "rare"),
    [
        ("BIGINT", [0, -1, 2**63 - 1, -(2**63), HASH_MODULUS, HASH_MODULUS + 1]),
        ("INTEGER", [2**31 - 1, -(2**31), 2**31 - 5]),
        ("DECIMAL(38,10)", [decimal_of(10**38 - 1, 10), decimal_of(1 - 10**38, 10)]),
        ("VARCHAR(5)", ["", " ", "a ", "A", "é", "ß", "日本", "e\u0301", "xxxxx"]),
        ("DATE", [datetime.date(1, 1, 1), datetime.date(9999, 12, 31), datetime.date(2000, 2, 29)]),
        ("FLOAT", [0.0, 5e-324, 1.7976931348623157e308]),
        ("VARBYTE(5)", [b"", b"\x00", b"\x01\x00"]),
    ],
)
def test_rare_values_are_reached(type_text: str, rare: list[Any]) -> None:
    reached = drawn(values(ColumnType.parse(type_text)), 1000)
    assert [value for value in rare if value not in reached] == []


# DEFINITIONS AND CLUSTERS


def test_every_kind_of_table_is_reached() -> None:
    found = drawn(definitions(types=ALL_TYPES, checks=True, defaults=True, formats=True), 600)
    columns = [column for table in found for column in table.columns]
    indexes = [table.primary_index for table in found]
    assert {len(table.columns) for table in found} == {1, 2, 3, 4, 5}
    assert {column.type for column in columns} == set(ALL_TYPES)
    assert {table.kind for table in found} == {"SET", "MULTISET"}
    assert any(index is None for index in indexes)
    assert any(index and index.unique for index in indexes)
    assert any(index and len(index.columns) > 2 for index in indexes)
    for attribute in ("not_null", "case_specific", "format", "check", "default"):
        assert any(getattr(column, attribute) for column in columns), attribute
    assert any(column.character_set == "LATIN" for column in columns)


def test_definitions_keep_to_what_is_asked_for() -> None:
    for table in drawn(
        definitions(indexes=("upi",), kinds=("SET",), types=("DATE",), max_columns=2)
    ):
        assert table.kind == "SET"
        assert table.primary_index is not None
        assert table.primary_index.unique
        assert len(table.columns) <= 2
        assert {column.type for column in table.columns} == {"DATE"}
        assert all(not (c.check or c.default or c.format) for c in table.columns)


def test_clusters_are_mostly_small_and_of_both_widths() -> None:
    found = drawn(systems(), 400)
    sizes = Counter(system.amps for system in found)
    assert set(sizes) == {1, 2, 3, 4, 7, 16, 100, 1024}
    assert sum(n for amps, n in sizes.items() if amps <= 16) > 0.6 * len(found)
    assert {system.hash_bucket_bits for system in found} == {16, 20}


@pytest.mark.parametrize("index", ["nupi", "upi", "nopi"])
def test_the_smallest_table_is_one_plain_integer(index: Index) -> None:
    table = smallest(definitions(indexes=(index,)), lambda table: True)
    assert table.columns == (Column(name="c1", type="INTEGER"),)


def test_a_table_without_index_shrinks_to_one_column() -> None:
    table = smallest(definitions(), lambda table: table.primary_index is None)
    assert table.columns == (Column(name="c1", type="INTEGER"),)


def test_an_index_of_two_columns_shrinks_to_two_columns() -> None:
    def wanted(table: TableDefinition) -> bool:
        return table.primary_index is not None and len(table.primary_index.columns) > 1

    table = smallest(definitions(), wanted)
    assert table.columns == tuple(Column(name=name, type="INTEGER") for name in ("c1", "c2"))


# ROWS


def repeats(keys: list[Any]) -> bool:
    return len(set(keys)) < len(keys)


def share(wanted: Callable[[TableDefinition, list[Row]], bool]) -> float:
    found = [wanted(table, rows) for table, rows in drawn(tables_with_rows, 200)]
    return sum(found) / len(found)


def test_equal_rows_are_frequent() -> None:
    assert share(lambda table, rows: repeats([equality_key(row, table) for row in rows])) > 0.3


def test_equal_keys_of_different_rows_are_frequent() -> None:
    def wanted(table: TableDefinition, rows: list[Row]) -> bool:
        different = {equality_key(row, table): row for row in rows}
        return repeats([index_key(row, table) for row in different.values()])

    assert share(wanted) > 0.15


def test_equal_hashes_of_different_keys_are_frequent() -> None:
    def wanted(table: TableDefinition, rows: list[Row]) -> bool:
        if table.primary_index is None:
            return False
        at = [table.column_names.index(name) for name in table.primary_index.columns]
        columns = [table.columns[position] for position in at]
        keys = {index_key(row, table): [row[position] for position in at] for row in rows}
        return repeats([row_hash(key, columns) for key in keys.values()])

    assert share(wanted) > 0.05


def test_duplicates_with_nulls_are_frequent() -> None:
    def wanted(table: TableDefinition, rows: list[Row]) -> bool:
        return repeats([equality_key(row, table) for row in rows if None in row])

    assert share(wanted) > 0.1


def test_rows_obey_their_definition_and_carry_it() -> None:
    for table, rows in drawn(tables_with_rows, 100):
        arrow = arrow_rows(table, rows)
        assert definition_of(arrow.schema) == table
        assert len(arrow_bytes(arrow)) > 0
        assert arrow.num_rows == len(rows)
        for at, column in enumerate(table.columns):
            assert not (column.not_null and any(row[at] is None for row in rows))


def test_two_equal_rows_shrink_to_two_rows_of_zero() -> None:
    table, rows = smallest(tables_with_rows, lambda drawn: repeats([str(r) for r in drawn[1]]))
    assert rows == [(0,), (0,)]
    assert table.columns[0].type == "INTEGER"


def test_two_colliding_keys_shrink_to_zero_and_the_modulus() -> None:
    table = TableDefinition(name="t", columns=(Column(name="c1", type="BIGINT"),))

    def collide(rows: list[Row]) -> bool:
        keys = {row[0] for row in rows if row[0] is not None}
        return repeats([row_hash([key], table.columns) for key in keys])

    rows = smallest(rows_for(table), collide)
    assert sorted(row[0] for row in rows) in ([0, HASH_MODULUS], [-HASH_MODULUS, 0])


def test_an_impossible_wish_finds_nothing() -> None:
    with pytest.raises(NoSuchExample):
        find(st.just(0), lambda value: value == 1, settings=QUIET)
