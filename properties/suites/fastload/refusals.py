"""Loads that are refused before a record is read, and what they leave untouched."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from properties.relations.fastload.accounting import ACCOUNTS
from properties.relations.fastload.loading import loads_are_right
from properties.relations.fastload.twins import twin_loads
from properties.relations.fastload.unchanged import tables_are_as_before
from properties.relations.shared.answers import completed
from properties.relations.shared.stopping import refused_with
from properties.strategies.fastload.jobs import (
    OTHER_TABLE,
    PLAIN,
    JobShape,
    definition_in,
    fastload_jobs,
    load_of,
    rows_of,
    steps_of,
    with_case,
    with_steps,
    with_tables,
)
from properties.strategies.fastload.loadable import loadable
from properties.strategies.shared.definitions import arrow_rows
from specs.contract import ErrorName, TeradataSystem
from specs.contract.directories import CaseBundle
from specs.sql.statements import DeleteRows, DropTable
from specs.sql.tables import AttachmentKind

_TYPES = ("INTEGER", "VARCHAR(5)", "CHAR(3)", "DATE")
_THERE = replace(
    PLAIN, types=_TYPES, target=("there",), max_columns=2, records=(0, 4), faulty=True, damaged=True
)
_SOUND = replace(_THERE, faulty=False, damaged=False)
_BROKEN = b"\x1f\x8b no gzip stream"
_ATTACHMENTS: tuple[AttachmentKind, ...] = get_args(AttachmentKind)


@st.composite
def _filled_targets(
    draw: DrawFn, shape: JobShape = _THERE, *, readable: bool | None = None
) -> Scenario:
    """Jobs whose target has rows; ``readable`` None: some of their inputs cannot be read."""
    bundle = draw(fastload_jobs(shape))
    if readable is None and draw(st.integers(0, 3)) == 3:
        bundle = with_case(bundle, files=dict.fromkeys(bundle.files, _BROKEN))
    name = load_of(bundle).target
    definition = definition_in(bundle, name)
    rows = draw(st.lists(rows_of(definition), min_size=1, max_size=3))
    tables = {name: arrow_rows(definition, rows), "other": arrow_rows(OTHER_TABLE, [(1,)])}
    return Scenario(with_tables(bundle, tables))


def _targets(shape: JobShape, changes: SearchStrategy[dict[str, Any]]) -> SearchStrategy[Scenario]:
    """Jobs whose target is there and has a changed definition."""

    @st.composite
    def build(draw: DrawFn) -> Scenario:
        bundle = draw(fastload_jobs(shape))
        return Scenario(_with_target(bundle, **draw(changes)))

    return build()


def _with_target(bundle: CaseBundle, **changes: Any) -> CaseBundle:
    name = load_of(bundle).target
    definition = msgspec.structs.replace(definition_in(bundle, name), **changes)
    return with_tables(bundle, {**bundle.tables, name: arrow_rows(definition, [])})


def _is_refused(trial: Trial, scenario: Scenario, error: ErrorName) -> None:
    observed = trial.run(scenario.bundle)
    refused_with(observed, error)
    tables_are_as_before(scenario.bundle, observed)
    if any(name == "block-sent" for name, _ in observed.events):
        raise Difference(f"expected the refusal with {error} before any record is sent")
    twin_loads(trial, loadable(scenario.bundle))


def _is_loaded(trial: Trial, scenario: Scenario) -> None:
    loads_are_right(scenario.bundle, completed(trial.run(scenario.bundle)))


# --- only an empty table (FL-01) -----------------------------------------------------------------


@claim("FL-01", given=_filled_targets(), needs=["fastload"])
def a_table_with_rows_is_refused_and_keeps_them(trial: Trial, scenario: Scenario) -> None:
    _is_refused(trial, scenario, "target_not_empty")


@claim(
    "FL-01",
    given=_filled_targets(replace(PLAIN, indexes=("nopi",), target=("there",), records=(0, 4))),
    needs=["fastload", "fastload/nopi"],
    share=0.5,
)
def a_filled_table_without_an_index_is_refused_too(trial: Trial, scenario: Scenario) -> None:
    _is_refused(trial, scenario, "target_not_empty")


@st.composite
def _emptied_targets(draw: DrawFn) -> Scenario:
    bundle = draw(_filled_targets(_SOUND, readable=True)).bundle
    load = load_of(bundle)
    return Scenario(with_steps(bundle, [DeleteRows(table=load.target), load]))


@claim("FL-01", given=_emptied_targets(), needs=["fastload"], share=0.5, exposes=ACCOUNTS)
def a_table_that_was_emptied_is_loaded(trial: Trial, scenario: Scenario) -> None:
    _is_loaded(trial, scenario)


# --- what hangs on the target (FL-04) ------------------------------------------------------------

# Mostly one: nothing else finds a loader that overlooks one kind.
_ATTACHED = st.sampled_from([*combinations(_ATTACHMENTS, 1)] * 6 + [*combinations(_ATTACHMENTS, 2)])


@claim(
    "FL-04",
    given=_targets(_THERE, _ATTACHED.map(lambda kinds: {"attached": kinds})),
    needs=["fastload"],
)
def indexes_foreign_keys_and_triggers_on_the_target_are_refused(
    trial: Trial, scenario: Scenario
) -> None:
    _is_refused(trial, scenario, "target_has_attachment")


@claim(
    "FL-04",
    given=_targets(replace(_SOUND, indexes=("nupi", "upi")), st.just({})),
    needs=["fastload"],
    share=0.5,
    exposes=ACCOUNTS,
)
def a_primary_index_is_no_obstacle(trial: Trial, scenario: Scenario) -> None:
    _is_loaded(trial, scenario)


# --- one table, all AMPs (FL-05) -----------------------------------------------------------------


@claim("FL-05", given=_targets(_THERE, st.just({"view": True})), needs=["fastload"], share=0.5)
def a_view_is_refused(trial: Trial, scenario: Scenario) -> None:
    _is_refused(trial, scenario, "target_is_view")


@claim(
    "FL-05",
    given=_targets(
        replace(_THERE, indexes=("nopi",), kinds=("MULTISET",)), st.just({"partitioned": True})
    ),
    needs=["fastload"],
    share=0.5,
)
def a_partitioned_table_without_an_index_is_refused(trial: Trial, scenario: Scenario) -> None:
    _is_refused(trial, scenario, "target_partitioned_nopi")


@st.composite
def _with_an_amp_down(draw: DrawFn) -> Scenario:
    bundle = draw(fastload_jobs(_THERE))
    system = bundle.case.teradata
    down = draw(st.sets(st.integers(0, system.amps - 1), min_size=1, max_size=2))
    system = TeradataSystem(
        amps=system.amps,
        hash_bucket_bits=system.hash_bucket_bits,
        down_amps=tuple(sorted(down)),
    )
    return Scenario(with_case(bundle, system=system))


@claim("FL-05", given=_with_an_amp_down(), needs=["fastload"])
def a_load_does_not_begin_while_an_amp_is_down(trial: Trial, scenario: Scenario) -> None:
    _is_refused(trial, scenario, "amp_down")


@st.composite
def _missing_targets(draw: DrawFn) -> Scenario:
    bundle = draw(fastload_jobs(replace(_THERE, around=False)))
    load = load_of(bundle)
    if draw(st.booleans()):
        return Scenario(with_steps(bundle, [DropTable(table=load.target), load]))
    return Scenario(with_tables(bundle, {}))


@claim("FL-05", given=_missing_targets(), needs=["fastload"], share=0.5)
def a_target_that_is_not_there_is_refused(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    refused_with(observed, "target_missing")
    dropped = len(steps_of(scenario.bundle)) > 1
    but = {load_of(scenario.bundle).target} if dropped else ()
    tables_are_as_before(scenario.bundle, observed, but)
    twin_loads(trial, loadable(scenario.bundle))


# In the order of the checks. Each can be brought about beside each other one.
_REASONS: tuple[ErrorName, ...] = (
    "target_missing",
    "target_is_view",
    "target_has_attachment",
    "amp_down",
    "target_not_empty",
    "error_table_exists",
    "input_unreadable",
)


@st.composite
def _refused_for_two_reasons(draw: DrawFn) -> Scenario:
    bundle = draw(fastload_jobs(_THERE))
    reasons = draw(st.sampled_from([*combinations(_REASONS, 2)]))
    for reason in reversed(reasons):  # a table that is missing goes last
        bundle = _with_reason(draw, bundle, reason)
    return Scenario(bundle, {"reasons": list(reasons)})


def _with_reason(draw: DrawFn, bundle: CaseBundle, reason: ErrorName) -> CaseBundle:
    load, system = load_of(bundle), bundle.case.teradata
    rows = bundle.tables[load.target]
    definition = definition_in(bundle, load.target)
    match reason:
        case "target_missing":
            others = {n: t for n, t in bundle.tables.items() if n != load.target}
            return with_tables(bundle, others)
        case "target_is_view":
            definition = msgspec.structs.replace(definition, view=True)
        case "target_has_attachment":
            kind = draw(st.sampled_from(_ATTACHMENTS))
            definition = msgspec.structs.replace(definition, attached=(kind,))
        case "amp_down":
            system = msgspec.structs.replace(system, down_amps=(0,))
        case "target_not_empty":
            rows = arrow_rows(definition, [draw(rows_of(definition))])
        case "error_table_exists":
            name = draw(st.sampled_from((load.error_table_1, load.error_table_2)))
            return with_tables(bundle, {**bundle.tables, name: arrow_rows(OTHER_TABLE, [(1,)])})
        case _:
            return with_case(bundle, files={})
    rows = rows.replace_schema_metadata(definition.arrow_schema().metadata)
    changed = with_tables(bundle, {**bundle.tables, load.target: rows})
    return with_case(changed, system=system)


@claim("FL-05", "FL-04", given=_refused_for_two_reasons(), needs=["fastload"])
def of_several_reasons_the_first_in_the_order_of_the_checks_is_told(
    trial: Trial, scenario: Scenario
) -> None:
    first, second = scenario.choices["reasons"]
    trial.note(f"refused: {first} before {second}")
    _is_refused(trial, scenario, first)


# --- the names of error tables (FL-22) -----------------------------------------------------------


@st.composite
def _error_tables_that_are_others(draw: DrawFn) -> Scenario:
    return Scenario(_with_reason(draw, draw(fastload_jobs(_THERE)), "error_table_exists"))


@claim("FL-22", given=_error_tables_that_are_others(), needs=["fastload"], share=0.5)
def an_ordinary_table_under_an_error_tables_name_is_in_the_way(
    trial: Trial, scenario: Scenario
) -> None:
    _is_refused(trial, scenario, "error_table_exists")
