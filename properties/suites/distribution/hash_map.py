"""Buckets and hash maps: which bits, which AMP, how even, and what a reconfiguration moves."""

from __future__ import annotations

from properties.engine.observed import Observed
from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from properties.relations.distribution.hash_map import (
    as_few_buckets_moved_as_possible,
    map_is_balanced,
    whole_map,
)
from properties.relations.distribution.placement import (
    by_amp,
    owner_of,
    rows_are_with_their_owner,
    rows_stand_in_order,
    rows_stayed,
)
from properties.relations.shared.answers import answer, completed, placed, same_multiset
from properties.strategies.distribution.hashed_rows import (
    hashed_values,
    mapped_values,
    published_integers,
    reconfigured_constants,
    reconfigured_maps,
    whole_maps,
)
from properties.strategies.distribution.placed_tables import (
    reconfigured_rows,
    reconfigured_unindexed,
)
from properties.strategies.distribution.requests import (
    first_steps,
    in_either_edition,
    rows_in,
    steps_of,
)
from specs.contract import Capability
from specs.distribution.plan import Reconfigure

PUBLISHED_BUCKETS = {1: 498537, 2: 997139, 3: 447101, 4: 945703, 5: 395729, 6: 894267}
"""Hash buckets of integers on a system of 20-bit buckets."""

DISTRIBUTE: tuple[Capability, ...] = ("distribution",)
RECONFIGURE: tuple[Capability, ...] = ("distribution", "distribution/reconfigure")


@claim("HD-07", given=in_either_edition(published_integers()), needs=DISTRIBUTE, share=0.5)
def the_integers_1_to_6_are_in_their_published_buckets(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    _, rows = rows_in(scenario.bundle, "rows.arrow")
    for (number,), (found,) in zip(
        rows, answer(observed, 0, "hash_bucket", rows=len(rows)), strict=True
    ):
        _same(f"HASHBUCKET(HASHROW({number}))", PUBLISHED_BUCKETS[int(number)], found)


@claim("HD-07", given=in_either_edition(hashed_values()), needs=DISTRIBUTE)
def the_bucket_is_the_leading_bits_of_the_row_hash(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    bits = scenario.bundle.case.teradata.hash_bucket_bits
    _, rows = rows_in(scenario.bundle, "rows.arrow")
    for row_hash, bucket in answer(observed, 0, "row_hash", "hash_bucket", rows=len(rows)):
        expected = row_hash >> (32 - bits)
        _same(f"HASHBUCKET({row_hash:08X}) of {bits} bits", expected, bucket)


@claim("HD-07", "HD-08", given=in_either_edition(whole_maps()), needs=DISTRIBUTE, share=0.5)
def the_constants_name_the_highest_bucket_and_amp(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(first_steps(scenario.bundle, 1)))
    system = scenario.bundle.case.teradata
    _constants_are(observed, 0, system.amps, system.hash_bucket_bits)


@claim(
    "HD-08",
    "HD-18",
    given=in_either_edition(reconfigured_constants()),
    needs=RECONFIGURE,
    share=0.5,
)
def the_constants_follow_a_reconfiguration(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    bits = scenario.bundle.case.teradata.hash_bucket_bits
    for at, step in enumerate(steps_of(scenario.bundle)):
        if isinstance(step, Reconfigure):
            _constants_are(observed, at + 1, step.amps, bits)


def _constants_are(observed: Observed, step: int, amps: int, bits: int) -> None:
    constants = dict(answer(observed, step, "name", "value"))
    expected = {
        "HASHBUCKET()": (1 << bits) - 1,
        "HASHBUCKET(NULL)": None,
        "HASHAMP()": amps - 1,
    }
    for name, value in expected.items():
        if name not in constants:
            raise Difference(f"{name}: expected {value}, observed no such row in the answer")
        _same(name, value, constants[name])


@claim("HD-08", given=in_either_edition(whole_maps()), needs=DISTRIBUTE, share=0.5)
def buckets_are_dealt_out_evenly(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    system = scenario.bundle.case.teradata
    map_is_balanced(whole_map(observed, 1), system.amps, system.hash_bucket_bits)


@claim("HD-08", given=in_either_edition(mapped_values()), needs=DISTRIBUTE, share=0.5)
def every_row_goes_by_the_one_hash_map(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    amps = whole_map(observed, 1)
    for bucket, amp in answer(observed, 0, "hash_bucket", "amp"):
        _same(f"HASHAMP({bucket}) of a row", amps[bucket], amp)


@claim("HD-18", given=in_either_edition(reconfigured_maps()), needs=RECONFIGURE, share=0.5)
def a_reconfiguration_moves_the_fewest_buckets_to_an_even_map(
    trial: Trial, scenario: Scenario
) -> None:
    observed = completed(trial.run(scenario.bundle))
    bits = scenario.bundle.case.teradata.hash_bucket_bits
    before = whole_map(observed, 0)
    for at, step in enumerate(steps_of(scenario.bundle)):
        if isinstance(step, Reconfigure):
            after = whole_map(observed, at + 1)
            map_is_balanced(after, step.amps, bits)
            as_few_buckets_moved_as_possible(before, after, step.amps)
            before = after


@claim(
    "HD-18", given=in_either_edition(reconfigured_rows()), needs=RECONFIGURE, exposes=("placement",)
)
def a_reconfiguration_moves_just_the_rows_whose_bucket_changed_owner(
    trial: Trial, scenario: Scenario
) -> None:
    before, old = placed(completed(trial.run(first_steps(scenario.bundle, 3))), "t")
    observed = completed(trial.run(scenario.bundle))
    after, new = placed(observed, "t")
    same_multiset(
        "rows with row hash and uniqueness after the reconfiguration",
        [(*row, *place[1:]) for row, place in zip(before.rows, old, strict=True)],
        [(*row, *place[1:]) for row, place in zip(after.rows, new, strict=True)],
    )
    owner = owner_of(answer(observed, 4, "row_hash", "hash_bucket", "amp"))
    bits = scenario.bundle.case.teradata.hash_bucket_bits
    if {place[0] for place in old} != {place[0] for place in new}:
        trial.note("reconfigure: rows moved")
    rows_are_with_their_owner(new, owner, bits)
    rows_stand_in_order(new)


@claim(
    "HD-18",
    given=in_either_edition(reconfigured_unindexed()),
    needs=(*RECONFIGURE, "distribution/nopi"),
    exposes=("placement",),
    share=0.5,
)
def rows_without_an_index_stay_where_they_are_while_their_amp_exists(
    trial: Trial, scenario: Scenario
) -> None:
    steps = steps_of(scenario.bundle)
    change = steps[-1]
    assert isinstance(change, Reconfigure), "the change comes last"
    before, old = placed(completed(trial.run(first_steps(scenario.bundle, len(steps) - 1))), "t")
    after, new = placed(completed(trial.run(scenario.bundle)), "t")
    if any(amp >= change.amps for amp, _, _ in old):
        trial.note("reconfigure: rows on an AMP that goes")
    same_multiset("rows without an index after the reconfiguration", before.rows, after.rows)
    rows_stayed(by_amp(before.rows, old), by_amp(after.rows, new), change.amps)


def _same(what: str, expected: object, observed: object) -> None:
    if observed != expected:
        raise Difference(f"{what}: expected {expected}, observed {observed}")
