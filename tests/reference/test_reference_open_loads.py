"""Open loads in the reference: what they lock, who gives them up, their rows in the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from reference_workspaces import (
    DATA,
    LOAD,
    RELEASE,
    SOURCE,
    SYSTEM,
    TABLE,
    case_of,
    content,
    error_of,
    outcome_of,
    rows_left,
    run_in,
    write,
)

from specs.contract import Case, Stopped
from specs.contract.directories import CaseBundle, write_case
from specs.distribution.plan import (
    DistributionPlan,
    DistributionQuery,
    HashConstants,
    InsertRows,
    InsertSelect,
    Reconfigure,
)
from specs.fastload.plan import FastLoadPlan, Load, ReleaseLoad
from specs.fastload.report import RESTART_LOG, load_reports
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import TableDefinition

NO_END = Load(
    target="T", error_table_1="E1", error_table_2="E2", inputs=(SOURCE,), end_loading=False
)
BOTH = ("T", "E1", "E2", "U", "F1", "F2")


def named(table: str, errors: str, step: Any, **changes: Any) -> Any:
    """The load or release, of another table."""
    names = {"error_table_1": f"{errors}1", "error_table_2": f"{errors}2"}
    return msgspec.structs.replace(step, target=table, **names, **changes)


def created(name: str) -> CreateTable:
    return CreateTable(definition=msgspec.structs.replace(TABLE, name=name))


def paused_workspace(tmp_path: Path) -> tuple[Path, Path]:
    """A job that ERRLIMIT 1 has stopped, in a workspace."""
    step = msgspec.structs.replace(NO_END, error_limit=1, end_loading=True)
    case = write(tmp_path / "case", case_of(CreateTable(definition=TABLE), step))
    run_in(case, tmp_path / "workspace")
    assert outcome_of(tmp_path / "workspace").status == "paused"
    return case, tmp_path / "workspace"


def two_paused_loads(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Jobs into T and into U, both without END LOADING: their cases, and the workspace."""
    workspace = tmp_path / "workspace"
    first = write(tmp_path / "first", case_of(created("T"), NO_END, job="first"))
    checkpointed = named("U", "F", NO_END, checkpoint=3)
    second = write(tmp_path / "second", case_of(created("U"), checkpointed, job="second"))
    for case in (first, second):
        run_in(case, workspace)
        assert error_of(workspace).name == "end_loading_missing"
    return first, second, workspace


# --- what an open load locks ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "plan",
    [
        FastLoadPlan(steps=(DropTable(table="T"),)),
        FastLoadPlan(steps=(DeleteRows(table="E2"),)),
        FastLoadPlan(steps=(CreateTable(definition=TABLE),)),
        FastLoadPlan(steps=(LOAD,)),
        FastLoadPlan(steps=(ReleaseLoad(target="T", error_table_1="E1", error_table_2="F2"),)),
        DistributionPlan(steps=(InsertRows(table="T", rows="rows"),)),
        DistributionPlan(steps=(HashConstants(), DistributionQuery(table="E1"))),
        DistributionPlan(steps=(InsertSelect(source="E1", target="other"),)),
        DistributionPlan(steps=(Reconfigure(amps=2),)),
    ],
    ids=[
        *("drop", "delete", "create", "load", "release-of-others"),
        *("insert", "query", "select", "reconfigure"),
    ],
)
def test_another_job_on_a_locked_table_is_refused(
    tmp_path: Path, plan: FastLoadPlan | DistributionPlan
) -> None:
    case, workspace = paused_workspace(tmp_path)
    paused = content(workspace)
    run_in(write(tmp_path / "other", Case(script="", plan=plan, system=SYSTEM)), workspace)
    outcome = outcome_of(workspace)
    assert outcome.error is not None
    assert (outcome.status, outcome.return_code) == ("refused", 12)
    assert (outcome.error.name, outcome.error.code) == ("table_being_loaded", 2652)
    assert outcome.locked == ("T", "E1", "E2")
    run_in(case, workspace)
    assert content(workspace) == paused


def test_who_is_locked_out_is_told_of_the_table_it_named(tmp_path: Path) -> None:
    _, workspace = paused_workspace(tmp_path)
    steps = DropTable(table="other"), DropTable(table="T")
    run_in(write(tmp_path / "other", case_of(*steps)), workspace)
    assert error_of(workspace).message.startswith("T is being")


