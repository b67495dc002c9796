"""FastLoad jobs in workspace directories: case directories, runs that are stopped, outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reference.candidate import factory
from specs.contract import Case, NamedError, Outcome, Stopped, TeradataSystem
from specs.contract.directories import (
    CaseBundle,
    read_outcome_document,
    read_outcome_table,
    write_case,
)
from specs.fastload.plan import (
    Assignment,
    FastLoadPlan,
    FastLoadStep,
    Input,
    Load,
    ReleaseLoad,
    SourceField,
)
from specs.fastload.report import load_reports
from specs.sql.statements import CreateTable, DropTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

TABLE = TableDefinition(
    name="T",
    columns=(Column(name="k", type="INTEGER"), Column(name="v", type="VARCHAR(5)")),
    primary_index=PrimaryIndex(("k",), unique=True),
)
SOURCE = Input(
    file="in.txt",
    fields=(SourceField(name="a", type="VARCHAR(9)"), SourceField(name="b", type="VARCHAR(9)")),
    assignments=(Assignment(column="k", field="a"), Assignment(column="v", field="b")),
    on_bad_record="continue",
    start=2,
)
LOAD = Load(
    target="T", error_table_1="E1", error_table_2="E2", inputs=(SOURCE, SOURCE), checkpoint=3
)
DATA = b"head|er\n1|a\n1|b\nx|c\n2|d\n2|d\n3|\xff\n4|e\n"
RELEASE = ReleaseLoad(target="T", error_table_1="E1", error_table_2="E2")


SYSTEM = TeradataSystem(amps=3, hash_bucket_bits=16, block_bytes=8)


def case_of(*steps: FastLoadStep, **changes: Any) -> Case:
    plan = FastLoadPlan(steps=steps)
    return Case(**{"script": "", "plan": plan, "system": SYSTEM, **changes})


WHOLE = case_of(DropTable(table="T"), CreateTable(definition=TABLE), LOAD)


def write(directory: Path, case: Case, data: bytes = DATA, **files: bytes) -> Path:
    write_case(CaseBundle(case, {"in.txt": data, **files}), directory)
    return directory


def run_in(case: Path, workspace: Path, stop_at: int | None = None) -> list[str]:
    """The names of the events; ``stop_at`` raises Stopped at the event of that index."""
    events: list[str] = []

    def emit(name: str, details: dict[str, Any]) -> None:
        events.append(name)
        if len(events) - 1 == stop_at:
            raise Stopped

    factory().run(case, workspace, emit)
    return events


def outcome_of(workspace: Path) -> Outcome:
    return read_outcome_document(workspace / "outcome")


def error_of(workspace: Path) -> NamedError:
    error = outcome_of(workspace).error
    assert error is not None
    return error


def rows_left(workspace: Path, table: str) -> list[dict[str, Any]]:
    files = outcome_of(workspace).tables[table]
    return read_outcome_table(workspace / "outcome", files).to_pylist()


def content(workspace: Path) -> tuple[object, ...]:
    """All that a restart must not change."""
    outcome = outcome_of(workspace)
    directory = workspace / "outcome"
    tables = {
        name: read_outcome_table(directory, files).to_pylist() if files else None
        for name, files in outcome.tables.items()
    }
    return (
        outcome.status,
        outcome.error,
        outcome.return_code,
        load_reports(outcome.report),
        outcome.locked,
        tables,
    )
