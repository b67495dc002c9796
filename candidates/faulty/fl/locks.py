"""Locks, the restart log and error tables' names, gone wrong (FL-14, FL-21, FL-22)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa

from candidates.faulty.changing import (
    ChangedCase,
    ChangedOutcome,
    InformedLoader,
    Left,
    loads_of,
    steps_of,
    with_steps,
)
from candidates.faulty.planting import planted
from candidates.polars.durable.workspace import STATE_FILE
from specs.contract import Emit, NamedError
from specs.contract.directories import CaseBundle, read_case_document
from specs.fastload.plan import Load, ReleaseLoad
from specs.fastload.report import RESTART_LOG
from specs.sql.statements import DropTable

# --- locks and release (FL-14) --------------------------------------------------------------------


@planted("FL-14")
class OnlyTheTargetIsLocked(ChangedOutcome):
    """A paused load locks its target but not its error tables."""

    def change(self, left: Left) -> None:
        left.set(locked=left.outcome.locked[:1])


@planted("FL-14")
class LocksAreForTheirOwnerOnly(ChangedOutcome):
    """Another job that touches a locked table is told that it completed."""

    def change(self, left: Left) -> None:
        if left.error == "table_being_loaded":
            left.end("completed", 0)


@planted("FL-14")
class ReleaseKeepsTheLocks(ChangedOutcome):
    """BEGIN and END LOADING alone leave the tables locked."""

    def change(self, left: Left) -> None:
        for step in steps_of(self.case):
            if left.completed and isinstance(step, ReleaseLoad):
                left.set(locked=(step.target, step.error_table_1, step.error_table_2))


@planted("FL-14")
class ReleaseOfNothingSucceeds(ChangedOutcome):
    """A release completes even when no load is paused."""

    def change(self, left: Left) -> None:
        if left.error == "no_job_to_release":
            left.end("completed", 0)


@planted("FL-14")
class LockOutlivesTheLoad(ChangedOutcome):
    """Error table 1 is still locked when the load has completed."""

    def change(self, left: Left) -> None:
        if left.completed:
            left.set(locked=tuple(load.error_table_1 for load in self.loads))


@planted("FL-14")
class ReleasedJobIsResumed(InformedLoader):
    """A load whose tables were released goes on when its script comes again."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        kept = workspace.with_name(workspace.name + "-kept")
        state = workspace / STATE_FILE
        if any(isinstance(s, ReleaseLoad) for s in steps_of(read_case_document(case))):
            if state.exists():
                shutil.rmtree(kept, ignore_errors=True)
                shutil.copytree(workspace, kept)
        elif kept.exists() and loads_of(read_case_document(case)):
            shutil.rmtree(workspace)
            shutil.copytree(kept, workspace)
        super().run(case, workspace, emit)


# --- the restart log (FL-21) ----------------------------------------------------------------------


@planted("FL-21")
class LogRowIsLeftBehind(ChangedOutcome):
    """The row in the restart log stays when the job has succeeded."""

    def change(self, left: Left) -> None:
        for load in self.loads if left.completed else ():
            row = {"LogTable": [load.target], "Phase": ["application"], "Records": [0]}
            left.set_rows(RESTART_LOG, pa.table(row))


@planted("FL-21")
class NoLogOfAPausedJob(ChangedOutcome):
    """A paused job has no row in the restart log."""

    def change(self, left: Left) -> None:
        left.drop(RESTART_LOG)


@planted("FL-21")
class NoLogOfAJobThatErrorsPaused(ChangedOutcome):
    """A job that a bad record or ERRLIMIT has paused has no row in the restart log."""

    def change(self, left: Left) -> None:
        if left.error in ("bad_record", "error_limit_reached"):
            left.drop(RESTART_LOG)


@planted("FL-21")
class LogForgetsItsCheckpoint(ChangedOutcome):
    """The restart log always tells 0 records read."""

    def change(self, left: Left) -> None:
        rows = left.rows(RESTART_LOG)
        if rows is not None:
            zeros = pa.array([0] * rows.num_rows, pa.int64())
            left.set_rows(RESTART_LOG, rows.set_column(2, "Records", zeros))


# --- the names of error tables (FL-22) ------------------------------------------------------------


@planted("FL-22")
class ErrorTablesAreTakenOver(ChangedCase):
    """Error tables of another job are dropped where they are in the way."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        def dropping(step: object) -> list[object]:
            if not isinstance(step, Load):
                return [step]
            names = (step.error_table_1, step.error_table_2)
            return [*(DropTable(table=name) for name in names), step]

        return with_steps(bundle, dropping)


@planted("FL-22")
class OrdinaryTablesAreTakenOver(ChangedCase):
    """A table under an error table's name is replaced when it is no error table."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        def dropping(step: object) -> list[object]:
            names = (step.error_table_1, step.error_table_2) if isinstance(step, Load) else ()
            return [*(DropTable(table=name) for name in names if name in bundle.tables), step]

        return with_steps(bundle, dropping)


@planted("FL-22")
class OwnErrorTablesAreRefused(ChangedOutcome):
    """A restart is refused because of the error tables that the job itself has made."""

    def change(self, left: Left) -> None:
        if self.resumes:
            error = NamedError(name="error_table_exists", message="the error tables exist")
            left.end("refused", 12, error)
