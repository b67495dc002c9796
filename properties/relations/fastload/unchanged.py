"""A job that was refused: every table is as it was before."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from properties.engine.observed import Observed, Row, observed_table
from properties.engine.trial import Difference
from properties.relations.shared.answers import table_of
from properties.relations.shared.content import rows_are
from specs.contract.directories import CaseBundle
from specs.fastload.report import RESTART_LOG


def tables_are_as_before(bundle: CaseBundle, observed: Observed, but: Collection[str] = ()) -> None:
    """The tables of the case are there with their rows, no other is, and none is locked.

    ``but`` are tables that steps before the refusal have made, filled or dropped.
    """
    before = set(bundle.tables) - set(but)
    there = set(observed.tables) - set(but)
    if before != there:
        missing, extra = ", ".join(sorted(before - there)), ", ".join(sorted(there - before))
        raise Difference(
            f"after the refusal: missing tables: {missing or 'none'}; "
            f"unexpected tables: {extra or 'none'}"
        )
    for name in sorted(before):
        rows = _positive_zeros(observed_table(bundle.tables[name]).rows)
        found = _positive_zeros(table_of(observed, name).rows)
        rows_are(f"table {name} after the refusal", rows, found)
    if observed.outcome.locked or RESTART_LOG in observed.tables:
        raise Difference(
            "after the refusal: expected no locks and no restart log, observed locked "
            f"{', '.join(observed.outcome.locked) or 'nothing'}"
        )


def _positive_zeros(rows: Iterable[Row]) -> list[Row]:
    """No table holds a minus zero, so a case's Arrow file may be read as 0.0 or kept as it is."""
    return [tuple(v + 0.0 if isinstance(v, float) else v for v in row) for row in rows]
