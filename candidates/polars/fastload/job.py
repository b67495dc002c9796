"""The steps of a FastLoad script: statements, loads, releases (FL-01 to FL-26)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from msgspec.structs import replace

from candidates.polars.durable.checkpoints import CheckpointLog
from candidates.polars.durable.runs import SPILLED, RowStore, part_bounds
from candidates.polars.durable.state import StoredTable, TableKind
from candidates.polars.endings import Paused, Refused
from candidates.polars.fastload import open_loads
from candidates.polars.fastload.acquisition import Acquisition, unreadable
from candidates.polars.fastload.application import Application
from candidates.polars.fastload.messages import RELEASE_FIRST
from candidates.polars.fastload.open_loads import AppliedLoad, LoadProgress
from candidates.polars.fastload.reading import uncompressed_size
from candidates.polars.fastload.refusals import check_load
from candidates.polars.job import Job
from candidates.polars.statements import run_statement
from candidates.polars.storage import placement
from specs.contract.directories import DirectoryError
from specs.fastload.error_tables import error_table_1_definition, error_table_2_definition
from specs.fastload.plan import Load, ReleaseLoad
from specs.fastload.report import FastLoadReport, LoadReport, load_reports
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import TableDefinition

MAX_PARTS = 1024
"""Most parts of a target."""


class FastLoad:
    """The steps of one job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.system = job.system
        self.steps = job.steps
        self.workspace = job.system.workspace
        self._paused: tuple[LoadReport, ...] = ()

    def run_step(self, number: int, step: Any) -> None:
        """Run a step, or go on with it. Raises `Refused` and `Paused`."""
        match step:
            case CreateTable() | DropTable() | DeleteRows():
                run_statement(self.job, step)
            case Load():
                self.load(step)
            case ReleaseLoad():
                self.release(step)

    def report(self) -> FastLoadReport:
        """The loads that have ended, and the one that has paused."""
        return FastLoadReport(loads=load_reports(self.job.record.report) + self._paused)

    def load(self, load: Load) -> None:
        """BEGIN LOADING .. END LOADING. Raises `Refused` and `Paused`."""
        progress = self._progress
        if progress is None:
            self._begin(load)
        elif progress.errors is not None and progress.applied is None:
            # What the pause left is not error table 1 any more once the acquisition goes on.
            self._keep(replace(progress, records=0, errors=None))
            self.system.commit(durable=False)
        applied = None if progress is None else progress.applied
        if applied is None:
            try:
                applied = self._acquire_and_apply(load)
            except Paused:
                self._paused = (self._report(load),)
                raise
        self._tell_and_end(applied)

    def release(self, step: ReleaseLoad) -> None:
        """BEGIN LOADING and END LOADING alone: unlock and give up the restart (FL-14)."""
        system = self.system
        key = open_loads.holder(system, step)
        if key is None:
            system.refuse_locked([step.target, step.error_table_1, step.error_table_2])
            raise Refused(
                "no_job_to_release",
                f"no load of {step.target} with the error tables {step.error_table_1} and "
                f"{step.error_table_2} is open; name the three tables of one",
            )
        errors = open_loads.with_errors(system, key).errors
        if errors is not None and self.steps.keeps_error_table(errors.rows):
            system.put(step.error_table_1, errors)
        # Its script again is a new job.
        del system.state.jobs[key]

    # --- phases --------------------------------------------------------------------------------

    def _begin(self, load: Load) -> None:
        """Refusals in their order, then the lock."""
        check_load(self.job, load)
        self._clear_directory()
        self._keep(open_loads.begun(load))
        self.system.commit(durable=bool(load.checkpoint))

    def _acquire_and_apply(self, load: Load) -> AppliedLoad:
        job, system = self.job, self.system
        definition = system.definition(load.target)
        log = CheckpointLog(self.workspace, job.directory)
        acquisition = Acquisition(job, load, definition, self._store(load, definition), log)
        job.emit("phase", {"phase": "acquisition"})
        try:
            self._acquire(acquisition, load)
        except Paused:
            self._pause(acquisition, load)
            raise
        finally:
            log.close()
            job.count(
                blocks=acquisition.progress.blocks,
                bytes=acquisition.bytes,
                records=acquisition.progress.records,
                text_path_pieces=acquisition.processor.text_path_pieces,
                spilled_runs=acquisition.store.spilled,
            )
        applied = self._apply(acquisition, load, definition)
        # Phase 2 has begun once a restart need not acquire again: when its parts are durable.
        records = acquisition.progress.records
        self._keep(replace(open_loads.begun(load), records=records, applied=applied))
        system.commit(durable=False)
        return applied

    def _acquire(self, acquisition: Acquisition, load: Load) -> None:
        acquisition.run()
        if not load.end_loading:
            raise Paused(
                "end_loading_missing",
                f"the script ends before END LOADING of {load.target}, so the load is paused; the "
                "same script again only pauses again; to end the load with another script, "
                f"{RELEASE_FIRST}",
                return_code=0,
            )

    def _pause(self, acquisition: Acquisition, load: Load) -> None:
        progress = open_loads.begun(load)
        errors = open_loads.stored_errors(self.system, progress, acquisition.errors)
        self._keep(replace(progress, records=acquisition.durable_records, errors=errors))

    def _apply(
        self, acquisition: Acquisition, load: Load, definition: TableDefinition
    ) -> AppliedLoad:
        runs = acquisition.store.finish()
        application = Application(self.job, load, definition, runs)
        applied = application.run(acquisition.store.parts) if runs else []
        violations = [part.violations for part in applied if part.violations.height]
        progress, errors = acquisition.progress, acquisition.error_rows()
        rows = sum(part.rows for part in applied)
        counts = self.steps.counts(
            progress.records,
            progress.skipped,
            errors.height,
            sum(frame.height for frame in violations),
            rows,
            sum(part.duplicates for part in applied),
        )
        files = tuple(part.file for part in applied if part.file is not None)
        tables = {load.target: StoredTable(definition, "placed", files, rows)}
        first = error_table_1_definition(load.error_table_1)
        tables |= self._error_table(first, "plain", [errors])
        tables |= self._error_table(*self._second_error_table(load, definition), violations)
        report = replace(
            self._report(load), counts=counts, summary=self.steps.summary(counts, load)
        )
        return AppliedLoad(report, tables)

    def _tell_and_end(self, applied: AppliedLoad) -> None:
        """Phase 2's events; then the tables are unlocked and in their places."""
        record = self.job.record
        self.job.emit("phase", {"phase": "application"})
        for part in range(len(applied.tables[applied.report.target].files)):
            self.job.emit("part-written", {"part": part})
        for name, table in applied.tables.items():
            self.system.put(name, table)
        record.report = FastLoadReport(loads=(*load_reports(record.report), applied.report))
        self._keep(None)
        self._clear_directory()

    def _report(self, load: Load) -> LoadReport:
        """What is told of a load before its end."""
        return LoadReport(
            target=load.target,
            error_table_1=load.error_table_1,
            error_table_2=load.error_table_2,
            sessions=self.steps.sessions(load, self.system.hash_map.amps),
        )

    # --- what is kept --------------------------------------------------------------------------

    @property
    def _progress(self) -> LoadProgress | None:
        return open_loads.progress_of(self.system, self.job.key)

    def _keep(self, progress: LoadProgress | None) -> None:
        open_loads.keep(self.system, self.job.key, progress)

    def _clear_directory(self) -> None:
        """Forget the checkpoints and spilled rows of a load that has ended."""
        CheckpointLog(self.workspace, self.job.directory).remove()
        self._clear_spilled()

    def _clear_spilled(self) -> None:
        if not self.job.directory.exists():
            return
        with self.workspace.writing():
            for path in self.job.directory.glob(f"*{SPILLED}"):
                path.unlink()

    def _error_table(
        self, definition: TableDefinition, kind: TableKind, frames: Sequence[pl.DataFrame]
    ) -> dict[str, StoredTable]:
        rows = sum(frame.height for frame in frames)
        if not self.steps.keeps_error_table(rows):
            return {}
        file = self.workspace.new_file(definition.name)
        if frames:
            self.system.write_rows(file, definition, pl.concat(frames), kind)
        else:
            self.system.write_rows(file, definition, placement.empty_frame(definition), kind)
        return {definition.name: StoredTable(definition, kind, (file,), rows)}

    def _second_error_table(
        self, load: Load, target: TableDefinition
    ) -> tuple[TableDefinition, TableKind]:
        if self.job.case.edition == "seed":
            return error_table_1_definition(load.error_table_2), "plain"
        return error_table_2_definition(load.error_table_2, target), "unplaced"

    def _store(self, load: Load, definition: TableDefinition) -> RowStore:
        settings = self.job.settings
        size = 0
        for item in load.inputs:
            try:
                size += uncompressed_size(self.job.input(item.file))
            except (DirectoryError, OSError) as error:
                raise unreadable(item.file, error) from error
        parts = min(max(-(-size // settings.part_bytes), 1), MAX_PARTS)
        # NoPI rows of an AMP are in order of arrival, so an AMP cannot be divided by row hash.
        bounds = part_bounds(
            self.system.hash_map.amps, parts, within_amps=definition.primary_index is not None
        )
        self._clear_spilled()
        return RowStore(
            self.job.directory,
            settings.memory_budget,
            bounds,
            settings.rows_sorted_together,
            self.workspace.writing,
        )
