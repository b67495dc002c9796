"""RECORD n THRU m: which records of an input are processed; the two editions count otherwise."""

from __future__ import annotations

from dataclasses import replace

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.fastload.accounting import ACCOUNTS, counts_are
from properties.relations.fastload.loading import (
    error_table_1_is_right,
    expected_loads,
    report_of,
    target_is_right,
)
from properties.relations.shared.answers import completed
from properties.strategies.fastload.jobs import PLAIN, fastload_scenarios

_RANGES = replace(
    PLAIN,
    types=("INTEGER", "VARCHAR(5)"),
    max_columns=2,
    records=(1, 8),
    ranges=True,
    faulty=True,
    inputs=(1, 1, 2),
)
_HEADED = replace(_RANGES, damaged=True)


def _the_range_is_processed(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    (expected,) = expected_loads(scenario.bundle)
    processed = len(expected.facts)
    counts_are(
        report_of(expected, observed),
        read=expected.read,
        skipped=expected.read - processed,
        sent=processed,
    )
    target_is_right(expected, observed)
    error_table_1_is_right(expected, observed)


@claim(
    "FL-17",
    given=fastload_scenarios(replace(_RANGES, editions=("vendor",))),
    needs=["fastload"],
    editions=("vendor",),
    exposes=ACCOUNTS,
)
def record_n_starts_with_record_n(trial: Trial, scenario: Scenario) -> None:
    _the_range_is_processed(trial, scenario)


@claim(
    "FL-17",
    given=fastload_scenarios(replace(_RANGES, editions=("seed",))),
    needs=["fastload"],
    editions=("seed",),
    exposes=ACCOUNTS,
)
def record_n_leaves_out_n_records(trial: Trial, scenario: Scenario) -> None:
    _the_range_is_processed(trial, scenario)


@claim("FL-17", given=fastload_scenarios(_HEADED), needs=["fastload"], exposes=ACCOUNTS)
def records_outside_the_range_are_never_looked_at(trial: Trial, scenario: Scenario) -> None:
    _the_range_is_processed(trial, scenario)
