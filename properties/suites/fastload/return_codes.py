"""Return codes: 0 normal, 4 after a warning, 8 for a mistake in a statement, 12 when fatal."""

from __future__ import annotations

import gzip
from dataclasses import replace

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.fastload.loading import expected_loads, target_is_right
from properties.relations.fastload.twins import twin_loads
from properties.relations.fastload.unchanged import tables_are_as_before
from properties.relations.shared.answers import completed
from properties.relations.shared.stopping import code_is, ended_with, paused_with, refused_with
from properties.strategies.distribution.placed_tables import (
    requests_of_missing_tables,
    without_last_step,
)
from properties.strategies.distribution.requests import in_either_edition
from properties.strategies.fastload.jobs import (
    PLAIN,
    JobShape,
    definition_in,
    fastload_jobs,
    fastload_scenarios,
    load_of,
    steps_of,
    with_case,
    with_load,
    with_steps,
)
from properties.strategies.fastload.loadable import loadable
from properties.strategies.fastload.stopped_jobs import other_job
from specs.fastload.plan import FastLoadStep
from specs.sql.statements import CreateTable, DeleteRows, DropTable

_TYPES = ("INTEGER", "VARCHAR(5)")
_SMALL = replace(PLAIN, types=_TYPES, max_columns=2, records=(0, 5), faulty=True)


