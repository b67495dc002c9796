"""Small cases written by hand for the tests of the polars loader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from candidates.polars.loader import PolarsLoader
from specs.contract import AmpLost, Case, Edition, Outcome, TeradataSystem
from specs.contract.directories import (
    CaseBundle,
    read_outcome_document,
    read_outcome_table,
    write_case,
)
from specs.fastload.plan import Assignment, FastLoadPlan, Input, Load, SourceField
from specs.fastload.report import load_reports
from specs.sql.statements import CreateTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

PLACEMENT = ("_amp", "_row_hash", "_uniqueness")
SALES = TableDefinition(
    name="sales",
    columns=(
        Column(name="id", type="INTEGER", not_null=True),
        Column(name="price", type="DECIMAL(7,2)"),
        Column(name="note", type="VARCHAR(10)"),
    ),
    primary_index=PrimaryIndex(("id",), unique=True),
)


def load_of(definition: TableDefinition, *, file: str = "in.txt", **options: Any) -> Load:
    """A load that takes every column from a field of the same place, bad records continuing."""
    of_input = {
        name: options.pop(name)
        for name in ("delimiter", "on_bad_record", "start", "thru")
        if name in options
    }
    item = Input(
        file=file,
        fields=tuple(
            SourceField(name=f"f_{c.name}", type="VARCHAR(40)") for c in definition.columns
        ),
        assignments=tuple(
            Assignment(
                column=c.name,
                field=f"f_{c.name}",
                format="YYYY-MM-DD" if c.type == "DATE" else None,
            )
            for c in definition.columns
        ),
        **{"on_bad_record": "continue", **of_input},
    )
    return Load(
        target=definition.name, error_table_1="e1", error_table_2="e2", inputs=(item,), **options
    )


def fastload_case(
    directory: Path,
    data: bytes,
    definition: TableDefinition = SALES,
    *,
    amps: int = 4,
    edition: Edition = "vendor",
    block_bytes: int = 65_536,
    faults: tuple[AmpLost, ...] = (),
    **options: Any,
) -> Path:
    """A case directory: CREATE TABLE and one load of ``data``."""
    load = load_of(definition, **options)
    case = Case(
        script="",
        plan=FastLoadPlan(steps=(CreateTable(definition=definition), load)),
        system=TeradataSystem(amps=amps, block_bytes=block_bytes),
        edition=edition,
        faults=faults,
    )
    write_case(CaseBundle(case, {load.inputs[0].file: data}), directory)
    return directory


def ignore(name: str, details: dict[str, Any]) -> None:
    """An ``emit`` that lets the loader go on."""


def run(
    case: Path,
    workspace: Path,
    loader: PolarsLoader | None = None,
    emit: Callable[[str, dict[str, Any]], None] = ignore,
) -> Outcome:
    """Run a case in a workspace and read its outcome."""
    (loader or PolarsLoader()).run(case, workspace, emit)
    return read_outcome_document(workspace / "outcome")


def table(workspace: Path, outcome: Outcome, name: str) -> pa.Table:
    """A table of an outcome, parts in order."""
    return read_outcome_table(workspace / "outcome", outcome.tables[name])


def content(workspace: Path, outcome: Outcome) -> dict[str, Any]:
    """All that a restart or another way of reading must not change."""
    tables = {
        name: table(workspace, outcome, name).to_pylist() if files else None
        for name, files in outcome.tables.items()
    }
    counts = [report.counts for report in load_reports(outcome.report)]
    return {"status": outcome.status, "tables": tables, "counts": counts}
