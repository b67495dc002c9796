"""A FastLoad script: its steps, and one load from BEGIN LOADING to END LOADING (FL-01 to FL-26)."""

from __future__ import annotations

from reference.fastload.acquisition import Acquisition
from reference.fastload.application import apply, record_violations
from reference.fastload.records import check_input
from reference.steps import create_table, delete, drop_table
from reference.storage.tables import Table
from reference.system import (
    Checkpoint,
    InputFiles,
    Journal,
    LoadJob,
    Paused,
    Refused,
    Run,
    System,
)
from reference.values.conversion import ImpossibleConversion, check_conversion, column_type
from specs.contract import Case
from specs.fastload.error_tables import error_table_1_definition, error_table_2_definition
from specs.fastload.plan import FastLoadStep, Input, Load, ReleaseLoad
from specs.fastload.report import Counts, LoadReport
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import TableDefinition


def run_step(
    system: System, run: Run, case: Case, step: FastLoadStep, files: InputFiles, journal: Journal
) -> None:
    """FL-23: one step of a script. Raises `Refused` or `Paused` when the script ends there."""
    match step:
        case CreateTable():
            create_table(system, step)
        case DropTable():
            drop_table(system, run, step)
        case DeleteRows():
            delete(system, run, step)
        case Load():
            load(system, run, case, step, files, journal)
        case ReleaseLoad():
            release(system, run, step)


def load(
    system: System, run: Run, case: Case, step: Load, files: InputFiles, journal: Journal
) -> None:
    """One load: begin or resume, acquire (phase 1), apply (phase 2), end.

    Raises `Refused` when nothing was begun, `Paused` when the load stays locked and restartable.
    """
    report = LoadReport(
        target=step.target,
        error_table_1=step.error_table_1,
        error_table_2=step.error_table_2,
        sessions=sessions(step, case),
    )
    job = system.job
    if job is None:
        # CHECK
        begin_loading(system, case, step, files)
        job = system.job = LoadJob(step.target, step.error_table_1, step.error_table_2)
        journal("phase", {"phase": "acquisition"})
    try:
        # CONVERT, and RECORD what cannot be converted
        if job.phase == "acquisition":
            here = Acquisition(system, run, case, step, job, files).run(journal)
            end_acquisition(job, step, here)
            journal("phase", {"phase": "application"})
    except Paused:
        run.paused_load = report
        raise
    # PLACE
    applied = apply(system, job, case.edition, journal)
    # RECORD
    system.tables[job.target].rows[:] = applied.kept
    system.tables[job.target].sort()
    record_violations(system, job, step, case.edition, applied.violations)
    counts = Counts(
        read=job.checkpoint.records,
        skipped=job.checkpoint.skipped,
        sent=job.checkpoint.records - job.checkpoint.skipped,
        error_table_1=len(system.tables[job.error_table_1].rows),
        error_table_2=len(applied.violations),
        applied=len(applied.kept),
        duplicates=applied.duplicates,
    )
    end_job(system, job)
    run.loads.append(
        LoadReport(
            target=step.target,
            error_table_1=step.error_table_1,
            error_table_2=step.error_table_2,
            sessions=report.sessions,
            counts=counts,
            summary=end_summary(counts, record_given(step)),
        )
    )


def sessions(step: Load, case: Case) -> int:
    """FL-16: one per AMP unless SESSIONS says fewer; never more than AMPs."""
    return min(step.sessions or case.teradata.amps, case.teradata.amps)


def begin_loading(system: System, case: Case, step: Load, files: InputFiles) -> None:
    """FL-01, FL-04, FL-05, FL-22: refuse, or create the error tables. Raises `Refused`."""
    check_target(system, case, step)
    for name in (step.error_table_1, step.error_table_2):
        if name in system.tables or step.error_table_1 == step.error_table_2:
            raise Refused(
                "error_table_exists",
                f"error table {name} exists; drop it after looking at its rows, or name another",
            )
    for source in step.inputs:
        if source.format != "VARTEXT":
            raise Refused(
                "unsupported_format",
                f"SET RECORD {source.format} of {source.file}: only VARTEXT can be read",
            )
    for source in step.inputs:
        check_types(system.tables[step.target].definition, source)
    for source in step.inputs:
        check_input(source, files)
    target = system.tables[step.target].definition
    first = error_table_1_definition(step.error_table_1)
    second = (
        error_table_1_definition(step.error_table_2)
        if case.edition == "seed"
        else error_table_2_definition(step.error_table_2, target)
    )
    system.tables[step.error_table_1] = Table(first, placed=False)
    system.tables[step.error_table_2] = Table(second, placed=False)


