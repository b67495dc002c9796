"""A run that ends with return code 4 says which step of the job gave the warning (FL-25)."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
import typer

from loadproof.step_warnings import step_warnings
from loadproof.subcommands import run_command
from specs.contract import Counts, LoadReport, NamedError, Outcome
from specs.plans import CreateTable, DeleteRows, DropTable, FastLoadPlan, Load
from specs.tables import Column, PrimaryIndex, TableDefinition

TABLE = "CREATE TABLE d.t (a INTEGER) PRIMARY INDEX (a);"
LOAD = """\
SET RECORD VARTEXT ",";
DEFINE a (VARCHAR(9)) FILE=t.csv;
BEGIN LOADING d.t ERRORFILES d.e1, d.e2;
INSERT INTO d.t VALUES (:a);
END LOADING;"""
RELEASE = "BEGIN LOADING d.t ERRORFILES d.e1, d.e2;\nEND LOADING;"
E1 = "warning: DROP TABLE d.e1: there is no table d.e1 (code 3807, return code 4)"
E2 = E1.replace("d.e1", "d.e2")


def run(
    directory: Path, capsys: pytest.CaptureFixture[str], *steps: str, data: str = "1\n2\n",
    workspace: Path | None = None, as_json: bool = False,
) -> str:  # fmt: skip
    """What `loadproof run` prints for a job of these steps."""
    directory.joinpath("t.csv").write_text(data)
    script = directory / "t.fl"
    script.write_text("\n".join(["LOGON h/u,p;", *steps, "LOGOFF;\n"]))
    with contextlib.suppress(typer.Exit):
        run_command(script, "polars", workspace=workspace, as_json=as_json)
    return capsys.readouterr().out


def told(printed: str) -> list[str]:
    """The warnings and the return code among what was printed."""
    return [
        line for line in printed.splitlines() if line.startswith(("warning:", "Highest return"))
    ]


def test_a_drop_of_no_table_is_the_reason_beside_the_return_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run(tmp_path, capsys, "DROP TABLE d.e1;", "DROP TABLE d.e2;", TABLE, LOAD)
    assert printed.splitlines()[-3:] == [E1, E2, "Highest return code encountered = '4'."]


def test_a_delete_from_no_table_is_told_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run(tmp_path, capsys, "DELETE FROM d.x;", TABLE, LOAD)
    assert told(printed)[0] == E1.replace("DROP TABLE d.e1:", "DELETE FROM d.x:").replace(
        "d.e1", "d.x"
    )


def test_a_run_without_warnings_shows_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run(tmp_path, capsys, TABLE, "DELETE FROM d.t;", LOAD)
    assert told(printed) == ["Highest return code encountered = '0'."]


def test_json_holds_the_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = run(tmp_path, capsys, "DROP TABLE d.e1;", TABLE, LOAD, as_json=True)
    assert json.loads(printed)["warnings"] == [E1.removeprefix("warning: ")]


def test_an_error_table_that_the_load_left_is_there_to_drop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drops = ("DROP TABLE d.e1;", "DROP TABLE d.e2;")
    printed = run(tmp_path, capsys, TABLE, LOAD, *drops, data="1\nx\n")
    assert told(printed)[0] == E2


def test_the_workspace_of_an_earlier_job_is_taken_into_account(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "w"
    first = run(tmp_path, capsys, TABLE, LOAD, data="1\nx\n1,2\n", workspace=home)
    assert "paused" in first
    released = run(tmp_path, capsys, RELEASE, workspace=home)
    assert told(released) == ["Highest return code encountered = '0'."]
    # The released job has left its target and the error table that holds a row.
    steps = ("DROP TABLE d.e1;", "DROP TABLE d.e2;", "DROP TABLE d.t;", TABLE, LOAD)
    again = run(tmp_path, capsys, *steps, workspace=home)
    assert told(again) == [E2, "Highest return code encountered = '4'."]
    # A completed job answers the same again.
    assert told(run(tmp_path, capsys, *steps, workspace=home)) == told(again)


# --- how far a job came ---------------------------------------------------------------------------

DEFINITION = TableDefinition(
    name="t", columns=(Column(name="a", type="INTEGER"),), primary_index=PrimaryIndex(("a",))
)
STEPS = FastLoadPlan(
    steps=(
        DropTable(table="x"),
        CreateTable(definition=DEFINITION),
        Load(target="t", error_table_1="e1", error_table_2="e2", inputs=()),
        DeleteRows(table="e1"),
        DropTable(table="e2"),
    )
)
COUNTS = Counts(
    read=3, skipped=0, sent=3, error_table_1=1, error_table_2=0, applied=2, duplicates=0
)
REPORT = LoadReport(target="t", error_table_1="e1", error_table_2="e2", sessions=1)
COMPLETED = LoadReport(target="t", error_table_1="e1", error_table_2="e2", sessions=1,
                       counts=COUNTS)  # fmt: skip
MISSING_X = "DROP TABLE x: there is no table x (code 3807, return code 4)"
MISSING_E2 = MISSING_X.replace("TABLE x", "TABLE e2").replace("table x", "table e2")


@pytest.mark.parametrize(
    ("outcome", "at_begin", "warnings"),
    [
        (
            Outcome(status="completed", return_code=4, loads=(COMPLETED,)), (),
            (MISSING_X, MISSING_E2),
        ),
        (Outcome(status="completed", return_code=4, loads=(COMPLETED,)), ("x",), (MISSING_E2,)),
        (Outcome(status="paused", return_code=12, loads=(REPORT,)), (), (MISSING_X,)),
        (Outcome(status="refused", return_code=12), (), (MISSING_X,)),
        (Outcome(status="refused", return_code=8), ("t",), (MISSING_X,)),
        (Outcome(status="paused", return_code=0, loads=(REPORT,)), ("x",), ()),
        (
            Outcome(status="refused", return_code=12,
                    error=NamedError(name="table_being_loaded", message="t is being loaded")),
            (), (),
        ),
    ],
)  # fmt: skip
def test_steps_that_were_not_run_give_no_warning(
    outcome: Outcome, at_begin: tuple[str, ...], warnings: tuple[str, ...]
) -> None:
    assert step_warnings(STEPS, at_begin, outcome) == warnings
