"""HASHROW, HASHBUCKET and HASHAMP of rows, and whole hash maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from properties.engine.scenario import Scenario
from properties.strategies.distribution.requests import requests, table_of
from properties.strategies.shared.definitions import (
    ALL_TYPES,
    arrow_rows,
    definitions,
    rows_for,
    systems,
)
from properties.strategies.shared.values import HASH_MODULUS, decimal_of
from specs.contract import TeradataSystem
from specs.distribution.plan import (
    DistributionStep,
    HashConstants,
    HashMapQuery,
    HashRows,
    Reconfigure,
)
from specs.sql.types import ColumnType

INTEGER_TYPES = ("INTEGER", "BIGINT", "SMALLINT", "BYTEINT", "DECIMAL(18,0)", "DECIMAL(38,0)")
PUBLISHED_INTEGERS = (1, 2, 3, 4, 5, 6)


# Maps of 20-bit systems have a million buckets: asked for whole, they are kept rare.
SMALL_MAPS: tuple[Literal[16, 20], ...] = (16, 16, 16, 16, 16, 20)


@st.composite
def hashed_values(draw: DrawFn) -> Scenario:
    """HASHROW of single values of columns of any type, asked for column by column."""
    # long texts and dates more often: there is no other type that hashes as they do
    types = (*ALL_TYPES, *("VARCHAR(20)", "CHAR(10)", "DATE") * 2)
    table = draw(definitions(types=types, max_columns=6, not_null=False))
    rows = draw(rows_for(table, min_size=1))
    steps = [HashRows(rows="rows.arrow", columns=(name,)) for name in table.column_names]
    return Scenario(requests(steps, draw(systems()), {"rows.arrow": arrow_rows(table, rows)}))


@st.composite
def hashed_nothings(draw: DrawFn) -> Scenario:
    """HASHROW of lists in which each value is NULL, 0, empty or blank; and of no argument."""
    zeros = {"INTEGER": 0, "DECIMAL(9,2)": decimal_of(0, 2), "FLOAT": 0.0, "VARCHAR(5)": ""}
    zeros |= {"BIGINT": 0, "CHAR(3)": "   ", "VARCHAR(20)": "  ", "VARBYTE(5)": b"\0"}
    types = draw(st.lists(st.sampled_from(sorted(zeros)), min_size=1, max_size=3))
    table = table_of("t", *types)
    cells = st.tuples(*(st.sampled_from((None, zeros[text])) for text in types))
    rows = draw(st.lists(cells, min_size=1, max_size=4))
    steps = (HashRows(rows="rows.arrow", columns=table.column_names), HashConstants())
    return Scenario(requests(steps, draw(systems()), {"rows.arrow": arrow_rows(table, rows)}))


@st.composite
def published_integers(draw: DrawFn) -> Scenario:
    """Some of the integers whose row hash was published, in any type of integers."""
    text = draw(st.sampled_from((*INTEGER_TYPES, "DECIMAL(3,0)")))
    drawn = draw(st.lists(st.sampled_from(PUBLISHED_INTEGERS), min_size=1, max_size=6))
    exact = [decimal_of(n, 0) if text.startswith("DECIMAL") else n for n in drawn]
    table = table_of("t", text)
    steps = (HashRows(rows="rows.arrow", columns=("c1",)),)
    rows = {"rows.arrow": arrow_rows(table, [(value,) for value in exact])}
    return Scenario(requests(steps, draw(systems(bits=(20,))), rows))


@st.composite
def hashed_keys(draw: DrawFn) -> Scenario:
    """HASHROW of several columns in two orders, then of each column alone."""
    table = draw(definitions(types=ALL_TYPES, max_columns=4, not_null=False))
    rows = draw(rows_for(table, min_size=1, max_size=4))
    names = table.column_names
    orders = (names, tuple(draw(st.permutations(names))), *((name,) for name in names))
    steps = [HashRows(rows="rows.arrow", columns=order) for order in orders]
    return Scenario(requests(steps, draw(systems()), {"rows.arrow": arrow_rows(table, rows)}))


@st.composite
def hashed_integer_family(draw: DrawFn) -> Scenario:
    """One integer in two types of integers (of any width, DECIMAL without fraction)."""
    first, second = draw(st.sampled_from(INTEGER_TYPES)), draw(st.sampled_from(INTEGER_TYPES))
    limit = min(_largest(first), _largest(second))
    hard = [v for v in (1, 0, -1, -2, 3, limit, -limit, HASH_MODULUS) if abs(v) <= limit]
    value = draw(st.sampled_from(hard) | st.integers(-limit, limit))
    table = table_of("t", first, second)
    row = tuple(decimal_of(value, 0) if t.startswith("DEC") else value for t in (first, second))
    steps = [HashRows(rows="rows.arrow", columns=(name,)) for name in table.column_names]
    return Scenario(requests(steps, draw(systems()), {"rows.arrow": arrow_rows(table, [row])}))


def _largest(text: str) -> int:
    kind = ColumnType.parse(text)
    return 10**kind.precision - 1 if kind.name == "DECIMAL" else kind.integer_range[1]


@st.composite
def hashed_texts(draw: DrawFn) -> Scenario:
    """A text beside the same text with blanks behind, in CHAR and in VARCHAR, in other case.

    Columns: VARCHAR, VARCHAR with blanks, CHAR, VARCHAR in upper case.
    """
    texts = ("a", "3", "ab", "Ab", "é", "ß", "日本", "NULL", "a b", " a", "x9", "e\u0301", "ÿ")
    text = draw(st.sampled_from(texts) | st.text("abAB1 é", min_size=1, max_size=6))
    blanks = " " * draw(st.integers(1, 3))
    table = table_of("t", "VARCHAR(20)", "VARCHAR(20)", "CHAR(20)", "VARCHAR(20)")
    row = (text, text + blanks, text.ljust(20), text.upper())
    steps = [HashRows(rows="rows.arrow", columns=(name,)) for name in table.column_names]
    return Scenario(requests(steps, draw(systems()), {"rows.arrow": arrow_rows(table, [row])}))


@st.composite
def digits_and_numbers(draw: DrawFn) -> Scenario:
    """An integer beside its digits as text."""
    number = draw(st.sampled_from((3, 1, 2, 10, 48, 255)) | st.integers(1, 2**31 - 1))
    table = table_of("t", "INTEGER", "VARCHAR(20)")
    steps = [HashRows(rows="rows.arrow", columns=(name,)) for name in table.column_names]
    rows = {"rows.arrow": arrow_rows(table, [(number, str(number))])}
    return Scenario(requests(steps, draw(systems()), rows))


# --- hash maps -----------------------------------------------------------------------------------


@st.composite
def whole_maps(draw: DrawFn) -> Scenario:
    """The constants and the whole hash map of a system."""
    system = draw_system_with_small_map(draw, (1, 2, 3, 7, 16, 100, 1000, 1024))
    return Scenario(requests((HashConstants(), HashMapQuery()), system, {}))


@st.composite
def mapped_values(draw: DrawFn) -> Scenario:
    """HASHAMP of a few rows, then the whole hash map."""
    table = draw(definitions(types=ALL_TYPES, max_columns=1, not_null=False))
    rows = {"rows.arrow": arrow_rows(table, draw(rows_for(table, min_size=1, max_size=5)))}
    steps = (HashRows(rows="rows.arrow", columns=("c1",)), HashMapQuery())
    system = draw_system_with_small_map(draw, (2, 1, 3, 7, 16, 100, 1000, 1024))
    return Scenario(requests(steps, system, rows))


@st.composite
def reconfigured_maps(draw: DrawFn) -> Scenario:
    """The whole hash map before and after one or two changes of the number of AMPs."""
    amps = (2, 1, 3, 4, 7, 10, 100)
    system = TeradataSystem(amps=draw(st.sampled_from(amps)), hash_bucket_bits=16)
    changes = draw(st.lists(st.sampled_from(amps), min_size=1, max_size=2))
    steps: list[DistributionStep] = [HashMapQuery()]
    for change in changes:
        steps += [Reconfigure(amps=change), HashMapQuery()]
    return Scenario(requests(steps, system, {}))


@st.composite
def reconfigured_constants(draw: DrawFn) -> Scenario:
    """The functions without a row, after each of one or two changes of the number of AMPs."""
    amps = st.sampled_from((2, 1, 3, 4, 7, 10, 100))
    steps: list[DistributionStep] = []
    for change in draw(st.lists(amps, min_size=1, max_size=2)):
        steps += [Reconfigure(amps=change), HashConstants()]
    return Scenario(requests(steps, draw_system_with_small_map(draw, (2, 1, 3, 4, 7)), {}))


def draw_system_with_small_map(draw: DrawFn, amps: Sequence[int]) -> TeradataSystem:
    bits = draw(st.sampled_from(SMALL_MAPS))
    return TeradataSystem(amps=draw(st.sampled_from(amps)), hash_bucket_bits=bits)
