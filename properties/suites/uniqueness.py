"""Which rows an INSERT refuses: duplicates of whole rows, and second keys."""

from __future__ import annotations

from properties.registry import Scenario, claim
from properties.relations.answers import answer, completed, same_multiset, table_of
from properties.strategies.distribution import selected_rows, stored_rows
from properties.strategies.requests import in_either_edition, steps_of
from properties.trial import Trial
from specs.plans import InsertRows, InsertSelect


@claim("HD-16", given=in_either_edition(stored_rows()), needs=("distribute",))
def just_the_equal_rows_and_second_keys_are_refused(trial: Trial, scenario: Scenario) -> None:
    _refused_and_kept_are_expected(trial, scenario)


@claim("HD-16", given=in_either_edition(selected_rows()), needs=("distribute",))
def selected_rows_are_refused_as_inserted_ones_are(trial: Trial, scenario: Scenario) -> None:
    _refused_and_kept_are_expected(trial, scenario)


def _refused_and_kept_are_expected(trial: Trial, scenario: Scenario) -> None:
    expected = trial.expect(scenario.bundle)
    observed = completed(trial.run(scenario.bundle))
    for at, step in enumerate(steps_of(scenario.bundle)):
        if not isinstance(step, InsertRows | InsertSelect):
            continue
        refusals = expected.answers[at]
        wanted = list(zip(refusals["row"], refusals["error"], strict=True))
        trial.note(*(f"refused: {error}" for _, error in wanted))
        same_multiset(
            f"rows that step {at} refused, with the error",
            wanted,
            answer(observed, at, "row", "error"),
        )
    kept = expected.tables["t"]
    assert kept is not None, "no request locks a table"
    same_multiset("table t", kept.rows, table_of(observed, "t").rows)
