"""A load's accounts and the end summary."""

from __future__ import annotations

from dataclasses import replace

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.fastload.accounting import (
    ACCOUNTS,
    accounts_add_up,
    summary_tells_the_counts,
)
from properties.relations.fastload.loading import accounts_are_right, expected_loads, report_of
from properties.relations.shared.answers import completed
from properties.strategies.fastload.jobs import PLAIN, JobShape, fastload_scenarios

_TYPES = ("INTEGER", "VARCHAR(5)", "DATE")
_MIXED = replace(
    PLAIN, types=_TYPES, faulty=True, damaged=True, max_columns=3, inputs=(1, 2), loads=(1, 1, 2)
)
_EVERYTHING = JobShape(
    faulty=True, damaged=True, not_null=True, checks=True, ranges=True, max_columns=3
)


@claim("FL-11", given=fastload_scenarios(_MIXED), needs=["fastload"], exposes=["counts"])
def the_accounts_add_up(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    for expected in expected_loads(scenario.bundle):
        accounts_add_up(report_of(expected, observed))


@claim(
    "FL-11",
    given=fastload_scenarios(_EVERYTHING),
    needs=["fastload"],
    exposes=ACCOUNTS,
)
def the_accounts_are_those_of_the_input_and_of_the_tables(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    for expected in expected_loads(scenario.bundle):
        accounts_are_right(expected, observed)


@claim(
    "FL-11",
    given=fastload_scenarios(replace(_MIXED, ranges=True, loads=(1,))),
    needs=["fastload"],
    exposes=["counts"],
)
def the_end_summary_tells_the_accounts_in_the_layout_of_the_utility(
    trial: Trial, scenario: Scenario
) -> None:
    observed = completed(trial.run(scenario.bundle))
    for expected in expected_loads(scenario.bundle):
        summary_tells_the_counts(report_of(expected, observed), expected.record_given)
