"""What a candidate left behind, as plain Python rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class ObservedTable:
    """Rows in the order given; ``placement`` is one (amp, row hash, uniqueness) per row."""

    schema: pa.Schema
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    placement: tuple[Placement, ...] | None


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
    """Plain rows of an Arrow table, placement columns apart."""
    names = tuple(n for n in table.column_names if n not in PLACEMENT_COLUMNS)
    placement = None
    if all(name in table.column_names for name in PLACEMENT_COLUMNS):
        placement = _rows(table, PLACEMENT_COLUMNS)
    return ObservedTable(table.schema, names, _rows(table, names), placement)


def _rows(table: pa.Table, names: tuple[str, ...]) -> tuple[Any, ...]:
    if not names:
        return ((),) * int(table.num_rows)
    columns: list[list[Any]] = [table.column(name).to_pylist() for name in names]
    rows: tuple[Any, ...] = tuple(zip(*columns, strict=True))
    return rows
