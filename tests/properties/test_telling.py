"""What people are shown: cells as they read them, and only the differing ones marked."""

from __future__ import annotations

import datetime
from decimal import Decimal
from itertools import permutations

import pyarrow as pa
import pytest
from engine_samples import scenario

import reference
from properties.engine.observed import Observed, observed_table
from properties.engine.telling import (
    MOST_ROWS,
    ROWS_OF_EQUAL_TABLES,
    cell,
    grids_of_expected,
    grids_of_observed,
    mark_differences,
    side_by_side,
)
from properties.engines import grids_of_report
from specs.contract import Outcome
from specs.contract.results import Grid


def grid(*rows: tuple[str, ...], title: str = "t") -> Grid:
    width = len(rows[0]) if rows else 2
    return Grid(title=title, columns=tuple("abcdef"[:width]), rows=rows)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "NULL"),
        ("NULL", "'NULL'"),
        ("a ", "'a '"),
        ("", "''"),
        ("it's", '"it\'s"'),
        ("\t\u00e9", "'\\té'"),
        (1, "1"),
        ("1", "'1'"),
        (Decimal("1.50"), "1.50"),
        (0.1, "0.1"),
        (datetime.date(2024, 2, 29), "2024-02-29"),
        (b"1|a", "b'1|a'"),
        ("é".encode(), "b'é'"),
        (b"\xff\x00", "X'FF00'"),
        (b"", "b''"),
    ],
)
def test_a_cell_is_told_so_that_no_two_kinds_look_alike(value: object, told: str) -> None:
    assert cell(value) == told


# --- marks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_rows_marks_nothing(order: tuple[int, ...]) -> None:
    rows = (("1", "a"), ("2", "b"), ("2", "b"))
    left, right = mark_differences([grid(*rows)], [grid(*(rows[i] for i in order))])
    assert left[0].marked == right[0].marked == ()


def test_only_the_cells_that_differ_are_marked() -> None:
    left, right = mark_differences(
        [grid(("1", "a"), ("2", "b"), ("3", "c"))], [grid(("3", "x"), ("1", "a"), ("9", "b"))]
    )
    assert left[0].marked == ((1, 0), (2, 1))
    assert right[0].marked == ((0, 1), (2, 0))


def test_a_row_is_held_against_the_one_that_is_most_like_it() -> None:
    left, right = mark_differences(
        [grid(("1", "a", "p"), ("2", "b", "q"))],
        [grid(("2", "b", "z"), ("1", "y", "p"), ("7", "8", "9"))],
    )
    assert left[0].marked == ((0, 1), (1, 2))
    assert right[0].marked == ((0, 2), (1, 1), (2, 0), (2, 1), (2, 2))


def test_a_row_too_many_is_marked_whole_and_its_equals_are_not() -> None:
    left, right = mark_differences(
        [grid(("1", "a"))], [grid(("1", "a"), ("1", "a"), ("2", "b"), ("1", "a"))]
    )
    assert left[0].marked == ()
    assert right[0].marked == tuple((row, column) for row in (1, 2, 3) for column in (0, 1))


def test_columns_that_one_side_lacks_are_marked() -> None:
    left, right = mark_differences([grid(("1", "a", "x"))], [grid(("1", "a"))])
    assert left[0].marked == ((0, 2),)
    assert right[0].marked == ()


def test_a_table_that_one_side_lacks_is_marked_whole() -> None:
    both, only = grid(("1", "a")), grid(("1", "a"), ("2", "b"), title="t_e1")
    left, right = mark_differences([both, only], [both])
    assert left[0].marked == right[0].marked == ()
    assert left[1].marked == ((0, 0), (0, 1), (1, 0), (1, 1))
    left, right = mark_differences([both], [both, only])
    assert [g.title for g in right] == ["t", "t_e1"]
    assert right[1].marked == ((0, 0), (0, 1), (1, 0), (1, 1))


def test_without_an_outcome_nothing_is_marked() -> None:
    left, right = mark_differences([grid(("1", "a"))], [])
    assert left[0].marked == ()
    assert right == ()


# --- long tables ---------------------------------------------------------------------------------


def test_of_a_long_table_only_the_rows_that_differ_are_kept() -> None:
    rows = [(str(n), "a") for n in range(MOST_ROWS + 40)]
    left, right = side_by_side([grid(*rows)], [grid(*rows[:-1], ("x", "a"), ("y", "b"))])
    assert left[0].rows == (rows[-1],)
    assert left[0].title == f"t (1 of {len(rows)} rows)"
    assert left[0].marked == ((0, 0),)
    assert right[0].rows == (("x", "a"), ("y", "b"))
    assert right[0].title == f"t (2 of {len(rows) + 1} rows)"
    assert {row for row, _ in right[0].marked} == {0, 1}


def test_of_a_long_table_that_does_not_differ_the_first_rows_are_kept() -> None:
    rows = [(str(n), "a") for n in range(MOST_ROWS + 40)]
    left, right = side_by_side([grid(*rows)], [grid(*rows)])
    assert left == right
    assert left[0].rows == tuple(rows[:ROWS_OF_EQUAL_TABLES])


def test_tables_with_nothing_in_common_are_told_in_good_time() -> None:
    left, right = side_by_side(
        [grid(*((f"l{n}", str(n)) for n in range(5_000)))],
        [grid(*((f"r{n}", str(-n)) for n in range(5_000)))],
    )
    assert len(left[0].rows) == len(right[0].rows) == MOST_ROWS


# --- outcomes ------------------------------------------------------------------------------------


def test_both_sides_tell_status_accounts_and_tables_with_their_placement() -> None:
    result = reference.execute(scenario(3, 3).bundle)
    grids = grids_of_expected(result, grids_of_report(result.report))
    assert [g.title for g in grids] == ["Outcome", "Accounts", "t"]
    assert grids[0].rows == (("completed", "none", "0"),)
    assert grids[1].rows == (("t", "2", "0", "2", "0", "0", "1", "1"),)
    assert grids[2].columns == ("k", "_amp", "_row_hash", "_uniqueness")
    amp, row_hash, uniqueness = grids[2].rows[0][1:]
    assert (len(row_hash), uniqueness) == (8, "1")
    assert int(amp) in (0, 1)


def test_placement_that_is_nonsense_can_still_be_told() -> None:
    table = pa.table(
        {"k": [1, 2], "_amp": [0, None], "_row_hash": ["x", None], "_uniqueness": [1, 2]}
    )
    outcome = Outcome(status="completed", return_code=0)
    observed = Observed(outcome, {"t": observed_table(table), "locked": None}, {})
    told = grids_of_observed(observed)
    assert [g.title for g in told] == ["Outcome", "t"]
    assert told[1].rows == (("1", "0", "'x'", "1"), ("2", "NULL", "NULL", "2"))
