"""Phase 2 (FL-07): each part sorted, duplicates and UPI violations out, RowIDs given, written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from candidates.polars.columns.values import Mask, placed_schema, to_arrow, type_of
from candidates.polars.durable.runs import PlacedRows, Run, merged_part
from candidates.polars.fastload.insertion import defined
from candidates.polars.fastload.pieces import INPUT_COLUMN, RECORD_COLUMN, empty_errors
from candidates.polars.fastload.steps import UPI_VIOLATION_CODE
from candidates.polars.job import Job
from specs.fastload.error_tables import DATA_PARCEL_BYTES
from specs.fastload.plan import Input, Load
from specs.sql.tables import TableDefinition


class Applied(NamedTuple):
    """What phase 2 did with one part. ``violations``: error table 2's rows."""

    file: str | None
    rows: int
    duplicates: int
    violations: pl.DataFrame


class Application:
    """The application phase of one load, from ``runs`` to the target's files."""

    def __init__(self, job: Job, load: Load, definition: TableDefinition, runs: list[Run]) -> None:
        self.steps = job.steps
        self.workspace = job.system.workspace
        self.workers = job.settings.workers
        self.load = load
        self.definition = definition
        self.hash_map = job.system.hash_map
        self.edition = job.case.edition
        self.runs = runs
        self.schema = placed_schema(definition)
        index = definition.primary_index
        self.key_columns = [definition.column(name) for name in index.columns] if index else []

    def run(self, parts: int) -> list[Applied]:
        """Apply every part; the parts that have rows are durable afterwards."""
        dropped = self._dropped_everywhere(parts)
        files = [self.workspace.new_file(self.load.target, number) for number in range(parts)]

        def apply(number: int) -> Applied:
            return self._apply(number, files[number], dropped[number] if dropped else None)

        if parts == 1:
            return [apply(0)]
        with ThreadPoolExecutor(self.workers) as pool:
            try:
                return list(pool.map(apply, range(parts)))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _apply(self, number: int, file: str, dropped: Mask | None) -> Applied:
        clock = self.steps.clock
        with clock.timed("sort"):
            rows = merged_part(self.runs, number)
        with clock.timed("duplicates"):
            kept, violations, duplicates = self._checked(rows, dropped)
            row_hash = kept.row_hash
            if not self.key_columns:
                row_hash = self.steps.nopi_row_hash(kept.amps, self.hash_map)
            uniqueness = self.steps.assign_uniqueness(kept.amps, row_hash)
        if not kept.frame.height:
            return Applied(None, 0, duplicates, violations)
        with clock.timed("write"):
            columns = [to_arrow(kept.frame[c.name], type_of(c)) for c in self.definition.columns]
            columns += [pa.array(kept.amps), pa.array(row_hash), pa.array(uniqueness)]
            self.workspace.write_part(file, self.schema, columns)
        return Applied(file, kept.frame.height, duplicates, violations)

    def _checked(
        self, rows: PlacedRows, dropped: Mask | None
    ) -> tuple[PlacedRows, pl.DataFrame, int]:
        """The rows that stay, error table 2's rows, and how many are duplicates."""
        none = self._error_table_2(rows.frame[:0])
        if not self.key_columns:
            if dropped is None or not dropped.any():
                return rows, none, 0
            return _filtered(rows, ~dropped), none, int(dropped.sum())
        suspects = np.flatnonzero(_in_groups(rows))
        if not len(suspects):
            return rows, none, 0
        some = rows.frame[suspects]
        index = self.definition.primary_index
        if index is not None and index.unique:
            violation, duplicate = self.steps.unique_violations(
                some, self.key_columns, self.definition.columns
            )
        else:
            duplicate = self._duplicates(some)
            violation = np.zeros_like(duplicate)
        gone = violation | duplicate
        if not gone.any():
            return rows, none, 0
        stays = np.ones(rows.frame.height, dtype=np.bool_)
        stays[suspects[gone]] = False
        violations = self._error_table_2(some.filter(violation)) if violation.any() else none
        return _filtered(rows, stays), violations, int(duplicate.sum())

    def _duplicates(self, rows: pl.DataFrame) -> Mask:
        """Equal rows; only those that share 64 bits of content are compared in full."""
        columns = self.definition.columns
        if rows.height < 1_000:
            return self.steps.duplicate_rows(rows, columns)
        alike = np.flatnonzero(_repeated(self._content(rows)))
        duplicate = np.zeros(rows.height, dtype=np.bool_)
        if len(alike):
            duplicate[alike] = self.steps.duplicate_rows(rows[alike], columns)
        return duplicate

    def _content(self, rows: pl.DataFrame) -> np.ndarray:
        keys = rows.select(self.steps.equality_keys(self.definition.columns))
        return keys.hash_rows(seed=0).to_numpy()

    def _error_table_2(self, rows: pl.DataFrame) -> pl.DataFrame:
        """FL-09: the rows as they are; edition seed: their records with code 2794."""
        if self.edition != "seed":
            return rows.select(self.definition.column_names)
        if RECORD_COLUMN not in rows.columns:
            return empty_errors()
        names = pl.Series([self._key_field(item) for item in self.load.inputs], dtype=pl.String)
        inputs = pl.Series(np.zeros(rows.height, dtype=np.int32))
        if INPUT_COLUMN in rows.columns:
            inputs = rows[INPUT_COLUMN]
        return rows.select(
            pl.col(RECORD_COLUMN).bin.head(DATA_PARCEL_BYTES).alias("DataParcel"),
            pl.lit(UPI_VIOLATION_CODE, pl.Int32).alias("ErrorCode"),
            names.gather(inputs).alias("ErrorFieldName"),
        )

    def _key_field(self, item: Input) -> str:
        """ErrorFieldName of an input's rivals: what feeds the first index column."""
        first = self.key_columns[0]
        name = first.name.casefold()
        fed = (defined(a, item) for a in item.assignments if a.column.casefold() == name)
        return self.steps.error_field_name(first, next(fed, None))

    def _dropped_everywhere(self, parts: int) -> list[Mask] | None:
        """FL-03, edition seed: equal rows of a NoPI table, wherever their blocks went."""
        if self.key_columns or self.edition != "seed":
            return None
        content = [self._content(merged_part(self.runs, number).frame) for number in range(parts)]
        repeated = np.split(
            _repeated(np.concatenate(content)), np.cumsum([len(c) for c in content])[:-1]
        )
        suspects = pl.concat(
            [merged_part(self.runs, n).frame.filter(repeated[n]) for n in range(parts)]
        )
        duplicate = self.steps.duplicate_rows(suspects, self.definition.columns)
        dropped, at = [], 0
        for mask in repeated:
            count = int(mask.sum())
            own = np.zeros(len(mask), dtype=np.bool_)
            own[mask] = duplicate[at : at + count]
            dropped.append(own)
            at += count
        return dropped


def _in_groups(rows: PlacedRows) -> Mask:
    """True at each row whose row hash occurs more than once."""
    same = rows.row_hash[1:] == rows.row_hash[:-1]
    mask = np.zeros(len(rows.row_hash), dtype=np.bool_)
    mask[1:] = same
    mask[:-1] |= same
    return mask


def _repeated(values: np.ndarray) -> Mask:
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    same = ordered[1:] == ordered[:-1]
    mask = np.zeros(len(values), dtype=np.bool_)
    mask[order[1:][same]] = True
    mask[order[:-1][same]] = True
    return mask


def _filtered(rows: PlacedRows, stays: Mask) -> PlacedRows:
    return PlacedRows(rows.frame.filter(stays), rows.amps[stays], rows.row_hash[stays])
