"""What a candidate left behind, as plain Python rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from candidates.reach.outcomes import GuardedReader, OutcomeReader, read_table
from specs.contract import Outcome
from specs.contract.placement import PLACEMENT_FIELDS

PLACEMENT_COLUMNS = tuple(field.name for field in PLACEMENT_FIELDS)

Row = tuple[Any, ...]
Event = tuple[str, Mapping[str, Any]]
"""Name and details, as the contract has them."""

Placement = tuple[int, int, int]


MOST_ROWS_AT_ONCE = 20_000
"""Larger tables become plain rows only where somebody asks for them: that takes its time."""


@dataclass(frozen=True)
class ObservedTable:
    """A table as it was left: ``arrow`` as columns, ``columns`` the names without placement."""

    arrow: pa.Table
    columns: tuple[str, ...]

    @property
    def schema(self) -> pa.Schema:
        return self.arrow.schema

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Plain rows in the order given, without placement."""
        return _rows(self.arrow, self.columns)

    @cached_property
    def placement(self) -> tuple[Placement, ...] | None:
        """One (amp, row hash, uniqueness) per row, if the table shows them."""
        if all(name in self.arrow.column_names for name in PLACEMENT_COLUMNS):
            return _rows(self.arrow, PLACEMENT_COLUMNS)
        return None


@dataclass(frozen=True)
class Observed:
    """An outcome read back. A locked table that cannot be read is None in ``tables``."""

    outcome: Outcome
    tables: Mapping[str, ObservedTable | None]
    answers: Mapping[int, pa.Table]
    events: tuple[Event, ...] = ()


def read_observed(
    directory: Path, events: Sequence[Event], reader: OutcomeReader | None = None
) -> Observed:
    """Read an outcome directory, by default as that of an untrusted candidate.

    Raises `candidates.reach.agreement.OutcomeError`.
    """
    reader = reader or GuardedReader(str(directory))
    outcome = reader.document(directory)
    tables = {
        name: observed_table(read_table(reader, directory, files)) if files else None
        for name, files in outcome.tables.items()
    }
    answers = {int(step): reader.file(directory, name) for step, name in outcome.answers.items()}
    return Observed(outcome, tables, answers, tuple(events))


def observed_table(table: pa.Table) -> ObservedTable:
    """An Arrow table, placement apart. Raises what pyarrow does for one that is nonsense."""
    names = tuple(n for n in table.column_names if n not in PLACEMENT_COLUMNS)
    observed = ObservedTable(table, names)
    if table.num_rows > MOST_ROWS_AT_ONCE:
        table.validate(full=True)
        table.select([*names])
    else:  # what cannot be a value is found here, and not by whoever looks first
        _ = observed.rows, observed.placement
    return observed


def _rows(table: pa.Table, names: tuple[str, ...]) -> tuple[Any, ...]:
    if not names:
        return ((),) * int(table.num_rows)
    columns: list[list[Any]] = [table.column(name).to_pylist() for name in names]
    rows: tuple[Any, ...] = tuple(zip(*columns, strict=True))
    return rows
