"""Checkpoints and restarts that go wrong (FL-13)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from candidates.faulty.changing import (
    ChangedCase,
    ChangedOutcome,
    InformedLoader,
    Left,
    loads_of,
    with_loads,
)
from candidates.faulty.hd.row_ids import set_numbered_backwards
from candidates.faulty.planting import planted
from candidates.polars.durable.workspace import STATE_FILE, read_state
from candidates.polars.fastload.records import Positions
from candidates.polars.storage.hash_maps import Amps, RowHashes
from candidates.polars.storage.steps import Uniqueness
from specs.contract import Emit
from specs.contract.directories import CaseBundle, read_case_document
from specs.fastload.plan import Load
from specs.fastload.report import FastLoadReport, load_reports


@planted("FL-13")
class RestartRepeatsABlock(InformedLoader):
    """A restart takes over what came before the last checkpoint twice."""

    def resume_from(self, frames: Callable[[], list[bytes]]) -> list[bytes]:
        durable = frames()
        return durable + durable[-1:]


@planted("FL-13")
class RestartForgetsEarlierCheckpoints(InformedLoader):
    """A restart takes over only what came between the last two checkpoints."""

    def resume_from(self, frames: Callable[[], list[bytes]]) -> list[bytes]:
        return frames()[-1:]


@planted("FL-13")
class RestartGoesBackOneCheckpoint(InformedLoader):
    """A restart goes on after the checkpoint before the last."""

    def resume_from(self, frames: Callable[[], list[bytes]]) -> list[bytes]:
        return frames()[:-1]


@planted("FL-13")
class CheckpointIsIgnored(InformedLoader):
    """CHECKPOINT is ignored."""

    def checkpoint_due(self, first: int, last: int, load: Load) -> list[int]:
        return []


@planted("FL-13")
class CheckpointTooEarly(InformedLoader):
    """A checkpoint is taken one record early."""

    def checkpoint_due(self, first: int, last: int, load: Load) -> list[int]:
        return [number - 1 for number in super().checkpoint_due(first, last, load) if number > 1]


@planted("FL-13")
class CheckpointsUnasked(ChangedCase):
    """Without CHECKPOINT, a restart goes on from checkpoints that were not asked for."""

    asked: bool

    def change(self, bundle: CaseBundle) -> CaseBundle:
        self.asked = any(load.checkpoint for load in loads_of(bundle.case))
        every = {} if self.asked else {"checkpoint": 1}
        return with_loads(bundle, lambda load: msgspec.structs.replace(load, **every))

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        def quietly(name: str, details: dict[str, Any]) -> None:
            if self.asked or name != "checkpoint":
                emit(name, details)

        super().run(case, workspace, quietly)


@planted("FL-13")
class ChangedInputIsNotNoticed(InformedLoader):
    """A restart does not notice that records before its checkpoint have changed."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        # It sees the files of the first start for ever.
        first_seen = workspace / "seen" / read_case_document(case).identity
        if not first_seen.exists():
            shutil.copytree(case, first_seen)
        super().run(first_seen, workspace, emit)


@planted("FL-13")
class CompletedJobReportsTwice(ChangedOutcome):
    """A completed job that is run again reports its loads a second time."""

    def change(self, left: Left) -> None:
        if left.completed and self.restarted:
            left.set(report=FastLoadReport(loads=load_reports(left.outcome.report) * 2))


@planted("FL-13")
class NumbersGoOnAfterARestart(InformedLoader):
    """After a restart, uniqueness goes on from the numbers of the first attempt."""

    def assign_uniqueness(self, amps: Amps, row_hash: RowHashes) -> Uniqueness:
        numbers = super().assign_uniqueness(amps, row_hash)
        return numbers + np.uint64(1) if self.restarted else numbers


@planted("FL-13")
class RestartedRowsAllOnAmpZero(ChangedOutcome):
    """After a restart every row is on AMP 0 under row hash 0, in valid order and numbers."""

    def change(self, left: Left) -> None:
        for load in self.loads if left.completed and self.restarted else ():
            rows = left.rows(load.target)
            if rows is not None:
                zeros = np.zeros(rows.num_rows, dtype=np.int32)
                numbers = np.arange(1, rows.num_rows + 1)
                left.set_placement(load.target, rows, amp=zeros, row_hash=zeros, uniqueness=numbers)


@planted("FL-13")
class RestartNumbersBackwards(ChangedOutcome):
    """After a restart the rows of a row hash are numbered from the last one that came."""

    def change(self, left: Left) -> None:
        for load in self.loads if left.completed and self.restarted else ():
            rows = left.rows(load.target)
            if rows is not None:
                set_numbered_backwards(left, load.target, rows)


@planted("FL-13")
class RestartedBlocksOnAmpZero(InformedLoader):
    """After a restart all blocks for a table without an index go to AMP 0."""

    def nopi_amp(self, blocks: Positions, amps: int, lost: Sequence[int]) -> Amps:
        dealt = super().nopi_amp(blocks, amps, lost)
        return np.zeros_like(dealt) if self.restarted else dealt


@planted("FL-13")
class CheckpointCountsSentRecordsOnly(InformedLoader):
    """CHECKPOINT n counts only the records that RECORD sends."""

    def checkpoint_due(self, first: int, last: int, load: Load) -> list[int]:
        start, _ = self.record_window(load.inputs[0], self.case.edition)
        due = super().checkpoint_due(max(first - start, 0), max(last - start, 0), load)
        return [number + start for number in due]


@planted("FL-13")
class RestartForgetsEarlierLoads(InformedLoader):
    """A restart in a later load of a script forgets the reports of the loads before it."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        state = read_state(workspace)
        record = state.jobs.get(read_case_document(case).identity)
        if record is not None and record.load is not None:
            record.report = None
            forgetful = workspace / "forgetful.json"  # whole or not at all, were the disk full
            forgetful.write_bytes(msgspec.json.encode(state))
            forgetful.replace(workspace / STATE_FILE)
        super().run(case, workspace, emit)
