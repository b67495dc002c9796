"""Clusters, table definitions and rows of them, with keys from small pools so that they meet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import permutations
from math import prod
from typing import Any, Literal

import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from properties.strategies.shared.values import kin, stored_form, text_of, values
from specs.contract import TeradataSystem
from specs.sql.tables import Column, PrimaryIndex, RangeCheck, TableDefinition
from specs.sql.types import ColumnType

Index = Literal["upi", "nupi", "nopi"]
Row = tuple[Any, ...]

INDEXES: tuple[Index, ...] = ("nupi", "upi", "nopi")

# Simple first, as shrinking goes towards the front; each type once plain and once at its limits.
LOADABLE_TYPES = (
    *("INTEGER", "VARCHAR(5)", "CHAR(3)", "BIGINT", "BYTEINT", "SMALLINT"),
    *("DECIMAL(9,2)", "DECIMAL(18,0)", "DECIMAL(38,10)", "DECIMAL(38,38)", "DECIMAL(3,0)"),
    *("DATE", "FLOAT", "TIME(0)", "TIME(6)", "TIMESTAMP(0)", "TIMESTAMP(6)"),
    *("VARCHAR(20)", "CHAR(10)", "CHAR(1)"),
)
BINARY_TYPES = ("VARBYTE(5)", "BYTE(2)")
ALL_TYPES = (*LOADABLE_TYPES, *BINARY_TYPES)
DATE_FORMATS = ("YYYY-MM-DD", "YYYY/MM/DD", "DD.MM.YYYY", "YYYYMMDD", "DDBMMMBYYYY", "YYYYDDD")


def systems(
    amps: Sequence[int] = (2, 1, 3, 4, 7, 16, 100, 1024), bits: Sequence[Literal[16, 20]] = (20, 16)
) -> SearchStrategy[TeradataSystem]:
    """Systems of few AMPs mostly, of 1,024 sometimes, with either width of the hash bucket."""
    # Repeating the small numbers keeps them frequent without a draw of its own.
    often = (*[n for n in amps if n <= 16] * 2, *amps)
    return st.builds(
        lambda n, b: TeradataSystem(amps=n, hash_bucket_bits=b),
        st.sampled_from(often),
        st.sampled_from(tuple(bits)),
    )


def definitions(
    name: str = "t",
    *,
    indexes: Sequence[Index] = INDEXES,
    kinds: Sequence[Literal["SET", "MULTISET"]] = ("SET", "MULTISET"),
    types: Sequence[str] = LOADABLE_TYPES,
    max_columns: int = 5,
    not_null: bool = True,
    checks: bool = False,
    defaults: bool = False,
    formats: bool = False,
) -> SearchStrategy[TableDefinition]:
    """Tables of 1 to ``max_columns`` columns named c1, c2, ...; the index has up to all of them.

    ``checks``, ``defaults`` and ``formats`` allow CHECK, DEFAULT and FORMAT (of DATE) on columns;
    they concern loads from text only. A NoPI table is MULTISET.
    """
    return _definitions(
        name, tuple(indexes), tuple(kinds), tuple(types), max_columns,
        (not_null, checks, defaults, formats),
    )  # fmt: skip


@cache
def _definitions(
    name: str,
    indexes: tuple[Index, ...],
    kinds: tuple[Literal["SET", "MULTISET"], ...],
    types: tuple[str, ...],
    max_columns: int,
    options: tuple[bool, bool, bool, bool],
) -> SearchStrategy[TableDefinition]:
    @st.composite
    def build(draw: DrawFn) -> TableDefinition:
        # Columns come last and the draws before them are always the same, so that a table
        # shrinks by losing columns, whatever its index.
        index = draw(st.sampled_from(indexes))
        kind = draw(st.sampled_from(kinds))
        key = draw(_KEYS)
        count = draw(st.integers(1, max_columns))
        columns = tuple(_column(draw, f"c{n}", types, options) for n in range(1, count + 1))
        if index == "nopi":
            return TableDefinition(name=name, columns=columns, kind="MULTISET")
        names = [columns[at].name for at in key if at < count] or [columns[key[0] % count].name]
        primary_index = PrimaryIndex(tuple(names), index == "upi")
        return TableDefinition(name=name, columns=columns, kind=kind, primary_index=primary_index)

    return build()


_ONE_COLUMN = st.sampled_from([(at,) for at in range(5)])
_SEVERAL_COLUMNS = st.sampled_from(
    # An index names its columns in an order of its own (HD-05).
    [order for length in (2, 3, 4, 5) for order in permutations(range(5), length)]
)
_KEYS: SearchStrategy[tuple[int, ...]] = _ONE_COLUMN | _SEVERAL_COLUMNS
"""Positions of the index columns; those beyond the table's columns do not count."""


