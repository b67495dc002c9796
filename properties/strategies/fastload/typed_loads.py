"""Loads of typed rows, for what a load does with a row that is known to be sound."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from properties.engine.scenario import Scenario
from properties.engine.sizes import Growth
from properties.strategies.distribution.placed_tables import distinct_rows
from properties.strategies.distribution.requests import requests, rows_in, table_of
from properties.strategies.fastload.jobs import load_of, steps_of, with_load
from properties.strategies.shared.definitions import (
    LOADABLE_TYPES,
    Row,
    arrow_rows,
    definitions,
    rows_for,
    systems,
)
from properties.strategies.shared.growth import grown_rows, larger_system
from properties.strategies.shared.values import HASH_MODULUS, stored_form, text_of
from specs.contract import MAX_BLOCK_BYTES, Case, Edition, TeradataSystem
from specs.contract.directories import CaseBundle, arrow_bytes
from specs.distribution.plan import DistributionStep, HashRows, InsertRows
from specs.fastload.engine import FASTLOAD
from specs.fastload.language import render
from specs.fastload.plan import Assignment, FastLoadPlan, Input, Load, SourceField
from specs.sql.statements import CreateTable
from specs.sql.tables import TableDefinition

_NUMBERED = table_of("t", "INTEGER", "VARCHAR(20)", key=None)

BLOCK_BYTES = (MAX_BLOCK_BYTES, 1, 6, 10, 30)
"""Blocks of many records, of one, of few."""


def load_case(
    table: TableDefinition,
    rows: Sequence[Row],
    system: TeradataSystem,
    *,
    edition: Edition = "vendor",
    sessions: int | None = None,
    block_bytes: int = MAX_BLOCK_BYTES,
) -> CaseBundle:
    """A script that creates a table and loads these rows, each value as its canonical text."""
    fields = tuple(SourceField(name=f"f_{c.name}", type="VARCHAR(100)") for c in table.columns)
    assignments = tuple(Assignment(column=c.name, field=f"f_{c.name}") for c in table.columns)
    load = Load(
        target=table.name,
        error_table_1=f"{table.name}_e1",
        error_table_2=f"{table.name}_e2",
        inputs=(Input(file="rows.txt", fields=fields, assignments=assignments),),
        sessions=sessions,
        date_form="ansi",
    )
    plan = FastLoadPlan(steps=(CreateTable(definition=table), load))
    system = msgspec.structs.replace(system, block_bytes=block_bytes)
    case = Case(script=render(plan), plan=plan, system=system, edition=edition)
    lines = [record_of(table, row) + b"\n" for row in rows]
    return CaseBundle(case, {"rows.txt": b"".join(lines)})


def record_of(table: TableDefinition, row: Row) -> bytes:
    """The record that loads as this row: texts of the values between bars, NULL empty."""
    texts = [
        "" if value is None else text_of(value, column.column_type)
        for column, value in zip(table.columns, row, strict=True)
    ]
    return "|".join(texts).encode()


def _loadable(table: TableDefinition, rows: Sequence[Row]) -> list[Row]:
    """The rows as a load stores them: no text is empty, as that is how NULL is written."""

    def stored(position: int, value: object) -> object:
        column = table.columns[position]
        if value == "":
            return stored_form("a", column.column_type) if column.not_null else None
        return value + 0.0 if isinstance(value, float) else value  # minus zero loads as zero

    return [tuple(stored(at, value) for at, value in enumerate(row)) for row in rows]


def _system(draw: DrawFn, amps: Sequence[int]) -> tuple[TeradataSystem, Edition, int]:
    system = draw(systems(amps))
    edition: Edition = draw(st.sampled_from(FASTLOAD.editions))
    return system, edition, draw(st.sampled_from(BLOCK_BYTES))


def _grown_system(scenario: Scenario, growth: Growth) -> TeradataSystem:
    system = larger_system(scenario.bundle.case, growth)
    assert isinstance(system, TeradataSystem), "FastLoad loads into a Teradata system"
    return system


def _reloaded(
    scenario: Scenario, table: TableDefinition, rows: Sequence[Row], system: TeradataSystem
) -> CaseBundle:
    """The case of a typed load with other rows; checkpoints stay as few as they were."""
    bundle = scenario.bundle
    load = load_of(bundle)
    grown = load_case(
        table,
        rows,
        system,
        edition=bundle.case.edition,
        sessions=load.sessions,
        block_bytes=system.block_bytes,
    )
    files = {name: data for name, data in bundle.files.items() if name not in grown.files}
    case = msgspec.structs.replace(grown.case, faults=bundle.case.faults)
    checkpoint = load.checkpoint and max(load.checkpoint, len(rows) // 8)
    return with_load(CaseBundle(case, {**files, **grown.files}), checkpoint=checkpoint)


@st.composite
def loaded_rows(draw: DrawFn) -> Scenario:
    """A load into a table with a primary index of any kind."""
    table = draw(definitions(indexes=("nupi", "upi")))
    rows = _loadable(table, draw(rows_for(table, min_size=1)))
    system, edition, block_bytes = _system(draw, (2, 1, 3, 7, 100))
    bundle = load_case(table, rows, system, edition=edition, block_bytes=block_bytes)
    return Scenario(bundle)


@st.composite
def loaded_distinct_rows(draw: DrawFn) -> Scenario:
    """A load of rows of which none is a duplicate and none breaks a unique index."""
    table = draw(definitions(indexes=("nupi", "upi"), types=LOADABLE_TYPES))
    rows = distinct_rows(table, _loadable(table, draw(rows_for(table, min_size=1))))
    system, edition, block_bytes = _system(draw, (2, 1, 3, 7, 100))
    bundle = load_case(table, rows, system, edition=edition, block_bytes=block_bytes)
    inserted = {"rows.arrow": arrow_rows(table, rows)}
    steps: tuple[DistributionStep, ...] = (
        CreateTable(definition=table),
        InsertRows(table=table.name, rows="rows.arrow"),
        HashRows(rows="rows.arrow", columns=table.column_names),
    )
    # The same rows as Arrow beside the text, for a case that inserts them one by one.
    files = {**bundle.files, **requests(steps, system, inserted).files}
    return Scenario(CaseBundle(bundle.case, files))


def grown_distinct_rows(scenario: Scenario, growth: Growth) -> Scenario:
    """As `loaded_distinct_rows`, with many rows."""
    table, rows = rows_in(scenario.bundle, "rows.arrow")
    grown = distinct_rows(table, _loadable(table, grown_rows(table, rows, growth)))
    bundle = _reloaded(scenario, table, grown, _grown_system(scenario, growth))
    files = {**bundle.files, "rows.arrow": arrow_bytes(arrow_rows(table, grown))}
    return Scenario(CaseBundle(bundle.case, files), scenario.choices)


def insert_of_load(scenario: Scenario) -> CaseBundle:
    """The case that inserts the rows of `loaded_distinct_rows` in single-row requests."""
    bundle = scenario.bundle
    create = steps_of(bundle)[0]
    assert isinstance(create, CreateTable), "such a load begins with its table"
    insert = InsertRows(table=load_of(bundle).target, rows="rows.arrow")
    case = requests((create, insert), bundle.case.teradata, {}).case
    case = msgspec.structs.replace(case, edition=bundle.case.edition)
    return CaseBundle(case, {"rows.arrow": bundle.files["rows.arrow"]})


def colliding_loads(
    sessions: Sequence[int | None], amps: Sequence[int] = (2, 1, 3, 4)
) -> SearchStrategy[Scenario]:
    """Loads of rows that mostly share a row hash, by equal keys or by keys that collide.

    ``choices``: ``rows``, those that are stored, in input order.
    """

    @st.composite
    def build(draw: DrawFn) -> Scenario:
        table = table_of("t", "BIGINT", "INTEGER")
        keys = st.sampled_from((1, 1 + HASH_MODULUS, 2, 2 + HASH_MODULUS))
        numbers = draw(st.lists(keys, min_size=1, max_size=9))
        rows = [(key, number) for number, key in enumerate(numbers)]
        system, edition, block_bytes = _system(draw, amps)
        bundle = load_case(
            table,
            rows,
            system,
            edition=edition,
            sessions=draw(st.sampled_from(tuple(sessions))),
            block_bytes=block_bytes,
        )
        return Scenario(bundle, {"rows": [list(row) for row in rows]})

    return build()


def grown_collisions(scenario: Scenario, growth: Growth) -> Scenario:
    """As `colliding_loads`, with many rows of few keys."""
    picked = random.Random(growth.seed)
    keys = [row[0] for row in scenario.choices["rows"]]
    rows = [(picked.choice(keys), number) for number in range(growth.records)]
    system = scenario.bundle.case.teradata  # on one AMP a load has one session
    bundle = _reloaded(scenario, table_of("t", "BIGINT", "INTEGER"), rows, system)
    return Scenario(bundle, {**scenario.choices, "rows": [list(row) for row in rows]})


@st.composite
def unindexed_loads(draw: DrawFn, bits: Sequence[Literal[16, 20]] = (20, 16)) -> Scenario:
    """Loads of numbered records of different lengths into a NoPI table, several to a block.

    ``choices``: ``record_bytes``, the length of each record in input order. ``bits``: of a
    hash bucket.
    """
    lengths = draw(st.lists(st.integers(0, 12), min_size=1, max_size=14))
    rows = _numbered(lengths)
    table = _NUMBERED
    system = draw(systems((2, 3, 1, 4, 7), bits))
    bundle = load_case(
        table,
        rows,
        system,
        edition=draw(st.sampled_from(FASTLOAD.editions)),
        sessions=draw(st.sampled_from((None, 1, 2))),
        block_bytes=draw(st.sampled_from((10, 1, 20, 40))),
    )
    return Scenario(bundle, {"record_bytes": [len(record_of(table, row)) for row in rows]})


def grown_unindexed(scenario: Scenario, growth: Growth) -> Scenario:
    """As `unindexed_loads`, with many records of the lengths drawn."""
    picked = random.Random(growth.seed)
    texts = [length - len(str(at)) - 1 for at, length in enumerate(_lengths(scenario))]
    rows = _numbered([picked.choice(texts) for _ in range(growth.records)])
    bundle = _reloaded(scenario, _NUMBERED, rows, _grown_system(scenario, growth))
    lengths = [len(record_of(_NUMBERED, row)) for row in rows]
    return Scenario(bundle, {**scenario.choices, "record_bytes": lengths})


def _lengths(scenario: Scenario) -> list[int]:
    return [int(length) for length in scenario.choices["record_bytes"]]


def _numbered(lengths: Sequence[int]) -> list[Row]:
    """Rows of a number and a text of such a length; a text of no character is NULL."""
    return [(number, "x" * length or None) for number, length in enumerate(lengths)]
