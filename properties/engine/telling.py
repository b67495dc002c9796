"""Tables for people: what was expected and what was observed, with the differing cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import reference
from properties.engine.observed import PLACEMENT_COLUMNS, Observed
from specs.contract.results import Grid

GridRow = tuple[str, ...]

MOST_ROWS = 60
"""Rows of one table that are told; of a longer one those that differ, as far as these go."""

ROWS_OF_EQUAL_TABLES = 3
"""Rows that are told of a longer table that does not differ."""


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


def grids_of_expected(
    result: reference.Result, report: Iterable[Grid] = (), *, placed: bool = True
) -> tuple[Grid, ...]:
    """The reference's outcome: status first, then its report, then a grid per table.

    ``placed`` False leaves placement out, beside a candidate that shows none.
    """
    grids = [_status(result.status, result.error, result.return_code), *report]
    for name, table in sorted(result.tables.items()):
        if table.readable:
            placement = table.placement if placed else None
            grids.append(_grid(name, table.columns, table.rows, placement))
    return tuple(grids)


def shows_placement(observed: Observed) -> bool:
    """Whether the candidate tells of any table where its rows are."""
    tables = observed.tables.values()
    return any(table is not None and table.placement is not None for table in tables)


def grids_of_observed(observed: Observed, report: Iterable[Grid] = ()) -> tuple[Grid, ...]:
    """The candidate's outcome in the same shape."""
    outcome = observed.outcome
    name = outcome.error.name if outcome.error else None
    grids = [_status(outcome.status, name, outcome.return_code), *report]
    for table_name, table in sorted(observed.tables.items()):
        if table is not None:
            grids.append(_grid(table_name, table.columns, table.rows, table.placement))
    return tuple(grids)


def side_by_side(
    left: Sequence[Grid], right: Sequence[Grid]
) -> tuple[tuple[Grid, ...], tuple[Grid, ...]]:
    """Both sides with the differences marked; of long tables only the rows that differ."""
    marked_left, marked_right = mark_differences(left, right)
    return tuple(map(_cut, marked_left)), tuple(map(_cut, marked_right))


def mark_differences(
    left: Sequence[Grid], right: Sequence[Grid]
) -> tuple[tuple[Grid, ...], tuple[Grid, ...]]:
    """Pair grids by title and mark, on both sides, the cells that have no equal on the other.

    Row order is free: equal rows are paired first, then each other row with the one on the other
    side that shares most cells. A grid that only one side has is marked whole, unless the other
    side has none at all.
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
    pairs = _pairs(a.rows, a_rest, b.rows, b_rest)
    partners = {j: i for i, j in pairs.items()}
    a_marks = [(i, c) for i in a_rest for c in _unlike(a.rows[i], b.rows, pairs.get(i))]
    b_marks = [(j, c) for j in b_rest for c in _unlike(b.rows[j], a.rows, partners.get(j))]
    return _with_marks(a, a_marks), _with_marks(b, b_marks)


def _pairs(
    a: Sequence[GridRow], a_rest: Sequence[int], b: Sequence[GridRow], b_rest: Sequence[int]
) -> dict[int, int]:
    """Positions in ``a`` -> positions in ``b``, those that share most cells paired first."""
    # Rows beyond those that are told need no partner.
    choices = product(a_rest[:MOST_ROWS], b_rest[:MOST_ROWS])
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for i, j in sorted(choices, key=lambda pair: -_shared(a[pair[0]], b[pair[1]])):
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return pairs


def _unlike(row: GridRow, others: Sequence[GridRow], partner: int | None) -> Iterator[int]:
    """Columns in which a row differs from its partner; all of them without one."""
    other = others[partner] if partner is not None else ()
    for column, value in enumerate(row):
        if column >= len(other) or other[column] != value:
            yield column


def _shared(a: GridRow, b: GridRow) -> int:
    return sum(x == y for x, y in zip(a, b, strict=False))


def _rest(rows: Sequence[GridRow], common: Counter[GridRow]) -> list[int]:
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


def _cut(grid: Grid) -> Grid:
    """The whole table, or of a long one the rows that differ."""
    if len(grid.rows) <= MOST_ROWS:
        return grid
    marked = sorted({row for row, _ in grid.marked})
    kept = marked[:MOST_ROWS] or range(ROWS_OF_EQUAL_TABLES)
    place = {row: position for position, row in enumerate(kept)}
    return Grid(
        title=f"{grid.title} ({len(kept)} of {len(grid.rows):,} rows)",
        columns=grid.columns,
        rows=tuple(grid.rows[row] for row in kept),
        marked=tuple((place[row], column) for row, column in grid.marked if row in place),
    )


def _with_marks(grid: Grid, marks: Iterable[tuple[int, int]]) -> Grid:
    return Grid(title=grid.title, columns=grid.columns, rows=grid.rows, marked=tuple(marks))


def _status(status: str, error: str | None, return_code: int) -> Grid:
    row = (status, error or "none", str(return_code))
    return Grid(title="Outcome", columns=("status", "error", "return code"), rows=(row,))


def _grid(
    name: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    placement: Sequence[Sequence[int]] | None,
) -> Grid:
    told = [tuple(cell(value) for value in row) for row in rows]
    if placement is not None:
        told = [row + _place(place) for row, place in zip(told, placement, strict=True)]
        columns = (*columns, *PLACEMENT_COLUMNS)
    return Grid(title=name, columns=tuple(columns), rows=tuple(told))


def _place(place: Sequence[object]) -> GridRow:
    amp, row_hash, uniqueness = place  # a candidate's may be anything, even NULL
    told = f"{row_hash:08X}" if isinstance(row_hash, int) else cell(row_hash)
    return cell(amp), told, cell(uniqueness)
