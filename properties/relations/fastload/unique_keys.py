"""Unique primary index: one row of each key stays, violations go to error table 2 (FL-09)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from properties.engine.observed import Row
from properties.engine.trial import Difference
from properties.relations.fastload.faults import Mark, told_parcel
from properties.relations.shared.answers import told_rows
from properties.relations.shared.content import typed_row
from reference.values.equality import RowKeys
from specs.fastload.error_tables import DATA_PARCEL_BYTES
from specs.sql.tables import TableDefinition


@dataclass(frozen=True)
class Arrival:
    """A row without faults that phase 1 brought to its AMP, and the record it came from.

    ``mark`` is what error table 2 of edition `seed` shows beside the record: code 2794 and the
    field of the first index column.
    """

    row: Row
    record: bytes = b""
    mark: Mark = (2794, None)


def one_row_of_each_key_stays(
    definition: TableDefinition, arrived: Iterable[Arrival], stored: Iterable[Row]
) -> dict[Hashable, Row]:
    """Of each key one row that arrived is stored, any of them; nothing else is.

    Returns the row that stayed by key (as `reference.values.equality.RowKeys.of_index` gives it).
    """
    keys = RowKeys(definition)
    rows_of: dict[Hashable, list[Row]] = {}
    for arrival in arrived:
        rows_of.setdefault(keys.of_index(arrival.row), []).append(arrival.row)
    stayed: dict[Hashable, Row] = {}
    for row in stored:
        key = keys.of_index(row)
        if key in stayed:
            raise Difference(
                f"table {definition.name} with a unique index: expected one row of the key "
                f"{told_rows([keys.index_values(row)])}; observed {told_rows([stayed[key], row])}"
            )
        if typed_row(row) not in map(typed_row, rows_of.get(key, ())):
            raise Difference(
                f"table {definition.name}: expected of the key "
                f"{told_rows([keys.index_values(row)])} one of {told_rows(rows_of.get(key, ()))}; "
                f"observed {told_rows([row])}"
            )
        stayed[key] = row
    missing = [rows for key, rows in rows_of.items() if key not in stayed]
    if missing:
        raise Difference(
            f"table {definition.name}: expected one of {told_rows(missing[0])}; observed no row "
            "of this key"
        )
    return stayed


def violations_are_in_error_table_2(
    definition: TableDefinition,
    name: str,
    arrived: Sequence[Arrival],
    stored: Iterable[Row],
    observed: Iterable[Row],
) -> None:
    """Edition `vendor`: rows with the key of the stored row, unlike it, are in error table 2.

    Of several equal ones among these at least one is there; the others are there or count as
    duplicates. Equals of the stored row are not there.
    """
    violations = _violations(definition, arrived, stored)
    available = Counter(typed_row(a.row) for a in violations)
    keys = RowKeys(definition)
    there: set[Hashable] = set()
    for row in observed:
        available[typed_row(row)] -= 1
        if available[typed_row(row)] < 0:
            raise Difference(
                f"error table {name}: expected of the violations "
                f"{told_rows(a.row for a in violations)} each at most once; "
                f"observed {told_rows([row])} beyond them"
            )
        there.add(keys.of_row(row))
    _all_are_there(name, definition, violations, there)


def violations_are_in_error_table_2_as_sent(
    definition: TableDefinition,
    name: str,
    arrived: Sequence[Arrival],
    stored: Iterable[Row],
    observed: Iterable[Row],
) -> None:
    """Edition `seed`: the same rows, each as the record that was sent, 2794 and a field."""
    violations = _violations(definition, arrived, stored)
    keys = RowKeys(definition)
    available = Counter(
        (violation.record[:DATA_PARCEL_BYTES], violation.mark) for violation in violations
    )
    rows_of_parcel: dict[bytes, set[Hashable]] = defaultdict(set)
    for violation in violations:
        rows_of_parcel[violation.record[:DATA_PARCEL_BYTES]].add(keys.of_row(violation.row))
    there: set[Hashable] = set()
    for parcel, code, field in observed:
        key = (parcel, (code, field))
        available[key] -= 1
        if available[key] < 0:
            expected = told_rows((violation.record, *violation.mark) for violation in violations)
            raise Difference(
                f"error table {name}: expected of {expected} each at most once; observed "
                f"{told_parcel(parcel)}, {code}, {field} beyond them"
            )
        there |= rows_of_parcel[parcel]
    _all_are_there(name, definition, violations, there)


def _violations(
    definition: TableDefinition, arrived: Iterable[Arrival], stored: Iterable[Row]
) -> list[Arrival]:
    """Arrivals that have the key of a stored row but are not equal to it."""
    keys = RowKeys(definition)
    stayed = {keys.of_index(row): keys.of_row(row) for row in stored}
    return [a for a in arrived if stayed.get(keys.of_index(a.row)) != keys.of_row(a.row)]


def _all_are_there(
    name: str, definition: TableDefinition, violations: Iterable[Arrival], there: set[Hashable]
) -> None:
    keys = RowKeys(definition)
    missing = [violation.row for violation in violations if keys.of_row(violation.row) not in there]
    if missing:
        raise Difference(
            f"error table {name}: missing {told_rows(missing[:1])}, which has the key of a stored "
            "row but differs from it"
        )
