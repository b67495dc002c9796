"""The relations about lost AMPs and reused numbers, from both sides."""

from __future__ import annotations

from itertools import product

import pytest

from properties.engine.observed import Placement, Row
from properties.engine.trial import Difference
from properties.relations.distribution.placement import uniqueness_goes_on_at_the_top
from properties.relations.fastload.lost_amps import blocks_went_to_the_next_amp_up

ROUNDS_OF_THREE_WITHOUT_AMP_1 = [(0, 2, 2, 0), (2, 2, 0, 2), (2, 0, 2, 2)]
"""Where four blocks go that start at AMP 0, 1 and 2."""


def refuses_blocks(amps_of_blocks: tuple[int, ...], amps: int, lost: frozenset[int]) -> bool:
    try:
        blocks_went_to_the_next_amp_up(amps_of_blocks, amps, lost)
    except Difference:
        return True
    return False


def test_every_start_of_the_round_is_permitted_and_nothing_else() -> None:
    permitted = [
        blocks
        for blocks in product(range(3), repeat=4)
        if not refuses_blocks(blocks, 3, frozenset({1}))
    ]
    assert permitted == sorted(ROUNDS_OF_THREE_WITHOUT_AMP_1)


def test_the_last_amp_that_is_up_takes_every_block() -> None:
    blocks_went_to_the_next_amp_up([2, 2, 2], 4, frozenset({0, 1, 3}))
    with pytest.raises(
        Difference, match="4 AMPs, AMP 0 is lost and AMP 1 is lost and AMP 3 is lost: "
    ):
        blocks_went_to_the_next_amp_up([2, 1, 2], 4, frozenset({0, 1, 3}))


KEPT: list[tuple[Row, Placement]] = [(("a",), (0, 7, 1)), (("c",), (0, 7, 3))]


@pytest.mark.parametrize(("number", "right"), [(4, True), (2, False), (3, False), (5, False)])
def test_a_row_that_arrives_gets_the_number_after_the_highest(number: int, right: bool) -> None:
    rows = [("a",), ("c",), ("d",)]
    placement = [(0, 7, 1), (0, 7, 3), (0, 7, number)]
    if right:
        uniqueness_goes_on_at_the_top(KEPT, [("d",)], rows, placement)
        return
    with pytest.raises(Difference):
        uniqueness_goes_on_at_the_top(KEPT, [("d",)], rows, placement)


def test_a_row_hash_without_rows_starts_at_1_again() -> None:
    uniqueness_goes_on_at_the_top([], [("d",)], [("d",)], [(0, 7, 1)])
    with pytest.raises(Difference, match="observed nowhere"):
        uniqueness_goes_on_at_the_top([], [("d",)], [], [])
