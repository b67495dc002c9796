"""Rows are compared exactly and by type; neither order nor layout in memory matters."""

from __future__ import annotations

import datetime
from decimal import Decimal
from itertools import permutations, product
from typing import Any

import pyarrow as pa
import pytest

from properties.engine.observed import observed_table
from properties.engine.trial import Difference
from properties.relations.shared.content import (
    columns_are,
    columns_are_those_of,
    rows_are,
)
from specs.fastload.error_tables import error_table_1_schema
from specs.sql.tables import Column, TableDefinition

LOOKALIKES: tuple[Any, ...] = (
    *(None, "", "1", "1 ", "a", "A", b"1", b"", 0, 1, True, 1.0, 0.0, -0.0),
    *(Decimal("1"), Decimal("1.0"), Decimal("1.00"), Decimal("0"), Decimal("-0")),
    *(datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29), datetime.time()),
)


@pytest.mark.parametrize("value", LOOKALIKES, ids=repr)
def test_a_value_equals_only_itself(value: Any) -> None:
    for other in LOOKALIKES:
        if other is value:
            rows_are("t", [(value,)], [(other,)])
        else:
            with pytest.raises(Difference):
                rows_are("t", [(value,)], [(other,)])


def test_order_is_free_and_numbers_of_copies_count() -> None:
    universe = [(1, "a"), (1, "b"), (None, "a")]
    for size in range(4):
        for expected in product(universe, repeat=size):
            for observed in permutations(expected):
                rows_are("t", expected, observed)
            for other_size in range(4):
                for observed in product(universe, repeat=other_size):
                    if sorted(map(str, observed)) != sorted(map(str, expected)):
                        with pytest.raises(Difference):
                            rows_are("t", expected, observed)


def test_the_message_names_missing_and_unexpected_rows() -> None:
    with pytest.raises(Difference, match=r"table t: missing \(1, NULL\); unexpected \(1, ''\)"):
        rows_are("table t", [(1, None)], [(1, "")])


DEFINITION = TableDefinition(
    name="t",
    columns=(
        Column(name="k", type="INTEGER"),
        Column(name="d", type="DECIMAL(5,2)"),
        Column(name="c", type="VARCHAR(3)"),
    ),
)


def table_with(**types: pa.DataType) -> Any:
    return observed_table(pa.schema(list(types.items())).empty_table())


RIGHT = {"k": pa.int32(), "d": pa.decimal128(5, 2), "c": pa.string()}


def test_columns_are_those_of_the_definition() -> None:
    columns_are_those_of(DEFINITION, table_with(**RIGHT))
    columns_are_those_of(DEFINITION, table_with(**RIGHT, _amp=pa.int32(), _row_hash=pa.uint32(),
                                                _uniqueness=pa.uint64()))  # fmt: skip
    for same in ({"c": pa.large_string()}, {"d": pa.decimal32(5, 2)}, {"d": pa.decimal256(5, 2)}):
        columns_are_those_of(DEFINITION, table_with(**(RIGHT | same)))


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ({"k": pa.int64()}, "column k: expected Arrow type int32, observed int64"),
        ({"d": pa.decimal128(5, 1)}, "column d: expected Arrow type decimal"),
        ({"d": pa.float64()}, "observed double"),
        ({"c": pa.binary()}, "column c: expected Arrow type string"),
        ({"extra": pa.string()}, "expected the columns k, d, c; observed k, d, c, extra"),
    ],
)
def test_another_type_or_column_is_a_difference(
    types: dict[str, pa.DataType], message: str
) -> None:
    with pytest.raises(Difference, match=message):
        columns_are_those_of(DEFINITION, table_with(**(RIGHT | types)))


def test_columns_in_another_order_are_a_difference() -> None:
    with pytest.raises(Difference):
        columns_are_those_of(DEFINITION, table_with(d=RIGHT["d"], k=RIGHT["k"], c=RIGHT["c"]))


def test_error_table_1_has_its_own_columns() -> None:
    schema = error_table_1_schema()
    columns_are("error table e", schema, observed_table(schema.empty_table()))
    with pytest.raises(Difference, match="error table e: expected the columns DataParcel"):
        columns_are("error table e", schema, table_with(**RIGHT))
