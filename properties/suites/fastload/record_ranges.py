"""RECORD n THRU m: which records of an input are processed; the two editions count otherwise."""

from __future__ import annotations

from properties.engine.registry import ACCOUNTS, Scenario, claim
from properties.engine.trial import Trial
from properties.relations.fastload.accounting import counts_are
from properties.relations.fastload.loading import (
    error_table_1_is_right,
    report_of,
    target_is_right,
    truths_of,
)
from properties.relations.shared.answers import completed
from properties.strategies.fastload.jobs import PLAIN, fastload_scenarios, wished

_RANGES = wished(
    PLAIN,
    types=("INTEGER", "VARCHAR(5)"),
    max_columns=2,
    records=(1, 8),
    ranges=True,
    faulty=True,
    inputs=(1, 1, 2),
)
_HEADED = wished(_RANGES, damaged=True)


def _the_range_is_processed(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    (truth,) = truths_of(scenario.bundle)
    processed = len(truth.facts)
    counts_are(
        report_of(truth, observed),
        read=truth.read,
        skipped=truth.read - processed,
        sent=processed,
    )
    target_is_right(truth, observed)
    error_table_1_is_right(truth, observed)


@claim(
    "FL-17",
    given=fastload_scenarios(wished(_RANGES, editions=("vendor",))),
    needs=["fastload"],
    editions=("vendor",),
    exposes=ACCOUNTS,
)
def record_n_starts_with_record_n(trial: Trial, scenario: Scenario) -> None:
    _the_range_is_processed(trial, scenario)


@claim(
    "FL-17",
    given=fastload_scenarios(wished(_RANGES, editions=("seed",))),
    needs=["fastload"],
    editions=("seed",),
    exposes=ACCOUNTS,
)
def record_n_leaves_out_n_records(trial: Trial, scenario: Scenario) -> None:
    _the_range_is_processed(trial, scenario)


@claim("FL-17", given=fastload_scenarios(_HEADED), needs=["fastload"], exposes=ACCOUNTS)
def records_outside_the_range_are_never_looked_at(trial: Trial, scenario: Scenario) -> None:
    _the_range_is_processed(trial, scenario)
