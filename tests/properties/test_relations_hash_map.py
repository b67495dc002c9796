"""Any balanced hash map is accepted, and any change to one by the fewest buckets; no other."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from properties.engine.observed import Observed
from properties.engine.trial import Difference
from properties.relations.distribution.hash_map import (
    as_few_buckets_moved_as_possible,
    fewest_moves,
    map_is_balanced,
    whole_map,
)
from specs.contract import Outcome

BITS = 3


def is_even(owners: tuple[int, ...], amps: int) -> bool:
    counts = Counter(owners)
    numbers = [counts[amp] for amp in range(amps)]
    return max(numbers) - min(numbers) <= 1


def is_accepted(owners: tuple[int, ...], amps: int) -> bool:
    try:
        map_is_balanced(np.array(owners), amps, BITS)
    except Difference:
        return False
    return True


@pytest.mark.parametrize("amps", [1, 2, 3])
def test_of_all_maps_just_the_balanced_ones_are_accepted(amps: int) -> None:
    for owners in product(range(amps), repeat=1 << BITS):
        assert is_accepted(owners, amps) == is_even(owners, amps), owners


def test_a_map_with_an_amp_that_does_not_exist_or_with_a_hole_is_refused() -> None:
    even = (0, 1) * 4
    assert is_accepted(even, 2)
    assert not is_accepted((*even[:-1], 2), 2)
    assert not is_accepted((*even[:-1], -1), 2)
    assert not is_accepted(even[:-1], 2)
    assert not is_accepted((*even, 0), 2)


BEFORE = [
    (0, 0, 0, 0, 0, 0),
    (0, 1, 0, 1, 0, 1),
    (0, 0, 0, 1, 1, 1),
    (0, 1, 2, 0, 1, 2),
    (0, 1, 2, 3, 0, 1),
    (3, 2, 3, 1, 2, 0),
    (0, 1, 2, 3, 4, 0),
    (0, 1, 2, 3, 4, 5),
]


@pytest.mark.parametrize("amps", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("before", BEFORE)
def test_the_fewest_moves_are_those_of_the_best_of_all_balanced_maps(
    before: tuple[int, ...], amps: int
) -> None:
    moves = {
        after: sum(old != new for old, new in zip(before, after, strict=True))
        for after in product(range(amps), repeat=len(before))
        if is_even(after, amps)
    }
    least = min(moves.values())
    assert fewest_moves(np.array(before), amps) == least
    for after, moved in moves.items():
        maps = np.array(before), np.array(after)
        if moved == least:
            as_few_buckets_moved_as_possible(*maps, amps)
        else:
            with pytest.raises(Difference, match=f"expected {least} buckets"):
                as_few_buckets_moved_as_possible(*maps, amps)


def test_a_bucket_without_amp_is_refused() -> None:
    answer = pa.table({"amp": pa.array([0, 1, None], pa.int32())})
    observed = Observed(Outcome(status="completed", return_code=0), {}, {0: answer})
    with pytest.raises(Difference, match="1 are NULL"):
        whole_map(observed, 0)
