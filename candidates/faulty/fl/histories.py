"""What goes wrong only in the course of several jobs (FL-13, FL-14, FL-15).

Each loader keeps a note of its own in the workspace, beside whatever the right one keeps there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from candidates.faulty.changing import (
    ChangedCase,
    ChangedOutcome,
    InformedLoader,
    Left,
    with_document,
    with_inputs,
)
from candidates.faulty.planting import planted
from specs.contract import Case, Emit
from specs.contract.directories import (
    CaseBundle,
    encode_document,
    read_case_document,
    read_outcome_document,
)
from specs.fastload.plan import ReleaseLoad


@planted("FL-13")
class SecondRestartRepeatsABlock(InformedLoader):
    """A second restart takes over the last block before the checkpoint twice."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        self.note = workspace / "restarted-once"
        super().run(case, workspace, emit)

    def resume_from(self, frames: Callable[[], list[bytes]]) -> list[bytes]:
        durable = frames()
        if not durable or not self.note.exists():
            self.note.write_bytes(b"")
            return durable
        return durable + durable[-1:]


@planted("FL-13")
class AnotherJobInheritsTheCheckpoint(ChangedCase):
    """A job that follows a stopped one leaves out the records up to the other's checkpoint."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        job, note = read_case_document(case).job, workspace / "checkpoint"
        owner, records = note.read_text().split() if note.exists() else (job, "0")
        self.inherited = int(records) if owner != job else 0

        def noting(name: str, details: dict[str, Any]) -> None:
            if name == "checkpoint":
                note.write_text(f"{job} {details['records']}")
            emit(name, details)

        super().run(case, workspace, noting)

    def change(self, bundle: CaseBundle) -> CaseBundle:
        if not self.inherited:
            return bundle
        return with_inputs(bundle, lambda source: replace(source, start=self.inherited + 1))


@planted("FL-14")
class ReleaseLeavesALock(ChangedOutcome):
    """A release leaves a lock on the target, which the jobs after it meet."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        self.note = workspace / "released"
        super().run(case, workspace, emit)

    def change(self, left: Left) -> None:
        if self.note.exists():
            left.set(locked=(*left.outcome.locked, self.note.read_text()))
        for step in self.case.steps if left.completed else ():
            if isinstance(step, ReleaseLoad):
                self.note.write_text(step.target)


@planted("FL-14")
class ChangedScriptGoesOnAsBefore(ChangedCase):
    """Another script under the id of an unfinished job goes on with that job as it was."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        self.note = workspace / f"unfinished-{read_case_document(case).job}"
        super().run(case, workspace, emit)
        if read_outcome_document(workspace / "outcome").status == "completed":
            self.note.unlink()

    def change(self, bundle: CaseBundle) -> CaseBundle:
        if not self.note.exists():
            self.note.write_bytes(encode_document(bundle.case))
        before = msgspec.json.decode(self.note.read_bytes(), type=Case)
        return with_document(bundle, script=before.script, plan=before.plan)


@planted("FL-15")
class FullDiskLosesErrorRows(ChangedOutcome):
    """Once a write has failed, the last row of error table 1 is never seen again."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        self.note = workspace / "a-write-has-failed"
        try:
            super().run(case, workspace, emit)
        except (OSError, ValueError):
            self.note.write_bytes(b"")  # without a byte in it, so that it needs no space
            raise

    def change(self, left: Left) -> None:
        for load in self.loads if self.note.exists() else ():
            rows = left.rows(load.error_table_1)
            if rows is not None and rows.num_rows:
                left.set_rows(load.error_table_1, rows.slice(0, rows.num_rows - 1))
