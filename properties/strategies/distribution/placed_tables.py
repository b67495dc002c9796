"""Tables of placed rows: inserted, selected, deleted, reconfigured, counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from properties.engine.scenario import Scenario
from properties.strategies.distribution.hashed_rows import (
    PUBLISHED_INTEGERS,
    draw_system_with_small_map,
)
from properties.strategies.distribution.requests import (
    key_of,
    requests,
    rows_in,
    steps_of,
    table_of,
    with_requests,
)
from properties.strategies.shared.definitions import (
    ALL_TYPES,
    Index,
    Row,
    arrow_rows,
    definitions,
    rows_for,
    systems,
)
from properties.strategies.shared.values import HASH_MODULUS, text_of
from reference.values.equality import equality_key, index_key
from specs.contract import TeradataSystem
from specs.contract.directories import CaseBundle, arrow_bytes, definition_of
from specs.distribution.plan import (
    DistributionPlan,
    DistributionQuery,
    DistributionStep,
    HashMapQuery,
    HashRows,
    InsertRows,
    InsertSelect,
    Reconfigure,
)
from specs.sql.statements import CreateTable, DeleteRows
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

QUERY_IDS = (1, 2, 3, 7, 1000, HASH_MODULUS, HASH_MODULUS + 1, 2**62)
FEW_AMPS = (2, 1, 3, 4, 7)

_IDS = "ids.arrow"
_ID_TABLE = table_of("ids", "BIGINT")


# --- tables with a primary index -----------------------------------------------------------------


def stored_rows_of(table: TableDefinition, rows: Sequence[Row]) -> SearchStrategy[Scenario]:
    """Rows inserted into a new table t, then HASHROW of each over the index columns."""
    steps = (
        CreateTable(definition=table),
        InsertRows(table=table.name, rows="rows.arrow"),
        HashRows(rows="rows.arrow", columns=key_of(table)),
    )
    files = {"rows.arrow": arrow_rows(table, rows)}
    return systems().map(lambda system: Scenario(requests(steps, system, files)))


@st.composite
def stored_rows(draw: DrawFn, indexes: tuple[Index, ...] = ("nupi", "upi")) -> Scenario:
    """As `stored_rows_of`, with a drawn table and rows whose keys and hashes often meet."""
    table = draw(definitions(types=ALL_TYPES, indexes=indexes))
    return draw(stored_rows_of(table, draw(rows_for(table, min_size=1))))


@st.composite
def stored_zeros(draw: DrawFn) -> Scenario:
    """As `stored_rows`, of FLOAT columns that hold zeros of either sign."""
    table = draw(definitions(types=("FLOAT",), indexes=("nupi", "upi"), max_columns=2))
    cells = [st.sampled_from((-0.0, 0.0, 1.0))] * len(table.columns)
    return draw(stored_rows_of(table, draw(st.lists(st.tuples(*cells), min_size=1, max_size=4))))


@st.composite
def stored_equal_keys(draw: DrawFn) -> Scenario:
    """As `stored_rows`, with keys that are often equal without being the same, all of them kept."""
    types = ("VARCHAR(5)", "CHAR(3)", "VARCHAR(20)", "VARBYTE(5)", "CHAR(10)", "INTEGER")
    table = draw(definitions(types=types, indexes=("nupi",), kinds=("MULTISET",), max_columns=3))
    return draw(stored_rows_of(table, draw(rows_for(table, min_size=3))))


@st.composite
def stored_published_integers(draw: DrawFn) -> Scenario:
    """Published integers as keys of stored rows."""
    table = table_of("t", "INTEGER", "INTEGER")
    cells = st.tuples(st.sampled_from(PUBLISHED_INTEGERS), st.just(0))
    return draw(stored_rows_of(table, draw(st.lists(cells, min_size=1, max_size=4))))


@st.composite
def rows_deleted_between(draw: DrawFn) -> Scenario:
    """Rows inserted, some deleted by a value, others inserted: uniqueness has gaps and tops."""
    table = draw(definitions(types=("INTEGER", "BIGINT", "VARCHAR(5)"), indexes=("nupi", "upi")))
    rows = draw(rows_for(table, min_size=1))
    split = draw(st.integers(0, len(rows)))
    column = draw(st.sampled_from(table.columns))
    victim = draw(st.sampled_from(rows))[table.columns.index(column)]
    if draw(st.integers(0, 9)) == 9:
        delete = DeleteRows(table="t")
    else:
        value = None if victim is None else text_of(victim, column.column_type)
        delete = DeleteRows(table="t", column=column.name, value=value)
    steps = (
        CreateTable(definition=table),
        InsertRows(table="t", rows="first.arrow"),
        delete,
        InsertRows(table="t", rows="second.arrow"),
    )
    files = {
        "first.arrow": arrow_rows(table, rows[:split] or rows),
        "second.arrow": arrow_rows(table, rows[split:]),
    }
    return Scenario(requests(steps, draw(systems()), files))


@st.composite
def rows_inserted_twice(draw: DrawFn) -> Scenario:
    """Rows inserted in two requests into a table on few AMPs."""
    table = draw(definitions(types=ALL_TYPES, indexes=("nupi", "upi"), max_columns=2))
    steps = (
        CreateTable(definition=table),
        InsertRows(table="t", rows="first.arrow"),
        InsertRows(table="t", rows="second.arrow"),
    )
    files = {
        name: arrow_rows(table, draw(rows_for(table, min_size=1)))
        for name in ("first.arrow", "second.arrow")
    }
    return Scenario(requests(steps, draw(systems(FEW_AMPS)), files))


@st.composite
def selected_rows(draw: DrawFn) -> Scenario:
    """Rows inserted into a table, then selected into one with an index of its own."""
    source = draw(definitions("s", types=ALL_TYPES, not_null=False))
    like = draw(definitions("t", types=ALL_TYPES, indexes=("nupi", "upi"), max_columns=1))
    column = draw(st.sampled_from(source.column_names))
    unique = like.primary_index is not None and like.primary_index.unique
    target = TableDefinition(
        name="t",
        columns=source.columns,
        kind=like.kind,
        primary_index=PrimaryIndex((column,), unique),
    )
    steps = (
        CreateTable(definition=source),
        InsertRows(table="s", rows="rows.arrow", query_id=draw(st.sampled_from(QUERY_IDS))),
        CreateTable(definition=target),
        InsertSelect(source="s", target="t"),
    )
    files = {"rows.arrow": arrow_rows(source, draw(rows_for(source)))}
    return Scenario(requests(steps, draw(systems()), files))


def insert_of_read(bundle: CaseBundle, read: Sequence[Row]) -> CaseBundle:
    """The case that inserts the rows which `selected_rows` selects, in the order of reading.

    Its steps are the target's CREATE TABLE and the INSERT.
    """
    create = steps_of(bundle)[2]
    assert isinstance(create, CreateTable), "the third step creates the target"
    table = create.definition
    steps = (create, InsertRows(table=table.name, rows="read.arrow"))
    inserted = CaseBundle(bundle.case, {"read.arrow": arrow_bytes(arrow_rows(table, read))})
    return with_requests(inserted, steps, bundle.case.teradata)


# --- tables without one --------------------------------------------------------------------------


@st.composite
def unindexed_rows(draw: DrawFn) -> Scenario:
    """One or two requests into a NoPI table, then the hashes as BIGINT of their query ids."""
    table = draw(definitions(indexes=("nopi",), max_columns=2, types=ALL_TYPES))
    steps: list[DistributionStep] = [CreateTable(definition=table)]
    files: dict[str, pa.Table] = {}
    for number in range(draw(st.integers(1, 2))):
        rows = draw(rows_for(table, max_size=5, min_size=1))
        query_id = draw(st.sampled_from(QUERY_IDS))
        array = draw(st.booleans())
        name = f"rows{number}.arrow"
        files[name] = arrow_rows(table, rows)
        mode: Literal["array", "single-row"] = "array" if array else "single-row"
        steps.append(InsertRows(table="t", rows=name, mode=mode, query_id=query_id))
    files[_IDS] = arrow_rows(_ID_TABLE, [])
    steps.append(HashRows(rows=_IDS, columns=("c1",)))
    return Scenario(with_query_ids(requests(steps, draw(systems(FEW_AMPS)), files)))


def with_query_ids(bundle: CaseBundle) -> CaseBundle:
    """The same case; if it asks for the hashes of query ids, of those of its own requests."""
    if _IDS not in bundle.files:
        return bundle
    ids = sorted({query_id for _, query_id in requested_rows(bundle)})
    asked = arrow_bytes(arrow_rows(_ID_TABLE, [(query_id,) for query_id in ids]))
    return CaseBundle(bundle.case, {**bundle.files, _IDS: asked}, bundle.tables)


def requested_rows(bundle: CaseBundle) -> list[tuple[Row, int]]:
    """The rows that a case inserts and the query id of each one's request, in arrival order."""
    return [
        (row, step.query_id + (at if step.mode == "single-row" else 0))
        for step in steps_of(bundle)
        if isinstance(step, InsertRows)
        for at, row in enumerate(rows_in(bundle, step.rows)[1])
    ]


