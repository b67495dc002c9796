"""Rows of tables with a primary index: their AMP, their order, their uniqueness numbers."""

from __future__ import annotations

from properties.engine.observed import Observed, ObservedTable, Placement, Row
from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from properties.relations.distribution.placement import (
    owner_of,
    row_ids_are_unique,
    rows_are_with_their_owner,
    rows_in_reading_order,
    rows_stand_in_order,
    uniqueness_follows_arrival,
    uniqueness_goes_on_at_the_top,
    uniqueness_is_without_gaps,
)
from properties.relations.shared.answers import answer, completed, placed, same_multiset
from properties.relations.shared.content import rows_are
from properties.strategies.distribution.placed_tables import (
    insert_of_read,
    rows_deleted_between,
    rows_inserted_twice,
    selected_rows,
    stored_equal_keys,
    stored_rows,
)
from properties.strategies.distribution.requests import (
    first_steps,
    in_either_edition,
    key_of,
    rows_in,
    steps_of,
)
from properties.strategies.fastload.typed_loads import (
    colliding_loads,
    grown_collisions,
    loaded_rows,
)
from properties.strategies.shared.values import stored_form
from reference.values.equality import index_key
from specs.contract import Capability, Exposure
from specs.contract.directories import CaseBundle
from specs.distribution.plan import InsertRows
from specs.sql.types import ColumnType

DISTRIBUTE: tuple[Capability, ...] = ("distribution",)
PLACEMENT: tuple[Exposure, ...] = ("placement",)


@claim("HD-01", given=in_either_edition(stored_rows()), needs=DISTRIBUTE, exposes=PLACEMENT)
def every_row_is_on_the_amp_that_owns_its_bucket(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    owner = owner_of(answer(observed, 2, "row_hash", "hash_bucket", "amp"))
    _, placement = placed(observed, "t")
    rows_are_with_their_owner(placement, owner, scenario.bundle.case.teradata.hash_bucket_bits)


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
    arrived = _accepted(trial, scenario.bundle, 1)
    table, placement = _placed(trial, completed(trial.run(scenario.bundle)), "t")
    rows_are("table t", arrived, table.rows)
    uniqueness_follows_arrival(table.rows, placement, arrived)


@claim(
    "HD-09", given=in_either_edition(rows_deleted_between()), needs=DISTRIBUTE, exposes=PLACEMENT
)
def a_uniqueness_number_comes_again_only_at_the_top(trial: Trial, scenario: Scenario) -> None:
    bundle = scenario.bundle
    first, left_over = _accepted(trial, bundle, 1), trial.expect(first_steps(bundle, 3)).tables["t"]
    arrived = _accepted(trial, bundle, 3)
    before, places = placed(completed(trial.run(first_steps(bundle, 2))), "t")
    uniqueness_follows_arrival(before.rows, places, first)
    stay = set(left_over.rows)
    kept = [pair for pair in zip(before.rows, places, strict=True) if pair[0] in stay]
    table, placement = _placed(trial, completed(trial.run(bundle)), "t")
    rows_are("table t", [*left_over.rows, *arrived], table.rows)
    uniqueness_goes_on_at_the_top(kept, arrived, table.rows, placement)


@claim("HD-09", given=in_either_edition(selected_rows()), needs=DISTRIBUTE, exposes=PLACEMENT)
def selected_rows_are_numbered_as_they_were_read(trial: Trial, scenario: Scenario) -> None:
    stored = trial.expect(first_steps(scenario.bundle, 2)).tables["s"]
    observed = completed(trial.run(scenario.bundle))
    source, places = placed(observed, "s")
    rows_are("table s", stored.rows, source.rows)
    read = rows_in_reading_order(source, places)
    arrived = _accepted(trial, insert_of_read(scenario.bundle, read), 1)
    table, placement = _placed(trial, observed, "t")
    rows_are("table t", arrived, table.rows)
    uniqueness_follows_arrival(table.rows, placement, arrived)


@claim("HD-10", given=in_either_edition(stored_rows()), needs=DISTRIBUTE, exposes=PLACEMENT)
def rows_stand_in_ascending_row_id_order(trial: Trial, scenario: Scenario) -> None:
    _, placement = placed(completed(trial.run(scenario.bundle)), "t")
    rows_stand_in_order(placement)
    row_ids_are_unique(placement)


@claim(
    "HD-10",
    given=in_either_edition(rows_inserted_twice()),
    needs=DISTRIBUTE,
    exposes=PLACEMENT,
    share=0.5,
)
def rows_of_a_later_insert_stand_among_the_others(trial: Trial, scenario: Scenario) -> None:
    _, placement = placed(completed(trial.run(scenario.bundle)), "t")
    rows_stand_in_order(placement)
    row_ids_are_unique(placement)


@claim("HD-10", given=loaded_rows(), needs=("fastload",), exposes=PLACEMENT)
def loaded_rows_stand_in_ascending_row_id_order(trial: Trial, scenario: Scenario) -> None:
    _, placement = placed(completed(trial.run(scenario.bundle)), "t")
    rows_stand_in_order(placement)
    row_ids_are_unique(placement)


@claim(
    "HD-11",
    # one AMP has one session, however many are asked for
    given=colliding_loads(sessions=(1,)) | colliding_loads(sessions=(None, 2, 3), amps=(1,)),
    needs=("fastload",),
    exposes=PLACEMENT,
    sizes=grown_collisions,
)
def with_one_session_uniqueness_follows_the_input(trial: Trial, scenario: Scenario) -> None:
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    arrivals = [tuple(row) for row in scenario.choices["rows"]]
    uniqueness_follows_arrival(table.rows, placement, arrivals)


@claim(
    "HD-11",
    given=colliding_loads(sessions=(None, 2, 3)),
    needs=("fastload",),
    exposes=PLACEMENT,
    sizes=grown_collisions,
)
def with_several_sessions_uniqueness_has_no_gaps(trial: Trial, scenario: Scenario) -> None:
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    same_multiset("table t", [tuple(row) for row in scenario.choices["rows"]], table.rows)
    uniqueness_is_without_gaps(placement)


def _placed(
    trial: Trial, observed: Observed, name: str
) -> tuple[ObservedTable, tuple[Placement, ...]]:
    table, placement = placed(observed, name)
    hashes = [row_hash for _, row_hash, _ in placement]
    if len(set(hashes)) < len(hashes):
        trial.note("row hash: shared by rows")
    return table, placement


def _accepted(trial: Trial, bundle: CaseBundle, step: int) -> list[Row]:
    """The rows that an INSERT step does not refuse, in input order, as the table keeps them.

    What is refused hangs on no hash: that is the reference's word, the numbers are not.
    """
    insert = steps_of(bundle)[step]
    assert isinstance(insert, InsertRows), "such a step inserts the rows of a file"
    refused = set(trial.expect(bundle).answers[step]["row"])
    definition, rows = rows_in(bundle, insert.rows)
    kinds = [column.column_type for column in definition.columns]
    return [
        tuple(_kept(value, kind) for value, kind in zip(row, kinds, strict=True))
        for number, row in enumerate(rows)
        if number not in refused
    ]


def _kept(value: object, kind: ColumnType) -> object:
    """The value as an INSERT stores it: padded, and minus zero as zero."""
    return value + 0.0 if isinstance(value, float) else stored_form(value, kind)
