"""Jobs without a plan, whose script the reference reads; and engines that are added to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from reference_jobs import counts, outcome, rows
from reference_systems import (
    AMPS_3,
    job,
    load_into,
    number_of_events,
    own_rows,
    requests,
    scripted,
)
from reference_workspaces import run_in, write

import specs.engines
from reference import ReferenceSystem, engines, execute
from reference.jobs import Refused
from reference.system import JobRun
from specs.contract import Case
from specs.contract.directories import CaseBundle
from specs.distribution.plan import DistributionQuery, InsertRows
from specs.document import Document, JobPlan
from specs.engine import Engine
from specs.fastload.report import RESTART_LOG
from specs.script.diagnostics import Diagnostic, ScriptError
from specs.script.job_language import JobLanguage
from specs.sql.events import Completed, StepDone
from specs.sql.tables import TableDefinition

# --- scripts -------------------------------------------------------------------------------------

SCRIPT = """
LOGON host/user,***;
DROP TABLE d.t; CREATE TABLE d.t (a INTEGER, b VARCHAR(9)) UNIQUE PRIMARY INDEX (a);
SET RECORD VARTEXT "|" NOSTOP;
DEFINE x (VARCHAR(9)), y (VARCHAR(9)) FILE=in.txt;
BEGIN LOADING d.t ERRORFILES d.e1, d.e2 CHECKPOINT 2;
INSERT INTO d.t (a, b) VALUES (:x, :y);
END LOADING;
LOGOFF;
"""


def test_a_script_without_a_plan_is_read() -> None:
    bundle = scripted("a", SCRIPT)
    whole = execute(bundle)
    assert outcome(whole) == ("completed", None, 4)
    assert counts(whole) == (7, 0, 7, 1, 1, 4, 1)
    for stop_at in range(number_of_events(bundle)):
        system = ReferenceSystem()
        system.run(bundle, stop_at)
        assert system.run(bundle) == whole


def test_a_script_without_a_plan_finds_the_tables_of_the_system() -> None:
    system = ReferenceSystem()
    create = SCRIPT[: SCRIPT.index("SET RECORD")] + "LOGOFF;"
    assert system.run(scripted("a", create)).status == "completed"
    load_alone = SCRIPT[: SCRIPT.index("DROP")] + SCRIPT[SCRIPT.index("SET RECORD") :]
    result = system.run(scripted("b", load_alone.replace("d.t (a, b)", "D.T (A, B)")))
    assert (outcome(result), len(rows(result, "d.t"))) == (("completed", None, 0), 4)


def test_a_script_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    bundle = scripted("a", SCRIPT.replace("BEGIN LOADING", "BEGIN LODING"))
    with pytest.raises(ScriptError, match="BEGIN LODING"):
        run_in(write(tmp_path / "case", bundle.case), workspace)
    assert list(workspace.iterdir()) == []
    with pytest.raises(ValueError, match="editions vendor, seed, not v17"):
        ReferenceSystem().run(
            CaseBundle(msgspec.structs.replace(scripted("a", SCRIPT).case, edition="v17"))
        )


# --- engines -------------------------------------------------------------------------------------


class Greet(Document, frozen=True, kw_only=True, tag_field="step", tag="greet"):
    """A step of an engine that greets tables."""

    table: str


class GreetingPlan(JobPlan, frozen=True, kw_only=True, tag="greeting"):
    """Greetings."""

    steps: tuple[Greet, ...]


GREETING = Engine(
    name="greeting",
    title="Greeting",
    family="GR",
    parts=(),
    editions=("vendor",),
    plan=GreetingPlan,
    report=None,
    events=(StepDone, Completed),
    errors={"target_missing": (777,), "table_being_loaded": (2652,)},
)


def greet(run: JobRun, step: Greet) -> None:
    run.system.refuse_locked(step.table)
    if step.table not in run.system.tables:
        raise Refused("target_missing", f"there is no {step.table} to greet")
    run.job.count(greetings=1)


def test_a_fourth_engine_is_a_folder_and_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(specs.engines, "ENGINES", (*specs.engines.ENGINES, GREETING))
    monkeypatch.setitem(engines.ENGINES, "greeting", engines.ReferenceEngine(greet))

    def greeting(*tables: str) -> CaseBundle:
        plan = GreetingPlan(steps=tuple(Greet(table=table) for table in tables))
        return CaseBundle(Case(job="greeting", script="", plan=plan, system=AMPS_3))

    system = ReferenceSystem()
    system.run(job("a", *load_into("T")))
    system.run(job("b", *load_into("U", end_loading=False)))
    assert system.run(greeting("T")).status == "completed"
    missing = system.run(greeting("T", "V"))
    assert (missing.status, missing.error, missing.code) == ("refused", "target_missing", 777)
    assert system.run(greeting("U_1")).code == 2652
    assert RESTART_LOG in missing.tables


def mistake(message: str) -> Diagnostic:
    place = {"line": 1, "column": 1, "end_column": 2}
    return Diagnostic(code="no", severity="error", message=message, rule="GR-01", **place)


def read_greetings(script: str, tables: Mapping[str, TableDefinition]) -> GreetingPlan:
    commands = [command.split() for command in script.split(";") if command.strip()]
    for command in commands:
        if command[0] != "GREET":
            raise ScriptError([mistake(f"{command[0]} is no greeting")])
    return GreetingPlan(steps=tuple(Greet(table=table) for _, table in commands))


def test_a_script_goes_to_the_engine_in_whose_language_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    language = JobLanguage(name="Greeting", rule="GR-01", commands={"GREET": "greet"})
    greeting = dataclasses.replace(GREETING, language=language)
    monkeypatch.setattr(specs.engines, "ENGINES", (*specs.engines.ENGINES, greeting))
    reader = engines.ReferenceEngine(greet, read_greetings)
    monkeypatch.setitem(engines.ENGINES, "greeting", reader)

    system = ReferenceSystem()
    assert system.run(scripted("a", SCRIPT)).status == "completed"
    assert system.run(scripted("b", "GREET d.t;")).status == "completed"
    with pytest.raises(ScriptError, match="INSULT is no greeting"):
        system.run(scripted("c", "GREET d.t; GREET d.t; INSULT d.t;"))
    with pytest.raises(ScriptError, match="BEGIN LODING"):
        system.run(scripted("d", SCRIPT.replace("BEGIN LOADING", "BEGIN LODING")))


def test_each_engine_tells_its_own_codes() -> None:
    missing = execute(requests("a", DistributionQuery(table="T")))
    assert (missing.error, missing.code) == ("target_missing", 3807)
    system = ReferenceSystem()
    system.run(job("a", *load_into("T", end_loading=False)))
    refused = system.run(requests("b", InsertRows(table="T", rows="f"), f=own_rows(1)))
    assert (refused.error, refused.code) == ("table_being_loaded", 2652)
