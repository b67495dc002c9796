"""The two phases gone wrong: blocks that get lost, and what phase 2 leaves (FL-06, FL-07)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from candidates.faulty.changing import ChangedOutcome, InformedLoader, Left, column
from candidates.faulty.hd.row_ids import LastComeFirstNumbered
from candidates.faulty.planting import planted
from candidates.polars.columns.values import Mask
from candidates.polars.fastload.fields import Fields
from candidates.polars.fastload.records import Bounds, Positions, cut_blocks
from specs.fastload.error_tables import error_table_1_schema
from specs.fastload.plan import Input
from specs.fastload.report import load_reports

_NONE = np.zeros(0, dtype=np.int64)


class _LostRecords(InformedLoader):
    """Some records become neither a row nor an error."""

    typed_parse = False

    def lost(self, lengths: Positions, blocks: Positions) -> Mask:
        """Which records, by their bytes and the block in which they travel."""
        raise NotImplementedError

    def split_fields(self, data: bytes, bounds: Bounds, item: Input) -> Fields:
        fields = super().split_fields(data, bounds, item)
        lengths = bounds.ends - bounds.starts
        blocks, _ = cut_blocks(lengths, self.case.teradata.block_bytes, -1, _NONE)
        lost = self.lost(lengths, blocks)
        frame = fields.frame.filter(~lost[fields.good])
        return Fields(frame, fields.good[~lost[fields.good]], fields.bad[~lost[fields.bad]])


# --- phase 1 (FL-06) ------------------------------------------------------------------------------


@planted("FL-06")
class LastShortBlockIsLost(_LostRecords):
    """The last block is not sent unless it is full."""

    def lost(self, lengths: Positions, blocks: Positions) -> Mask:
        last = blocks == blocks[-1:]
        short = int(lengths[last].sum()) < self.case.teradata.block_bytes
        return last if short else np.zeros_like(last)


@planted("FL-06")
class RecordAtTheCutIsLost(_LostRecords):
    """The record that does not fit into a block any more is lost between two blocks."""

    def lost(self, lengths: Positions, blocks: Positions) -> Mask:
        return np.diff(blocks, prepend=0) > 0


@planted("FL-06")
class HighAmpsAreNeverWritten(ChangedOutcome):
    """Rows of AMPs above the sixteenth are never written."""

    def change(self, left: Left) -> None:
        for name, rows in left.placed_tables():
            left.set_rows(name, rows.filter(pa.array(column(rows, "_amp") < 16, pa.bool_())))


@planted("FL-06")
class TargetReadableInPhaseOne(ChangedOutcome):
    """The target can be read while its load is still in phase 1."""

    def change(self, left: Left) -> None:
        if left.outcome.status == "paused":
            left.set_rows(self.loads[0].target, error_table_1_schema().empty_table())


@planted("FL-06")
class DecimalsAreFloats(ChangedOutcome):
    """Decimals are kept as floats."""

    def change(self, left: Left) -> None:
        for name, rows in left.placed_tables():
            for at, field in enumerate(rows.schema):
                if pa.types.is_decimal(field.type):
                    floats = rows.column(at).cast(pa.decimal128(38, field.type.scale))
                    rows = rows.set_column(at, field.name, floats.cast(pa.float64()))
            left.set_rows(name, rows)


@planted("FL-06")
class BlocksAreCountedByRecords(ChangedOutcome):
    """Each record is told as a block of its own, and one block more at the end."""

    def change(self, left: Left) -> None:
        records = sum(load.counts.sent for load in load_reports(left.outcome.report) if load.counts)
        left.set(work={**left.outcome.work, "blocks": records + 1})


# --- phase 2 (FL-07) ------------------------------------------------------------------------------


@planted("FL-07")
class LocksAreNotReleased(ChangedOutcome):
    """The target is still locked when the load has completed."""

    def change(self, left: Left) -> None:
        if left.completed:
            left.set(locked=tuple(load.target for load in self.loads))


@planted("FL-07")
class EmptyErrorTableIsKept(ChangedOutcome):
    """Error table 1 is kept even when it is empty."""

    def change(self, left: Left) -> None:
        for load in self.loads if left.completed else ():
            if load.error_table_1 not in left.outcome.tables:
                left.set_rows(load.error_table_1, error_table_1_schema().empty_table())


@planted("FL-07")
class ErrorTablesAreDropped(InformedLoader):
    """Error tables are dropped at the end even when they hold rows."""

    def keeps_error_table(self, rows: int) -> bool:
        return False


@planted("FL-07")
class RowsInOrderOfArrival(ChangedOutcome):
    """Rows are written without being sorted by their row hash."""

    def change(self, left: Left) -> None:
        for name, rows in left.placed_tables():
            left.set_rows(name, rows.take(np.arange(rows.num_rows)[::-1]))


@planted("FL-07")
class LaterRowsAreNumberedFirst(LastComeFirstNumbered):
    """Phase 2 numbers the rows of a row hash from the last one that was sent."""


@planted("FL-07")
class LastPartIsNotWritten(ChangedOutcome):
    """The rows of the last AMP are not written when there are several AMPs."""

    def change(self, left: Left) -> None:
        last = self.case.teradata.amps - 1
        for name, rows in left.placed_tables() if last else ():
            left.set_rows(name, rows.filter(pa.array(column(rows, "_amp") != last, pa.bool_())))
