"""Phase 2: each AMP sorts, finds duplicates and UPI violations, and writes (FL-07)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from reference.fastload.rows import MAX_FIELD_NAME
from reference.storage.hash_maps import Amp
from reference.storage.tables import NoPIPlacement, Placement, StoredRow
from reference.system import AcquiredRow, Journal, LoadJob, System
from reference.values.equality import RowKeys
from specs.contract import Edition
from specs.fastload.error_tables import DATA_PARCEL_BYTES
from specs.fastload.errors import ERROR_CODES
from specs.fastload.plan import Input, Load
from specs.sql.tables import TableDefinition


@dataclass
class Applied:
    """What phase 2 makes of the acquired rows: the kept, the violating, how many duplicates."""

    kept: list[StoredRow] = field(default_factory=list)
    violations: list[AcquiredRow] = field(default_factory=list)
    duplicates: int = 0


def apply(system: System, job: LoadJob, edition: Edition, journal: Journal) -> Applied:
    """FL-07: AMP by AMP; nothing is kept in the system before the last AMP is done.

    So a stop in this phase repeats it.
    """
    definition = system.tables[job.target].definition
    acquired = job.acquired
    if definition.primary_index is None and edition == "seed":
        acquired = _without_duplicates(definition, acquired)
    result = Applied(duplicates=len(job.acquired) - len(acquired))
    for amp, rows in _rows_of_amps(acquired).items():
        if definition.primary_index:
            _apply_hashed(system, definition, rows, result)
        else:
            _apply_no_pi(system, amp, rows, result)
        journal("part-written", {"part": amp})
    return result


def _rows_of_amps(acquired: list[AcquiredRow]) -> dict[Amp, list[AcquiredRow]]:
    """Each AMP's rows in row-hash order, in order of arrival within a row hash."""
    rows_of_amps: dict[Amp, list[AcquiredRow]] = {}
    for row in sorted(acquired, key=lambda row: (row.amp, row.row_hash)):
        rows_of_amps.setdefault(row.amp, []).append(row)
    return rows_of_amps


def _apply_hashed(
    system: System, definition: TableDefinition, rows: list[AcquiredRow], result: Applied
) -> None:
    """FL-02, FL-09, HD-09: the first row in order of arrival stays.

    A later row that is equal is a duplicate; under a UPI, one that only shares the key is a
    violation.
    """
    keys = RowKeys(definition)
    index = definition.primary_index
    unique = index is not None and index.unique
    placement = Placement(definition, system.hash_map, system.function)
    kept_rows: set[Hashable] = set()
    kept_keys: set[Hashable] = set()
    for row in rows:
        # CHECK
        row_key = keys.of_row(row.values)
        if row_key in kept_rows:
            result.duplicates += 1
            continue
        if unique:
            index_key = keys.of_index(row.values)
            if index_key in kept_keys:
                result.violations.append(row)
                continue
            kept_keys.add(index_key)
        kept_rows.add(row_key)
        # PLACE
        result.kept.append(placement.place(row.values))


def _apply_no_pi(system: System, amp: Amp, rows: list[AcquiredRow], result: Applied) -> None:
    """FL-03, HD-14: no sort and no check; rows stay on the AMP of their block."""
    placement = NoPIPlacement(system.hash_map)
    result.kept.extend(placement.place(amp, row.values) for row in rows)


def _without_duplicates(
    definition: TableDefinition, acquired: list[AcquiredRow]
) -> list[AcquiredRow]:
    """FL-03, edition seed: of equal rows for a NoPI target only the first stays."""
    keys = RowKeys(definition)
    first_of_equal: dict[Hashable, AcquiredRow] = {}
    for row in acquired:
        first_of_equal.setdefault(keys.of_row(row.values), row)
    return list(first_of_equal.values())


def record_violations(
    system: System, job: LoadJob, load: Load, edition: Edition, violations: list[AcquiredRow]
) -> None:
    """FL-09: error table 2 has the target's columns; edition seed: those of error table 1."""
    table = system.tables[job.error_table_2]
    for row in violations:
        # RECORD
        if edition == "seed":
            definition = system.tables[job.target].definition
            field_name = _key_field(definition, load.inputs[row.input])
            code = ERROR_CODES["upi_violation"]
            table.append((row.record[:DATA_PARCEL_BYTES], code, field_name))
        else:
            table.append(row.values)


def _key_field(definition: TableDefinition, source: Input) -> str:
    """The DEFINE field that feeds the first index column, or that column's own name."""
    column = RowKeys(definition).index_columns[0].name
    fields = {assignment.column: assignment.field for assignment in source.assignments}
    return fields.get(column, column)[:MAX_FIELD_NAME]
