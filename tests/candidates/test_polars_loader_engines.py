"""The engines of the polars loader: scripts without plans, codes of their own, rooms of their own."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from polars_loader_cases import SALES, content, load_of, run, stopped, table, write_job

import candidates.polars
from candidates.polars.columns.faults import Fault
from candidates.polars.engines import ENGINES
from candidates.polars.loader import PolarsLoader, UnknownPlanError
from candidates.polars.steps import Steps
from specs.contract import Case
from specs.contract.directories import CaseBundle, DirectoryError, write_case
from specs.distribution.plan import DistributionPlan, HashConstants
from specs.fastload.errors import FASTLOAD_ERRORS
from specs.fastload.language import parse, require_plan
from specs.fastload.report import load_reports
from specs.script.diagnostics import ScriptError
from specs.script.job_language import JobLanguage
from specs.sql.statements import CreateTable, DropTable
from specs.sql.tables import TableDefinition

SCRIPT = """
LOGON s/u,***;
DROP TABLE d.t;
CREATE TABLE d.t (k INTEGER NOT NULL, v DECIMAL(9,2)) UNIQUE PRIMARY INDEX (k);
SET RECORD VARTEXT "|";
DEFINE k (VARCHAR(11)), v (VARCHAR(11)) FILE=day/one.csv;
BEGIN LOADING d.t ERRORFILES d.e1, d.e2 CHECKPOINT 2;
INSERT INTO d.t VALUES (:k, :v);
END LOADING;
LOGOFF;
"""
INTO_OTHERS = """
LOGON s/u,***;
SET RECORD VARTEXT "|";
DEFINE id (VARCHAR(11)), note (VARCHAR(11)) FILE=in.txt;
BEGIN LOADING {} ERRORFILES e1, e2;
INSERT INTO {} (id, note) VALUES (:id, :note);
END LOADING;
LOGOFF;
"""


def script_case(directory: Path, script: str = SCRIPT, **given: Any) -> Path:
    """A case that holds a script and no plan."""
    files = {"day/one.csv": b"1|1.50\n2|x\n2|2\nbad\n3|3\n", "in.txt": b"1|a\n2|b\n"}
    tables = given.pop("tables", {})
    case = Case(
        script=script,
        plan=None,
        tables={name: f"tables/{name}.arrow" for name in tables},
        **given,
    )
    write_case(CaseBundle(case, files, tables), directory)
    return directory


# --- scripts --------------------------------------------------------------------------------------


def test_a_script_alone_does_what_its_plan_does(tmp_path: Path) -> None:
    case = script_case(tmp_path / "case")
    files = {"day/one.csv": (case / "files" / "day" / "one.csv").read_bytes()}
    plan = require_plan(parse(SCRIPT))
    planned = write_job(tmp_path / "planned", *plan.steps, files=files)
    outcomes = [
        content(tmp_path / f"ws{n}", run(c, tmp_path / f"ws{n}"))
        for n, c in enumerate((case, planned))
    ]
    assert outcomes[0] == outcomes[1]
    assert outcomes[0]["error"] == "bad_record"


def test_a_script_is_read_against_the_tables_of_case_and_system(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    rows = SALES.arrow_schema().empty_table()
    errors = pa.table(
        {"DataParcel": [b""], "ErrorCode": pa.array([1], pa.int32()), "ErrorFieldName": [""]}
    )
    brought = script_case(
        tmp_path / "brought",
        INTO_OTHERS.format("SALES", "Sales"),
        tables={"sales": rows, "old_errors": errors},
    )
    first = run(brought, ws)
    assert first.status == "completed"
    assert table(ws, first, "sales").num_rows == 2
    run(write_job(tmp_path / "create", CreateTable(definition=load_table("held"))), ws)
    held = script_case(tmp_path / "held", INTO_OTHERS.format("HELD", "HELD"), job="held")
    second = run(held, ws)
    assert [report.target for report in load_reports(second.report)] == ["held"]
    assert table(ws, second, "held").num_rows == 2


def load_table(name: str) -> Any:
    return type(SALES)(name=name, columns=SALES.columns, primary_index=SALES.primary_index)


def test_a_restart_keeps_the_plan_that_the_script_had_at_first(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    script = INTO_OTHERS.format("sales", "sales").replace(
        "SET RECORD", "DROP TABLE other;\nSET RECORD"
    )
    case = script_case(
        tmp_path / "case", script, tables={"sales": SALES.arrow_schema().empty_table()}
    )
    assert stopped(case, ws, 0)
    run(write_job(tmp_path / "drop", DropTable(table="sales")), ws)
    refused = run(case, ws)
    assert refused.error is not None
    assert refused.error.name == "target_missing", "the script is not read again without its table"
    run(write_job(tmp_path / "create", CreateTable(definition=SALES)), ws)
    assert run(case, ws).status == "completed"


@pytest.mark.parametrize("number", range(10))
def test_a_script_that_was_stopped_goes_on(tmp_path: Path, number: int) -> None:
    script = SCRIPT.replace('"|";', '"|" DISPLAY_ERRORS NOSTOP;')
    case = script_case(tmp_path / "case", script)
    expected = content(tmp_path / "whole", run(case, tmp_path / "whole"))
    assert expected["status"] == "completed"
    assert stopped(case, tmp_path / "ws", number)
    assert content(tmp_path / "ws", run(case, tmp_path / "ws")) == expected


def test_a_wrong_script_is_told_and_changes_nothing(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    first = run(script_case(tmp_path / "first"), ws)
    before = {p: p.read_bytes() for p in ws.rglob("*") if p.is_file()}
    wrong = script_case(tmp_path / "wrong", SCRIPT.replace("VALUES (:k, :v)", "VALUES (:k, :w)"))
    with pytest.raises(ScriptError, match=":w"):
        run(wrong, ws)
    assert {p: p.read_bytes() for p in ws.rglob("*") if p.is_file()} == before
    assert run(tmp_path / "first", ws).error == first.error


def test_a_script_goes_to_the_engine_in_whose_language_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_constants(script: str, tables: Mapping[str, TableDefinition]) -> DistributionPlan:
        if script != "CONSTANTS;":
            raise ValueError(f"{script} asks for no constants")
        return DistributionPlan(steps=(HashConstants(),))

    distribution, fastload = ENGINES
    language = JobLanguage(name="Constants", rule="HD-01", commands={"CONSTANTS": "constants"})
    spec = dataclasses.replace(distribution.spec, language=language)
    reading = dataclasses.replace(distribution, spec=spec, read_script=read_constants)
    for number, known in enumerate([(reading, fastload), (fastload, reading)]):
        monkeypatch.setattr("candidates.polars.loader.ENGINES", known)
        ws = tmp_path / f"ws{number}"
        first = script_case(tmp_path / f"load{number}", SCRIPT)
        assert load_reports(run(first, ws).report)
        asked = script_case(tmp_path / f"constants{number}", "CONSTANTS;", job="constants")
        assert set(run(asked, ws).answers) == {"0"}
        wrong = script_case(tmp_path / f"wrong{number}", "CONSTANTS please;", job="wrong")
        with pytest.raises(ValueError, match="please; asks for no constants"):
            run(wrong, ws)


def test_an_edition_that_the_engine_does_not_have_is_told(tmp_path: Path) -> None:
    case = script_case(tmp_path / "case", edition="second")
    with pytest.raises(DirectoryError, match="Invalid enum value 'second'"):
        run(case, tmp_path / "ws")
    assert not (tmp_path / "ws" / "state.json").exists()


@pytest.mark.parametrize("name", ["../../secret.txt", "/etc/passwd", "none.txt", "in.txt/none"])
def test_a_file_outside_the_case_is_no_file_of_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.txt").write_bytes(b"1|1|a\n")
    steps = (CreateTable(definition=SALES), load_of(SALES, file=name))
    case = write_job(tmp_path / "case", *steps, files={"in.txt": b""})
    outcome = run(case, tmp_path / "ws")
    assert outcome.error is not None
    assert (outcome.status, outcome.error.name) == ("refused", "input_unreadable")
    assert name in outcome.error.message


# --- codes ----------------------------------------------------------------------------------------


def test_every_fault_of_a_value_is_an_error_of_fastload_with_its_code() -> None:
    faults = [fault for fault in Fault if fault is not Fault.NONE]
    codes = Steps().error_codes(np.array(faults, dtype=np.int32))
    for fault, code in zip(faults, codes, strict=True):
        accepted = FASTLOAD_ERRORS[fault.error]
        assert code == accepted[fault is Fault.CHARACTER_OVERFLOW]


def test_a_refusal_has_the_code_of_the_engine_whose_job_it_is(tmp_path: Path) -> None:
    for engine in ENGINES:
        assert engine.spec.errors["table_exists"] == (3803,)
    case = write_job(tmp_path / "case", *(CreateTable(definition=SALES),) * 2, distribution=True)
    refused = run(case, tmp_path / "ws")
    assert refused.error is not None
    assert refused.error.code == 3803


# --- rooms ----------------------------------------------------------------------------------------

ROOM = Path(candidates.polars.__file__).parent
TABLE = "engines.py"


def imported(file: Path) -> set[str]:
    """The modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("engine", [engine.spec.name for engine in ENGINES])
