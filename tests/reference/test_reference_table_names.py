"""Letter case tells no two tables apart: statements, locks, error tables, tables of a case."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from reference_jobs import UPI, outcome, table
from reference_systems import job, load_into, own_rows, requests, scripted

from reference import ReferenceSystem
from specs.contract.directories import CaseBundle
from specs.distribution.plan import DistributionQuery, InsertRows, InsertSelect
from specs.fastload.plan import ReleaseLoad
from specs.fastload.report import RESTART_LOG, load_reports
from specs.sql.statements import CreateTable, DeleteRows, DropTable


def create(name: str) -> CreateTable:
    return CreateTable(definition=table(UPI, name=name))


def test_a_table_is_there_in_every_letter_case_and_keeps_its_own() -> None:
    system = ReferenceSystem()
    system.run(job("first", create("Sales")))
    again = system.run(job("second", create("SALES")))
    assert outcome(again) == ("refused", "table_exists", 8)
    assert set(again.tables) == {"Sales"}


def test_a_script_that_drops_and_creates_in_another_case_leaves_one_table() -> None:
    system = ReferenceSystem()
    script = "LOGON a/b,c; {} DROP TABLE SALES; CREATE TABLE SALES (a INTEGER); LOGOFF;"
    first = system.run(scripted("first", script.format("CREATE TABLE Sales (a INTEGER);")))
    assert (outcome(first), set(first.tables)) == (("completed", None, 0), {"SALES"})
    second = system.run(scripted("second", script.replace("SALES", "sales").format("")))
    assert (outcome(second), set(second.tables)) == (("completed", None, 0), {"sales"})


@pytest.mark.parametrize(
    "step",
    [
        DropTable(table="SALES"),
        DeleteRows(table="sales"),
        create("sALES"),
        create("SALES_1"),
        DropTable(table="SALES_2"),
        load_into("SALES", error_table_1="x", error_table_2="y")[1],
        load_into("Other", error_table_1="sales_1", error_table_2="y"),
    ],
    ids=["drop", "delete", "create", "create-error-table", "drop-error-table", "load", "error"],
)
def test_a_lock_holds_in_every_letter_case(step: Any) -> None:
    system = ReferenceSystem()
    paused = system.run(job("owner", *load_into("Sales", end_loading=False)))
    assert paused.locked == ("Sales", "Sales_1", "Sales_2")
    other = system.run(job("other", *(step if isinstance(step, tuple) else (step,))))
    assert outcome(other) == ("refused", "table_being_loaded", 12)
    assert other.locked == paused.locked


def test_a_load_is_released_in_another_letter_case() -> None:
    system = ReferenceSystem()
    system.run(job("owner", *load_into("Sales", end_loading=False)))
    step = ReleaseLoad(target="SALES", error_table_1="sales_1", error_table_2="SALES_2")
    released = system.run(job("other", step))
    assert (outcome(released), released.locked) == (("completed", None, 0), ())


def test_a_load_is_told_of_in_the_spelling_of_its_table() -> None:
    system = ReferenceSystem()
    system.run(job("first", create("Sales")))
    load = load_into("SALES", end_loading=False)[1]
    paused = system.run(job("second", load))
    assert paused.locked == ("Sales", "SALES_1", "SALES_2")
    assert paused.tables[RESTART_LOG].rows[0][0] == "Sales"
    assert [report.target for report in load_reports(paused.report)] == ["Sales"]


def test_two_error_tables_of_one_name_in_two_letter_cases_are_one() -> None:
    result = ReferenceSystem().run(job("first", *load_into("T", error_table_2="t_1")))
    assert outcome(result) == ("refused", "error_table_exists", 12)


def test_a_table_of_the_case_is_known_under_its_own_name_in_every_case() -> None:
    load = load_into("SALES")[1]
    bundle = job("first", load, tables={"Sales": "tables/Sales.arrow"})
    system = ReferenceSystem()
    result = system.run(CaseBundle(bundle.case, bundle.files, {"Sales": own_rows()}))
    assert (outcome(result)[0], "Sales" in result.tables) == ("completed", True)
    # It is there already, so a case brings no second one under another letter case.
    second = job("second", DropTable(table="gone"), tables={"sALES": "tables/sALES.arrow"})
    again = system.run(CaseBundle(second.case, second.files, {"sALES": own_rows(1)}))
    assert set(again.tables) == set(result.tables)


def test_a_script_alone_finds_a_table_whose_definition_has_another_letter_case() -> None:
    script = (
        'LOGON a/b,c; SET RECORD VARTEXT "|" NOSTOP; DEFINE x (VARCHAR(9)), y (VARCHAR(9))'
        " FILE=in.txt; BEGIN LOADING T ERRORFILES e1, e2; INSERT INTO T VALUES (:x, :y);"
        " END LOADING; LOGOFF;"
    )
    bundle = scripted("first", script)
    case = msgspec.structs.replace(bundle.case, tables={"t": "tables/t.arrow"})
    result = ReferenceSystem().run(CaseBundle(case, bundle.files, {"t": own_rows()}))
    assert (outcome(result)[0], "t" in result.tables) == ("completed", True)


def test_requests_name_tables_in_every_letter_case() -> None:
    result = ReferenceSystem().run(
        requests(
            "first",
            create("Source"),
            create("Target"),
            InsertRows(table="SOURCE", rows="rows"),
            InsertSelect(source="source", target="TARGET"),
            DistributionQuery(table="target"),
            rows=own_rows(1, 2),
        )
    )
    assert outcome(result) == ("completed", None, 0)
    assert len(result.tables["Target"].rows) == 2
