"""A job that was refused: every table is as it was before."""

from __future__ import annotations

from collections.abc import Collection

from properties.observed import Observed, observed_table
from properties.relations.answers import table_of
from properties.relations.content import rows_are
from properties.trial import Difference
from specs.contract import RESTART_LOG
from specs.directories import CaseBundle


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
        rows = observed_table(bundle.tables[name]).rows
        rows_are(f"table {name} after the refusal", rows, table_of(observed, name).rows)
    if observed.outcome.locked or RESTART_LOG in observed.tables:
        raise Difference(
            "after the refusal: expected no locks and no restart log, observed locked "
            f"{', '.join(observed.outcome.locked) or 'nothing'}"
        )
