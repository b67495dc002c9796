"""Small cases written by hand for the tests of the polars loader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from candidates.polars.loader import PolarsLoader
from specs.contract import AmpLost, Case, Edition, Outcome, Stopped, TeradataSystem
from specs.contract.directories import (
    CaseBundle,
    read_outcome_document,
    read_outcome_file,
    read_outcome_table,
    write_case,
)
from specs.distribution.plan import DistributionPlan
from specs.fastload.plan import Assignment, FastLoadPlan, Input, Load, ReleaseLoad, SourceField
from specs.fastload.report import RESTART_LOG, load_reports
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
    names = {"error_table_1": "e1", "error_table_2": "e2"}
    return Load(**{"target": definition.name, "inputs": (item,), **names, **options})


def loads_of(name: str, *, columns: TableDefinition = SALES, **options: Any) -> tuple[Any, ...]:
    """CREATE TABLE and a load with names of its own, so that it can be open beside others."""
    definition = TableDefinition(
        name=name, columns=columns.columns, primary_index=columns.primary_index
    )
    own = {"error_table_1": f"{name}_e1", "error_table_2": f"{name}_e2", "file": f"{name}.txt"}
    return CreateTable(definition=definition), load_of(definition, **{**own, **options})


def release_of(load: Load) -> ReleaseLoad:
    """BEGIN LOADING and END LOADING alone."""
    return ReleaseLoad(
        target=load.target, error_table_1=load.error_table_1, error_table_2=load.error_table_2
    )


def write_job(
    directory: Path,
    *steps: Any,
    files: dict[str, bytes] | None = None,
    tables: dict[str, pa.Table] | None = None,
    distribution: bool = False,
    **given: Any,
) -> Path:
    """A case directory with the job ``directory.name``, unless another id is given.

    ``given`` are fields of the case, ``amps`` and ``hash_bucket_bits``.
    """
    size = {n: given.pop(n) for n in ("amps", "hash_bucket_bits") if n in given}
    case = Case(
        **{
            "job": directory.name,
            "script": "",
            "plan": (DistributionPlan if distribution else FastLoadPlan)(steps=steps),
            "system": TeradataSystem(**size),
            "tables": {name: f"tables/{name}.arrow" for name in tables or {}},
            **given,
        }
    )
    write_case(CaseBundle(case, files or {}, tables or {}), directory)
    return directory


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


class StopAt:
    """An ``emit`` that stops the loader at its nth event; ``told`` are the names until then."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.told: list[str] = []

    def __call__(self, name: str, details: dict[str, Any]) -> None:
        self.told.append(name)
        if len(self.told) > self.number:
            raise Stopped(name)


def stopped(case: Path, workspace: Path, number: int, loader: PolarsLoader | None = None) -> bool:
    """Run a case until its nth event, from 0; whether it had so many."""
    try:
        (loader or PolarsLoader()).run(case, workspace, StopAt(number))
    except Stopped:
        return True
    return False


def events_of(case: Path, workspace: Path, loader: PolarsLoader | None = None) -> list[str]:
    """Run a case; the names of its events."""
    names: list[str] = []
    (loader or PolarsLoader()).run(case, workspace, lambda name, details: names.append(name))
    return names


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
    return {
        "status": outcome.status,
        "return code": outcome.return_code,
        "error": outcome.error.name if outcome.error else None,
        "tables": tables,
        "locked": sorted(outcome.locked),
        "loads": load_reports(outcome.report),
        "answers": {
            step: read_outcome_file(workspace / "outcome", file).to_pylist()
            for step, file in outcome.answers.items()
        },
    }


def restart_log(workspace: Path, outcome: Outcome) -> list[tuple[str, str, int]]:
    """The rows of the restart log."""
    rows = table(workspace, outcome, RESTART_LOG).to_pylist()
    return [(row["LogTable"], row["Phase"], row["Records"]) for row in rows]
