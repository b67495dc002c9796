"""Requests against hash-distributed tables: their cases, their telling, what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties.engine.observed import observed_table
from properties.engine.scenario import Scenario
from properties.strategies.shared.definitions import (
    Row,
)
from specs.contract import Case, Edition, TeradataSystem
from specs.contract.directories import CaseBundle, arrow_bytes, definition_of
from specs.distribution.engine import DISTRIBUTION
from specs.distribution.plan import (
    DistributionPlan,
    DistributionQuery,
    DistributionStep,
    HashConstants,
    HashMapQuery,
    HashRows,
    InsertRows,
    InsertSelect,
    Reconfigure,
)
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition


def requests(
    steps: Sequence[DistributionStep], system: TeradataSystem, rows: Mapping[str, pa.Table]
) -> CaseBundle:
    """The case of these requests; ``rows`` are the Arrow inputs by file name."""
    plan = DistributionPlan(steps=tuple(steps))
    script = "".join(f"{told(step)};\n" for step in steps)
    case = Case(script=script, plan=plan, system=system)
    return CaseBundle(case, {name: arrow_bytes(table) for name, table in rows.items()})


def in_either_edition(scenarios: SearchStrategy[Scenario]) -> SearchStrategy[Scenario]:
    """The same scenarios, each under one of the editions: placement differs in none."""

    def under(scenario: Scenario, edition: Edition) -> Scenario:
        bundle = scenario.bundle
        case = msgspec.structs.replace(bundle.case, edition=edition)
        return Scenario(CaseBundle(case, bundle.files, bundle.tables), scenario.choices)

    return st.builds(under, scenarios, st.sampled_from(DISTRIBUTION.editions))


def first_steps(bundle: CaseBundle, number: int) -> CaseBundle:
    """The same case ended after that many of its requests."""
    return with_requests(bundle, steps_of(bundle)[:number], bundle.case.teradata)


def on_another_system(bundle: CaseBundle) -> CaseBundle:
    """The same case with one AMP more."""
    system = msgspec.structs.replace(bundle.case.teradata, amps=bundle.case.teradata.amps + 1)
    return with_requests(bundle, steps_of(bundle), system)


def steps_of(bundle: CaseBundle) -> tuple[DistributionStep, ...]:
    """The requests of a case of kind ``distribute``."""
    plan = bundle.case.plan
    assert isinstance(plan, DistributionPlan), "a FastLoad script is no list of requests"
    return plan.steps


def rows_in(bundle: CaseBundle, name: str) -> tuple[TableDefinition, list[Row]]:
    """The definition and the rows of an Arrow input of a case."""
    table = pa.ipc.open_file(pa.py_buffer(bundle.files[name])).read_all()
    return definition_of(table.schema), list(observed_table(table).rows)


def with_requests(
    bundle: CaseBundle, steps: Sequence[DistributionStep], system: TeradataSystem
) -> CaseBundle:
    """The same files and edition with other requests on another system."""
    shorter = requests(steps, system, {}).case
    case = msgspec.structs.replace(shorter, edition=bundle.case.edition)
    return CaseBundle(case, bundle.files, bundle.tables)


def told(step: DistributionStep) -> str:
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
