"""Names of tables, columns and fields: letter case does not tell two of them apart."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.fastload.accounting import ACCOUNTS
from properties.relations.fastload.loading import loads_are_right
from properties.relations.fastload.twins import twin_loads
from properties.relations.fastload.unchanged import tables_are_as_before
from properties.relations.shared.stopping import refused_with
from properties.strategies.fastload.jobs import (
    PLAIN,
    definition_in,
    fastload_jobs,
    fastload_scenarios,
    load_of,
    steps_of,
    with_steps,
)
from properties.strategies.fastload.loadable import loadable
from specs.fastload.plan import FastLoadStep, Input, Load
from specs.sql.naming import with_tables_renamed
from specs.sql.statements import CreateTable

_JOBS = replace(
    PLAIN,
    types=("INTEGER", "VARCHAR(5)", "DATE"),
    max_columns=3,
    records=(1, 6),
    faulty=True,
    around=True,
    inputs=(1, 2),
)


def _in_the_other_case(step: FastLoadStep) -> FastLoadStep:
    """The step with all names in the other letter case, but those that it gives to new tables."""
    match step:
        case CreateTable():
            return step
        case Load():
            inputs = tuple(map(_input_in_the_other_case, step.inputs))
            return msgspec.structs.replace(step, target=step.target.swapcase(), inputs=inputs)
        case _:
            return with_tables_renamed(step, str.swapcase)


def _input_in_the_other_case(source: Input) -> Input:
    return msgspec.structs.replace(
        source,
        assignments=tuple(
            msgspec.structs.replace(a, column=a.column.swapcase(), field=a.field.swapcase())
            for a in source.assignments
        ),
    )


@claim("FL-19", "FL-23", given=fastload_scenarios(_JOBS), needs=["fastload"], exposes=ACCOUNTS)
def tables_columns_and_fields_are_found_in_every_letter_case(
    trial: Trial, scenario: Scenario
) -> None:
    steps = [_in_the_other_case(step) for step in steps_of(scenario.bundle)]
    loads_are_right(scenario.bundle, trial.run(with_steps(scenario.bundle, steps)))


@st.composite
def _created_in_another_case(draw: DrawFn) -> Scenario:
    bundle = draw(fastload_jobs(replace(_JOBS, target=("there",), around=False)))
    definition = definition_in(bundle, load_of(bundle).target)
    renamed = msgspec.structs.replace(definition, name=definition.name.swapcase())
    return Scenario(with_steps(bundle, [CreateTable(definition=renamed), load_of(bundle)]))


@claim("FL-23", "FL-25", given=_created_in_another_case(), needs=["fastload"], share=0.5)
def no_second_table_is_made_by_another_letter_case(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    refused_with(observed, "table_exists", 8)
    tables_are_as_before(scenario.bundle, observed)
    twin_loads(trial, loadable(with_steps(scenario.bundle, steps_of(scenario.bundle)[1:])))
