"""The statements that jobs of every engine may hold: CREATE TABLE, DROP TABLE, DELETE."""

from __future__ import annotations

from typing import TypeAlias

from reference.jobs import USER_ERROR, Refused
from reference.storage.tables import Table, delete_rows
from reference.system import JobRun
from specs.engines import is_own_table
from specs.sql.literals import LiteralError, check_literal
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import TableDefinition

Statement: TypeAlias = CreateTable | DropTable | DeleteRows


def run_statement(run: JobRun, step: Statement) -> None:
    """One statement. Raises `Refused` when the job ends there."""
    match step:
        case CreateTable():
            create_table(run, step)
        case DropTable():
            drop_table(run, step)
        case DeleteRows():
            delete(run, step)


def create_table(run: JobRun, step: CreateTable) -> None:
    """CREATE TABLE; a taken name is refused. Raises `Refused`."""
    name, tables = step.definition.name, run.system.tables
    # CHECK
    run.system.refuse_locked(name)
    if name in tables or is_own_table(name):
        raise Refused(
            "table_exists", f"{name} exists; drop it first, or leave CREATE out", USER_ERROR
        )
    # RECORD
    tables[name] = Table(step.definition)


def drop_table(run: JobRun, step: DropTable) -> None:
    """DROP TABLE; a missing table is a warning. Raises `Refused` for a locked one."""
    # CHECK
    run.system.refuse_locked(step.table)
    # RECORD
    if run.system.tables.pop(step.table, None) is None:
        run.job.warn("target_missing", f"DROP TABLE {step.table}: there is no such table")


def delete(run: JobRun, step: DeleteRows) -> None:
    """DELETE FROM; a missing table is a warning.

    Raises `Refused` for a locked one, or one whose columns are not those that WHERE is about.
    """
    # CHECK
    run.system.refuse_locked(step.table)
    table = run.system.tables.get(step.table)
    if table is None:
        run.job.warn("target_missing", f"DELETE FROM {step.table}: there is no such table")
        return
    check_condition(table.definition, step)
    # RECORD
    delete_rows(table, step.column, step.value)


def check_condition(definition: TableDefinition, step: DeleteRows) -> None:
    """WHERE is about a column of the table and a value of its type. Raises `Refused`."""
    if step.column is None:
        return
    try:
        column = definition.column(step.column)
        if step.value is not None:
            check_literal(step.value, column.column_type)
    except (KeyError, LiteralError) as error:
        found = error if isinstance(error, LiteralError) else f"no column {step.column}"
        raise Refused(
            "columns_differ", f"DELETE FROM {step.table}: {found}; look at its columns", USER_ERROR
        ) from error
