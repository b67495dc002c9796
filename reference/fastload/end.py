"""The end of a load: END LOADING is done, or the load is released. Both unlock its tables."""

from __future__ import annotations

import msgspec

from reference.fastload.apply import Applied
from reference.fastload.loading import AcquiredRow, Loading, Position
from reference.jobs import Refused
from reference.system import JobRun, System
from reference.values.equality import RowKeys
from specs.fastload.error_tables import DATA_PARCEL_BYTES, MAX_FIELD_NAME
from specs.fastload.errors import ERROR_CODES
from specs.fastload.plan import Input, Load, ReleaseLoad
from specs.fastload.report import Counts, FastLoadReport, load_reports
from specs.sql.tables import TableDefinition


def end(run: JobRun, load: Load, loading: Loading, applied: Applied) -> None:
    """FL-07, FL-11, FL-21, FL-22: put the rows into their tables, count them, release the locks."""
    # PLACE
    target = run.system.tables[loading.target]
    target.rows[:] = applied.kept
    target.sort()
    # RECORD
    record_violations(run, load, loading, applied.violations)
    errors = len(run.system.tables[loading.error_table_1].rows)
    counts = count(loading.checkpoint, errors, applied)
    complete_report(run, counts, end_summary(counts, record_given(load)))
    run.job.open_load = None
    drop_empty_error_tables(run.system, loading)


def release(run: JobRun, step: ReleaseLoad) -> None:
    """FL-14: give up a load of whatever job; its target stays, empty. Raises `Refused`.

    The job is forgotten: its script again is a new job.
    """
    # CHECK
    named = step.target, step.error_table_1, step.error_table_2
    for identity, job in run.system.jobs.items():
        if isinstance(job.open_load, Loading) and job.open_load.tables == named:
            # RECORD
            del run.system.jobs[identity]
            drop_empty_error_tables(run.system, job.open_load)
            return
    run.system.refuse_locked(*named)
    raise Refused(
        "no_job_to_release", f"no load of {step.target} is paused; there is nothing to release"
    )


def drop_empty_error_tables(system: System, loading: Loading) -> None:
    """FL-22: one with rows stays."""
    for name in (loading.error_table_1, loading.error_table_2):
        if not system.tables[name].rows:
            del system.tables[name]


# --- error table 2 -------------------------------------------------------------------------------


def record_violations(
    run: JobRun, load: Load, loading: Loading, violations: list[AcquiredRow]
) -> None:
    """FL-09: error table 2 has the target's columns; edition seed: those of error table 1."""
    table = run.system.tables[loading.error_table_2]
    target = run.system.tables[loading.target].definition
    for row in violations:
        if run.case.edition == "seed":
            code = ERROR_CODES["upi_violation"]
            field = key_field(target, load.inputs[row.record.input])
            table.append((row.record.data[:DATA_PARCEL_BYTES], code, field))
        else:
            table.append(row.values)


def key_field(target: TableDefinition, source: Input) -> str:
    """The DEFINE field that feeds the first index column, or that column's own name."""
    column = RowKeys(target).index_columns[0].name
    defined = {define.name.casefold(): define.name for define in source.fields}
    for assignment in source.assignments:
        if assignment.column.casefold() == column.casefold():
            return defined[assignment.field.casefold()][:MAX_FIELD_NAME]
    return column[:MAX_FIELD_NAME]


# --- the report ----------------------------------------------------------------------------------


def count(acquired: Position, errors: int, applied: Applied) -> Counts:
    """FL-11: read = skipped + sent; sent = error tables + applied + duplicates."""
    return Counts(
        read=acquired.records,
        skipped=acquired.skipped,
        sent=acquired.records - acquired.skipped,
        error_table_1=errors,
        error_table_2=len(applied.violations),
        applied=len(applied.kept),
        duplicates=applied.duplicates,
    )


def complete_report(run: JobRun, counts: Counts, summary: str) -> None:
    """FL-11: the counts of the job's last load, which `begin` has put into the report."""
    *others, begun = load_reports(run.job.report)
    ended = msgspec.structs.replace(begun, counts=counts, summary=summary)
    run.job.report = FastLoadReport(loads=(*others, ended))


def record_given(load: Load) -> bool:
    """FL-17: whether the script gave RECORD for any input of the load."""
    return any(source.start is not None or source.thru is not None for source in load.inputs)


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
