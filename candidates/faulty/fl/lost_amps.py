"""AMPs that are lost while a load runs, dealt with wrongly (FL-08, FL-12, FL-13, HD-14)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from candidates.faulty.changing import (
    ChangedCase,
    ChangedOutcome,
    InformedLoader,
    Left,
    column,
    with_document,
)
from candidates.faulty.planting import planted
from candidates.polars.fastload.records import Positions
from candidates.polars.fastload.steps import AMP_LOST_CODE
from candidates.polars.storage.hash_maps import Amps, HashMap, RowHashes
from specs.contract import NamedError
from specs.contract.directories import CaseBundle, definition_of
from specs.fastload.plan import Load
from specs.fastload.report import FastLoadReport, load_reports


@planted("FL-08")
class RowsOfALostAmpVanish(ChangedOutcome):
    """Rows of an AMP that is lost are neither loaded nor in error table 1."""

    def change(self, left: Left) -> None:
        for load in self.loads:
            rows = left.rows(load.error_table_1)
            if rows is not None:
                there = pc.not_equal(rows["ErrorCode"], AMP_LOST_CODE)
                left.set_rows(load.error_table_1, rows.filter(there))


@planted("FL-08")
class LostRowsAreNotCounted(ChangedOutcome):
    """Rows of a lost AMP are in error table 1 but not in the accounts."""

    def change(self, left: Left) -> None:
        reports = []
        for report in load_reports(left.outcome.report):
            rows, counts = left.rows(report.error_table_1), report.counts
            if rows is not None and counts is not None:
                lost = rows["ErrorCode"].to_pylist().count(AMP_LOST_CODE)
                read, captured = counts.read - lost, counts.error_table_1 - lost
                counts = msgspec.structs.replace(counts, read=read, error_table_1=captured)
            reports.append(msgspec.structs.replace(report, counts=counts))
        left.set(report=FastLoadReport(loads=tuple(reports)))


@planted("FL-08")
class OnlyOneAmpIsLost(ChangedCase):
    """Of several AMPs that are lost only the first is known to be."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        return with_document(bundle, faults=bundle.case.faults[:1])


@planted("FL-08")
class LoadWithoutAmpsPauses(ChangedOutcome):
    """A load into a table without an index pauses when no AMP is left to take its blocks."""

    def change(self, left: Left) -> None:
        lost = {fault.amp for fault in self.case.faults}
        placed = [definition_of(rows.schema) for _, rows in left.placed_tables()]
        unindexed = any(table.primary_index is None for table in placed)
        if unindexed and len(lost) == self.case.teradata.amps:
            left.end("paused", 12, NamedError(name="amp_unavailable", message="no AMP is left"))


@planted("FL-08")
class BlocksAreSentToALostAmp(ChangedOutcome):
    """Blocks of a table without an index are still sent to an AMP that is lost, and are gone."""

    def nopi_amp(self, blocks: Positions, amps: int, lost: Sequence[int]) -> Amps:
        return super().nopi_amp(blocks, amps, ())

    def change(self, left: Left) -> None:
        lost = [fault.amp for fault in self.case.faults]
        for name, rows in left.placed_tables():
            there = ~np.isin(column(rows, "_amp"), lost)
            left.set_rows(name, rows.filter(pa.array(there, pa.bool_())))


@planted("HD-14")
class BlocksOfLostAmpsGoToTheLowest(InformedLoader):
    """The blocks for a lost AMP all go to the lowest AMP that is up."""

    def nopi_amp(self, blocks: Positions, amps: int, lost: Sequence[int]) -> Amps:
        up = [amp for amp in range(amps) if amp not in lost] or [0]
        receiver = blocks % amps
        return np.where(np.isin(receiver, lost), up[0], receiver).astype(np.int32)


@planted("FL-12")
class LostRowsAreNoErrors(InformedLoader):
    """Once an AMP is lost ERRLIMIT no longer counts."""

    def error_limit_reached(self, errors: int, load: Load) -> bool:
        return not self.case.faults and super().error_limit_reached(errors, load)


@planted("FL-13")
class LostAmpIsUpAgainAfterARestart(InformedLoader):
    """A restarted load sends the rows of a lost AMP to the next one."""

    def amp_of(self, row_hash: RowHashes, hash_map: HashMap) -> Amps:
        amps = super().amp_of(row_hash, hash_map)
        lost = [fault.amp for fault in self.case.faults] if self.restarted else []
        for _ in lost:
            amps = np.where(np.isin(amps, lost), (amps + 1) % hash_map.amps, amps)
        return amps.astype(np.int32)
