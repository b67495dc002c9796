"""What BEGIN LOADING refuses (FL-01, FL-04, FL-05, FL-20, FL-22), in the order of its checks."""

from __future__ import annotations

from candidates.polars.columns.conversion import ImpossibleConversion, check_conversion
from candidates.polars.columns.values import column_type, type_of
from candidates.polars.endings import Refused
from candidates.polars.job import Job
from candidates.polars.system import System
from specs.contract.directories import DirectoryError
from specs.engines import is_own_table
from specs.fastload.plan import Input, Load
from specs.sql.dateformats import names_a_day
from specs.sql.tables import Column, TableDefinition
from specs.sql.types import CHARACTER_TYPES

_READ_AS_DATE = CHARACTER_TYPES | {"DATE"}
"""What a field is first, where a FORMAT says how its text becomes a date."""


def check_load(job: Job, load: Load) -> None:
    """Raises `Refused` for a load that cannot begin."""
    definition = _check_target(job, load)
    _check_error_tables(job.system, load)
    for item in load.inputs:
        _check_names(item, definition)
    for item in load.inputs:
        _check_input(item, definition)
    for item in load.inputs:
        try:
            job.input(item.file)
        except DirectoryError as error:
            raise Refused("input_unreadable", f"{error}; correct DEFINE .. FILE=") from error


def _check_target(job: Job, load: Load) -> TableDefinition:
    """FL-01, FL-04, FL-05, and the locks of FL-14."""
    system, name = job.system, load.target
    target = system.tables.get(name)
    if target is None:
        raise Refused("target_missing", f"there is no table {name}; create it first")
    definition = target.definition
    if definition.view:
        raise Refused("target_is_view", f"{name} is a view; load the table under it")
    system.refuse_locked([name, load.error_table_1, load.error_table_2])
    if definition.partitioned and definition.primary_index is None:
        raise Refused("target_partitioned_nopi", f"{name} is partitioned and has no index")
    if definition.attached:
        attached = ", ".join(definition.attached)
        raise Refused("target_has_attachment", f"{name} has {attached}; drop that before loading")
    if down := job.case.teradata.down_amps:
        amps = ", ".join(map(str, down))
        raise Refused("amp_down", f"AMPs {amps} are down; all have to be up")
    if system.row_count(name):
        raise Refused("target_not_empty", f"{name} holds rows; FastLoad needs an empty table")
    return definition


def _check_error_tables(system: System, load: Load) -> None:
    """FL-22."""
    for name in (load.error_table_1, load.error_table_2):
        if name in system.tables or is_own_table(name):
            raise Refused("error_table_exists", f"the error table {name} exists; drop it first")
    if load.error_table_1 == load.error_table_2:
        raise Refused(
            "error_table_exists", f"both error tables are named {name}; name two different ones"
        )


def _check_names(item: Input, definition: TableDefinition) -> None:
    """FL-19: whether the target has the columns that INSERT names."""
    for assignment in item.assignments:
        try:
            definition.column(assignment.column)
        except KeyError:
            raise Refused(
                "columns_differ",
                f"the table {definition.name} has no column {assignment.column}; correct the "
                "INSERT, or create the table anew",
            ) from None


def _check_input(item: Input, definition: TableDefinition) -> None:
    """FL-18, FL-20: what cannot be read, or become a value of its column."""
    if item.format != "VARTEXT":
        raise Refused(
            "unsupported_format", f"SET RECORD {item.format} is not supported; use VARTEXT"
        )
    for assignment in item.assignments:
        column = definition.column(assignment.column)
        source = column_type(assignment.conversion or "VARCHAR(1)")
        try:
            check_conversion(source, type_of(column))
        except ImpossibleConversion as error:
            raise Refused("unsupported_format", f"column {column.name}: {error}") from error
        as_date = source if source.name == "DATE" else type_of(column)
        form = assignment.format or column.format
        if as_date.name == "DATE" and source.name in _READ_AS_DATE and form is not None:
            _check_format(form, column)


def _check_format(form: str, column: Column) -> None:
    if not names_a_day(form):
        raise Refused(
            "unsupported_format",
            f"column {column.name}: FORMAT {form!r} has no day, or not its month and year; write "
            "a whole one beside the field",
        )
