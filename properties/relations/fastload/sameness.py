"""Two runs of one job, otherwise set up: the same outcome but for what the rules leave free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from properties.engine.observed import Observed
from properties.engine.trial import Difference
from properties.relations.fastload.accounting import counts_of, report_on
from properties.relations.shared.answers import completed, table_of, told_rows
from properties.relations.shared.content import rows_are
from reference.values.equality import RowKeys
from specs.fastload.plan import Load
from specs.sql.tables import TableDefinition


def loads_end_alike(
    definition: TableDefinition, load: Load, one: Observed, other: Observed, changed: str
) -> None:
    """Both runs completed with the same target, error table 1 and counts.

    Which of rows that are equal but not identical stays is free, and under a unique index which
    row of a key; so then are error table 2 and the number of duplicates. ``changed`` says what
    differs between the runs.
    """
    completed(one), completed(other)
    target_is_the_same(definition, one, other, changed)
    before, after = _parcels(one, load.error_table_1), _parcels(other, load.error_table_1)
    if before != after:
        raise Difference(
            f"error table {load.error_table_1} {changed}: expected the records "
            f"{told_rows(before.elements())}, observed {told_rows(after.elements())}"
        )
    unique = definition.primary_index is not None and definition.primary_index.unique
    names = ["read", "skipped", "sent", "error_table_1", "applied"]
    names += [] if unique else ["error_table_2", "duplicates"]
    first, second = (counts_of(report_on(load.target, run)) for run in (one, other))
    for name in names:
        if getattr(first, name) != getattr(second, name):
            raise Difference(
                f"count {name} {changed}: expected {getattr(first, name)}, "
                f"observed {getattr(second, name)}"
            )


def target_is_the_same(
    definition: TableDefinition, one: Observed, other: Observed, changed: str
) -> None:
    """The target has the same rows, or for each set of equal rows or keys one of either run."""
    left, right = table_of(one, definition.name).rows, table_of(other, definition.name).rows
    index = definition.primary_index
    if index is None:
        rows_are(f"table {definition.name} {changed}", left, right)
        return
    keys = RowKeys(definition)
    key_of = keys.of_index if index.unique else keys.of_row
    expected: Counter[Hashable] = Counter(map(key_of, left))
    found: Counter[Hashable] = Counter(map(key_of, right))
    if expected != found:
        missing = [row for row in left if not found[key_of(row)]]
        extra = [row for row in right if not expected[key_of(row)]]
        raise Difference(
            f"table {definition.name} {changed}: missing {told_rows(missing)}; "
            f"unexpected {told_rows(extra)}"
        )


def _parcels(observed: Observed, name: str) -> Counter[tuple[object]]:
    if name not in observed.tables:
        return Counter()
    return Counter((row[0],) for row in table_of(observed, name).rows)