def test_a_job_that_touches_no_locked_table_runs(tmp_path: Path) -> None:
    case, workspace = paused_workspace(tmp_path)
    paused = content(workspace)
    steps = created("U"), named("U", "F", LOAD)
    run_in(write(tmp_path / "other", case_of(*steps)), workspace)
    outcome = outcome_of(workspace)
    assert (outcome.status, outcome.locked) == ("completed", ("T", "E1", "E2"))
    assert [report.target for report in load_reports(outcome.report)] == ["U"]
    assert set(outcome.tables) == {"T", "E1", "E2", "U", "F1", "F2", RESTART_LOG}
    run_in(
        write(tmp_path / "after", case_of(*(DropTable(table=n) for n in ("U", "F1", "F2")))),
        workspace,
    )
    run_in(case, workspace)
    assert content(workspace) == paused


def test_what_a_job_did_before_it_met_a_lock_stays_done(tmp_path: Path) -> None:
    case, workspace = paused_workspace(tmp_path)
    other = write(tmp_path / "other", case_of(created("U"), DropTable(table="T"), created("V")))
    run_in(other, workspace)
    assert error_of(workspace).name == "table_being_loaded"
    assert set(outcome_of(workspace).tables) == {"T", "E1", "E2", "U", RESTART_LOG}
    run_in(case, workspace)
    assert error_of(workspace).name == "error_limit_reached"
    # Once the load is given up, the other job goes on where it was refused.
    run_in(write(tmp_path / "release", case_of(RELEASE)), workspace)
    run_in(other, workspace)
    assert outcome_of(workspace).status == "completed"
    assert set(outcome_of(workspace).tables) == {"E1", "U", "V"}


def test_a_changed_script_under_the_same_job_id_meets_the_locks(tmp_path: Path) -> None:
    case, workspace = paused_workspace(tmp_path)
    paused = content(workspace)
    mended = msgspec.structs.replace(NO_END, error_limit=9, end_loading=True)
    changed = write(tmp_path / "changed", case_of(DropTable(table="T"), created("T"), mended))
    run_in(changed, workspace)
    assert (error_of(workspace).name, error_of(workspace).code) == ("table_being_loaded", 2652)
    run_in(write(tmp_path / "seed", case_of(created("T"), NO_END, edition="seed")), workspace)
    assert error_of(workspace).name == "table_being_loaded"
    run_in(case, workspace)
    assert content(workspace) == paused


# --- several at once -----------------------------------------------------------------------------


def test_two_open_loads_lock_six_tables_and_have_a_row_in_the_log_each(tmp_path: Path) -> None:
    first, second, workspace = two_paused_loads(tmp_path)
    for case, target in ((first, "T"), (second, "U")):
        run_in(case, workspace)  # whoever asks sees both
        outcome = outcome_of(workspace)
        assert outcome.locked == BOTH
        assert [report.target for report in load_reports(outcome.report)] == [target]
        assert {name for name, files in outcome.tables.items() if not files} == {
            *("T", "E2", "U", "F2")
        }
        assert [tuple(row.values()) for row in rows_left(workspace, RESTART_LOG)] == [
            ("T", "acquisition", 0),
            ("U", "acquisition", 6),
        ]
        assert len(rows_left(workspace, "E1")) == len(rows_left(workspace, "F1")) == 2


def test_of_two_open_loads_one_ends_and_the_other_stays_open(tmp_path: Path) -> None:
    compressed = msgspec.structs.replace(LOAD, inputs=(SOURCE,))
    workspace = tmp_path / "workspace"
    case_document = case_of(created("T"), compressed, job="first")
    first = write(tmp_path / "first", case_document, b"\x1f\x8b")  # no gzip stream
    run_in(first, workspace)
    assert error_of(workspace).name == "input_unreadable"
    second = write(
        tmp_path / "second", case_of(created("U"), named("U", "F", NO_END), job="second")
    )
    run_in(second, workspace)
    assert outcome_of(workspace).locked == BOTH
    run_in(write(first, case_document), workspace)
    outcome = outcome_of(workspace)
    assert (outcome.status, outcome.locked) == ("completed", ("U", "F1", "F2"))
    assert [row["LogTable"] for row in rows_left(workspace, RESTART_LOG)] == ["U"]
    assert sorted(row["k"] for row in rows_left(workspace, "T")) == [1, 2, 4]


