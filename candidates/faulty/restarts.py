"""Checkpoints and restarts that go wrong (FL-13)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
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
from candidates.faulty.planting import planted
from candidates.polars.hash_maps import Amps, RowHashes
from candidates.polars.steps import Uniqueness
from candidates.polars.workspace import case_digest
from specs.contract import Emit
from specs.directories import CaseBundle, read_case_document
from specs.plans import Load


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
    """Without CHECKPOINT, a restart goes on from checkpoints that nobody asked for."""

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
        first_seen = workspace / "seen" / case_digest(read_case_document(case))
        if not first_seen.exists():
            shutil.copytree(case, first_seen)
        super().run(first_seen, workspace, emit)


@planted("FL-13")
class CompletedJobReportsTwice(ChangedOutcome):
    """A completed job that is run again reports its loads a second time."""

    def change(self, left: Left) -> None:
        if left.completed and self.restarted:
            left.set(loads=left.outcome.loads * 2)


@planted("FL-13")
class NumbersGoOnAfterARestart(InformedLoader):
    """After a restart, uniqueness goes on from the numbers of the first attempt."""

    def assign_uniqueness(self, amps: Amps, row_hash: RowHashes) -> Uniqueness:
        numbers = super().assign_uniqueness(amps, row_hash)
        return numbers + np.uint64(1) if self.restarted else numbers
