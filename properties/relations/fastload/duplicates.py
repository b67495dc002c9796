"""Duplicate rows: of equal rows exactly one stays, and it is one that was sent (FL-02, FL-03)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from properties.engine.observed import Row
from properties.engine.trial import Difference
from properties.relations.shared.answers import told_rows
from properties.relations.shared.content import typed_row
from reference.values.equality import RowKeys
from specs.sql.tables import TableDefinition


def one_of_equal_rows_stays(
    definition: TableDefinition, arrived: Iterable[Row], stored: Iterable[Row]
) -> None:
    """Of each set of equal rows that arrived, one that arrived is stored; nothing else is.

    Equal means NULL equals NULL, without trailing blanks, and in one case where the column is not
    CASESPECIFIC; which of the rows that are equal but not identical stays is free.
    """
    keys = RowKeys(definition)
    sets: dict[Hashable, list[Row]] = {}
    for row in arrived:
        sets.setdefault(keys.of_row(row), []).append(row)
    seen: dict[Hashable, Row] = {}
    for row in stored:
        key = keys.of_row(row)
        if key not in sets:
            raise Difference(f"table {definition.name}: unexpected row {told_rows([row])}")
        if key in seen:
            raise Difference(
                f"table {definition.name}: expected one of the equal rows "
                f"{told_rows(sets[key])}; observed {told_rows([seen[key], row])}"
            )
        if typed_row(row) not in map(typed_row, sets[key]):
            raise Difference(
                f"table {definition.name}: expected one of the rows as they were sent, "
                f"{told_rows(sets[key])}; observed {told_rows([row])}"
            )
        seen[key] = row
    missing = [rows[0] for key, rows in sets.items() if key not in seen]
    if missing:
        raise Difference(f"table {definition.name}: missing {told_rows(missing)}")
