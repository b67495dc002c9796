"""The steps that FastLoad scripts and distribute plans share: CREATE, DROP, DELETE."""

from __future__ import annotations

from reference.storage.tables import Table, delete_rows
from reference.system import USER_ERROR, Refused, Run, System
from specs.sql.statements import CreateTable, DeleteRows, DropTable


def create_table(system: System, step: CreateTable) -> None:
    """CREATE TABLE; a taken name is refused. Raises `Refused`."""
    name = step.definition.name
    system.refuse_locked(name)
    if name in system.tables:
        raise Refused(
            "table_exists", f"{name} exists; drop it first, or leave CREATE out", USER_ERROR
        )
    system.tables[name] = Table(step.definition)


def drop_table(system: System, run: Run, step: DropTable) -> None:
    """DROP TABLE; a missing table is a warning. Raises `Refused` for a locked one."""
    system.refuse_locked(step.table)
    if system.tables.pop(step.table, None) is None:
        run.warn("target_missing", f"DROP TABLE {step.table}: there is no such table")


def delete(system: System, run: Run, step: DeleteRows) -> None:
    """DELETE FROM; a missing table is a warning. Raises `Refused` for a locked one."""
    system.refuse_locked(step.table)
    table = system.tables.get(step.table)
    if table is None:
        run.warn("target_missing", f"DELETE FROM {step.table}: there is no such table")
    else:
        delete_rows(table, step.column, step.value)