def check_target(system: System, case: Case, step: Load) -> None:
    """FL-01, FL-04, FL-05: what cannot be loaded, in the order of the checks. Raises `Refused`."""
    name = step.target
    table = system.tables.get(name)
    if table is None:
        raise Refused("target_missing", f"there is no table {name}; create it first")
    definition = table.definition
    if definition.view:
        raise Refused("target_is_view", f"{name} is a view; load its table")
    system.refuse_locked(name, step.error_table_1, step.error_table_2)
    if definition.partitioned and definition.primary_index is None:
        raise Refused(
            "target_partitioned_nopi",
            f"{name} is partitioned and has no primary index; load an unpartitioned table",
        )
    if definition.attached:
        raise Refused(
            "target_has_attachment",
            f"{name} has: {', '.join(definition.attached)}; drop these, load, and make them again",
        )
    if case.teradata.down_amps:
        down = ", ".join(map(str, case.teradata.down_amps))
        raise Refused("amp_down", f"AMP {down} is down; all AMPs must be up when a load begins")
    if table.rows:
        raise Refused(
            "target_not_empty",
            f"{name} holds {len(table.rows)} rows; only an empty table can be loaded",
        )


def check_types(definition: TableDefinition, source: Input) -> None:
    """FL-20: a column that no text can become, such as one of bytes. Raises `Refused`."""
    for assignment in source.assignments:
        column = definition.column(assignment.column)
        try:
            check_conversion(
                column_type(assignment.conversion or "VARCHAR(1)"), column_type(column.type)
            )
        except ImpossibleConversion as error:
            raise Refused(
                "unsupported_format", f"column {column.name}: {error}; leave it out of the INSERT"
            ) from error


def end_acquisition(job: LoadJob, step: Load, here: Checkpoint) -> None:
    """FL-07: END LOADING starts phase 2 and is itself a checkpoint. Raises `Paused` without it."""
    if not step.end_loading:
        raise Paused(
            "end_loading_missing",
            f"the script ends before END LOADING, so {job.target} stays locked; to change the "
            "script, release the load first (BEGIN LOADING + END LOADING alone)",
            return_code=0,
        )
    job.checkpoint = here
    job.phase = "application"


def end_job(system: System, job: LoadJob) -> None:
    """FL-07, FL-21, FL-22: unlock, forget the job, drop the error tables that are empty."""
    system.job = None
    for name in (job.error_table_1, job.error_table_2):
        if not system.tables[name].rows:
            del system.tables[name]


def release(system: System, run: Run, step: ReleaseLoad) -> None:
    """FL-14: give up the paused job; its target stays, empty. Raises `Refused`."""
    job = system.job
    named = step.target, step.error_table_1, step.error_table_2
    if job is None or job.tables != named:
        system.refuse_locked(*named)
        raise Refused(
            "no_job_to_release", f"no load of {step.target} is paused; there is nothing to release"
        )
    end_job(system, job)
    run.released = True


def record_given(step: Load) -> bool:
    """Whether the script gave RECORD for any input of the load."""
    return any(source.start is not None or source.thru is not None for source in step.inputs)


def end_summary(counts: Counts, with_record: bool) -> str:
    """FL-11: the accounts in the utility's layout; lines two and three only after RECORD."""
    lines = [f"Total Records Read  = {counts.read}"]
    if with_record:
        lines.append(f" skipped by RECORD command = {counts.skipped}")
        lines.append(f" sent to the RDBMS  = {counts.sent}")
    lines += [
        f"Total Error Table 1 = {counts.error_table_1}",
        f"Total Error Table 2 = {counts.error_table_2}",
        f"Total Inserts Applied = {counts.applied}",
        f"Total Duplicate Rows = {counts.duplicates}",
    ]
    return "\n".join(lines)
