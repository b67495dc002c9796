"""Steps that do not fit the table which they meet: a named error, and nothing is locked."""

from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa
import pytest
from reference_jobs import COLUMNS, UPI, load, outcome, rows, run, source, table
from reference_systems import job, load_into, own_rows, requests, scripted

from reference import ReferenceSystem, Result, analyse
from reference.jobs import JobEnded
from specs.contract import TeradataSystem
from specs.contract.directories import CaseBundle, DirectoryError
from specs.distribution.plan import InsertRows, InsertSelect, Reconfigure
from specs.fastload.plan import Assignment, FastLoadPlan, FastLoadStep, ReleaseLoad
from specs.fastload.report import RESTART_LOG
from specs.script.diagnostics import ScriptError
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, TableDefinition

OTHER = TableDefinition(
    name="T", columns=(Column(name="b", type="INTEGER"), Column(name="c", type="INTEGER"))
)


def create(**changes: Any) -> CreateTable:
    return CreateTable(definition=table(UPI, **changes))


# --- formats that name no day ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "assignment"),
    [
        (Column(name="v", type="DATE", format="YYYY-MM"), {"conversion": "DATE"}),
        (Column(name="v", type="DATE", format="YYYY"), {}),
        (Column(name="v", type="DATE", format="MM/DD"), {"conversion": "VARCHAR(9)"}),
        (Column(name="v", type="DATE"), {"format": "YYYY-MM"}),
        (Column(name="v", type="VARCHAR(9)", format="YYYY-MM"), {"conversion": "DATE"}),
    ],
    ids=["converted", "column", "by-way-of-text", "assignment", "into-text"],
)
def test_a_format_without_a_day_is_refused_and_locks_nothing(
    column: Column, assignment: dict[str, Any]
) -> None:
    definition = table(UPI, columns=(COLUMNS[0], column))
    given = (
        Assignment(column="k", field="in_k"),
        Assignment(column="v", field="in_v", **assignment),
    )
    step = load(source(definition, assignments=given))
    result = run(CreateTable(definition=definition), step, data=b"1|2024-01\n")
    assert outcome(result) == ("refused", "unsupported_format", 12)
    assert (result.locked, set(result.tables)) == ((), {"T"})


def test_a_format_that_no_text_is_read_by_is_no_obstacle() -> None:
    definition = table(UPI, columns=(COLUMNS[0], Column(name="v", type="DATE", format="YYYY")))
    given = (Assignment(column="k", field="in_k"),)
    step = load(source(definition, assignments=given))
    result = run(CreateTable(definition=definition), step, data=b"1|x\n")
    assert (outcome(result)[0], rows(result)) == ("completed", [(1, None)])


def test_a_script_with_such_a_format_is_not_read() -> None:
    script = (
        "LOGON a/b,c; CREATE TABLE t (k INTEGER, d DATE FORMAT 'YYYY-MM');"
        'SET RECORD VARTEXT "|"; DEFINE k (VARCHAR(9)), x (VARCHAR(9)) FILE=in.txt;'
        "BEGIN LOADING t ERRORFILES e1, e2; INSERT INTO t VALUES (:k, :x (DATE));"
        "END LOADING; LOGOFF;"
    )
    with pytest.raises(ScriptError, match="names no day"):
        ReferenceSystem().run(scripted("first", script))


# --- a system that has changed --------------------------------------------------------------------


def resumed_on_other_columns(*steps: FastLoadStep) -> Result:
    """The steps run once on a locked table T, and again when T has other columns."""
    system = ReferenceSystem()
    system.run(job("owner", *load_into("T", end_loading=False)))
    waiting = job("waiting", *steps)
    assert outcome(system.run(waiting))[1] == "table_being_loaded"
    system.run(job("r", ReleaseLoad(target="T", error_table_1="T_1", error_table_2="T_2")))
    anew = CreateTable(definition=OTHER)
    system.run(job("anew", DropTable(table="T"), DropTable(table="T_1"), anew))
    return system.run(waiting)


def test_a_load_that_meets_other_columns_is_refused() -> None:
    result = resumed_on_other_columns(load_into("T")[1])
    assert outcome(result) == ("refused", "columns_differ", 12)
    assert result.locked == ()


@pytest.mark.parametrize(
    ("column", "value"), [("k", "1"), ("b", "x"), ("b", "1E99999"), ("k", None)]
)
def test_a_delete_that_does_not_fit_is_refused(column: str, value: str | None) -> None:
    result = resumed_on_other_columns(DeleteRows(table="T", column=column, value=value))
    assert outcome(result) == ("refused", "columns_differ", 8)


def test_a_load_of_a_missing_table_is_not_analysed() -> None:
    plan = FastLoadPlan(steps=(load_into("T")[1],))
    bundle = job("first", *plan.steps)
    with pytest.raises(JobEnded) as ended:
        analyse(bundle, 0)
    assert ended.value.name == "target_missing"
    with pytest.raises(JobEnded) as ended:
        analyse(job("first", CreateTable(definition=OTHER), *plan.steps), 1)
    assert ended.value.name == "columns_differ"


