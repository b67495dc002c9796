"""Tables for people: what was expected and what was observed, with the differing cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest

import reference
from properties.observed import PLACEMENT_COLUMNS, Observed
from specs.contract import LoadReport
from specs.results import Grid

MOST_ROWS = 60


def cell(value: object) -> str:
    """A value as a person reads it: NULL, 'text' in quotes, X'bytes', numbers plain."""
    match value:
        case None:
            return "NULL"
        case str():
            return repr(value)
        case bytes():
            try:
                return "b" + repr(value.decode("utf-8"))
            except UnicodeDecodeError:
                return f"X'{value.hex().upper()}'"
        case _:
            return str(value)


def grids_of_expected(result: reference.Result) -> tuple[Grid, ...]:
    """The reference's outcome: status first, then accounts, then a grid per table."""
    grids = [_status(result.status, result.error, result.return_code)]
    grids += _accounts(result.loads)
    for name, table in sorted(result.tables.items()):
        if table.readable:
            grids.append(_grid(name, table.columns, table.rows, table.placement))
    return tuple(grids)


def grids_of_observed(observed: Observed) -> tuple[Grid, ...]:
    """The candidate's outcome in the same shape."""
    outcome = observed.outcome
    name = outcome.error.name if outcome.error else None
    grids = [_status(outcome.status, name, outcome.return_code)]
    grids += _accounts(outcome.loads)
    for table_name, table in sorted(observed.tables.items()):
        if table is not None:
            grids.append(_grid(table_name, table.columns, table.rows, table.placement))
    return tuple(grids)


def mark_differences(
    left: Sequence[Grid], right: Sequence[Grid]
) -> tuple[tuple[Grid, ...], tuple[Grid, ...]]:
    """Pair grids by title and mark, on both sides, the cells that have no equal on the other.

    Rows are paired after sorting, since row order is free.
    """
    lefts = {grid.title: grid for grid in left}
    rights = {grid.title: grid for grid in right}
    titles = list(dict.fromkeys([*lefts, *rights]))
    marked_left: list[Grid] = []
    marked_right: list[Grid] = []
    for title in titles:
        a, b = lefts.get(title), rights.get(title)
        if a is not None and b is not None:
            a, b = _mark_pair(a, b)
        if a is not None:
            marked_left.append(a if b is not None or not rights else _all_marked(a))
        if b is not None:
            marked_right.append(b if a is not None or not lefts else _all_marked(b))
    return tuple(marked_left), tuple(marked_right)


def _mark_pair(a: Grid, b: Grid) -> tuple[Grid, Grid]:
    common = Counter(a.rows) & Counter(b.rows)
    a_rest, b_rest = _rest(a.rows, common), _rest(b.rows, common)
    a_marks: list[tuple[int, int]] = []
    b_marks: list[tuple[int, int]] = []
    for i, j in zip_longest(a_rest, b_rest):
        a_row = a.rows[i] if i is not None else ()
        b_row = b.rows[j] if j is not None else ()
        for column in range(max(len(a_row), len(b_row))):
            same = column < len(a_row) and column < len(b_row) and a_row[column] == b_row[column]
            if not same:
                if i is not None and column < len(a_row):
                    a_marks.append((i, column))
                if j is not None and column < len(b_row):
                    b_marks.append((j, column))
    return _with_marks(a, a_marks), _with_marks(b, b_marks)


def _rest(rows: Sequence[tuple[str, ...]], common: Counter[tuple[str, ...]]) -> list[int]:
    left = Counter(common)
    rest = []
    for position, row in enumerate(rows):
        if left[row] > 0:
            left[row] -= 1
        else:
            rest.append(position)
    return rest


def _all_marked(grid: Grid) -> Grid:
    marks = [(r, c) for r, row in enumerate(grid.rows) for c in range(len(row))]
    return _with_marks(grid, marks)


def _with_marks(grid: Grid, marks: Iterable[tuple[int, int]]) -> Grid:
    return Grid(title=grid.title, columns=grid.columns, rows=grid.rows, marked=tuple(marks))


def _status(status: str, error: str | None, return_code: int) -> Grid:
    row = (status, error or "none", str(return_code))
    return Grid(title="Outcome", columns=("status", "error", "return code"), rows=(row,))


def _accounts(loads: Iterable[LoadReport]) -> list[Grid]:
    names = ("read", "skipped", "sent", "error_table_1", "error_table_2", "applied", "duplicates")
    rows = tuple(
        (load.target, *(str(getattr(load.counts, name)) for name in names))
        for load in loads
        if load.counts is not None
    )
    if not rows:
        return []
    columns = ("load", *(name.replace("_", " ") for name in names))
    return [Grid(title="Accounts", columns=columns, rows=rows)]


def _grid(
    name: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    placement: Sequence[Sequence[int]] | None,
) -> Grid:
    told = [tuple(cell(value) for value in row) for row in rows[:MOST_ROWS]]
    if placement is not None:
        places = [(str(a), f"{h:08X}", str(u)) for a, h, u in placement[:MOST_ROWS]]
        told = [row + place for row, place in zip(told, places, strict=True)]
        columns = (*columns, *PLACEMENT_COLUMNS)
    title = name if len(rows) <= MOST_ROWS else f"{name} (first {MOST_ROWS} of {len(rows)} rows)"
    return Grid(title=title, columns=tuple(columns), rows=tuple(told))