@st.composite
def unindexed_rows_with_map(draw: DrawFn) -> Scenario:
    """Requests into a NoPI table and the whole hash map, to see who owns the RowIDs' buckets."""
    scenario = draw(unindexed_rows())
    steps: list[DistributionStep] = [*steps_of(scenario.bundle)[:-1], HashMapQuery()]
    files = {name: data for name, data in scenario.bundle.files.items() if name != "ids.arrow"}
    bundle = CaseBundle(scenario.bundle.case, files)
    return Scenario(with_requests(bundle, steps, draw_system_with_small_map(draw, FEW_AMPS)))


@st.composite
def selected_unindexed(draw: DrawFn) -> Scenario:
    """Rows of a table with or without an index, selected into a NoPI table, once or twice."""
    source = draw(definitions("s", types=ALL_TYPES, max_columns=2))
    target = TableDefinition(name="t", columns=source.columns, kind="MULTISET")
    select = InsertSelect(source="s", target="t")
    steps: list[DistributionStep] = [
        CreateTable(definition=source),
        InsertRows(table="s", rows="rows.arrow", query_id=draw(st.sampled_from(QUERY_IDS))),
        CreateTable(definition=target),
    ]
    steps += [select] * draw(st.integers(1, 2))
    files = {"rows.arrow": arrow_rows(source, draw(rows_for(source, min_size=1)))}
    return Scenario(requests(steps, draw(systems(FEW_AMPS)), files))


