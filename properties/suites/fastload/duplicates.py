"""Duplicate rows: dropped and counted where there is a primary index, kept where there is none."""

from __future__ import annotations

from dataclasses import replace

from properties.engine.observed import Observed
from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.fastload.accounting import ACCOUNTS, counts_are
from properties.relations.fastload.duplicates import one_of_equal_rows_stays
from properties.relations.fastload.loading import (
    ExpectedLoad,
    error_table_2_is_right,
    expected_loads,
    report_of,
    target_is_right,
)
from properties.relations.shared.answers import completed, table_of
from properties.relations.shared.content import rows_are
from properties.strategies.fastload.jobs import PLAIN, fastload_scenarios
from properties.strategies.shared.definitions import LOADABLE_TYPES

_WITH_INDEX = replace(PLAIN, indexes=("nupi",), records=(1, 8))
_TEXTS = ("VARCHAR(5)", "CHAR(3)", "VARCHAR(2)")
_COLLIDING = ("BIGINT", "DECIMAL(18,0)", "DECIMAL(38,10)", "VARCHAR(5)", "TIMESTAMP(6)")
_WITHOUT_INDEX = replace(PLAIN, indexes=("nopi",), records=(1, 8))


def _loaded(trial: Trial, scenario: Scenario) -> tuple[ExpectedLoad, Observed]:
    observed = completed(trial.run(scenario.bundle))
    return expected_loads(scenario.bundle)[0], observed


def _one_of_each_stays(trial: Trial, scenario: Scenario) -> None:
    expected, observed = _loaded(trial, scenario)
    target_is_right(expected, observed)
    kept = len(table_of(observed, expected.load.target).rows)
    counts_are(report_of(expected, observed), duplicates=len(expected.rows) - kept, error_table_2=0)
    error_table_2_is_right(expected, observed)


@claim(
    "FL-02",
    # every second column is a text: those are equal in more ways than other values
    given=fastload_scenarios(
        replace(_WITH_INDEX, types=(*LOADABLE_TYPES, *_TEXTS * 4), alike=True)
    ),
    needs=["fastload"],
    exposes=ACCOUNTS,
)
def equal_rows_are_dropped_but_for_one_and_counted(trial: Trial, scenario: Scenario) -> None:
    _one_of_each_stays(trial, scenario)


@claim(
    "FL-02",
    given=fastload_scenarios(replace(_WITH_INDEX, types=_TEXTS, max_columns=2, alike=True)),
    needs=["fastload"],
    exposes=ACCOUNTS,
)
def trailing_blanks_and_letter_case_do_not_make_rows_different(
    trial: Trial, scenario: Scenario
) -> None:
    _one_of_each_stays(trial, scenario)


@claim(
    "FL-02",
    given=fastload_scenarios(
        replace(_WITH_INDEX, types=_COLLIDING, max_columns=3, alike=True, beside_key=True)
    ),
    needs=["fastload"],
    exposes=ACCOUNTS,
)
def rows_that_only_hash_alike_or_share_a_key_all_stay(trial: Trial, scenario: Scenario) -> None:
    _one_of_each_stays(trial, scenario)


@claim(
    "FL-03",
    given=fastload_scenarios(replace(_WITHOUT_INDEX, editions=("vendor",))),
    needs=["fastload", "fastload/nopi"],
    editions=("vendor",),
    exposes=ACCOUNTS,
)
def a_table_without_an_index_keeps_every_row(trial: Trial, scenario: Scenario) -> None:
    expected, observed = _loaded(trial, scenario)
    stored = table_of(observed, expected.load.target).rows
    rows_are(f"table {expected.load.target} without an index", expected.rows, stored)
    counts_are(report_of(expected, observed), applied=len(expected.rows), duplicates=0)


@claim(
    "FL-03",
    given=fastload_scenarios(replace(_WITHOUT_INDEX, editions=("seed",))),
    needs=["fastload", "fastload/nopi"],
    editions=("seed",),
    exposes=ACCOUNTS,
)
def a_table_without_an_index_drops_equal_rows_too(trial: Trial, scenario: Scenario) -> None:
    expected, observed = _loaded(trial, scenario)
    stored = table_of(observed, expected.load.target).rows
    one_of_equal_rows_stays(expected.definition, expected.rows, stored)
    counts_are(report_of(expected, observed), duplicates=len(expected.rows) - len(stored))
