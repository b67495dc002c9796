"""From the text of a field to the value of a column, and the code of a text that is none."""

from __future__ import annotations

from dataclasses import replace

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.fastload.loading import (
    error_table_1_is_right,
    error_table_2_is_right,
    expected_loads,
    target_is_right,
)
from properties.relations.shared.answers import completed, table_of
from properties.relations.shared.content import columns_are_those_of
from properties.strategies.fastload.jobs import PLAIN, JobShape, fastload_scenarios
from properties.strategies.shared.definitions import LOADABLE_TYPES

_NUMBERS = (
    *("INTEGER", "BYTEINT", "SMALLINT", "BIGINT", "DECIMAL(9,2)", "DECIMAL(3,0)"),
    *("DECIMAL(38,10)", "DECIMAL(5,5)", "FLOAT"),
)
_MOMENTS = ("DATE", "TIME(0)", "TIME(6)", "TIME(3)", "TIMESTAMP(0)", "TIMESTAMP(6)")
_CHARACTERS = ("VARCHAR(5)", "CHAR(3)", "VARCHAR(20)", "CHAR(1)")
_MEETING = ("INTEGER", "DECIMAL(9,2)", "VARCHAR(5)", "CHAR(3)", "VARCHAR(20)")
_ONE_COLUMN = replace(PLAIN, max_columns=1, records=(1, 6))
_FAULTY_COLUMN = replace(_ONE_COLUMN, faulty=True, records=(1, 10))
_REWRITTEN = replace(PLAIN, rewrite=True, faulty=True, max_columns=2, records=(1, 6))


def _rows_and_codes_are_right(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    for expected in expected_loads(scenario.bundle):
        error_table_1_is_right(expected, observed)
        target_is_right(expected, observed)


@claim(
    "FL-06",
    "FL-10",
    given=fastload_scenarios(replace(_ONE_COLUMN, max_columns=3)),
    needs=["fastload"],
)
def a_text_of_a_value_becomes_that_value(trial: Trial, scenario: Scenario) -> None:
    _rows_and_codes_are_right(trial, scenario)


@claim(
    "FL-10",
    given=fastload_scenarios(replace(_FAULTY_COLUMN, types=_NUMBERS)),
    needs=["fastload"],
    share=2.0,
)
def a_text_that_is_no_number_or_too_large_has_its_code(trial: Trial, scenario: Scenario) -> None:
    _rows_and_codes_are_right(trial, scenario)


@claim(
    "FL-10",
    # few fields, most of them good: loaders have a fast way for a piece in which all seem good
    given=fastload_scenarios(
        replace(PLAIN, types=_NUMBERS, max_columns=3, faulty=True, records=(1, 2))
    ),
    needs=["fastload"],
    share=2.0,
)
def a_single_bad_number_among_good_ones_has_its_code(trial: Trial, scenario: Scenario) -> None:
    _rows_and_codes_are_right(trial, scenario)


@claim(
    "FL-10",
    given=fastload_scenarios(replace(_FAULTY_COLUMN, types=_MOMENTS, rewrite=True, conversions=())),
    needs=["fastload"],
    share=1.5,
)
def a_text_that_is_no_date_or_time_has_its_code(trial: Trial, scenario: Scenario) -> None:
    _rows_and_codes_are_right(trial, scenario)


@claim(
    "FL-10",
    given=fastload_scenarios(replace(_FAULTY_COLUMN, types=_CHARACTERS)),
    needs=["fastload"],
)
def a_text_that_cannot_be_translated_has_its_code(trial: Trial, scenario: Scenario) -> None:
    _rows_and_codes_are_right(trial, scenario)


@claim(
    "FL-10",
    given=fastload_scenarios(
        replace(
            _FAULTY_COLUMN,
            types=("INTEGER", "VARCHAR(5)", "DATE", "BYTEINT"),
            not_null=True,
            checks=True,
        )
    ),
    needs=["fastload"],
)
def a_null_or_a_value_that_is_not_allowed_has_its_code(trial: Trial, scenario: Scenario) -> None:
    _rows_and_codes_are_right(trial, scenario)


@claim(
    "FL-10",
    given=fastload_scenarios(
        replace(
            PLAIN,
            types=("CHAR(3)", "VARCHAR(5)", "CHAR(1)"),
            conversions=("DECIMAL(9,2)", "DECIMAL(5,0)", "INTEGER", "DECIMAL(18,4)", "FLOAT"),
            max_columns=4,
            faulty=True,
            rewrite=True,
            records=(1, 6),
        )
    ),
    needs=["fastload"],
    share=0.5,
)
def a_number_too_long_for_its_characters_has_its_code(trial: Trial, scenario: Scenario) -> None:
    _rows_and_codes_are_right(trial, scenario)


@claim(
    "FL-10",
    given=fastload_scenarios(
        replace(
            PLAIN,
            editions=("seed",),
            indexes=("upi",),
            beside_key=True,
            max_columns=2,
            records=(2, 6),
        )
    ),
    needs=["fastload"],
    editions=("seed",),
    share=0.5,
)
def a_unique_index_violation_has_its_code(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    (expected,) = expected_loads(scenario.bundle)
    error_table_2_is_right(expected, observed)


@claim(
    "FL-20",
    # mostly columns in which many types end up, and differently than without the conversion
    given=fastload_scenarios(replace(_REWRITTEN, types=(*LOADABLE_TYPES, *_MEETING * 4))),
    needs=["fastload"],
)
def an_explicit_conversion_comes_between_text_and_column(trial: Trial, scenario: Scenario) -> None:
    _rows_and_codes_are_right(trial, scenario)


@claim(
    "FL-20",
    given=fastload_scenarios(replace(_REWRITTEN, types=("DATE",), faulty=False)),
    needs=["fastload"],
)
def a_date_is_read_in_the_format_that_insert_gives(trial: Trial, scenario: Scenario) -> None:
    _rows_and_codes_are_right(trial, scenario)


@claim("FL-06", given=fastload_scenarios(JobShape(records=(0, 4))), needs=["fastload"], share=0.5)
def the_target_keeps_the_types_of_its_columns(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    (expected,) = expected_loads(scenario.bundle)
    columns_are_those_of(expected.definition, table_of(observed, expected.load.target))
