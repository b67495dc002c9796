"""FastLoad as an engine of the loader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from candidates.polars.engine import LoaderEngine
from candidates.polars.fastload.job import FastLoad
from candidates.polars.fastload.open_loads import open_tables
from specs.contract import Plan
from specs.fastload.engine import FASTLOAD as SPEC
from specs.fastload.error_tables import ERROR_TABLE_1_COLUMNS, error_table_1_definition
from specs.fastload.language import parse, require_plan
from specs.sql.tables import TableDefinition


def read_script(text: str, tables: Mapping[str, TableDefinition]) -> Plan:
    """The plan of a script. Raises `specs.script.diagnostics.ScriptError`, with all mistakes."""
    return require_plan(parse(text, tables))


def known_table(name: str, columns: Sequence[str]) -> TableDefinition | None:
    """Error table 1 (FL-08), known by the names of its columns."""
    return error_table_1_definition(name) if tuple(columns) == ERROR_TABLE_1_COLUMNS else None


FASTLOAD = LoaderEngine(
    spec=SPEC,
    parts=("nopi", "restart", "amp-loss", "script"),
    runner=FastLoad,
    read_script=read_script,
    open_tables=open_tables,
    known_table=known_table,
)
