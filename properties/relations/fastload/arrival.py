"""Rows of a load as they arrived: numbered in that order, and placed alike in every run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from properties.engine.observed import ObservedTable, Placement, Row
from properties.engine.trial import Difference
from properties.relations.distribution.placement import rows_in_reading_order, told_place
from properties.relations.shared.answers import told_rows
from reference.values.equality import RowKeys
from specs.contract import Case
from specs.fastload.plan import Load
from specs.sql.tables import TableDefinition

Placed = tuple[ObservedTable, Sequence[Placement]]
"""A table and where each of its rows is."""


def most_sessions(load: Load, case: Case) -> int:
    """FL-16: SESSIONS, by default one for each AMP, never more than AMPs."""
    return min(load.sessions or case.teradata.amps, case.teradata.amps)


def rows_are_numbered_in_input_order(
    definition: TableDefinition, arrived: Sequence[Row], stored: Placed
) -> None:
    """HD-11: with one session, rows of a row hash have ascending numbers in input order.

    Of rows that come more than once (under a unique index: keys) it is free which one stays, and
    so is its place in the order.
    """
    table, placement = stored
    keys = RowKeys(definition)
    unique = definition.primary_index is not None and definition.primary_index.unique
    key_of = keys.of_index if unique else keys.of_row
    times = Counter(map(key_of, arrived))
    hash_of = {row: row_hash for row, (_, row_hash, _) in zip(table.rows, placement, strict=True)}
    single: dict[int, list[Row]] = defaultdict(list)
    numbered: dict[int, list[Row]] = defaultdict(list)
    for row in arrived:
        if times[key_of(row)] == 1 and row in hash_of:
            single[hash_of[row]].append(row)
    for row in rows_in_reading_order(table, placement):
        if times[key_of(row)] == 1:
            numbered[hash_of[row]].append(row)
    for row_hash in sorted(set(hash_of.values())):
        expected, found = single[row_hash], numbered[row_hash]
        if expected != found:
            raise Difference(
                f"rows of row hash {row_hash:08X} by uniqueness: expected in input order "
                f"{told_rows(expected)}, observed {told_rows(found)}"
            )


def keys_are_placed_alike(
    definition: TableDefinition, one: Placed, other: Placed, changed: str
) -> None:
    """HD-01: in both runs the rows of a key are on one AMP under one row hash.

    Which of equal rows stays may differ between the runs, but never its key. ``changed`` says
    what differs between them.
    """
    keys = RowKeys(definition)
    place_of = {keys.of_index(row): place for row, place in zip(one[0].rows, one[1], strict=True)}
    for row, place in zip(other[0].rows, other[1], strict=True):
        there = place_of.get(keys.of_index(row))
        if there is not None and there[:2] != place[:2]:
            raise Difference(
                f"row {told_rows([row])} {changed}: expected on AMP {there[0]} under row hash "
                f"{there[1]:08X} as otherwise, observed on {told_place(place)}"
            )
