"""Phase 2, application: each AMP sorts, finds duplicates and UPI violations, and writes (FL-07)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from reference.fastload.loading import AcquiredRow, Loading
from reference.storage.hash_maps import Amp
from reference.storage.tables import NoPIPlacement, Placement, StoredRow
from reference.system import JobRun, System
from reference.values.equality import RowKeys
from specs.sql.tables import TableDefinition


@dataclass
class Applied:
    """What phase 2 makes of the acquired rows: the kept, the violating, how many duplicates."""

    kept: list[StoredRow] = field(default_factory=list)
    violations: list[AcquiredRow] = field(default_factory=list)
    duplicates: int = 0

    def add(self, part: Applied) -> None:
        """What another AMP makes of its rows."""
        self.kept += part.kept
        self.violations += part.violations
        self.duplicates += part.duplicates


def apply(run: JobRun, loading: Loading) -> Applied:
    """FL-07: AMP by AMP; nothing is kept in the system before the last AMP is done.

    So a stop in this phase repeats it.
    """
    definition = run.system.tables[loading.target].definition
    acquired = loading.acquired
    if definition.primary_index is None and run.case.edition == "seed":
        acquired = without_duplicates(definition, acquired)
    applied = Applied(duplicates=len(loading.acquired) - len(acquired))
    for amp, rows in rows_of_amps(acquired).items():
        if definition.primary_index:
            applied.add(apply_hashed(run.system, definition, rows))
        else:
            applied.add(apply_no_pi(run.system, amp, rows))
        run.tell("part-written", part=amp)
    return applied


def rows_of_amps(acquired: Iterable[AcquiredRow]) -> dict[Amp, list[AcquiredRow]]:
    """Each AMP's rows in row-hash order, in order of arrival within a row hash."""
    rows: dict[Amp, list[AcquiredRow]] = {}
    for row in sorted(acquired, key=lambda row: (row.amp, row.row_hash)):
        rows.setdefault(row.amp, []).append(row)
    return rows


def apply_hashed(system: System, definition: TableDefinition, rows: list[AcquiredRow]) -> Applied:
    """FL-02, FL-09, HD-09: the first row in order of arrival stays.

    A later row that is equal is a duplicate; under a UPI, one that only shares the key is a
    violation.
    """
    keys = RowKeys(definition)
    index = definition.primary_index
    unique = index is not None and index.unique
    placement = Placement(definition, system.hash_map, system.function)
    applied = Applied()
    kept_rows: set[Hashable] = set()
    kept_keys: set[Hashable] = set()
    for row in rows:
        # CHECK
        row_key = keys.of_row(row.values)
        if row_key in kept_rows:
            applied.duplicates += 1
            continue
        if unique:
            index_key = keys.of_index(row.values)
            if index_key in kept_keys:
                applied.violations.append(row)
                continue
            kept_keys.add(index_key)
        kept_rows.add(row_key)
        # PLACE
        applied.kept.append(placement.place(row.values))
    return applied


def apply_no_pi(system: System, amp: Amp, rows: list[AcquiredRow]) -> Applied:
    """FL-03, HD-14: no sort and no check; rows stay on the AMP of their block."""
    # PLACE
    placement = NoPIPlacement(system.hash_map)
    return Applied(kept=[placement.place(amp, row.values) for row in rows])


def without_duplicates(
    definition: TableDefinition, acquired: list[AcquiredRow]
) -> list[AcquiredRow]:
    """FL-03, edition seed: of equal rows for a NoPI target only the first stays."""
    keys = RowKeys(definition)
    first_of_equal: dict[Hashable, AcquiredRow] = {}
    for row in acquired:
        first_of_equal.setdefault(keys.of_row(row.values), row)
    return list(first_of_equal.values())
