"""Statements that every Teradata job may hold: CREATE TABLE, DROP TABLE, DELETE."""

from __future__ import annotations

import polars as pl

from candidates.polars.columns.literals import literal_key
from candidates.polars.columns.values import equality_key, type_of
from candidates.polars.durable.state import StoredTable
from candidates.polars.endings import USER_ERROR, Refused
from candidates.polars.job import Job
from specs.engines import is_own_table
from specs.sql.literals import LiteralError, check_literal
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, TableDefinition

Statement = CreateTable | DropTable | DeleteRows


def run_statement(job: Job, statement: Statement) -> None:
    """Run a statement. Raises `Refused`, above all for a locked table (FL-14)."""
    match statement:
        case CreateTable():
            create_table(job, statement)
        case DropTable():
            drop_table(job, statement)
        case DeleteRows():
            delete_rows(job, statement)


def create_table(job: Job, statement: CreateTable) -> None:
    """CREATE TABLE. Raises `Refused` when the name is taken."""
    name = statement.definition.name
    job.system.refuse_locked([name])
    if name in job.system.tables or is_own_table(name):
        raise Refused(
            "table_exists", f"a table {name} exists; drop it before creating it", USER_ERROR
        )
    job.system.put(name, StoredTable(statement.definition))


def drop_table(job: Job, statement: DropTable) -> None:
    """DROP TABLE; a missing table is a warning."""
    job.system.refuse_locked([statement.table])
    if not job.system.drop(statement.table):
        job.warn("target_missing", f"DROP TABLE {statement.table}: there is no such table")


def delete_rows(job: Job, statement: DeleteRows) -> None:
    """DELETE FROM; a missing table is a warning, a WHERE that does not fit it is refused."""
    system, name = job.system, statement.table
    system.refuse_locked([name])
    if name not in system.tables:
        job.warn("target_missing", f"DELETE FROM {name}: there is no such table")
        return
    table = system.tables[name]
    if statement.column is None:
        system.put(name, StoredTable(table.definition, table.kind))
        return
    column = _column_of_condition(table.definition, statement.column, statement.value)
    system.replace(name, _without(system.frame(name), column, statement.value))


def _column_of_condition(table: TableDefinition, name: str, value: str | None) -> Column:
    """The column that WHERE compares. Raises `Refused` unless it is there and takes the value."""
    try:
        column = table.column(name)
        if value is not None:
            check_literal(value, type_of(column))
    except KeyError:
        problem = f"there is no column {name} in {table.name}"
    except LiteralError as error:
        problem = f"column {name} of {table.name}: {error}"
    else:
        return column
    raise Refused("columns_differ", f"DELETE: {problem}; correct its WHERE", USER_ERROR)


def _without(frame: pl.DataFrame, column: Column, value: str | None) -> pl.DataFrame:
    if value is None:
        return frame.filter(pl.col(column.name).is_not_null())
    wanted = literal_key(value, column)
    return frame if wanted is None else frame.filter(equality_key(column).ne_missing(wanted))