# --- rows for a table of other columns ------------------------------------------------------------

INT = pa.int32()


@pytest.mark.parametrize(
    "found",
    [
        pa.table({"v": pa.array(["x"]), "k": pa.array([1], INT)}),
        pa.table({"k": pa.array([1], INT), "w": pa.array(["x"])}),
        pa.table({"k": pa.array(["1"]), "v": pa.array(["x"])}),
        pa.table({"k": pa.array([1], pa.int64()), "v": pa.array(["x"])}),
        pa.table({"k": pa.array([1], INT)}),
        pa.table({"k": pa.array([1], INT), "v": pa.array(["x"]), "w": pa.array(["x"])}),
    ],
    ids=["order", "names", "types", "widths", "fewer", "more"],
)
def test_rows_of_other_columns_are_refused(found: pa.Table) -> None:
    result = ReferenceSystem().run(
        requests("first", create(), InsertRows(table="T", rows="rows"), rows=found)
    )
    assert outcome(result) == ("refused", "columns_differ", 8)
    assert result.tables["T"].rows == []


def test_letter_case_and_arrow_widths_of_rows_are_free() -> None:
    found = pa.table({"K": pa.array([1], INT), "V": pa.array(["x"], pa.large_string())})
    result = ReferenceSystem().run(
        requests("first", create(), InsertRows(table="T", rows="rows"), rows=found)
    )
    assert (outcome(result)[0], rows(result)) == ("completed", [(1, "x")])


@pytest.mark.parametrize(
    "columns",
    [
        COLUMNS[:1],
        (*COLUMNS, Column(name="w", type="INTEGER")),
        COLUMNS[::-1],
        (COLUMNS[0], Column(name="v", type="VARCHAR(6)")),
        (COLUMNS[0], Column(name="w", type="VARCHAR(5)")),
    ],
    ids=["fewer", "more", "order", "types", "names"],
)
@pytest.mark.parametrize("index", [UPI, None], ids=["upi", "nopi"])
def test_selected_rows_of_other_columns_are_refused(columns: Any, index: Any) -> None:
    target = table(index, name="U", columns=columns, kind="MULTISET")
    steps = (create(), InsertRows(table="T", rows="rows"), CreateTable(definition=target))
    select = InsertSelect(source="T", target="U")
    result = ReferenceSystem().run(requests("first", *steps, select, rows=own_rows(1)))
    assert outcome(result) == ("refused", "columns_differ", 8)
    assert result.tables["U"].rows == []


# --- names of fields, and of the restart log ------------------------------------------------------


def test_a_field_is_known_in_every_letter_case() -> None:
    given = (Assignment(column="K", field="IN_K"), Assignment(column="V", field="In_v"))
    step = load(source(table(UPI), assignments=given))
    result = run(create(), step, data=b"1|a\n1|b\n", edition="seed")
    assert (outcome(result)[0], rows(result)) == ("completed", [(1, "a")])
    assert rows(result, "E2") == [(b"1|b", 2794, "in_k")]


def test_nobody_makes_a_table_under_the_name_of_the_restart_log() -> None:
    system = ReferenceSystem()
    created = system.run(job("first", create(name=RESTART_LOG.lower())))
    assert outcome(created) == ("refused", "table_exists", 8)
    named = {"error_table_1": RESTART_LOG.title()}
    assert outcome(system.run(job("second", *load_into("T", **named))))[1] == "error_table_exists"
    named = {"error_table_2": RESTART_LOG}
    assert outcome(system.run(job("third", *load_into("U", **named))))[1] == "error_table_exists"
    given = job("fourth", DropTable(table="x"), tables={RESTART_LOG: "tables/x.arrow"})
    with pytest.raises(DirectoryError, match="restart log"):
        system.run(CaseBundle(given.case, given.files, {RESTART_LOG: own_rows()}))
    dropped = system.run(job("fifth", DropTable(table=RESTART_LOG)))
    assert (outcome(dropped), set(dropped.tables)) == (("completed", None, 4), {"T", "U"})


@pytest.mark.parametrize("amps", [0, -1, (1 << 16) + 1])
def test_a_number_of_amps_that_no_system_has_is_refused(amps: int) -> None:
    system = ReferenceSystem()
    refused = system.run(requests("first", create(), Reconfigure(amps=amps)))
    assert outcome(refused) == ("refused", "unsupported_case", 12)
    bundle = requests("second", DropTable(table="T"))
    system_of_before = TeradataSystem(amps=3, hash_bucket_bits=16)
    case = msgspec.structs.replace(bundle.case, system=system_of_before)
    assert outcome(system.run(CaseBundle(case))) == ("completed", None, 0)
