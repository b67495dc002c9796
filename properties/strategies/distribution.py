"""Requests against hash-distributed tables: hash, insert, select, reconfigure, ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from properties.observed import observed_table
from properties.registry import EDITIONS, Scenario
from properties.strategies.definitions import (
    BINARY_TYPES,
    LOADABLE_TYPES,
    Index,
    Row,
    arrow_rows,
    clusters,
    definitions,
    rows_for,
)
from properties.strategies.values import HASH_MODULUS, decimal_of, text_of
from reference.equality import equality_key, index_key
from specs.contract import Case, Cluster, Edition
from specs.directories import CaseBundle, arrow_bytes, definition_of
from specs.plans import (
    CreateTable,
    DeleteRows,
    DistributePlan,
    DistributeStep,
    DistributionQuery,
    DropTable,
    HashConstants,
    HashMapQuery,
    HashRows,
    InsertRows,
    InsertSelect,
    Reconfigure,
)
from specs.tables import Column, PrimaryIndex, TableDefinition
from specs.types import ColumnType

ALL_TYPES = (*LOADABLE_TYPES, *BINARY_TYPES)
INTEGER_TYPES = ("INTEGER", "BIGINT", "SMALLINT", "BYTEINT", "DECIMAL(18,0)", "DECIMAL(38,0)")
QUERY_IDS = (1, 2, 3, 7, 1000, HASH_MODULUS, HASH_MODULUS + 1, 2**62)

FEW_AMPS = (2, 1, 3, 4, 7)

# Maps of 20-bit systems have a million buckets: asked for whole, they are kept rare.
SMALL_MAPS: tuple[int, ...] = (16, 16, 16, 16, 16, 20)


def requests(
    steps: Sequence[DistributeStep], cluster: Cluster, rows: Mapping[str, pa.Table]
) -> CaseBundle:
    """The case of these requests; ``rows`` are the Arrow inputs by file name."""
    plan = DistributePlan(steps=tuple(steps))
    script = "".join(f"{told(step)};\n" for step in steps)
    case = Case(script=script, plan=plan, cluster=cluster)
    return CaseBundle(case, {name: arrow_bytes(table) for name, table in rows.items()})


def in_either_edition(scenarios: SearchStrategy[Scenario]) -> SearchStrategy[Scenario]:
    """The same scenarios, each under one of the editions: placement differs in none."""

    def under(scenario: Scenario, edition: Edition) -> Scenario:
        bundle = scenario.bundle
        case = msgspec.structs.replace(bundle.case, edition=edition)
        return Scenario(CaseBundle(case, bundle.files, bundle.tables), scenario.choices)

    return st.builds(under, scenarios, st.sampled_from(EDITIONS))


def first_steps(bundle: CaseBundle, number: int) -> CaseBundle:
    """The same case ended after that many of its requests."""
    return _with_steps(bundle, steps_of(bundle)[:number], bundle.case.cluster)


def on_another_system(bundle: CaseBundle) -> CaseBundle:
    """The same case with one AMP more."""
    cluster = msgspec.structs.replace(bundle.case.cluster, amps=bundle.case.cluster.amps + 1)
    return _with_steps(bundle, steps_of(bundle), cluster)


def steps_of(bundle: CaseBundle) -> tuple[DistributeStep, ...]:
    """The requests of a case of kind ``distribute``."""
    plan = bundle.case.plan
    assert isinstance(plan, DistributePlan), "a FastLoad script is no list of requests"
    return plan.steps


def rows_in(bundle: CaseBundle, name: str) -> tuple[TableDefinition, list[Row]]:
    """The definition and the rows of an Arrow input of a case."""
    table = pa.ipc.open_file(pa.py_buffer(bundle.files[name])).read_all()
    return definition_of(table.schema), list(observed_table(table).rows)


def _with_steps(
    bundle: CaseBundle, steps: Sequence[DistributeStep], cluster: Cluster
) -> CaseBundle:
    shorter = requests(steps, cluster, {}).case
    case = msgspec.structs.replace(shorter, edition=bundle.case.edition)
    return CaseBundle(case, bundle.files, bundle.tables)


def told(step: DistributeStep) -> str:
    """A request as a person would write it."""
    match step:
        case CreateTable(definition=table):
            return _told_table(table)
        case DropTable():
            return f"DROP TABLE {step.table}"
        case DeleteRows(column=None):
            return f"DELETE FROM {step.table}"
        case DeleteRows(value=None):
            return f"DELETE FROM {step.table} WHERE {step.column} IS NULL"
        case DeleteRows():
            return f"DELETE FROM {step.table} WHERE {step.column} = '{step.value}'"
        case InsertRows(mode="array"):
            return f"INSERT INTO {step.table} ROWS OF {step.rows} IN REQUEST {step.query_id}"
        case InsertRows():
            return f"INSERT INTO {step.table} EACH ROW OF {step.rows} FROM REQUEST {step.query_id}"
        case InsertSelect():
            return f"INSERT INTO {step.target} SELECT * FROM {step.source}"
        case Reconfigure():
            return f"RECONFIGURE TO {step.amps} AMPS"
        case HashRows():
            row_hash = f"HASHROW({', '.join(step.columns)})"
            bucket = f"HASHBUCKET({row_hash})"
            return f"SELECT {row_hash}, {bucket}, HASHAMP({bucket}) FROM {step.rows}"
        case HashConstants():
            return "SELECT HASHROW(), HASHBUCKET(), HASHAMP(), HASHBUCKET(NULL)"
        case HashMapQuery():
            return "SELECT HASHAMP(bucket) FROM ALL BUCKETS"
        case DistributionQuery():
            return f"SELECT amp, COUNT(*) FROM {step.table} GROUP BY amp ORDER BY 2 DESC"


def _told_table(table: TableDefinition) -> str:
    columns = ", ".join(_told_column(column) for column in table.columns)
    index = "NO PRIMARY INDEX"
    if table.primary_index is not None:
        unique = "UNIQUE " if table.primary_index.unique else ""
        index = f"{unique}PRIMARY INDEX ({', '.join(table.primary_index.columns)})"
    return f"CREATE {table.kind} TABLE {table.name} ({columns}) {index}"


def _told_column(column: Column) -> str:
    words = [column.name, column.type]
    if column.column_type.is_character:
        words += ["CHARACTER SET", column.character_set]
        words += ["CASESPECIFIC" if column.case_specific else "NOT CASESPECIFIC"]
    return " ".join([*words, "NOT NULL"] if column.not_null else words)


def table_of(
    name: str, *types: str, key: Sequence[str] | None = ("c1",), unique: bool = False
) -> TableDefinition:
    """A MULTISET table of columns c1, c2, ... of these types; ``key`` None is NoPI."""
    columns = tuple(Column(name=f"c{n}", type=text) for n, text in enumerate(types, 1))
    index = None if key is None else PrimaryIndex(tuple(key), unique)
    return TableDefinition(name=name, columns=columns, kind="MULTISET", primary_index=index)


def renamed(table: TableDefinition, name: str) -> TableDefinition:
    """The same table under another name."""
    return TableDefinition(
        name=name, columns=table.columns, kind=table.kind, primary_index=table.primary_index
    )


def key_of(table: TableDefinition) -> tuple[str, ...]:
    """The columns of the primary index; all columns of a NoPI table."""
    return table.primary_index.columns if table.primary_index else table.column_names


# --- hashing -------------------------------------------------------------------------------------


@st.composite
def hashed_values(draw: DrawFn) -> Scenario:
    """HASHROW of single values of one column of any type."""
    table = draw(definitions(types=ALL_TYPES, max_columns=1, not_null=False))
    rows = draw(rows_for(table, min_size=1))
    steps = (HashRows(rows="rows.arrow", columns=("c1",)),)
    return Scenario(requests(steps, draw(clusters()), {"rows.arrow": arrow_rows(table, rows)}))


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
    return Scenario(requests(steps, draw(clusters()), {"rows.arrow": arrow_rows(table, rows)}))


PUBLISHED_INTEGERS = (1, 2, 3, 4, 5, 6)


@st.composite
def published_integers(draw: DrawFn) -> Scenario:
    """Some of the integers whose row hash was published, in any type of integers."""
    text = draw(st.sampled_from((*INTEGER_TYPES, "DECIMAL(3,0)")))
    drawn = draw(st.lists(st.sampled_from(PUBLISHED_INTEGERS), min_size=1, max_size=6))
    exact = [decimal_of(n, 0) if text.startswith("DECIMAL") else n for n in drawn]
    table = table_of("t", text)
    steps = (HashRows(rows="rows.arrow", columns=("c1",)),)
    rows = {"rows.arrow": arrow_rows(table, [(value,) for value in exact])}
    return Scenario(requests(steps, draw(clusters(bits=(20,))), rows))


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


@st.composite
def hashed_keys(draw: DrawFn) -> Scenario:
    """HASHROW of several columns in two orders, then of each column alone."""
    table = draw(definitions(types=ALL_TYPES, max_columns=4, not_null=False))
    rows = draw(rows_for(table, min_size=1, max_size=4))
    names = table.column_names
    orders = (names, tuple(draw(st.permutations(names))), *((name,) for name in names))
    steps = [HashRows(rows="rows.arrow", columns=order) for order in orders]
    return Scenario(requests(steps, draw(clusters()), {"rows.arrow": arrow_rows(table, rows)}))


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
    return Scenario(requests(steps, draw(clusters()), {"rows.arrow": arrow_rows(table, [row])}))


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
    return Scenario(requests(steps, draw(clusters()), {"rows.arrow": arrow_rows(table, [row])}))


@st.composite
def digits_and_numbers(draw: DrawFn) -> Scenario:
    """An integer beside its digits as text."""
    number = draw(st.sampled_from((3, 1, 2, 10, 48, 255)) | st.integers(1, 2**31 - 1))
    table = table_of("t", "INTEGER", "VARCHAR(20)")
    steps = [HashRows(rows="rows.arrow", columns=(name,)) for name in table.column_names]
    rows = {"rows.arrow": arrow_rows(table, [(number, str(number))])}
    return Scenario(requests(steps, draw(clusters()), rows))


# --- hash maps -----------------------------------------------------------------------------------


@st.composite
def whole_maps(draw: DrawFn) -> Scenario:
    """The constants and the whole hash map of a system."""
    cluster = _cluster_with_small_map(draw, (1, 2, 3, 7, 16, 100, 1000, 1024))
    return Scenario(requests((HashConstants(), HashMapQuery()), cluster, {}))


def _cluster_with_small_map(draw: DrawFn, amps: Sequence[int]) -> Cluster:
    bits = draw(st.sampled_from(SMALL_MAPS))
    return Cluster(amps=draw(st.sampled_from(amps)), hash_bucket_bits=20 if bits == 20 else 16)


@st.composite
def mapped_values(draw: DrawFn) -> Scenario:
    """HASHAMP of a few rows, then the whole hash map."""
    table = draw(definitions(types=ALL_TYPES, max_columns=1, not_null=False))
    rows = {"rows.arrow": arrow_rows(table, draw(rows_for(table, min_size=1, max_size=5)))}
    steps = (HashRows(rows="rows.arrow", columns=("c1",)), HashMapQuery())
    cluster = _cluster_with_small_map(draw, (2, 1, 3, 7, 16, 100, 1000, 1024))
    return Scenario(requests(steps, cluster, rows))


@st.composite
def reconfigured_maps(draw: DrawFn) -> Scenario:
    """The whole hash map before and after one or two changes of the number of AMPs."""
    amps = (2, 1, 3, 4, 7, 10, 100)
    cluster = Cluster(amps=draw(st.sampled_from(amps)), hash_bucket_bits=16)
    changes = draw(st.lists(st.sampled_from(amps), min_size=1, max_size=2))
    steps: list[DistributeStep] = [HashMapQuery()]
    for change in changes:
        steps += [Reconfigure(amps=change), HashMapQuery()]
    return Scenario(requests(steps, cluster, {}))


# --- tables with a primary index -----------------------------------------------------------------


def stored_rows_of(table: TableDefinition, rows: Sequence[Row]) -> SearchStrategy[Scenario]:
    """Rows inserted into a new table t, then HASHROW of each over the index columns."""
    steps = (
        CreateTable(definition=table),
        InsertRows(table=table.name, rows="rows.arrow"),
        HashRows(rows="rows.arrow", columns=key_of(table)),
    )
    files = {"rows.arrow": arrow_rows(table, rows)}
    return clusters().map(lambda cluster: Scenario(requests(steps, cluster, files)))


@st.composite
def stored_rows(draw: DrawFn, indexes: tuple[Index, ...] = ("nupi", "upi")) -> Scenario:
    """As `stored_rows_of`, with a drawn table and rows whose keys and hashes often meet."""
    table = draw(definitions(types=ALL_TYPES, indexes=indexes))
    return draw(stored_rows_of(table, draw(rows_for(table, min_size=1))))


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
    return Scenario(requests(steps, draw(clusters()), files))


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
    return Scenario(requests(steps, draw(clusters()), files))


# --- tables without one --------------------------------------------------------------------------


@st.composite
def unindexed_rows(draw: DrawFn) -> Scenario:
    """One or two requests into a NoPI table, then the hash of each request's query id.

    The last step hashes as BIGINT the query id that decides about each row, in arrival order.
    """
    table = draw(definitions(indexes=("nopi",), max_columns=2, types=ALL_TYPES))
    steps: list[DistributeStep] = [CreateTable(definition=table)]
    files: dict[str, pa.Table] = {}
    ids: list[int] = []
    for number in range(draw(st.integers(1, 2))):
        rows = draw(rows_for(table, max_size=5, min_size=1))
        query_id = draw(st.sampled_from(QUERY_IDS))
        array = draw(st.booleans())
        name = f"rows{number}.arrow"
        files[name] = arrow_rows(table, rows)
        mode: Literal["array", "single-row"] = "array" if array else "single-row"
        steps.append(InsertRows(table="t", rows=name, mode=mode, query_id=query_id))
        ids += [query_id if array else query_id + at for at in range(len(rows))]
    files["ids.arrow"] = arrow_rows(table_of("ids", "BIGINT"), [(n,) for n in ids])
    steps.append(HashRows(rows="ids.arrow", columns=("c1",)))
    return Scenario(requests(steps, draw(clusters(FEW_AMPS)), files))


@st.composite
def unindexed_rows_with_map(draw: DrawFn) -> Scenario:
    """Requests into a NoPI table and the whole hash map, to see who owns the RowIDs' buckets."""
    scenario = draw(unindexed_rows())
    steps: list[DistributeStep] = [*steps_of(scenario.bundle)[:-1], HashMapQuery()]
    cluster = _cluster_with_small_map(draw, FEW_AMPS)
    return Scenario(_with_steps(scenario.bundle, steps, cluster))