def test_an_engine_is_known_to_its_folder_and_the_table_alone(engine: str) -> None:
    own = (f"candidates.polars.{engine}", f"specs.{engine}")
    knowing = {
        file.relative_to(ROOM).as_posix()
        for file in ROOM.rglob("*.py")
        if file.relative_to(ROOM).parts[0] != engine
        for name in imported(file)
        if name.startswith(own)
    }
    also = {"steps.py"} if engine == "fastload" else set()  # the class of all seams
    assert knowing == {TABLE} | also


def test_the_loader_never_imports_the_reference() -> None:
    names = {name for file in ROOM.rglob("*.py") for name in imported(file)}
    assert not {name for name in names if name.split(".")[0] in ("reference", "properties")}


def test_the_loader_describes_what_its_engines_claim() -> None:
    description = PolarsLoader().describe()
    assert set(description.editions) == {engine.spec.name for engine in ENGINES}
    for engine in ENGINES:
        assert set(engine.capabilities) <= set(engine.spec.capabilities)
        assert set(engine.capabilities) <= set(description.capabilities)
    assert "fastload/script" in description.capabilities


def test_a_plan_of_no_engine_here_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fastload,) = (engine for engine in ENGINES if engine.spec.name == "fastload")
    monkeypatch.setattr("candidates.polars.loader.ENGINES", (fastload,))
    case = write_job(tmp_path / "case", HashConstants(), distribution=True)
    assert isinstance(Case(script="", plan=DistributionPlan(steps=())).plan, DistributionPlan)
    with pytest.raises(UnknownPlanError, match="runs plans of fastload, not DistributionPlan"):
        run(case, tmp_path / "ws")