# --- reconfiguring and asking --------------------------------------------------------------------


@st.composite
def reconfigured_rows(draw: DrawFn) -> Scenario:
    """Rows inserted and their hashes asked for; a change of AMPs, and asked again."""
    table = draw(definitions(types=ALL_TYPES, indexes=("nupi", "upi"), max_columns=2))
    rows = draw(rows_for(table, min_size=1))
    amps = (2, 1, 3, 4, 7)
    system = draw(systems(amps))
    ask = HashRows(rows="rows.arrow", columns=key_of(table))
    steps = (
        CreateTable(definition=table),
        InsertRows(table="t", rows="rows.arrow"),
        ask,
        Reconfigure(amps=draw(st.sampled_from(amps))),
        ask,
    )
    files = {"rows.arrow": arrow_rows(table, rows)}
    return Scenario(requests(steps, system, files))


@st.composite
def reconfigured_unindexed(draw: DrawFn) -> Scenario:
    """Requests into a NoPI table, then a change of AMPs, which is the last step."""
    requested = draw(unindexed_rows()).bundle
    system = draw_system_with_small_map(draw, FEW_AMPS)
    fewer_and_more = [n for n in FEW_AMPS if n != system.amps]
    steps = [*steps_of(requested)[:-1], Reconfigure(amps=draw(st.sampled_from(fewer_and_more)))]
    return Scenario(with_requests(requested, steps, system))


@st.composite
def resized_unindexed(draw: DrawFn) -> Scenario:
    """Requests into a NoPI table, then fewer AMPs, then many more, then the whole hash map.

    An AMP that stays has other buckets after each change, few of them in the end: most have then
    lost the bucket of their rows, unless they gave the rows another one.
    """
    table = table_of("t", "INTEGER", key=None)
    rows = [(number,) for number in range(draw(st.integers(20, 60)))]
    steps = (
        CreateTable(definition=table),
        InsertRows(table="t", rows="rows.arrow", query_id=draw(st.sampled_from(QUERY_IDS))),
        Reconfigure(amps=draw(st.sampled_from((1, 2)))),
        Reconfigure(amps=draw(st.sampled_from((9_999, 20_000, 3)))),
        HashMapQuery(),
    )
    amps = draw(st.sampled_from((8, 7, 16, 2)))
    system = TeradataSystem(amps=amps, hash_bucket_bits=16)
    return Scenario(requests(steps, system, {"rows.arrow": arrow_rows(table, rows)}))


