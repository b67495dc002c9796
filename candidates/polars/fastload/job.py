"""FastLoad: refusals, lock, phase 1, phase 2, pause, release and the end (FL-01 to FL-22)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl
from msgspec.structs import replace

from candidates.polars.columns.conversion import ImpossibleConversion, check_conversion
from candidates.polars.columns.values import column_type, type_of
from candidates.polars.distribution import placement
from candidates.polars.durable.checkpoints import CheckpointLog, decode_frame
from candidates.polars.durable.runs import RowStore, part_bounds
from candidates.polars.durable.workspace import AppliedLoad, LoadJob, StoredTable, TableKind
from candidates.polars.endings import RELEASE_FIRST, Paused, Refused
from candidates.polars.fastload.acquisition import Acquisition, unreadable
from candidates.polars.fastload.application import Application
from candidates.polars.fastload.pieces import empty_errors
from candidates.polars.fastload.reading import input_path, uncompressed_size
from candidates.polars.system import System
from specs.contract import ErrorName, LoadReport
from specs.fastload.plan import Load, ReleaseLoad
from specs.sql.tables import (
    TableDefinition,
    error_table_1_definition,
    error_table_2_definition,
)

PART_INPUT_BYTES = 24 << 20
"""About how much input makes one part of the target; bounds the memory of phase 2."""

MAX_PARTS = 1024


class Sizes(NamedTuple):
    """``piece_bytes``: input read at a time; ``memory_budget``: bytes of rows kept in memory."""

    piece_bytes: int = 16 << 20
    memory_budget: int = 400 << 20


class FastLoad:
    """The load steps of one case."""

    def __init__(self, system: System, sizes: Sizes) -> None:
        self.system = system
        self.steps = system.steps
        self.workspace = system.workspace
        self.sizes = sizes

    def load(self, number: int, load: Load) -> None:
        """BEGIN LOADING .. END LOADING. Raises `Refused` and `Paused`."""
        if self.workspace.state.job is None:
            self._begin(number, load)
        elif self._job.errors is not None and self._job.applied is None:
            # What the pause left is not error table 1 any more once the acquisition goes on.
            self.workspace.state.job = replace(self._job, errors=None, error_rows=0)
            self.system.commit(durable=False)
        log = CheckpointLog(self.workspace)
        try:
            if self._job.applied is None:
                self._acquire_and_apply(load, log)
        finally:
            log.close()
        self._tell_and_end(number)
        log.remove()
        self.workspace.clear_scratch()

    def release(self, step: ReleaseLoad) -> None:
        """BEGIN LOADING and END LOADING alone: unlock and give up the restart (FL-14)."""
        state = self.workspace.state
        job = state.job
        if job is None:
            raise Refused("no_job_to_release", f"no load of {step.target} is paused")
        if job.tables != (step.target, step.error_table_1, step.error_table_2):
            self.system.refuse_locked([step.target, step.error_table_1, step.error_table_2])
            raise Refused(
                "no_job_to_release",
                f"the paused load is that of {', '.join(job.tables)}; name these three",
            )
        job = self.with_errors(job)
        if job.errors is not None and self.steps.keeps_error_table(job.error_rows):
            self.system.tables[job.error_table_1] = StoredTable(
                error_table_1_definition(job.error_table_1),
                "error-1",
                (job.errors,),
                job.error_rows,
            )
        state.job = None
        self.system.commit(durable=True)
        CheckpointLog(self.workspace).remove()

    def with_errors(self, job: LoadJob) -> LoadJob:
        """The job with error table 1 in a file, made from the checkpoints where it has none."""
        if job.errors is not None:
            return job
        frames = []
        if job.applied is None:
            frames = [decode_frame(body) for body in CheckpointLog(self.workspace).frames()]
        errors = pl.concat([empty_errors(), *(frame.errors for frame in frames)])
        records = frames[-1].progress.records if frames else 0
        return self._with_error_file(replace(job, records=records), errors)

    # --- phases --------------------------------------------------------------------------------

    def _begin(self, number: int, load: Load) -> None:
        """Refusals in their order, then the lock."""
        refused = self._refusal(load)
        if refused is not None:
            raise Refused(*refused)
        for item in load.inputs:
            if input_path(self.system.directory / "files", item.file) is None:
                raise Refused(
                    "input_unreadable", f"there is no file {item.file}; correct DEFINE .. FILE="
                )
        state = self.workspace.state
        state.job = LoadJob(load.target, load.error_table_1, load.error_table_2)
        state.step = number
        CheckpointLog(self.workspace).remove()
        self.system.commit(durable=False)

    def _acquire_and_apply(self, load: Load, log: CheckpointLog) -> None:
        system = self.system
        definition = system.definition(load.target)
        acquisition = Acquisition(
            self.steps,
            system.case,
            system.directory / "files",
            load,
            definition,
            self._store(load, definition),
            log,
            system.emit,
        )
        system.emit("phase", {"phase": "acquisition"})
        try:
            self._acquire(acquisition, load)
        except Paused:
            job = replace(self._job, records=acquisition.durable_records)
            self.workspace.state.job = self._with_error_file(job, acquisition.error_rows())
            raise
        finally:
            system.count(
                blocks=acquisition.progress.blocks,
                bytes=acquisition.bytes,
                records=acquisition.progress.records,
                text_path_pieces=acquisition.processor.text_path_pieces,
                spilled_runs=acquisition.store.spilled,
            )
        applied = self._apply(acquisition, load, definition)
        # Phase 2 has begun once a restart need not acquire again: when its parts are durable.
        self.workspace.state.job = replace(self._job, applied=applied)
        system.commit(durable=False)

    def _acquire(self, acquisition: Acquisition, load: Load) -> None:
        acquisition.run(self.sizes.piece_bytes)
        if not load.end_loading:
            raise Paused(
                "end_loading_missing",
                f"the script ends before END LOADING of {load.target}, so the load is paused; the "
                "same script again only pauses again; to end the load with another script, "
                f"{RELEASE_FIRST}",
                return_code=0,
            )

    def _apply(
        self, acquisition: Acquisition, load: Load, definition: TableDefinition
    ) -> AppliedLoad:
        system = self.system
        runs = acquisition.store.finish()
        application = Application(
            self.steps,
            self.workspace,
            load,
            definition,
            system.hash_map,
            system.case.edition,
            runs,
        )
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
        tables = {load.target: StoredTable(definition, "rows", files, rows)}
        first = error_table_1_definition(load.error_table_1)
        tables |= self._error_table(first, "error-1", [errors])
        tables |= self._error_table(*self._second_error_table(load, definition), violations)
        report = LoadReport(
            target=load.target,
            error_table_1=load.error_table_1,
            error_table_2=load.error_table_2,
            sessions=self.steps.sessions(load, system.case.cluster.amps),
            counts=counts,
            summary=self.steps.summary(counts, load),
        )
        return AppliedLoad(report, tables)

    def _tell_and_end(self, number: int) -> None:
        """Phase 2's events; then the tables are unlocked and in their places."""
        system, state = self.system, self.workspace.state
        applied = self._job.applied
        assert applied is not None
        system.emit("phase", {"phase": "application"})
        for part in range(len(applied.tables[applied.report.target].files)):
            system.emit("part-written", {"part": part})
        for name, table in applied.tables.items():
            system.put(name, table)
        state.loads += (applied.report,)
        state.job = None
        state.step = number + 1

    @property
    def _job(self) -> LoadJob:
        job = self.workspace.state.job
        assert job is not None
        return job

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
        if self.system.case.edition == "seed":
            return error_table_1_definition(load.error_table_2), "error-1"
        return error_table_2_definition(load.error_table_2, target), "error-2"

    def _with_error_file(self, job: LoadJob, errors: pl.DataFrame) -> LoadJob:
        file = self.workspace.new_file(job.error_table_1)
        definition = error_table_1_definition(job.error_table_1)
        self.system.write_rows(file, definition, errors, "error-1")
        return replace(job, errors=file, error_rows=errors.height)

    def _store(self, load: Load, definition: TableDefinition) -> RowStore:
        amps = self.system.case.cluster.amps
        size = 0
        for item in load.inputs:
            path = self.system.directory / "files" / item.file
            try:
                size += uncompressed_size(path)
            except OSError as error:
                raise unreadable(path, error) from error
        parts = min(max(-(-size // PART_INPUT_BYTES), 1), MAX_PARTS)
        # NoPI rows of an AMP are in order of arrival, so an AMP cannot be divided by row hash.
        bounds = part_bounds(amps, parts, within_amps=definition.primary_index is not None)
        return RowStore(
            self.workspace.clear_scratch(),
            self.sizes.memory_budget,
            bounds,
            self.steps.rows_sorted_together,
            self.workspace.writing,
        )

    # --- refusals ------------------------------------------------------------------------------

    def _refusal(self, load: Load) -> tuple[ErrorName, str] | None:
        """FL-01, FL-04, FL-05, FL-22, in the order in which BEGIN LOADING checks."""
        system = self.system
        target = system.tables.get(load.target)
        if target is None:
            return "target_missing", f"there is no table {load.target}; create it first"
        definition = target.definition
        if definition.view:
            return "target_is_view", f"{load.target} is a view; load the table under it"
        system.refuse_locked([load.target, load.error_table_1, load.error_table_2])
        if definition.partitioned and definition.primary_index is None:
            return "target_partitioned_nopi", f"{load.target} is partitioned and has no index"
        if definition.attached:
            return (
                "target_has_attachment",
                f"{load.target} has {', '.join(definition.attached)}; drop that before loading",
            )
        down = system.case.cluster.down_amps
        if down:
            return "amp_down", f"AMPs {', '.join(map(str, down))} are down; all have to be up"
        if system.row_count(load.target):
            return "target_not_empty", f"{load.target} holds rows; FastLoad needs an empty table"
        for name in (load.error_table_1, load.error_table_2):
            if name in system.tables:
                return "error_table_exists", f"the error table {name} exists; drop it first"
        for item in load.inputs:
            if item.format != "VARTEXT":
                return (
                    "unsupported_format",
                    f"SET RECORD {item.format} is not supported; use VARTEXT",
                )
            for assignment in item.assignments:
                column = definition.column(assignment.column)
                source = column_type(assignment.conversion or "VARCHAR(1)")
                try:
                    check_conversion(source, type_of(column))
                except ImpossibleConversion as error:
                    return "unsupported_format", f"column {column.name}: {error}"
        return None
