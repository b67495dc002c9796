"""The polars loader takes names of tables that differ in letter case alone for one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from polars_loader_cases import SALES, load_of, loads_of, restart_log, run, write_job

from specs.contract import Outcome
from specs.contract.directories import arrow_bytes
from specs.distribution.plan import DistributionQuery, InsertRows, InsertSelect
from specs.fastload.plan import ReleaseLoad
from specs.fastload.report import load_reports
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import TableDefinition

ROWS = SALES.arrow_schema().empty_table()


def ended(outcome: Outcome) -> tuple[str, str | None, int]:
    return outcome.status, outcome.error.name if outcome.error else None, outcome.return_code


def named(name: str) -> TableDefinition:
    return TableDefinition(name=name, columns=SALES.columns, primary_index=SALES.primary_index)


def create(name: str) -> CreateTable:
    return CreateTable(definition=named(name))


def paused(directory: Path, workspace: Path) -> Outcome:
    """The outcome of a job whose load of Sales stays open."""
    steps = loads_of("Sales", end_loading=False)
    return run(write_job(directory, *steps, files={"Sales.txt": b"1|1|a\n"}), workspace)


def test_a_table_is_there_in_every_letter_case_and_keeps_its_own(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    run(write_job(tmp_path / "first", create("Sales")), ws)
    again = run(write_job(tmp_path / "second", create("SALES")), ws)
    assert (ended(again), set(again.tables)) == (("refused", "table_exists", 8), {"Sales"})
    anew = run(write_job(tmp_path / "third", DropTable(table="sales"), create("SALES")), ws)
    assert (ended(anew), set(anew.tables)) == (("completed", None, 0), {"SALES"})


@pytest.mark.parametrize(
    "step",
    [
        DropTable(table="SALES"),
        DeleteRows(table="sales"),
        create("sALES"),
        create("SALES_E1"),
        DropTable(table="SALES_E2"),
        load_of(named("SALES"), error_table_1="x", error_table_2="y"),
        loads_of("Other", error_table_1="sales_E1", error_table_2="y"),
    ],
    ids=["drop", "delete", "create", "create-error-table", "drop-error-table", "load", "error"],
)
def test_a_lock_holds_in_every_letter_case(step: Any, tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    assert paused(tmp_path / "owner", ws).locked == ("Sales", "Sales_e1", "Sales_e2")
    steps = step if isinstance(step, tuple) else (step,)
    other = run(write_job(tmp_path / "other", *steps, files={"in.txt": b"", "Other.txt": b""}), ws)
    assert ended(other) == ("refused", "table_being_loaded", 12)
    assert other.locked == ("Sales", "Sales_e1", "Sales_e2")


def test_a_load_is_released_in_another_letter_case(tmp_path: Path) -> None:
    paused(tmp_path / "owner", tmp_path / "ws")
    step = ReleaseLoad(target="SALES", error_table_1="SALES_e1", error_table_2="sales_e2")
    released = run(write_job(tmp_path / "other", step), tmp_path / "ws")
    assert (ended(released), released.locked) == (("completed", None, 0), ())


def test_a_load_is_told_of_in_the_spelling_of_its_table(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    run(write_job(tmp_path / "first", create("Sales")), ws)
    load = load_of(named("SALES"), end_loading=False)
    outcome = run(write_job(tmp_path / "second", load, files={"in.txt": b"1|1|a\n"}), ws)
    assert outcome.locked == ("Sales", "e1", "e2")
    assert restart_log(ws, outcome) == [("Sales", "acquisition", 0)]
    assert [report.target for report in load_reports(outcome.report)] == ["Sales"]


def test_two_error_tables_of_one_name_in_two_letter_cases_are_one(tmp_path: Path) -> None:
    steps = loads_of("t", error_table_2="T_E1")
    outcome = run(write_job(tmp_path / "one", *steps, files={"t.txt": b""}), tmp_path / "ws")
    assert ended(outcome) == ("refused", "error_table_exists", 12)


def test_a_table_of_the_case_is_known_under_its_own_name_in_every_case(tmp_path: Path) -> None:
    ws, files = tmp_path / "ws", {"in.txt": b"1|1|a\n"}
    load = load_of(named("SALES"))
    first = run(write_job(tmp_path / "first", load, files=files, tables={"Sales": ROWS}), ws)
    assert (ended(first)[0], set(first.tables)) == ("completed", {"Sales"})
    drop = DropTable(table="gone")
    again = run(write_job(tmp_path / "second", drop, tables={"sALES": ROWS}), ws)
    assert set(again.tables) == {"Sales"}


def test_requests_name_tables_in_every_letter_case(tmp_path: Path) -> None:
    rows = pa.Table.from_pylist([{"id": 1}, {"id": 2}], SALES.arrow_schema())
    steps = (
        create("Source"),
        create("Target"),
        InsertRows(table="SOURCE", rows="rows"),
        InsertSelect(source="source", target="TARGET"),
        DistributionQuery(table="target"),
    )
    case = write_job(
        tmp_path / "first", *steps, files={"rows": arrow_bytes(rows)}, distribution=True
    )
    outcome = run(case, tmp_path / "ws")
    assert (ended(outcome), set(outcome.tables)) == (
        ("completed", None, 0),
        {"Source", "Target"},
    )