@claim("FL-25", given=fastload_scenarios(replace(_SMALL, damaged=True)), needs=["fastload"])
def error_rows_and_duplicates_leave_the_return_code_at_0(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    ended_with(observed, "completed", None, 0)
    for expected in expected_loads(scenario.bundle):
        target_is_right(expected, observed)


@st.composite
def _drops(draw: DrawFn, shape: JobShape = _SMALL) -> Scenario:
    """Scripts that drop or empty tables first, some of which are not there."""
    bundle = draw(fastload_jobs(replace(shape, target=("created",))))
    load = load_of(bundle)
    there = set(bundle.tables)
    steps: list[FastLoadStep] = []
    warned = False
    names = st.sampled_from((load.error_table_1, load.error_table_2, load.target, "nowhere"))
    for name in draw(st.lists(names, min_size=1, max_size=3)):
        emptied = draw(st.booleans())
        steps.append(DeleteRows(table=name) if emptied else DropTable(table=name))
        warned |= name not in there
    steps += steps_of(bundle)
    return Scenario(with_steps(bundle, steps), {"return_code": 4 if warned else 0})


@claim("FL-25", given=_drops(), needs=["fastload"])
def dropping_or_emptying_a_missing_table_is_a_warning(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    ended_with(observed, "completed", None, scenario.choices["return_code"])


@claim(
    "FL-25",
    given=_drops(replace(_SMALL, end_loading=(False,))),
    needs=["fastload"],
    share=0.5,
)
def a_warning_before_a_pause_is_still_told(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    paused_with(observed, "end_loading_missing", return_code=scenario.choices["return_code"])
    twin_loads(trial, loadable(scenario.bundle))


@st.composite
def _created_twice(draw: DrawFn) -> Scenario:
    bundle = draw(fastload_jobs(replace(_SMALL, target=("there",))))
    create = CreateTable(definition=definition_in(bundle, load_of(bundle).target))
    return Scenario(with_steps(bundle, [create, load_of(bundle)]))


@claim("FL-25", given=_created_twice(), needs=["fastload"], share=0.5)
def creating_a_table_that_is_there_is_an_error_of_the_user(
    trial: Trial, scenario: Scenario
) -> None:
    observed = trial.run(scenario.bundle)
    refused_with(observed, "table_exists", 8)
    tables_are_as_before(scenario.bundle, observed)
    twin_loads(trial, loadable(scenario.bundle))


@claim(
    "FL-25",
    given=in_either_edition(requests_of_missing_tables()),
    needs=["distribution"],
    share=0.5,
)
def a_request_of_a_table_that_is_not_there_is_an_error_of_the_user(
    trial: Trial, scenario: Scenario
) -> None:
    refused_with(trial.run(scenario.bundle), "target_missing", 8)
    if trial.thorough:  # what comes before that request is no mistake
        completed(trial.run(without_last_step(scenario.bundle)))


@st.composite
def _without_their_file(draw: DrawFn) -> Scenario:
    bundle = draw(fastload_jobs(replace(_SMALL, target=("there",), inputs=(1, 2))))
    missing = draw(st.sampled_from(sorted(bundle.files)))
    files = {name: data for name, data in bundle.files.items() if name != missing}
    return Scenario(with_case(bundle, files=files))


@claim("FL-25", "FL-26", given=_without_their_file(), needs=["fastload"], share=0.5)
def a_missing_file_is_fatal_before_anything_is_loaded(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    refused_with(observed, "input_unreadable", 12)
    tables_are_as_before(scenario.bundle, observed)
    twin_loads(trial, loadable(scenario.bundle))


@st.composite
def _packed_and_cut(draw: DrawFn) -> Scenario:
    bundle = draw(fastload_jobs(replace(_SMALL, records=(1, 6))))
    (name,) = bundle.files
    packed = gzip.compress(bundle.files[name], 1, mtime=0)
    kept = packed[: draw(st.integers(0, len(packed) - 1))]
    if draw(st.booleans()):  # cut short, or with a byte of its checksum turned over
        kept = packed[:-5] + bytes([packed[-5] ^ 0x40]) + packed[-4:]
    source = load_of(bundle).inputs[0]
    changed = with_load(bundle, inputs=(msgspec.structs.replace(source, file=name + ".gz"),))
    return Scenario(with_case(changed, files={name + ".gz": kept}))


@claim("FL-25", "FL-26", given=_packed_and_cut(), needs=["fastload"], share=0.5)
def a_compressed_file_that_is_cut_short_or_corrupt_pauses_the_job(
    trial: Trial, scenario: Scenario
) -> None:
    paused_with(trial.run(scenario.bundle), "input_unreadable", return_code=12)
    twin_loads(trial, loadable(scenario.bundle))


@claim(
    "FL-25",
    "FL-18",
    given=fastload_scenarios(replace(_SMALL, damaged=True, on_bad_record=("stop",))),
    needs=["fastload"],
)
def a_bad_record_without_nostop_is_fatal(trial: Trial, scenario: Scenario) -> None:
    expected = trial.expect(scenario.bundle)
    observed = trial.run(scenario.bundle)
    ended_with(observed, expected.status, expected.error, expected.return_code)
    if expected.status == "completed":
        for load in expected_loads(scenario.bundle):
            target_is_right(load, observed)


# --- 2652: a table under load (FL-10) ------------------------------------------------------------


@st.composite
def _meddlers(draw: DrawFn) -> Scenario:
    """A job that stays paused, and a table of it that another script wants to change."""
    bundle = draw(fastload_jobs(replace(_SMALL, end_loading=(False,), target=("there",))))
    load = load_of(bundle)
    tables = (load.target, load.error_table_1, load.error_table_2)
    return Scenario(
        bundle, {"table": draw(st.sampled_from(tables)), "dropped": draw(st.booleans())}
    )


@claim("FL-10", given=_meddlers(), needs=["fastload", "fastload/restart"], share=0.5)
def whoever_touches_a_table_under_load_gets_2652(trial: Trial, scenario: Scenario) -> None:
    system = trial.system()
    paused_with(system.run(scenario.bundle), "end_loading_missing", return_code=0)
    name = scenario.choices["table"]
    step = DropTable(table=name) if scenario.choices["dropped"] else DeleteRows(table=name)
    observed = system.run(other_job(scenario.bundle, step))
    refused_with(observed, "table_being_loaded", 12)
    code_is(observed, 2652)
