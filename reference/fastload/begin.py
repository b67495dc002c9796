"""BEGIN LOADING: what cannot be loaded is refused; else error tables, locks, a row in the log."""

from __future__ import annotations

from reference.fastload.loading import Loading
from reference.fastload.records import check_input
from reference.jobs import Refused
from reference.storage.tables import Table
from reference.system import JobRun, System
from reference.values.conversion import ImpossibleConversion, check_conversion, column_type
from specs.engines import is_own_table
from specs.fastload.error_tables import error_table_1_definition, error_table_2_definition
from specs.fastload.plan import Assignment, Input, Load
from specs.fastload.report import FastLoadReport, LoadReport, load_reports
from specs.sql.dateformats import names_a_day
from specs.sql.tables import Column, TableDefinition


def begin(run: JobRun, load: Load) -> Loading:
    """FL-01, FL-04, FL-05, FL-14, FL-21, FL-22: the load begins. Raises `Refused`."""
    # CHECK
    target = check_target(run, load)
    check_error_tables(run, load)
    check_inputs(target, load)
    for source in load.inputs:
        check_input(source, run.files)
    # RECORD
    create_error_tables(run, load, target)
    loading = Loading(load.target, load.error_table_1, load.error_table_2)
    run.job.open_load = loading
    run.job.count(blocks=0, bytes=0)
    report_load(run, load)
    run.commit("phase", phase=loading.phase)
    return loading


def check_target(run: JobRun, load: Load) -> TableDefinition:
    """FL-01, FL-04, FL-05: what cannot be loaded, in the order of the checks. Raises `Refused`."""
    name = load.target
    table = target_table(run.system, load)
    definition = table.definition
    if definition.view:
        raise Refused("target_is_view", f"{name} is a view; load its table")
    run.system.refuse_locked(name, load.error_table_1, load.error_table_2)
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
    if run.case.teradata.down_amps:
        down = ", ".join(map(str, run.case.teradata.down_amps))
        raise Refused("amp_down", f"AMP {down} is down; all AMPs must be up when a load begins")
    if table.rows:
        raise Refused(
            "target_not_empty",
            f"{name} holds {len(table.rows)} rows; only an empty table can be loaded",
        )
    return definition


def target_table(system: System, load: Load) -> Table:
    """FL-05: what is to be loaded. Raises `Refused`."""
    table = system.tables.get(load.target)
    if table is None:
        raise Refused("target_missing", f"there is no table {load.target}; create it first")
    return table


def check_error_tables(run: JobRun, load: Load) -> None:
    """FL-22: both names are free, and not the same. Raises `Refused`."""
    both_alike = load.error_table_1 == load.error_table_2
    for name in (load.error_table_1, load.error_table_2):
        if name in run.system.tables or both_alike or is_own_table(name):
            raise Refused(
                "error_table_exists",
                f"error table {name} exists; drop it after looking at its rows, or name another",
            )


def check_inputs(target: TableDefinition, load: Load) -> None:
    """FL-18 to FL-20: every input can be read and becomes rows of the target. Raises `Refused`."""
    for source in load.inputs:
        check_assigned(target, source)
    for source in load.inputs:
        check_format(source)
    for source in load.inputs:
        check_columns(target, source)


def check_assigned(target: TableDefinition, source: Input) -> None:
    """FL-19: INSERT names columns of the target. Raises `Refused`."""
    known = {name.casefold() for name in target.column_names}
    for assignment in source.assignments:
        if assignment.column.casefold() not in known:
            raise Refused(
                "columns_differ",
                f"{target.name} has no column {assignment.column}; "
                f"its columns: {', '.join(target.column_names)}",
            )


def check_format(source: Input) -> None:
    """FL-18: only delimited records can be read. Raises `Refused`."""
    if source.format != "VARTEXT":
        raise Refused(
            "unsupported_format",
            f"SET RECORD {source.format} of {source.file}: only VARTEXT can be read",
        )


def check_columns(target: TableDefinition, source: Input) -> None:
    """FL-20: a column that no text can become, such as one of bytes. Raises `Refused`.

    So is a date whose FORMAT names no day.
    """
    for assignment in source.assignments:
        column = target.column(assignment.column)
        try:
            check_conversion(
                column_type(assignment.conversion or "VARCHAR(1)"), column_type(column.type)
            )
        except ImpossibleConversion as error:
            raise Refused(
                "unsupported_format", f"column {column.name}: {error}; leave it out of the INSERT"
            ) from error
        form = assignment.format or column.format
        if form and reads_date(assignment, column) and not names_a_day(form):
            raise Refused(
                "unsupported_format",
                f"column {column.name}: FORMAT '{form}' names no day; give the field one that does",
            )


def reads_date(assignment: Assignment, column: Column) -> bool:
    """FL-20: whether a field's text, converted or not, is read as a date."""
    kind = column_type(assignment.conversion or "VARCHAR(1)")
    return kind.name == "DATE" or (kind.is_character and column_type(column.type).name == "DATE")


def create_error_tables(run: JobRun, load: Load, target: TableDefinition) -> None:
    """FL-08, FL-09: of edition seed both are alike."""
    first = error_table_1_definition(load.error_table_1)
    second = (
        error_table_1_definition(load.error_table_2)
        if run.case.edition == "seed"
        else error_table_2_definition(load.error_table_2, target)
    )
    run.system.tables[load.error_table_1] = Table(first, placed=False)
    run.system.tables[load.error_table_2] = Table(second, placed=False)


def report_load(run: JobRun, load: Load) -> None:
    """FL-11: the load's place in the report; its counts come when it ends."""
    report = LoadReport(
        target=load.target,
        error_table_1=load.error_table_1,
        error_table_2=load.error_table_2,
        sessions=sessions(load, run.system.hash_map.amps),
    )
    run.job.report = FastLoadReport(loads=(*load_reports(run.job.report), report))


def sessions(load: Load, amps: int) -> int:
    """FL-16: one per AMP unless SESSIONS says fewer; never more than AMPs."""
    return min(load.sessions or amps, amps)