def _column(
    draw: DrawFn, name: str, types: tuple[str, ...], options: tuple[bool, bool, bool, bool]
) -> Column:
    not_null, checks, defaults, formats = options
    type_text = draw(st.sampled_from(types))
    column_type = ColumnType.parse(type_text)
    # One draw for all rare attributes: most columns are plain.
    choice = draw(st.integers(0, 11))
    case_specific = column_type.is_character and choice in (1, 2, 3)
    latin = column_type.is_character and choice in (3, 4, 5)
    character_set: Literal["LATIN", "UNICODE"] = "LATIN" if latin else "UNICODE"
    check = default = None
    if checks and choice in (6, 7, 8):
        check = draw(_range_checks(column_type, character_set))
    if defaults and choice in (7, 8):
        default = text_of(draw(values(column_type, character_set)), column_type)
    date_format = None
    if formats and column_type.name == "DATE" and choice in (0, 1, 2, 9):
        date_format = draw(st.sampled_from(DATE_FORMATS))
    return Column(
        name=name,
        type=type_text,
        not_null=not_null and choice in (5, 9, 10),
        case_specific=case_specific,
        character_set=character_set,
        format=date_format,
        check=check,
        default=default,
    )


@cache
def _range_checks(
    column_type: ColumnType, character_set: Literal["LATIN", "UNICODE"]
) -> SearchStrategy[RangeCheck | None]:
    pairs = st.tuples(values(column_type, character_set), values(column_type, character_set))

    def between(pair: tuple[Any, Any]) -> RangeCheck | None:
        if column_type.is_character and not all(value.strip() for value in pair):
            return None  # a blank end says nothing that a reader could follow
        low, high = sorted(pair)
        return RangeCheck(text_of(low, column_type), text_of(high, column_type))

    return pairs.map(between)


def rows_for(
    definition: TableDefinition, max_size: int = 8, min_size: int = 0
) -> SearchStrategy[list[Row]]:
    """Rows in which equal keys, equal rows, NULLs and colliding row hashes occur often.

    Each column draws from a pool of a few values: one value, those easily confused with it
    (`values.kin`), NULL and perhaps another one; columns of one type often share their pool.
    """

    @st.composite
    def build(draw: DrawFn) -> list[Row]:
        size = draw(st.integers(min_size, max_size))
        if not size:
            return []
        pools = _pools(draw, definition)
        combinations = prod(len(pool) for pool in pools)
        rows: list[Row] = []
        while len(rows) < size:
            # One draw a row, for speed: its number among all combinations of the pools, or, in
            # the upper half, a copy of an earlier row.
            number = draw(st.integers(0, 2 * combinations - 1))
            if rows and number >= combinations:
                rows.append(rows[number % len(rows)])
            else:
                rows.append(_combination(pools, number))
        return rows

    return build()


def _combination(pools: list[list[Any]], number: int) -> Row:
    row = []
    for pool in pools:
        number, at = divmod(number, len(pool))
        row.append(pool[at])
    return tuple(row)


def _pools(draw: DrawFn, definition: TableDefinition) -> list[list[Any]]:
    pools: list[list[Any]] = []
    by_type: dict[tuple[str, str, bool], list[Any]] = {}
    for column in definition.columns:
        same = (column.type, column.character_set, column.not_null)
        if same in by_type and draw(st.booleans()):
            pools.append(by_type[same])
            continue
        by_type[same] = pool = _pool(draw, column)
        pools.append(pool)
    return pools


def _pool(draw: DrawFn, column: Column) -> list[Any]:
    column_type = column.column_type
    first = draw(values(column_type, column.character_set))
    pool = [first, *kin(first, column_type, column.character_set)]
    if draw(st.booleans()):
        pool.append(draw(values(column_type, column.character_set)))
    if not column.not_null:
        pool += [None, None]  # often enough that NULLs meet
    return [stored_form(value, column_type) for value in pool]


def arrow_rows(definition: TableDefinition, rows: Sequence[Row]) -> pa.Table:
    """Rows as the Arrow table of a definition, which travels in the schema's metadata."""
    schema = definition.arrow_schema()
    columns = [
        pa.array([row[at] for row in rows], type=field.type) for at, field in enumerate(schema)
    ]
    return pa.Table.from_arrays(columns, schema=schema)
