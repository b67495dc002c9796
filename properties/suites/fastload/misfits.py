"""Steps that do not fit the table which they meet: refused by name, and nothing is locked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.fastload.pauses import nothing_is_locked
from properties.relations.fastload.twins import twin_loads
from properties.relations.fastload.unchanged import tables_are_as_before
from properties.relations.shared.answers import completed
from properties.relations.shared.stopping import ended_with, refused_with
from properties.strategies.distribution.requests import (
    in_either_edition,
    requests,
    rows_in,
    with_requests,
)
from properties.strategies.fastload.jobs import (
    PLAIN,
    definition_in,
    fastload_jobs,
    load_of,
    with_case,
    with_load,
    with_tables,
)
from properties.strategies.fastload.loadable import loadable
from properties.strategies.fastload.stopped_jobs import other_job, release_of
from properties.strategies.shared.definitions import (
    ALL_TYPES,
    arrow_rows,
    definitions,
    rows_for,
    systems,
)
from specs.contract.directories import CaseBundle
from specs.distribution.plan import DistributionStep, InsertRows, InsertSelect
from specs.fastload.plan import FastLoadStep, Load
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

_SMALL = replace(PLAIN, types=("INTEGER", "VARCHAR(5)"), max_columns=2, records=(0, 4))

# --- a table that was made anew ------------------------------------------------------------------


@st.composite
def _overtaken_jobs(draw: DrawFn) -> Scenario:
    """A job that stays paused; ``step``: that of a job that waits for its target."""
    bundle = draw(fastload_jobs(replace(_SMALL, end_loading=(False,), target=("created",))))
    return Scenario(bundle, {"step": draw(st.sampled_from(("load", "delete", "delete null")))})


def _waiting_step(bundle: CaseBundle, chosen: str) -> FastLoadStep:
    load = load_of(bundle)
    column = load.inputs[0].assignments[0].column
    match chosen:
        case "load":
            names = {"error_table_1": "w_e1", "error_table_2": "w_e2", "end_loading": True}
            return msgspec.structs.replace(load, **names)
        case "delete":
            return DeleteRows(table=load.target, column=column, value="1")
        case _:
            return DeleteRows(table=load.target, column=column)


@claim("FL-25", "FL-14", given=_overtaken_jobs(), needs=["fastload", "fastload/restart"])
def a_step_that_goes_on_when_its_table_has_other_columns_is_refused(
    trial: Trial, scenario: Scenario
) -> None:
    bundle, load = scenario.bundle, load_of(scenario.bundle)
    step = _waiting_step(bundle, scenario.choices["step"])
    waiting = with_case(other_job(bundle, step), job="waiting")
    system = trial.system()
    system.run(bundle)
    refused_with(system.run(waiting), "table_being_loaded")
    completed(system.run(release_of(bundle)))
    other = TableDefinition(name=load.target, columns=(Column(name="anew", type="FLOAT"),))
    anew = other_job(bundle, DropTable(table=load.target), CreateTable(definition=other))
    completed(system.run(with_case(anew, job="anew")))
    observed = system.run(waiting)
    refused_with(observed, "columns_differ", 12 if isinstance(step, Load) else 8)
    nothing_is_locked(observed)


# --- requests ------------------------------------------------------------------------------------


@st.composite
def _requests_of_other_columns(draw: DrawFn) -> Scenario:
    """Rows of a file, or of a table, for one whose columns differ in one way."""
    table = draw(definitions(types=ALL_TYPES, max_columns=2, defaults=False))
    other = draw(st.sampled_from(_CHANGES))(table)
    rows = arrow_rows(table, draw(rows_for(table, min_size=1)))
    steps: tuple[DistributionStep, ...]
    if draw(st.booleans()):
        steps = (CreateTable(definition=other), InsertRows(table="u", rows="rows.arrow"))
    else:
        steps = (
            CreateTable(definition=table),
            InsertRows(table=table.name, rows="rows.arrow"),
            CreateTable(definition=other),
            InsertSelect(source=table.name, target="u"),
        )
    return Scenario(requests(steps, draw(systems((2, 1, 3))), {"rows.arrow": rows}))


def _with_columns(table: TableDefinition, *columns: Column) -> TableDefinition:
    index = None if table.primary_index is None else PrimaryIndex((columns[0].name,))
    return TableDefinition(name="u", columns=columns, kind="MULTISET", primary_index=index)


def _longer(table: TableDefinition) -> TableDefinition:
    return _with_columns(table, *table.columns, Column(name="more", type="INTEGER"))


def _renamed(table: TableDefinition) -> TableDefinition:
    first, *others = table.columns
    return _with_columns(table, msgspec.structs.replace(first, name="other"), *others)


def _retyped(table: TableDefinition) -> TableDefinition:
    first, *others = table.columns
    kind = "BIGINT" if first.type != "BIGINT" else "INTEGER"
    return _with_columns(table, Column(name=first.name, type=kind), *others)


_CHANGES = (_longer, _renamed, _retyped)


def _into_their_own_table(bundle: CaseBundle) -> CaseBundle:
    """The rows of the file, for the table whose columns they have."""
    definition, _ = rows_in(bundle, "rows.arrow")
    steps = (
        CreateTable(definition=definition),
        InsertRows(table=definition.name, rows="rows.arrow"),
    )
    return with_requests(bundle, steps, bundle.case.teradata)


@claim(
    "FL-25",
    "HD-13",
    given=in_either_edition(_requests_of_other_columns()),
    needs=["distribution"],
    share=0.5,
)
def rows_of_other_columns_are_an_error_of_the_user(trial: Trial, scenario: Scenario) -> None:
    ended_with(trial.run(scenario.bundle), "refused", "columns_differ", 8)
    if trial.thorough:
        completed(trial.run(_into_their_own_table(scenario.bundle)))


# --- dates without a day -------------------------------------------------------------------------


@st.composite
def _dates_without_a_day(draw: DrawFn) -> Scenario:
    """Loads of a DATE by a FORMAT that names no day: of the column, or of the assignment."""
    shape = replace(_SMALL, types=("DATE",), target=("there",), rewrite=False)
    bundle = draw(fastload_jobs(shape))
    load = load_of(bundle)
    form = draw(st.sampled_from(("YYYY-MM", "MM/DD", "YYYY", "DDD")))
    definition = definition_in(bundle, load.target)
    changes: dict[str, Any] = {"format": form}
    if draw(st.booleans()):
        changes = {"conversion": draw(st.sampled_from((None, "DATE", "VARCHAR(20)")))}
        columns = [msgspec.structs.replace(c, format=form) for c in definition.columns]
        definition = msgspec.structs.replace(definition, columns=tuple(columns))
    (source,) = load.inputs
    changed = tuple(msgspec.structs.replace(a, **changes) for a in source.assignments)
    inputs = (msgspec.structs.replace(source, assignments=changed),)
    empty: pa.Table = arrow_rows(definition, [])
    tables = {**bundle.tables, load.target: empty}
    return Scenario(with_tables(with_load(bundle, inputs=inputs), tables))


def _with_whole_dates(bundle: CaseBundle) -> CaseBundle:
    """The same load with the formats that dates have when none is named."""
    load = load_of(bundle)
    definition = definition_in(bundle, load.target)
    columns = tuple(msgspec.structs.replace(c, format=None) for c in definition.columns)
    table = msgspec.structs.replace(definition, columns=columns)
    inputs = tuple(
        msgspec.structs.replace(
            source,
            assignments=tuple(msgspec.structs.replace(a, format=None) for a in source.assignments),
        )
        for source in load.inputs
    )
    tables = {**bundle.tables, load.target: arrow_rows(table, [])}
    return loadable(with_tables(with_load(bundle, inputs=inputs), tables))


@claim("FL-20", given=_dates_without_a_day(), needs=["fastload"], share=0.5)
def a_date_that_is_read_without_a_day_is_refused_before_anything_is_locked(
    trial: Trial, scenario: Scenario
) -> None:
    observed = trial.run(scenario.bundle)
    refused_with(observed, "unsupported_format")
    tables_are_as_before(scenario.bundle, observed)
    twin_loads(trial, _with_whole_dates(scenario.bundle))
