"""The placement relations accept every permitted outcome of small cases, and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations, product
from typing import Any

import pytest

from properties.engine.observed import Placement, Row
from properties.engine.trial import Difference
from properties.relations.distribution.placement import (
    blocks_went_round,
    hashes_are_those_asked_for,
    nopi_row_ids_are_lawful,
    owner_by_map,
    owner_of,
    row_ids_are_unique,
    rows_are_on,
    rows_are_with_their_owner,
    rows_stand_in_order,
    uniqueness_follows_arrival,
    uniqueness_is_without_gaps,
)


def accepts(relation: Callable[..., object], *arguments: Any) -> bool:
    try:
        relation(*arguments)
    except Difference:
        return False
    return True


# OWNERS


@pytest.mark.parametrize("amps", [1, 2, 3])
def test_a_row_is_accepted_on_the_amp_of_its_bucket_only(amps: int) -> None:
    owner = owner_by_map([bucket % amps for bucket in range(1 << 4)])
    for amp, bucket, uniqueness in product(range(amps), range(16), (1, 2)):
        placement = [(amp, bucket << 28 | 5, uniqueness)]
        assert accepts(rows_are_with_their_owner, placement, owner, 4) == (bucket % amps == amp)


def test_a_bucket_with_two_amps_is_no_map() -> None:
    assert accepts(owner_of, [(0x10, 1, 0), (0x11, 1, 0), (0x20, 2, 1)])
    assert not accepts(owner_of, [(0x10, 1, 0), (0x11, 1, 1)])


def test_a_bucket_that_no_answer_shows_is_refused() -> None:
    owner = owner_of([(0x10, 1, 0)])
    assert owner(1) == 0
    with pytest.raises(Difference, match="hash bucket 2, which HASHBUCKET gives for no row"):
        owner(2)
    with pytest.raises(Difference, match="expected 0 to 1"):
        owner_by_map([0, 1])(2)


# ORDER AND ROWIDS


def test_of_all_orders_only_the_ascending_one_is_accepted() -> None:
    places = [(0, 7, 1), (0, 7, 2), (0, 9, 1), (1, 3, 1)]
    for order in permutations(places):
        assert accepts(rows_stand_in_order, order) == (list(order) == places)


def test_a_row_id_is_refused_twice_even_on_two_amps() -> None:
    places = list(product((0, 1), (7, 8), (1, 2)))
    for chosen in product(places, repeat=3):
        ids = {place[1:] for place in chosen}
        assert accepts(row_ids_are_unique, chosen) == (len(ids) == 3)


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_every_permutation_of_1_to_k_is_accepted_and_no_other_numbers(rows: int) -> None:
    for numbers in product(range(rows + 3), repeat=rows):
        placement = [(0, 7, number) for number in numbers]
        permitted = sorted(numbers) == list(range(1, rows + 1))
        assert accepts(uniqueness_is_without_gaps, placement) == permitted


def test_each_row_hash_counts_for_itself() -> None:
    assert accepts(uniqueness_is_without_gaps, [(0, 7, 1), (0, 8, 1), (1, 7, 2)])
    assert not accepts(uniqueness_is_without_gaps, [(0, 7, 1), (0, 8, 2)])


def test_only_the_numbers_in_order_of_arrival_are_accepted() -> None:
    arrivals: list[Row] = [("a",), ("b",), ("c",), ("d",)]
    hashes = {("a",): 7, ("b",): 9, ("c",): 7, ("d",): 7}
    accepted = [
        numbers
        for numbers in product(range(1, 4), repeat=4)
        if accepts(
            uniqueness_follows_arrival,
            arrivals,
            [(0, hashes[row], n) for row, n in zip(arrivals, numbers, strict=True)],
            arrivals,
        )
    ]
    assert accepted == [(1, 1, 2, 3)]


def test_equal_rows_may_change_places() -> None:
    rows: list[Row] = [("a",), ("a",)]
    for numbers in ((1, 2), (2, 1)):
        assert accepts(uniqueness_follows_arrival, rows, [(0, 7, n) for n in numbers], rows)


def test_a_row_that_is_not_stored_or_not_known_is_refused() -> None:
    a, b = ("a",), ("b",)
    place: list[Placement] = [(0, 7, 1)]
    assert not accepts(uniqueness_follows_arrival, [a], place, [a, b])
    assert not accepts(uniqueness_follows_arrival, [a], place, [b])


def test_a_row_is_stored_under_the_hash_asked_for() -> None:
    assert accepts(hashes_are_those_asked_for, [("a",)], [(0, 7, 1)], {("a",): 7})
    assert not accepts(hashes_are_those_asked_for, [("a",)], [(0, 8, 1)], {("a",): 7})


# NO PRIMARY INDEX


@pytest.mark.parametrize(("bits", "shift"), [(20, 12), (16, 16)])
def test_a_nopi_row_id_is_an_owned_bucket_and_a_number(bits: int, shift: int) -> None:
    owner = owner_by_map([0, 1, 0, 1])
    for buckets in product(range(4), repeat=3):
        for numbers in product(range(4), repeat=3):
            amps = (0, 0, 1)
            placement = [
                (amp, bucket << shift, number)
                for amp, bucket, number in zip(amps, buckets, numbers, strict=True)
            ]
            permitted = (
                all(bucket % 2 == amp for amp, bucket in zip(amps, buckets, strict=True))
                and buckets[0] == buckets[1]
                and sorted(numbers[:2]) == [1, 2]
                and numbers[2] == 1
            )
            assert accepts(nopi_row_ids_are_lawful, placement, owner, bits) == permitted


def test_a_nopi_row_id_has_nothing_below_its_bucket() -> None:
    assert not accepts(nopi_row_ids_are_lawful, [(0, 1 << 11, 1)], owner_by_map([0]), 20)


def test_rows_are_on_their_amps_in_order_of_arrival() -> None:
    rows: list[Row] = [("a",), ("b",), ("c",)]
    expected = {0: [("a",), ("c",)], 1: [("b",)]}
    accepted = [
        (amps, numbers)
        for amps in product((0, 1), repeat=3)
        for numbers in permutations((1, 2, 3))
        if accepts(
            rows_are_on, rows, [(a, 0, n) for a, n in zip(amps, numbers, strict=True)], expected
        )
    ]
    assert accepted == [((0, 1, 0), n) for n in ((1, 2, 3), (1, 3, 2), (2, 1, 3))]


# ROUND-ROBIN


def cuts(lengths: Sequence[int], block_bytes: int) -> Iterator[list[int]]:
    """Every way to cut records into blocks, as the number of records of each block."""
    if not lengths:
        yield []
    for records in range(1, len(lengths) + 1):
        if records == 1 or sum(lengths[:records]) <= block_bytes:
            for rest in cuts(lengths[records:], block_bytes):
                yield [records, *rest]


@pytest.mark.parametrize("amps", [1, 2, 3])
@pytest.mark.parametrize("lengths", [(1, 1, 1, 1, 1), (3, 1, 1, 3, 1), (9, 1, 9, 2, 0), (4,), ()])
def test_every_cut_from_every_start_is_accepted_and_nothing_else(
    amps: int, lengths: tuple[int, ...]
) -> None:
    block_bytes = 3
    permitted = {
        tuple((start + block) % amps for block, records in enumerate(cut) for _ in range(records))
        for cut in cuts(lengths, block_bytes)
        for start in range(amps)
    }
    for placed in product(range(amps), repeat=len(lengths)):
        accepted = accepts(blocks_went_round, placed, lengths, amps, block_bytes)
        assert accepted == (placed in permitted), placed
