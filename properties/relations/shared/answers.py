"""Outcomes that must be there before anything in them can be judged: completed, tables, answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from properties.engine.observed import (
    PLACEMENT_COLUMNS,
    Observed,
    ObservedTable,
    Placement,
    Row,
)
from properties.engine.telling import cell
from properties.engine.trial import Difference

MOST_TOLD = 5


def completed(observed: Observed) -> Observed:
    """The outcome, if the case completed. Raises `Difference` if not."""
    outcome = observed.outcome
    if outcome.status != "completed":
        why = f" with {outcome.error.name}: {outcome.error.message}" if outcome.error else ""
        raise Difference(f"expected the case to complete; it is {outcome.status}{why}")
    return observed


def table_of(observed: Observed, name: str) -> ObservedTable:
    """A table of an outcome that can be read. Raises `Difference` without one."""
    table = observed.tables.get(name)
    if table is None:
        state = "locked" if name in observed.tables else "missing"
        raise Difference(f"table {name}: expected rows to read, observed that it is {state}")
    return table


def placed(observed: Observed, name: str) -> tuple[ObservedTable, tuple[Placement, ...]]:
    """A table and where each of its rows is. Raises `Difference` without placement columns."""
    table = table_of(observed, name)
    if table.placement is None:
        raise Difference(
            f"table {name}: expected the columns _amp, _row_hash and _uniqueness, "
            f"observed {', '.join(table.schema.names)}"
        )
    for column, values in zip(PLACEMENT_COLUMNS, zip(*table.placement, strict=True), strict=False):
        if not all(type(value) is int for value in values):
            raise Difference(
                f"table {name}, column {column}: expected a whole number in every row, "
                f"observed {told_rows([values])}"
            )
    return table, table.placement


FREE = ("name", "error", "value")
"""Columns of answers that hold text, or NULL where there is nothing; others hold whole numbers."""


def answer(
    observed: Observed, step: int, *columns: str, rows: int | None = None
) -> list[tuple[Any, ...]]:
    """The rows of a step's answer, ``rows`` of them if that is known.

    Raises `Difference` when it is missing, or of other columns, types or length.
    """
    lists = [_values(answer_column(observed, step, name), step, name) for name in columns]
    found = len(lists[0])
    if rows is not None and found != rows:
        raise Difference(f"answer of step {step}: expected {rows} rows, observed {found}")
    return list(zip(*lists, strict=True))


def _values(column: pa.ChunkedArray, step: int, name: str) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if name not in FREE and not all(type(value) is int for value in values):
        raise Difference(
            f"answer of step {step}, column {name}: expected whole numbers, observed "
            f"{told_rows([tuple(values)])}"
        )
    return values


def answer_column(observed: Observed, step: int, column: str) -> pa.ChunkedArray:
    """One column of a step's answer. Raises `Difference` when there is none."""
    found = observed.answers.get(step)
    if found is None:
        there = ", ".join(map(str, sorted(observed.answers))) or "none"
        raise Difference(f"step {step}: expected an answer file; answers are there for: {there}")
    if column not in found.column_names:
        raise Difference(
            f"answer of step {step}: expected a column {column}; "
            f"observed {', '.join(found.column_names)}"
        )
    return found.column(column)


def same_multiset(what: str, expected: Iterable[Row], observed: Iterable[Row]) -> None:
    """Both hold the same rows, each as often. Raises `Difference` naming those that differ."""
    wanted, found = Counter(expected), Counter(observed)
    missing, extra = list((wanted - found).elements()), list((found - wanted).elements())
    if missing or extra:
        raise Difference(f"{what}: missing {told_rows(missing)}; unexpected {told_rows(extra)}")


def told_rows(rows: Iterable[Row]) -> str:
    """Rows as a person reads them, the first few of many."""
    all_rows = list(rows)
    told = [f"({', '.join(map(cell, row))})" for row in all_rows[:MOST_TOLD]]
    if len(all_rows) > MOST_TOLD:
        told.append(f"... {len(all_rows) - MOST_TOLD} more")
    return ", ".join(told) or "nothing"
