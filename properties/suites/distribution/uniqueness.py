"""Which rows an INSERT refuses: duplicates of whole rows, and second keys."""

from __future__ import annotations

import reference
from properties.engine.observed import Observed, Row
from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.distribution.placement import rows_in_reading_order
from properties.relations.shared.answers import answer, completed, placed, same_multiset, table_of
from properties.relations.shared.content import rows_are
from properties.strategies.distribution.placed_tables import (
    insert_of_read,
    selected_rows,
    stored_rows,
    stored_zeros,
)
from properties.strategies.distribution.requests import first_steps, in_either_edition


@claim(
    "HD-16",
    given=in_either_edition(stored_rows()),
    needs=("distribution",),
    promises=["refused: upi_violation", "refused: duplicate_row"],
)
def just_the_equal_rows_and_second_keys_are_refused(trial: Trial, scenario: Scenario) -> None:
    expected = trial.expect(scenario.bundle)
    observed = completed(trial.run(scenario.bundle))
    _refused_are(trial, _refusals(expected, 1), observed, 1)
    rows_are("table t", _rows(expected, "t"), table_of(observed, "t").rows)


@claim(
    "HD-16",
    given=in_either_edition(stored_zeros()),
    needs=("distribution",),
    share=0.5,
)
def minus_zero_is_equal_to_zero_and_stored_as_zero(trial: Trial, scenario: Scenario) -> None:
    just_the_equal_rows_and_second_keys_are_refused(trial, scenario)


@claim(
    "HD-16",
    given=in_either_edition(selected_rows()),
    needs=("distribution",),
    exposes=("content", "placement"),
)
def selected_rows_are_refused_as_inserted_ones_are(trial: Trial, scenario: Scenario) -> None:
    source = trial.expect(first_steps(scenario.bundle, 2))
    observed = completed(trial.run(scenario.bundle))
    _refused_are(trial, _refusals(source, 1), observed, 1)
    rows_are("table s", _rows(source, "s"), table_of(observed, "s").rows)
    read = rows_in_reading_order(*placed(observed, "s"))
    expected = trial.expect(insert_of_read(scenario.bundle, read))
    _refused_are(trial, _refusals(expected, 1), observed, 3)
    rows_are("table t", _rows(expected, "t"), table_of(observed, "t").rows)


def _refusals(expected: reference.Result, step: int) -> list[Row]:
    refusals = expected.answers[step]
    return list(zip(refusals["row"], refusals["error"], strict=True))


def _rows(expected: reference.Result, name: str) -> list[Row]:
    table = expected.tables[name]
    assert table.readable, "no request locks a table"
    return table.rows


def _refused_are(trial: Trial, wanted: list[Row], observed: Observed, step: int) -> None:
    trial.note(*(f"refused: {error}" for _, error in wanted))
    found = answer(observed, step, "row", "error")
    same_multiset(f"rows that step {step} refused, with the error", wanted, found)