@st.composite
def selected_unindexed(draw: DrawFn) -> Scenario:
    """Rows of a table with or without an index, selected into a NoPI table, once or twice."""
    source = draw(definitions("s", types=ALL_TYPES, max_columns=2))
    target = TableDefinition(name="t", columns=source.columns, kind="MULTISET")
    select = InsertSelect(source="s", target="t")
    steps: list[DistributeStep] = [
        CreateTable(definition=source),
        InsertRows(table="s", rows="rows.arrow", query_id=draw(st.sampled_from(QUERY_IDS))),
        CreateTable(definition=target),
    ]
    steps += [select] * draw(st.integers(1, 2))
    files = {"rows.arrow": arrow_rows(source, draw(rows_for(source, min_size=1)))}
    return Scenario(requests(steps, draw(clusters(FEW_AMPS)), files))


# --- reconfiguring and asking --------------------------------------------------------------------


@st.composite
def reconfigured_rows(draw: DrawFn) -> Scenario:
    """Rows inserted and their hashes asked for; a change of AMPs, and asked again."""
    table = draw(definitions(types=ALL_TYPES, indexes=("nupi", "upi"), max_columns=2))
    rows = draw(rows_for(table, min_size=1))
    amps = (2, 1, 3, 4, 7)
    cluster = draw(clusters(amps))
    ask = HashRows(rows="rows.arrow", columns=key_of(table))
    steps = (
        CreateTable(definition=table),
        InsertRows(table="t", rows="rows.arrow"),
        ask,
        Reconfigure(amps=draw(st.sampled_from(amps))),
        ask,
    )
    files = {"rows.arrow": arrow_rows(table, rows)}
    return Scenario(requests(steps, cluster, files))


@st.composite
def distributions(draw: DrawFn) -> Scenario:
    """The distribution query for tables of every kind, empty ones too."""
    table = draw(definitions(types=ALL_TYPES, max_columns=2))
    steps: list[DistributeStep] = [
        CreateTable(definition=table),
        InsertRows(table="t", rows="rows.arrow", query_id=draw(st.sampled_from(QUERY_IDS))),
    ]
    if draw(st.integers(0, 3)) == 3:
        steps.append(Reconfigure(amps=draw(st.sampled_from((1, 2, 3, 5)))))
    steps.append(DistributionQuery(table="t"))
    files = {"rows.arrow": arrow_rows(table, draw(rows_for(table, max_size=12)))}
    return Scenario(requests(steps, draw(clusters()), files))


def distinct_rows(table: TableDefinition, rows: Sequence[Row]) -> list[Row]:
    """The rows without those equal to an earlier one (under a UPI: of an equal key)."""
    unique = table.primary_index is not None and table.primary_index.unique
    key = index_key if unique else equality_key
    return list({key(row, table): row for row in reversed(rows)}.values())[::-1]
