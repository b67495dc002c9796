"""Rows of tables with a primary index: their AMP, their order, their uniqueness numbers."""

from __future__ import annotations

from properties.registry import Scenario, claim
from properties.relations.answers import answer, completed, placed, same_multiset
from properties.relations.placement import (
    owner_of,
    row_ids_are_unique,
    rows_are_with_their_owner,
    rows_stand_in_order,
    uniqueness_follows_arrival,
    uniqueness_is_without_gaps,
)
from properties.strategies.distribution import (
    rows_deleted_between,
    selected_rows,
    stored_equal_keys,
    stored_rows,
)
from properties.strategies.requests import in_either_edition, key_of, rows_in
from properties.strategies.typed_loads import colliding_loads, loaded_rows
from properties.trial import Difference, Trial
from reference.equality import index_key
from specs.contract import Capability, Exposure

DISTRIBUTE: tuple[Capability, ...] = ("distribute",)
PLACEMENT: tuple[Exposure, ...] = ("placement",)


@claim("HD-01", given=in_either_edition(stored_rows()), needs=DISTRIBUTE, exposes=PLACEMENT)
def every_row_is_on_the_amp_that_owns_its_bucket(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    owner = owner_of(answer(observed, 2, "row_hash", "hash_bucket", "amp"))
    _, placement = placed(observed, "t")
    rows_are_with_their_owner(placement, owner, scenario.bundle.case.cluster.hash_bucket_bits)


@claim("HD-01", given=in_either_edition(stored_equal_keys()), needs=DISTRIBUTE, exposes=PLACEMENT)
def rows_with_equal_keys_share_their_amp_and_row_hash(trial: Trial, scenario: Scenario) -> None:
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    definition, _ = rows_in(scenario.bundle, "rows.arrow")
    places: dict[object, tuple[int, int]] = {}
    for row, (amp, row_hash, _) in zip(table.rows, placement, strict=True):
        key = index_key(row, definition)
        there = places.setdefault(key, (amp, row_hash))
        if there != (amp, row_hash):
            raise Difference(
                f"key {key} in ({', '.join(key_of(definition))}): expected one AMP and row hash, "
                f"observed AMP {there[0]}, {there[1]:08X} and AMP {amp}, {row_hash:08X}"
            )


@claim("HD-09", given=in_either_edition(stored_rows()), needs=DISTRIBUTE, exposes=PLACEMENT)
def uniqueness_counts_the_rows_of_a_row_hash_as_they_arrive(
    trial: Trial, scenario: Scenario
) -> None:
    _rows_and_row_ids_are_expected(trial, scenario)


@claim(
    "HD-09", given=in_either_edition(rows_deleted_between()), needs=DISTRIBUTE, exposes=PLACEMENT
)
def a_uniqueness_number_comes_again_only_at_the_top(trial: Trial, scenario: Scenario) -> None:
    _rows_and_row_ids_are_expected(trial, scenario)


@claim("HD-09", given=in_either_edition(selected_rows()), needs=DISTRIBUTE, exposes=PLACEMENT)
def selected_rows_are_numbered_as_they_were_read(trial: Trial, scenario: Scenario) -> None:
    _rows_and_row_ids_are_expected(trial, scenario)


@claim("HD-10", given=in_either_edition(stored_rows()), needs=DISTRIBUTE, exposes=PLACEMENT)
def rows_stand_in_ascending_row_id_order(trial: Trial, scenario: Scenario) -> None:
    _, placement = placed(completed(trial.run(scenario.bundle)), "t")
    rows_stand_in_order(placement)
    row_ids_are_unique(placement)


@claim("HD-10", given=loaded_rows(), needs=("fastload",), exposes=PLACEMENT)
def loaded_rows_stand_in_ascending_row_id_order(trial: Trial, scenario: Scenario) -> None:
    _, placement = placed(completed(trial.run(scenario.bundle)), "t")
    rows_stand_in_order(placement)
    row_ids_are_unique(placement)


@claim("HD-11", given=colliding_loads(sessions=(1,)), needs=("fastload",), exposes=PLACEMENT)
def with_one_session_uniqueness_follows_the_input(trial: Trial, scenario: Scenario) -> None:
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    arrivals = [tuple(row) for row in scenario.choices["rows"]]
    uniqueness_follows_arrival(table.rows, placement, arrivals)


@claim(
    "HD-11", given=colliding_loads(sessions=(None, 2, 3)), needs=("fastload",), exposes=PLACEMENT
)
def with_several_sessions_uniqueness_has_no_gaps(trial: Trial, scenario: Scenario) -> None:
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    same_multiset("table t", [tuple(row) for row in scenario.choices["rows"]], table.rows)
    uniqueness_is_without_gaps(placement)


def _rows_and_row_ids_are_expected(trial: Trial, scenario: Scenario) -> None:
    """Every row, row hash and uniqueness number is the expected one; the AMP is left open."""
    expected = trial.expect(scenario.bundle).tables["t"]
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    assert expected is not None, "no request locks a table"
    assert expected.placement is not None, "every table of a request is placed"
    hashes = [row_hash for _, row_hash, _ in placement]
    if len(set(hashes)) < len(hashes):
        trial.note("row hash: shared by rows")
    same_multiset(
        "table t with row hash and uniqueness",
        [(*row, *place[1:]) for row, place in zip(expected.rows, expected.placement, strict=True)],
        [(*row, *place[1:]) for row, place in zip(table.rows, placement, strict=True)],
    )
