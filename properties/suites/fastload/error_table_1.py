"""Error table 1: the records that could not become rows, whole, each once."""

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
from properties.strategies.fastload.jobs import PLAIN, JobShape, fastload_scenarios

_FAULTY = replace(PLAIN, faulty=True, records=(1, 8), max_columns=3)
_CONSTRAINED = replace(
    _FAULTY,
    types=("INTEGER", "VARCHAR(5)", "CHAR(3)", "DECIMAL(9,2)", "DATE", "FLOAT"),
    not_null=True,
    checks=True,
    defaults=True,
    reorder=True,
)
_ODDLY_SENT = JobShape(faulty=True, damaged=True, records=(1, 8), max_columns=2)


def _faulty_records_are_there(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    for expected in expected_loads(scenario.bundle):
        error_table_1_is_right(expected, observed)
        counts_are(report_of(expected, observed), error_table_1=len(expected.faulty))


@claim("FL-08", given=fastload_scenarios(_FAULTY), needs=["fastload"], exposes=ACCOUNTS)
def every_record_that_cannot_be_converted_is_in_error_table_1_once(
    trial: Trial, scenario: Scenario
) -> None:
    _faulty_records_are_there(trial, scenario)


@claim("FL-08", given=fastload_scenarios(_CONSTRAINED), needs=["fastload"], exposes=ACCOUNTS)
def every_record_that_breaks_not_null_or_a_check_is_in_error_table_1_once(
    trial: Trial, scenario: Scenario
) -> None:
    _faulty_records_are_there(trial, scenario)


@claim("FL-08", given=fastload_scenarios(_ODDLY_SENT), needs=["fastload"], exposes=ACCOUNTS)
def a_data_parcel_is_the_whole_record_as_it_was_sent(trial: Trial, scenario: Scenario) -> None:
    _faulty_records_are_there(trial, scenario)


@claim("FL-08", given=fastload_scenarios(_FAULTY), needs=["fastload"])
def the_other_records_are_loaded(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    for expected in expected_loads(scenario.bundle):
        target_is_right(expected, observed)