@st.composite
def tables_there_before(draw: DrawFn) -> Scenario:
    """A table of the case that a distribution query looks at; `inserted_instead` is its twin."""
    table = draw(definitions(types=ALL_TYPES, max_columns=2, indexes=("nopi", "nupi", "upi")))
    drawn = draw(rows_for(table, min_size=1))
    rows = drawn if table.primary_index is None else distinct_rows(table, drawn)
    bundle = requests((DistributionQuery(table="t"),), draw(systems(FEW_AMPS)), {})
    case = msgspec.structs.replace(bundle.case, tables={"t": "tables/t.arrow"})
    return Scenario(CaseBundle(case, {}, {"t": arrow_rows(table, rows)}))


def inserted_instead(bundle: CaseBundle) -> CaseBundle:
    """The case that inserts the rows of `tables_there_before` one by one, query ids from 1."""
    rows = bundle.tables["t"]
    steps: list[DistributionStep] = [
        CreateTable(definition=definition_of(rows.schema)),
        InsertRows(table="t", rows="rows.arrow"),
    ]
    inserted = requests(steps, bundle.case.teradata, {"rows.arrow": rows})
    case = msgspec.structs.replace(inserted.case, edition=bundle.case.edition)
    return CaseBundle(case, inserted.files)


@st.composite
def requests_of_missing_tables(draw: DrawFn) -> Scenario:
    """Requests of which the last names a table that is not there."""
    table = draw(definitions(types=ALL_TYPES, max_columns=2))
    last: tuple[DistributionStep, ...] = (
        InsertRows(table="nowhere", rows="rows.arrow"),
        InsertSelect(source="nowhere", target="t"),
        InsertSelect(source="t", target="nowhere"),
        DistributionQuery(table="nowhere"),
    )
    steps: tuple[DistributionStep, ...] = (
        CreateTable(definition=table),
        InsertRows(table="t", rows="rows.arrow"),
        draw(st.sampled_from(last)),
    )
    files = {"rows.arrow": arrow_rows(table, draw(rows_for(table, min_size=1)))}
    return Scenario(requests(steps, draw(systems(FEW_AMPS)), files))


def without_last_step(bundle: CaseBundle) -> CaseBundle:
    """The same requests but for the last."""
    plan = DistributionPlan(steps=bundle.case.steps[:-1])
    script = "".join(bundle.case.script.splitlines(keepends=True)[:-1])
    case = msgspec.structs.replace(bundle.case, plan=plan, script=script)
    return CaseBundle(case, bundle.files, bundle.tables)


@st.composite
def distributions(draw: DrawFn) -> Scenario:
    """The distribution query for tables of every kind, empty ones too."""
    table = draw(definitions(types=ALL_TYPES, max_columns=2))
    steps: list[DistributionStep] = [
        CreateTable(definition=table),
        InsertRows(table="t", rows="rows.arrow", query_id=draw(st.sampled_from(QUERY_IDS))),
    ]
    if draw(st.integers(0, 3)) == 3:
        steps.append(Reconfigure(amps=draw(st.sampled_from((1, 2, 3, 5)))))
    steps.append(DistributionQuery(table="t"))
    files = {"rows.arrow": arrow_rows(table, draw(rows_for(table, max_size=12)))}
    return Scenario(requests(steps, draw(systems()), files))


@st.composite
def published_text(draw: DrawFn) -> Scenario:
    """The one-character string '3', in a character column of any kind, stored and hashed."""
    column = Column(
        name="c1",
        type=draw(st.sampled_from(("CHAR(1)", "VARCHAR(1)", "VARCHAR(5)", "CHAR(3)"))),
        case_specific=draw(st.booleans()),
        character_set=draw(st.sampled_from(("UNICODE", "LATIN"))),
    )
    table = TableDefinition(
        name="t", columns=(column,), kind="MULTISET", primary_index=PrimaryIndex(("c1",))
    )
    text = "3".ljust(column.column_type.length) if column.type.startswith("CHAR") else "3"
    return draw(stored_rows_of(table, [(text,)]))


def distinct_rows(table: TableDefinition, rows: Sequence[Row]) -> list[Row]:
    """The rows without those equal to an earlier one (under a UPI: of an equal key)."""
    unique = table.primary_index is not None and table.primary_index.unique
    key = index_key if unique else equality_key
    return list({key(row, table): row for row in reversed(rows)}.values())[::-1]
