"""From a record to its fields, and from the fields to the columns."""

from __future__ import annotations

from dataclasses import replace

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from properties.relations.fastload.accounting import ACCOUNTS
from properties.relations.fastload.loading import (
    error_table_1_is_right,
    expected_loads,
    loads_are_right,
    rows_of_error_table,
    target_is_right,
)
from properties.relations.shared.answers import completed
from properties.relations.shared.stopping import paused_with
from properties.strategies.fastload.jobs import PLAIN, JobShape, fastload_scenarios

_SIMPLE_TYPES = ("VARCHAR(5)", "INTEGER", "VARCHAR(20)", "CHAR(3)")
_SPLIT = replace(PLAIN, types=_SIMPLE_TYPES, records=(1, 8), faulty=True)
_DAMAGED = replace(_SPLIT, damaged=True)
_MAPPED = replace(
    PLAIN, types=_SIMPLE_TYPES, records=(1, 6), reorder=True, defaults=True, inputs=(1, 2)
)


def _rows_are_right(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    for expected in expected_loads(scenario.bundle):
        target_is_right(expected, observed)
        error_table_1_is_right(expected, observed)


# --- delimited records (FL-18) -------------------------------------------------------------------


@claim("FL-18", given=fastload_scenarios(_SPLIT), needs=["fastload"])
def records_are_split_at_every_delimiter_and_empty_fields_are_null(
    trial: Trial, scenario: Scenario
) -> None:
    _rows_are_right(trial, scenario)


@claim(
    "FL-18",
    given=fastload_scenarios(
        replace(_SPLIT, faulty=False, nulls=True, types=("VARCHAR(5)",), delimiters=("||", "~|~"))
    ),
    needs=["fastload"],
    share=0.5,
)
def a_delimiter_may_have_several_characters(trial: Trial, scenario: Scenario) -> None:
    _rows_are_right(trial, scenario)


@claim("FL-18", given=fastload_scenarios(_DAMAGED), needs=["fastload"])
def with_nostop_bad_records_go_to_error_table_1_and_the_job_goes_on(
    trial: Trial, scenario: Scenario
) -> None:
    _rows_are_right(trial, scenario)


@claim(
    "FL-18",
    given=fastload_scenarios(replace(_DAMAGED, on_bad_record=("stop",))),
    needs=["fastload"],
    exposes=ACCOUNTS,
)
def without_nostop_the_first_bad_record_stops_the_job(trial: Trial, scenario: Scenario) -> None:
    observed = trial.run(scenario.bundle)
    (expected,) = expected_loads(scenario.bundle)
    bad = next((fact.record for fact in expected.facts if fact.bad), None)
    if bad is None:
        loads_are_right(scenario.bundle, observed)
        return
    paused_with(observed, "bad_record", return_code=12)
    name = expected.load.error_table_1
    permitted = {fact.record.data: fact for fact in expected.facts if fact.faults and not fact.bad}
    for parcel, code, field in rows_of_error_table(observed, name, one=True):
        fact = permitted.get(parcel)
        if fact is None or (code, field) not in {(f.code, f.field) for f in fact.faults}:
            raise Difference(
                f"error table {name} of the job that the bad record {bad.number} stopped: expected "
                f"only faulty records before it, observed {parcel!r}, {code}, {field}"
            )


# --- DEFINE (FL-19) ------------------------------------------------------------------------------


@claim("FL-19", given=fastload_scenarios(_MAPPED), needs=["fastload"])
def fields_reach_their_columns_by_name_in_whatever_order(trial: Trial, scenario: Scenario) -> None:
    _rows_are_right(trial, scenario)


@claim("FL-19", given=fastload_scenarios(replace(_MAPPED, nullif=True)), needs=["fastload"])
def a_field_equal_to_its_nullif_text_is_null(trial: Trial, scenario: Scenario) -> None:
    _rows_are_right(trial, scenario)


@claim(
    "FL-19",
    given=fastload_scenarios(JobShape(faulty=True, not_null=True, inputs=(1,), records=(1, 4))),
    needs=["fastload"],
)
def a_column_that_insert_does_not_name_gets_its_default_or_null(
    trial: Trial, scenario: Scenario
) -> None:
    _rows_are_right(trial, scenario)
