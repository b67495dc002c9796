"""Hash distribution: inserts, reconfiguration and the hash functions' answers (HD-01 to HD-19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from candidates.polars.columns.values import frame_from_arrow
from candidates.polars.endings import USER_ERROR, Refused
from candidates.polars.job import Job
from candidates.polars.statements import run_statement
from candidates.polars.storage import hashing, placement
from candidates.polars.storage.hash_maps import Amps
from candidates.polars.storage.placement import PLACEMENT
from specs.contract.directories import definition_of, read_arrow
from specs.distribution.plan import (
    DistributionQuery,
    HashConstants,
    HashMapQuery,
    HashRows,
    InsertRows,
    InsertSelect,
    Reconfigure,
)
from specs.sql.columns import difference_of_rows, difference_of_tables
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import TableDefinition

_REFUSED_SCHEMA = pa.schema([("row", pa.int64()), ("error", pa.string())])
_HASH_SCHEMA = pa.schema(
    [("row_hash", pa.uint32()), ("hash_bucket", pa.int32()), ("amp", pa.int32())]
)
_CONSTANTS_SCHEMA = pa.schema([("name", pa.string()), ("value", pa.int64())])
_MAP_SCHEMA = pa.schema([("amp", pa.int32())])
_DISTRIBUTION_SCHEMA = pa.schema([("amp", pa.int32()), ("rows", pa.int64())])


class Distribution:
    """The steps of one job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.system = job.system
        self.steps = job.steps

    def run_step(self, number: int, step: Any) -> None:
        """Run a request. Raises `candidates.polars.endings.Refused`."""
        match step:
            case CreateTable() | DropTable() | DeleteRows():
                run_statement(self.job, step)
            case InsertRows():
                self.insert_rows(number, step)
            case InsertSelect():
                self.insert_select(number, step)
            case Reconfigure():
                self.system.reconfigure(step.amps)
            case HashRows():
                self.hash_rows(number, step)
            case HashConstants():
                self.hash_constants(number)
            case HashMapQuery():
                self.hash_map(number)
            case DistributionQuery():
                self.distribution(number, step)

    def report(self) -> None:
        """What is told stands in the answers."""

    def insert_rows(self, number: int, step: InsertRows) -> None:
        """Rows of an Arrow file; answers which were refused (HD-12, HD-16)."""
        (definition,) = self._definitions(step.table)
        arrow = read_arrow(self.job.input(step.rows))
        _check_columns(step.rows, step.table, difference_of_rows(definition, arrow.schema))
        arrow = arrow.rename_columns(definition.column_names)
        rows = frame_from_arrow(arrow, definition.columns)
        if definition.primary_index:
            self._insert_hashed(number, step.table, rows)
            return
        requests = rows.height if step.mode == "single-row" else 1
        amps = placement.query_amps(self.steps, step.query_id, requests, self.system.hash_map)
        self._append(
            step.table, rows, amps if requests == rows.height else amps.repeat(rows.height)
        )
        self._answer_refused(number, np.zeros(0, dtype=np.int64), "")

    def insert_select(self, number: int, step: InsertSelect) -> None:
        """INSERT .. SELECT *: a NoPI target takes each row where it was read (HD-13)."""
        read, definition = self._definitions(step.source, step.target)
        _check_columns(step.source, step.target, difference_of_tables(definition, read))
        source = self.system.placed_frame(step.source)
        rows = source.drop(*PLACEMENT)
        rows = rows.rename(dict(zip(rows.columns, definition.column_names, strict=True)))
        if definition.primary_index:
            self._insert_hashed(number, step.target, rows)
            return
        self._append(step.target, rows, source["_amp"].to_numpy())
        self._answer_refused(number, np.zeros(0, dtype=np.int64), "")

    def hash_rows(self, number: int, step: HashRows) -> None:
        """HASHROW, HASHBUCKET and HASHAMP of each row of a file (HD-01 to HD-08)."""
        arrow = read_arrow(self.job.input(step.rows))
        definition = definition_of(arrow.schema)
        columns = [definition.column(name) for name in step.columns]
        frame = frame_from_arrow(arrow, columns)
        if not columns:
            frame = pl.DataFrame({"row": np.arange(arrow.num_rows)})
        hashed = hashing.row_hash(frame, columns, self.steps.hash_function)
        hash_map = self.system.hash_map
        buckets = self.steps.hash_bucket(hashed, hash_map.bits)
        amps = self.steps.amp_of(hashed, hash_map)
        arrays = [pa.array(hashed), pa.array(buckets.astype(np.int32)), pa.array(amps)]
        self.job.answer(number, _HASH_SCHEMA, arrays)

    def hash_constants(self, number: int) -> None:
        """The functions without a row (HD-02, HD-07, HD-08)."""
        hash_map = self.system.hash_map
        answers = {
            "HASHROW()": hashing.NO_ARGUMENT,
            "HASHBUCKET()": hash_map.highest_bucket,
            "HASHAMP()": hash_map.amps - 1,
            "HASHBUCKET(NULL)": None,
        }
        arrays = [pa.array(answers, pa.string()), pa.array(answers.values(), pa.int64())]
        self.job.answer(number, _CONSTANTS_SCHEMA, arrays)

    def hash_map(self, number: int) -> None:
        """HASHAMP of every bucket (HD-08)."""
        self.job.answer(number, _MAP_SCHEMA, [pa.array(self.system.hash_map.owners())])

    def distribution(self, number: int, step: DistributionQuery) -> None:
        """Rows per AMP, largest first, and how skewed they are (HD-17)."""
        (definition,) = self._definitions(step.table)
        frame, hash_map = self.system.placed_frame(step.table), self.system.hash_map
        amps = frame["_amp"].to_numpy()
        if definition.primary_index:
            amps = self.steps.amp_of(self.steps.row_hash(frame, definition), hash_map)
        rows = np.bincount(amps, minlength=hash_map.amps)
        holding = np.flatnonzero(rows)
        order = holding[np.lexsort((holding, -rows[holding]))]
        largest, variation = skew(rows, hash_map.amps)
        metadata = {
            "largest_over_mean": f"{largest:.6f}",
            "coefficient_of_variation": f"{variation:.6f}",
        }
        arrays = [pa.array(order.astype(np.int32)), pa.array(rows[order])]
        self.job.answer(number, _DISTRIBUTION_SCHEMA.with_metadata(metadata), arrays)

    def _definitions(self, *names: str) -> list[TableDefinition]:
        """Of tables that are free and there. Raises `Refused`."""
        self.system.refuse_locked(names)
        return [self.system.definition(name) for name in names]

    def _insert_hashed(self, number: int, table: str, rows: pl.DataFrame) -> None:
        definition, stored = self.system.definition(table), self.system.placed_frame(table)
        result = placement.insert_hashed(self.steps, definition, stored, rows, self.system.hash_map)
        self.system.replace(table, result.frame)
        self._answer_refused(number, result.refused, result.error)

    def _append(self, table: str, rows: pl.DataFrame, amps: Amps) -> None:
        stored = self.system.placed_frame(table)
        frame = placement.insert_unhashed(self.steps, stored, rows, amps, self.system.hash_map)
        self.system.replace(table, frame)

    def _answer_refused(self, number: int, rows: Sequence[int] | np.ndarray, error: str) -> None:
        arrays = [pa.array(rows, pa.int64()), pa.repeat(pa.scalar(error, pa.string()), len(rows))]
        self.job.answer(number, _REFUSED_SCHEMA, arrays)


def _check_columns(source: str, target: str, difference: str | None) -> None:
    """Raises `Refused` where rows have other columns than the table that they are for."""
    if difference is not None:
        raise Refused("columns_differ", f"{source} into {target}: {difference}", USER_ERROR)


def skew(rows_per_amp: np.ndarray, amps: int) -> tuple[float, float]:
    """HD-17: largest/mean and the coefficient of variation over all AMPs; 0 for no rows."""
    total = int(rows_per_amp.sum())
    if not total:
        return 0.0, 0.0
    squares = int((rows_per_amp.astype(object) ** 2).sum())
    # Kept whole until the last step: variance = squares / amps - (total / amps) ** 2.
    return (
        int(rows_per_amp.max()) * amps / total,
        (squares * amps - total * total) ** 0.5 / total,
    )