def test_reconfigure_touches_every_locked_table(tmp_path: Path) -> None:
    _, _, workspace = two_paused_loads(tmp_path)
    for release in (RELEASE, named("U", "F", RELEASE)):
        plan = DistributionPlan(steps=(Reconfigure(amps=5),))
        run_in(write(tmp_path / "more", Case(script="", plan=plan, system=SYSTEM)), workspace)
        assert error_of(workspace).name == "table_being_loaded"
        run_in(write(tmp_path / "release", case_of(release)), workspace)
    run_in(tmp_path / "more", workspace)
    assert outcome_of(workspace).status == "completed"


# --- releases ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [True, False])
def test_a_release_gives_the_load_up(tmp_path: Path, kept: bool) -> None:
    if kept:
        case, workspace = paused_workspace(tmp_path)
    else:
        good = b"head|er\n1|a\n"
        case = write(tmp_path / "case", case_of(CreateTable(definition=TABLE), NO_END), good)
        workspace = tmp_path / "workspace"
        run_in(case, workspace)
    release = write(tmp_path / "release", case_of(RELEASE))
    for _ in range(2):  # and again: the same answer
        run_in(release, workspace)
        outcome = outcome_of(workspace)
        assert (outcome.status, outcome.return_code, outcome.locked) == ("completed", 0, ())
        assert set(outcome.tables) == ({"T", "E1"} if kept else {"T"})
        assert rows_left(workspace, "T") == []
    # The original is a new job now: its CREATE TABLE meets the table that was kept.
    run_in(case, workspace)
    assert error_of(workspace).name == "table_exists"
    run_in(release, workspace)
    assert error_of(workspace).name == "no_job_to_release"


def test_a_release_may_come_after_other_steps(tmp_path: Path) -> None:
    _, workspace = paused_workspace(tmp_path)
    run_in(write(tmp_path / "release", case_of(DropTable(table="other"), RELEASE)), workspace)
    outcome = outcome_of(workspace)
    assert (outcome.status, outcome.return_code, outcome.locked) == ("completed", 4, ())
    assert set(outcome.tables) == {"T", "E1"}


def test_a_release_gives_up_one_of_two_loads(tmp_path: Path) -> None:
    first, second, workspace = two_paused_loads(tmp_path)
    run_in(write(tmp_path / "release", case_of(RELEASE)), workspace)
    assert outcome_of(workspace).locked == ("U", "F1", "F2")
    run_in(second, workspace)
    assert error_of(workspace).name == "end_loading_missing"
    run_in(first, workspace)
    assert error_of(workspace).name == "table_exists"


def test_a_release_names_the_three_tables_of_one_load(tmp_path: Path) -> None:
    _, _, workspace = two_paused_loads(tmp_path)
    mixed = ReleaseLoad(target="T", error_table_1="E1", error_table_2="F2")
    run_in(write(tmp_path / "mixed", case_of(mixed)), workspace)
    assert error_of(workspace).name == "table_being_loaded"
    free = ReleaseLoad(target="V", error_table_1="G1", error_table_2="G2")
    run_in(write(tmp_path / "free", case_of(free)), workspace)
    assert error_of(workspace).name == "no_job_to_release"
    assert outcome_of(workspace).locked == BOTH


def test_after_a_release_the_tables_are_anyones(tmp_path: Path) -> None:
    _, workspace = paused_workspace(tmp_path)
    run_in(write(tmp_path / "release", case_of(RELEASE)), workspace)
    step = Load(target="T", error_table_1="F1", error_table_2="F2", inputs=(SOURCE,))
    other = case_of(step, tables={"T": "t.arrow"})
    row = pa.Table.from_pylist([{"k": 77, "v": "own"}], TABLE.arrow_schema())
    directory = tmp_path / "other"
    write_case(CaseBundle(other, {"in.txt": DATA}, {"T": row}), directory)
    run_in(directory, workspace)  # the workspace's empty T goes before the case's own
    assert outcome_of(workspace).status == "completed"
    assert sorted(r["k"] for r in rows_left(workspace, "T")) == [1, 2, 4]


def test_a_release_that_is_stopped_is_done_or_not_done(tmp_path: Path) -> None:
    case, workspace = paused_workspace(tmp_path)
    made = CreateTable(definition=TableDefinition(name="V", columns=TABLE.columns))
    release = write(tmp_path / "release", case_of(made, RELEASE))
    with pytest.raises(Stopped):
        run_in(release, workspace, stop_at=0)  # V is made, nothing is released yet
    run_in(case, workspace)
    assert error_of(workspace).name == "error_limit_reached"
    run_in(release, workspace)
    assert outcome_of(workspace).status == "completed"
    assert set(outcome_of(workspace).tables) == {"T", "E1", "V"}
