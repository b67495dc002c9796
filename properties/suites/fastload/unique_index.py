"""Unique primary index: one row of each key stays, violations go to error table 2."""

from __future__ import annotations

from dataclasses import replace

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.fastload import unique_keys
from properties.relations.fastload.accounting import ACCOUNTS, counts_are
from properties.relations.fastload.loading import (
    error_table_1_is_right,
    error_table_2_is_right,
    expected_loads,
    report_of,
    rows_of_error_table,
)
from properties.relations.shared.answers import completed, table_of
from properties.strategies.fastload.jobs import PLAIN, fastload_scenarios

_UNIQUE = replace(PLAIN, indexes=("upi",), records=(2, 8), max_columns=3, beside_key=True)
_TEXT_KEYS = ("VARCHAR(5)", "CHAR(3)", "VARCHAR(2)", "INTEGER")


@claim("FL-09", given=fastload_scenarios(_UNIQUE), needs=["fastload"])
def one_row_of_each_key_stays(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    (expected,) = expected_loads(scenario.bundle)
    stored = table_of(observed, expected.load.target).rows
    unique_keys.one_row_of_each_key_stays(expected.definition, expected.arrived, stored)


@claim(
    "FL-09",
    given=fastload_scenarios(replace(_UNIQUE, editions=("vendor",))),
    needs=["fastload"],
    editions=("vendor",),
)
def unique_index_violations_are_in_error_table_2_in_the_columns_of_the_target(
    trial: Trial, scenario: Scenario
) -> None:
    observed = completed(trial.run(scenario.bundle))
    (expected,) = expected_loads(scenario.bundle)
    error_table_2_is_right(expected, observed)
    error_table_1_is_right(expected, observed)


@claim(
    "FL-09",
    given=fastload_scenarios(
        replace(
            # two inputs more often than not, as each has a DEFINE of its own
            _UNIQUE,
            editions=("seed",),
            reorder=True,
            defaults=True,
            packed=True,
            inputs=(2, 1, 2),
        )
    ),
    needs=["fastload"],
    editions=("seed",),
    share=2,
)
def unique_index_violations_are_in_error_table_2_as_they_were_sent(
    trial: Trial, scenario: Scenario
) -> None:
    observed = completed(trial.run(scenario.bundle))
    (expected,) = expected_loads(scenario.bundle)
    error_table_2_is_right(expected, observed)
    error_table_1_is_right(expected, observed)


@claim(
    "FL-09",
    given=fastload_scenarios(replace(_UNIQUE, types=_TEXT_KEYS, max_columns=2, alike=True)),
    needs=["fastload"],
    exposes=ACCOUNTS,
)
def equals_of_the_row_that_stays_are_duplicates_and_no_violations(
    trial: Trial, scenario: Scenario
) -> None:
    observed = completed(trial.run(scenario.bundle))
    (expected,) = expected_loads(scenario.bundle)
    error_table_2_is_right(expected, observed)
    as_sent = expected.edition == "seed"
    in_table_2 = len(rows_of_error_table(observed, expected.load.error_table_2, one=as_sent))
    kept = len(table_of(observed, expected.load.target).rows)
    counts_are(
        report_of(expected, observed),
        error_table_2=in_table_2,
        applied=kept,
        duplicates=len(expected.rows) - kept - in_table_2,
    )
