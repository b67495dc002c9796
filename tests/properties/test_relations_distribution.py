"""The distribution query's answer and its figures: the right ones, rounded, and no others."""

from __future__ import annotations

import math
from itertools import permutations

import pytest

from properties.engine.trial import Difference
from properties.relations.distribution.query import counts_are, figures_are, skew_of


def test_counts_are_accepted_largest_first_only() -> None:
    amps_of_rows = [2, 0, 2, 1, 1, 3, 1]
    right = [(1, 3), (2, 2), (0, 1), (3, 1)]
    for answered in permutations(right):
        if list(answered) == right:
            counts_are(answered, amps_of_rows, 5)
        else:
            with pytest.raises(Difference, match="distribution over 5 AMPs"):
                counts_are(answered, amps_of_rows, 5)


@pytest.mark.parametrize(
    "answered",
    [
        [(1, 3), (2, 2), (0, 1)],
        [(1, 3), (2, 2), (0, 1), (3, 1), (4, 0)],
        [(1, 3), (2, 2), (0, 1), (3, 2)],
        [(1, 3), (2, 2), (0, 1), (3, 1), (3, 1)],
        [],
    ],
)
def test_a_count_missing_added_or_wrong_is_refused(answered: list[tuple[int, int]]) -> None:
    with pytest.raises(Difference):
        counts_are(answered, [2, 0, 2, 1, 1, 3, 1], 5)


def test_skew_is_over_all_amps() -> None:
    assert skew_of([3, 1], 2) == (1.5, 0.5)
    assert skew_of([4], 4) == (4.0, math.sqrt(3))
    assert skew_of([1, 1, 1], 3) == (1.0, 0.0)
    assert skew_of([], 7) == (0.0, 0.0)


def figures(largest: str, variation: str) -> dict[str, str]:
    return {"largest_over_mean": largest, "coefficient_of_variation": variation}


@pytest.mark.parametrize(
    ("largest", "variation"),
    [
        ("1.5", "0.6123724356957945"),
        ("1.50", "0.612"),
        ("1.5000000000000002", "0.61"),
        ("15E-1", "6.1237e-1"),
        ("1.500", "0.6123724"),
    ],
)
def test_figures_may_be_rounded(largest: str, variation: str) -> None:
    figures_are(figures(largest, variation), [3, 3, 2], 4)


@pytest.mark.parametrize(
    ("largest", "variation"),
    [
        ("1.6", "0.5"),
        ("1.5", "0.51"),
        ("1.4994", "0.5"),
        ("2", "0.5"),
        ("1.5", "0.70710678"),  # of a sample, not of all AMPs
        ("1", "0.5"),
        ("one and a half", "0.5"),
        ("NaN", "0.5"),
        ("1.5", "Infinity"),
        ("1.5", ""),
    ],
)
def test_other_figures_are_refused(largest: str, variation: str) -> None:
    figures_are(figures("1.5", "0.5"), [3, 1], 2)
    with pytest.raises(Difference):
        figures_are(figures(largest, variation), [3, 1], 2)


def test_a_missing_figure_is_refused() -> None:
    with pytest.raises(Difference, match="expected coefficient_of_variation"):
        figures_are({"largest_over_mean": "1.5"}, [3, 1], 2)
