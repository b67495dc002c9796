"""The steps of a FastLoad that decide what is right, one small method each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from candidates.polars.columns import conversion, dates, literals
from candidates.polars.columns.conversion import Converted
from candidates.polars.columns.faults import Fault, Faults
from candidates.polars.columns.values import Mask, column_type, type_of
from candidates.polars.fastload import fields, records
from candidates.polars.fastload.fields import Fields
from candidates.polars.fastload.records import Bounds, Positions
from candidates.polars.storage.hash_maps import Amps
from candidates.polars.storage.steps import StorageSteps
from candidates.polars.timing import Clock
from specs.contract import Edition
from specs.fastload.error_tables import DATA_PARCEL_BYTES
from specs.fastload.errors import CHARACTER_OVERFLOW, ERROR_CODES
from specs.fastload.plan import MAX_RECORD_BYTES, Assignment, Input, Load, SourceField
from specs.fastload.report import Counts
from specs.sql.tables import Column

BAD_RECORD_CODE = ERROR_CODES["field_count_mismatch"]
AMP_LOST_CODE = ERROR_CODES["amp_unavailable"]
UPI_VIOLATION_CODE = ERROR_CODES["upi_violation"]

_CODES = np.array([ERROR_CODES.get(fault.error, 0) for fault in Fault], dtype=np.int32)
_CODES[Fault.CHARACTER_OVERFLOW] = CHARACTER_OVERFLOW


class FastLoadSteps(StorageSteps):
    """What a load does to records and rows.

    Arrays have one element per record or row, in input order unless said otherwise; frames hold
    columns in physical form (`candidates.polars.columns.values`). Reading: `record_window`,
    `split_records`, `cut_blocks`, `split_fields`, `typed_parse`. Rows: `null_if`, `convert_field`,
    `convert_default`, `violates_not_null`, `violates_check`, `error_codes`, `error_field_name`.
    Phase 1 and 2: `nopi_amp`, `unique_violations`. Telling: `sessions`, `error_limit_reached`,
    `checkpoint_due`, `resume_from`, `keeps_error_table`, `counts`, `summary`.
    """

    clock: Clock = Clock()
    typed_parse: bool = True
    """False reads every field as text, so that every value passes `convert_field`."""

    # --- reading -------------------------------------------------------------------------------

    def record_window(self, item: Input, edition: Edition) -> tuple[int, int | None]:
        """RECORD (FL-17): 0-based first record that is sent, and the end (None: no end)."""
        start = item.start
        first = 0 if start is None else start if edition == "seed" else max(start - 1, 0)
        return first, item.thru

    def split_records(self, data: bytes) -> Bounds:
        """Bounds of the records of a piece, line ends left out."""
        return records.split_records(data)

    def cut_blocks(
        self, lengths: Positions, block_bytes: int, filled: int, forced: Positions
    ) -> tuple[Positions, int]:
        """FL-06: the block of each record, see `candidates.polars.fastload.records.cut_blocks`."""
        return records.cut_blocks(lengths, block_bytes, filled, forced)

    def split_fields(self, data: bytes, bounds: Bounds, item: Input) -> Fields:
        """FL-18: fields of the good records, and which records are bad."""
        longest = [column_type(field.type).length for field in item.fields]
        delimiter = item.delimiter.encode()
        return fields.text_fields(data, bounds, delimiter, longest, MAX_RECORD_BYTES)

    def parcels(self, data: bytes, bounds: Bounds) -> pl.Series:
        """FL-08: DataParcel of each of these records."""
        return records.parcels(data, bounds, DATA_PARCEL_BYTES)

    # --- rows ----------------------------------------------------------------------------------

    def null_if(self, text: pl.Series, field: SourceField) -> pl.Series:
        """NULLIF (FL-19), compared before any trimming."""
        if field.nullif is None:
            return text
        return text.set((text == field.nullif).fill_null(False), None)

    def error_codes(self, faults: Faults) -> NDArray[np.int32]:
        """FL-08, FL-10: ErrorCode of each fault."""
        return _CODES[faults]

    def date_format(self, column: Column, assignment: Assignment | None, load: Load) -> str:
        """The format under which a text is a DATE of the column."""
        given = (assignment.format if assignment else None) or column.format
        by_form = dates.ISO_FORMAT if load.date_form == "ansi" else dates.INTEGER_DATE_FORMAT
        return given or by_form

    def convert_field(
        self, text: pl.Series, column: Column, assignment: Assignment, load: Load
    ) -> Converted:
        """The column's values of a field's texts, by way of the explicit conversion if any."""
        date_format = self.date_format(column, assignment, load)
        if assignment.conversion is None:
            kind = type_of(column)
            return conversion.convert_text(text, kind, column.character_set, date_format)
        between = column_type(assignment.conversion)
        first = conversion.convert_text(text, between, "UNICODE", date_format)
        return conversion.convert_value(first, between, column, date_format)

    def convert_default(self, column: Column) -> Converted:
        """DEFAULT of a column that the INSERT does not name: one value; dates are YYYY-MM-DD."""
        text = pl.Series(column.name, [column.default], dtype=pl.String)
        return conversion.convert_text(text, type_of(column), column.character_set, "YYYY-MM-DD")

    def violates_not_null(self, column: Column) -> pl.Expr | None:
        """NOT NULL of a column; None when there is nothing to check."""
        return pl.col(column.name).is_null() if column.not_null else None

    def violates_check(self, column: Column) -> pl.Expr | None:
        """CHECK of a column (NULL passes); None when there is nothing to check."""
        return None if column.check is None else ~literals.passes_check(column)

    def error_field_name(self, column: Column, assignment: Assignment | None) -> str:
        """FL-08: ErrorFieldName of a fault in this column."""
        return (assignment.field if assignment else column.name)[:120]

    # --- phases --------------------------------------------------------------------------------

    def nopi_amp(self, blocks: Positions, amps: int, lost: Sequence[int]) -> Amps:
        """HD-14: the AMP of each block, round-robin; a lost one's blocks go to the next up.

        At least one AMP is up.
        """
        receiver = np.arange(amps)
        up = np.setdiff1d(receiver, np.array(lost, dtype=np.int64))
        next_up = up[np.searchsorted(up, receiver) % len(up)]
        return next_up[blocks % amps].astype(np.int32)

    def unique_violations(
        self, rows: pl.DataFrame, key_columns: Sequence[Column], columns: Sequence[Column]
    ) -> tuple[Mask, Mask]:
        """FL-09: (violation, duplicate) of each row; of equal keys the first row stays."""
        keys = rows.select(self.equality_keys(columns))
        names = [column.name for column in key_columns]
        leader = keys.with_row_index("_at").select(pl.col("_at").first().over(names)).to_series()
        equal = keys.select(
            pl.all_horizontal(
                pl.col(name).eq_missing(pl.col(name).gather(leader)) for name in keys.columns
            )
        ).to_series()
        later = leader.to_numpy() != np.arange(rows.height)
        same = equal.to_numpy()
        return later & ~same, later & same

    # --- telling -------------------------------------------------------------------------------

    def sessions(self, load: Load, amps: int) -> int:
        """FL-16: one per AMP, or fewer if asked for."""
        return max(1, min(amps, load.sessions or amps))

    def error_limit_reached(self, errors: int, load: Load) -> bool:
        """FL-12: whether error table 1 has so many rows that the job stops."""
        return errors >= load.error_limit

    def checkpoint_due(self, first: int, last: int, load: Load) -> list[int]:
        """FL-13: the numbers of records n with first < n <= last after which one is due."""
        every = load.checkpoint or 0
        return list(range(first // every * every + every, last + 1, every)) if every else []

    def resume_from(self, frames: Callable[[], list[bytes]]) -> list[bytes]:
        """FL-13: the durable frames, in order, that a restart continues after."""
        return frames()

    def keeps_error_table(self, rows: int) -> bool:
        """FL-07: whether an error table stays when the load has completed."""
        return rows > 0

    def counts(
        self, read: int, skipped: int, error_1: int, error_2: int, applied: int, duplicates: int
    ) -> Counts:
        """FL-11: the accounts."""
        return Counts(
            read=read,
            skipped=skipped,
            sent=read - skipped,
            error_table_1=error_1,
            error_table_2=error_2,
            applied=applied,
            duplicates=duplicates,
        )

    def summary(self, counts: Counts, load: Load) -> str:
        """FL-11: the end summary in the utility's layout."""
        lines = [f"Total Records Read  = {counts.read}"]
        if any(item.start is not None or item.thru is not None for item in load.inputs):
            lines += [
                f" skipped by RECORD command = {counts.skipped}",
                f" sent to the RDBMS  = {counts.sent}",
            ]
        lines += [
            f"Total Error Table 1 = {counts.error_table_1}",
            f"Total Error Table 2 = {counts.error_table_2}",
            f"Total Inserts Applied = {counts.applied}",
            f"Total Duplicate Rows = {counts.duplicates}",
        ]
        return "\n".join(lines)
