"""Open loads: what is durable of a load between BEGIN LOADING and the end of END LOADING."""

from __future__ import annotations

import msgspec
import polars as pl
import pyarrow as pa
from msgspec.structs import replace

from candidates.polars.durable.checkpoints import CheckpointLog, decode_frame
from candidates.polars.durable.state import OpenLoad, StoredTable
from candidates.polars.fastload.messages import RELEASE
from candidates.polars.fastload.pieces import empty_errors
from candidates.polars.system import System
from specs.fastload.engine import FASTLOAD
from specs.fastload.error_tables import error_table_1_definition
from specs.fastload.plan import Load, ReleaseLoad
from specs.fastload.report import RESTART_LOG, RESTART_LOG_DEFINITION, LoadReport

_LOG_SCHEMA = RESTART_LOG_DEFINITION.arrow_schema().remove_metadata()


class AppliedLoad(msgspec.Struct, frozen=True):
    """What a load has come to, before its tables are unlocked: the tables by name."""

    report: LoadReport
    tables: dict[str, StoredTable]


class LoadProgress(msgspec.Struct, frozen=True):
    """How far a load is: its row of the restart log, and what stands behind it.

    ``records``: how many are never acquired again, where ``errors`` or ``applied`` is known.
    ``errors``: error table 1 as anybody may read it while the load waits to go on. ``applied``
    once phase 2 is durable.
    """

    target: str
    error_table_1: str
    error_table_2: str
    records: int = 0
    errors: StoredTable | None = None
    applied: AppliedLoad | None = None

    @property
    def phase(self) -> str:
        return "acquisition" if self.applied is None else "application"

    @property
    def tables(self) -> tuple[str, str, str]:
        return self.target, self.error_table_1, self.error_table_2

    @property
    def files(self) -> tuple[str, ...]:
        """What the load keeps in ``outcome/``."""
        tables = [self.errors] if self.errors else []
        tables += self.applied.tables.values() if self.applied else ()
        return tuple(name for table in tables for name in table.files)


def begun(load: Load) -> LoadProgress:
    """A load as BEGIN LOADING leaves it."""
    return LoadProgress(load.target, load.error_table_1, load.error_table_2)


def keep(system: System, key: str, progress: LoadProgress | None) -> None:
    """How far the load of a job is; None when it has ended. The next commit makes it durable."""
    record = system.state.jobs[key]
    record.load = None
    if progress is not None:
        record.load = OpenLoad(
            engine=FASTLOAD.name,
            locked=progress.tables,
            files=progress.files,
            remedy=RELEASE,
            progress=msgspec.Raw(msgspec.json.encode(progress)),
        )


def progress_of(system: System, key: str) -> LoadProgress | None:
    """How far the load of a job is; None when the job has begun none that is still open."""
    load = system.state.jobs[key].load
    return None if load is None else msgspec.json.decode(load.progress, type=LoadProgress)


def holder(system: System, step: ReleaseLoad) -> str | None:
    """The job whose open load locks just the three tables that a release names; its key."""
    named = step.target, step.error_table_1, step.error_table_2
    keys = (key for key in _open_loads(system) if system.state.loads[key].locked == named)
    return next(keys, None)


def open_tables(system: System) -> dict[str, tuple[str, ...]]:
    """What open loads show (FL-14, FL-21): error table 1 and the restart log, the rest locked."""
    tables: dict[str, tuple[str, ...]] = {}
    log: list[tuple[str, str, int]] = []
    for key in _open_loads(system):
        progress = with_errors(system, key)
        assert progress.errors is not None
        tables |= dict.fromkeys(progress.tables, ())
        tables[progress.error_table_1] = progress.errors.files
        log.append((progress.target, progress.phase, progress.records))
    if log:
        file = system.workspace.new_file(RESTART_LOG)
        columns = zip(zip(*log, strict=True), _LOG_SCHEMA.types, strict=True)
        arrays = [pa.array(values, kind) for values, kind in columns]
        system.workspace.write_part(file, _LOG_SCHEMA, arrays)
        tables[RESTART_LOG] = (file,)
    return tables


def with_errors(system: System, key: str) -> LoadProgress:
    """How far an open load is, with error table 1 in a file: that of its last checkpoint.

    A load that has paused or shown its errors before has the file already.
    """
    progress = progress_of(system, key)
    assert progress is not None
    if progress.errors is not None:
        return progress
    if progress.applied is not None:
        applied = progress.applied.tables.get(progress.error_table_1)
        progress = replace(progress, errors=applied or stored_errors(system, progress, []))
    else:
        workspace = system.workspace
        log = CheckpointLog(workspace, workspace.job_directory(key))
        frames = [decode_frame(body) for body in log.frames()]
        errors = stored_errors(system, progress, [frame.errors for frame in frames])
        records = frames[-1].progress.records if frames else 0
        progress = replace(progress, records=records, errors=errors)
    keep(system, key, progress)
    return progress


def stored_errors(
    system: System, progress: LoadProgress, errors: list[pl.DataFrame]
) -> StoredTable:
    """Error table 1 of a load, written."""
    definition = error_table_1_definition(progress.error_table_1)
    rows = pl.concat([empty_errors(), *errors])
    file = system.workspace.new_file(progress.error_table_1)
    system.write_rows(file, definition, rows, "plain")
    return StoredTable(definition, "plain", (file,), rows.height)


def _open_loads(system: System) -> list[str]:
    """The jobs with an open FastLoad, by their keys."""
    return [key for key, load in system.state.loads.items() if load.engine == FASTLOAD.name]
