"""A run that ends with return code 4 says which step of the job gave the warning (FL-25)."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
import typer

from loadproof.commands.run import run_command

TABLE = "CREATE TABLE d.t (a INTEGER) PRIMARY INDEX (a);"
LOAD = """\
SET RECORD VARTEXT ",";
DEFINE a (VARCHAR(9)) FILE=t.csv;
BEGIN LOADING d.t ERRORFILES d.e1, d.e2;
INSERT INTO d.t VALUES (:a);
END LOADING;"""
DROPPED = "warning: target_missing (3807): DROP TABLE d.e1: there is no such table"
LOADERS = pytest.mark.parametrize("loader", ["polars", "reference"])


def run(
    directory: Path,
    capsys: pytest.CaptureFixture[str],
    loader: str,
    *steps: str,
    data: str = "1\n2\n",
    workspace: Path | None = None,
    as_json: bool = False,
) -> str:
    """What `loadproof run` prints for a job of these steps."""
    directory.joinpath("t.csv").write_text(data)
    script = directory / "t.fl"
    script.write_text("\n".join(["LOGON h/u,p;", *steps, "LOGOFF;\n"]))
    with contextlib.suppress(typer.Exit):
        run_command(script, loader, workspace=workspace, as_json=as_json)
    return capsys.readouterr().out


def told(printed: str) -> list[str]:
    """The warnings and the return code among what was printed."""
    return [
        line for line in printed.splitlines() if line.startswith(("warning:", "Highest return"))
    ]


@LOADERS
def test_a_drop_of_no_table_is_the_reason_beside_the_return_code(
    loader: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run(tmp_path, capsys, loader, "DROP TABLE d.e1;", "DROP TABLE d.e2;", TABLE, LOAD)
    assert printed.splitlines()[-3:] == [
        DROPPED,
        DROPPED.replace("d.e1", "d.e2"),
        "Highest return code encountered = '4'.",
    ]


@LOADERS
def test_a_delete_from_no_table_is_told_too(
    loader: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run(tmp_path, capsys, loader, "DELETE FROM d.x;", TABLE, LOAD)
    assert told(printed)[0] == DROPPED.replace("DROP TABLE d.e1", "DELETE FROM d.x")


@LOADERS
def test_a_run_without_warnings_shows_none(
    loader: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run(tmp_path, capsys, loader, TABLE, "DELETE FROM d.t;", LOAD)
    assert told(printed) == ["Highest return code encountered = '0'."]


@LOADERS
def test_a_restarted_job_tells_its_warnings_again(
    loader: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = ("DROP TABLE d.e1;", TABLE, LOAD)
    home = tmp_path / "w"
    paused = run(tmp_path, capsys, loader, *steps, data="1\n1,2\n", workspace=home)
    assert told(paused) == [DROPPED, "Highest return code encountered = '12'."]
    completed = run(tmp_path, capsys, loader, *steps, data="1\n12\n", workspace=home)
    assert told(completed) == [DROPPED, "Highest return code encountered = '4'."]


@LOADERS
def test_json_holds_the_warnings(
    loader: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run(tmp_path, capsys, loader, "DROP TABLE d.e1;", TABLE, LOAD, as_json=True)
    assert [one["code"] for one in json.loads(printed)["outcome"]["warnings"]] == [3807]
