"""The reference as a candidate: durable workspace, stop anywhere, restart, locks, release."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from reference.candidate import factory
from reference.workspace import WorkspaceError
from specs.contract import Case, Description, NamedError, Outcome, Stopped, TeradataSystem
from specs.contract.directories import (
    CaseBundle,
    arrow_bytes,
    read_outcome_document,
    read_outcome_table,
    write_case,
)
from specs.distribution.plan import (
    DistributionPlan,
    DistributionQuery,
    HashConstants,
    InsertRows,
    Reconfigure,
)
from specs.fastload.error_tables import error_table_1_schema
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


def case_of(*steps: FastLoadStep, **changes: Any) -> Case:
    plan = FastLoadPlan(steps=steps)
    system = TeradataSystem(amps=3, hash_bucket_bits=16, block_bytes=8)
    return Case(**{"script": "", "plan": plan, "system": system, **changes})


WHOLE = case_of(DropTable(table="T"), CreateTable(definition=TABLE), LOAD)


def write(directory: Path, case: Case, data: bytes = DATA, **files: bytes) -> Path:
    write_case(CaseBundle(case, {"in.txt": data, **files}), directory)
    return directory


def run(case: Path, workspace: Path, stop_at: int | None = None) -> list[str]:
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


@pytest.fixture
def finished(tmp_path: Path) -> tuple[object, ...]:
    run(write(tmp_path / "whole", WHOLE), tmp_path / "undisturbed")
    return content(tmp_path / "undisturbed")


def test_description() -> None:
    description = factory().describe()
    assert isinstance(description, Description)
    assert description.editions_of("fastload") == ("vendor", "seed")
    assert "fastload/restart" in description.capabilities


def test_the_outcome_directory(tmp_path: Path, finished: tuple[object, ...]) -> None:
    outcome = outcome_of(tmp_path / "undisturbed")
    assert (outcome.status, outcome.return_code) == ("completed", 4)
    assert set(outcome.tables) == {"T", "E1", "E2"}
    directory = tmp_path / "undisturbed" / "outcome"
    target = read_outcome_table(directory, outcome.tables["T"])
    assert target.schema.names == ["k", "v", "_amp", "_row_hash", "_uniqueness"]
    assert [target.schema.field(n).type for n in ("_amp", "_row_hash", "_uniqueness")] == [
        pa.int32(),
        pa.uint32(),
        pa.uint64(),
    ]
    assert sorted(target.column("k").to_pylist()) == [1, 2, 4]
    errors = read_outcome_table(directory, outcome.tables["E1"])
    assert errors.schema.equals(error_table_1_schema())
    assert errors.column("DataParcel").to_pylist() == [b"x|c", b"3|\xff"] * 2
    violations = read_outcome_table(directory, outcome.tables["E2"])
    assert violations.to_pylist() == [{"k": 1, "v": "b"}] * 2
    assert load_reports(outcome.report)[0].summary.splitlines() == [
        "Total Records Read  = 16",
        " skipped by RECORD command = 2",
        " sent to the RDBMS  = 14",
        "Total Error Table 1 = 4",
        "Total Error Table 2 = 2",
        "Total Inserts Applied = 3",
        "Total Duplicate Rows = 5",
    ]


def test_a_stop_at_every_event_and_a_restart_change_nothing(
    tmp_path: Path, finished: tuple[object, ...]
) -> None:
    case = write(tmp_path / "case", WHOLE)
    events = run(case, tmp_path / "all")
    assert {"phase", "block-sent", "checkpoint", "part-written", "step-done"} < set(events)
    assert events[-1] == "completed"
    for index in range(len(events)):
        workspace = tmp_path / f"stopped-{index}"
        with pytest.raises(Stopped):
            run(case, workspace, stop_at=index)
        assert len(run(case, workspace)) <= len(events)
        assert content(workspace) == finished, f"stopped at event {index}, {events[index]}"


def test_a_stop_at_every_event_of_every_restart_still_ends(
    tmp_path: Path, finished: tuple[object, ...]
) -> None:
    """Without a checkpoint the acquisition starts over, so only the third event gets further."""
    case = write(tmp_path / "case", WHOLE)
    workspace = tmp_path / "workspace"
    for _ in range(50):
        try:
            run(case, workspace, stop_at=2)
        except Stopped:
            continue
        break
    assert content(workspace) == finished


def crashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """File operations that raise Stopped when the count in the list has run down."""
    left = [10**9]

    def crashing(function: Any, after: bool) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] < 0 and not after:
                raise Stopped
            result = function(*args, **kwargs)
            if left[0] < 0:
                raise Stopped
            return result

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", crashing(os.fsync, after=False))
        patch.setattr(Path, "replace", crashing(Path.replace, after=True))
        patch.setattr(Path, "write_bytes", crashing(Path.write_bytes, after=True))
        patch.setattr(Path, "unlink", crashing(Path.unlink, after=True))
        patch.setattr(shutil, "rmtree", crashing(shutil.rmtree, after=True))
        yield left


def test_a_crash_at_every_file_operation_and_a_restart_change_nothing(
    tmp_path: Path, finished: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(tmp_path / "case", WHOLE)
    for left in crashes(monkeypatch):
        for operations in range(200):
            workspace = tmp_path / f"crashed-{operations}"
            left[0] = operations
            try:
                run(case, workspace)
            except Stopped:
                left[0] = 10**9
                run(case, workspace)
                assert content(workspace) == finished, f"crashed after {operations} operations"
            else:
                break
        assert operations > 20


def test_a_completed_case_answers_the_same_again(
    tmp_path: Path, finished: tuple[object, ...]
) -> None:
    case = write(tmp_path / "case", WHOLE)
    assert run(case, tmp_path / "undisturbed") == ["completed"]
    assert content(tmp_path / "undisturbed") == finished


def test_a_paused_load_goes_on_when_its_input_is_mended(tmp_path: Path) -> None:
    compressed = gzip.compress(DATA, mtime=0)
    case = write(tmp_path / "case", WHOLE, compressed[:-4])
    workspace = tmp_path / "workspace"
    run(case, workspace)
    assert error_of(workspace).name == "input_unreadable"
    assert outcome_of(workspace).return_code == 12
    write(case, WHOLE, compressed)
    run(case, workspace)
    assert outcome_of(workspace).status == "completed"
    assert outcome_of(workspace).return_code == 4  # the warning of the first run's DROP


def test_a_restart_without_a_checkpoint_starts_the_acquisition_over(tmp_path: Path) -> None:
    step = Load(target="T", error_table_1="E1", error_table_2="E2", inputs=(SOURCE,), error_limit=2)
    case_document = case_of(CreateTable(definition=TABLE), step)
    case = write(tmp_path / "case", case_document)
    workspace = tmp_path / "workspace"
    for _ in range(2):  # again and again the same pause, with the same rows
        run(case, workspace)
        assert error_of(workspace).name == "error_limit_reached"
        assert outcome_of(workspace).tables["E1"] != ()
        assert outcome_of(workspace).tables["T"] == ()
        assert len(rows_left(workspace, "E1")) == 2
    write(case, case_document, DATA.replace(b"x|", b"7|"))
    run(case, workspace)
    assert outcome_of(workspace).status == "completed"
    assert len(rows_left(workspace, "E1")) == 1


@pytest.mark.parametrize(
    "data",
    [
        DATA.replace(b"1|a", b"9|a"),
        DATA[:12],
        b"",
        DATA.replace(b"head", b"HEAD"),
        DATA.replace(b"\n", b"\r\n", 1),
    ],
)
def test_an_input_that_changed_before_the_checkpoint(tmp_path: Path, data: bytes) -> None:
    step = Load(
        target="T",
        error_table_1="E1",
        error_table_2="E2",
        inputs=(SOURCE,),
        checkpoint=4,
        end_loading=False,
    )
    case_document = case_of(CreateTable(definition=TABLE), step)
    case = write(tmp_path / "case", case_document)
    workspace = tmp_path / "workspace"
    run(case, workspace)
    before = content(workspace)
    write(case, case_document, data)
    run(case, workspace)
    assert error_of(workspace).name == "input_changed"
    assert outcome_of(workspace).return_code == 12
    write(case, case_document, DATA)
    run(case, workspace)
    assert content(workspace) == before


def test_a_record_that_moved_to_another_input_is_a_change(tmp_path: Path) -> None:
    names = "one.txt", "two.txt"
    inputs = tuple(
        Input(file=name, fields=SOURCE.fields, assignments=SOURCE.assignments) for name in names
    )
    step = Load(
        target="T",
        error_table_1="E1",
        error_table_2="E2",
        inputs=inputs,
        checkpoint=3,
        end_loading=False,
    )
    case_document = case_of(CreateTable(definition=TABLE), step)
    workspace = tmp_path / "workspace"
    files = {"one.txt": b"1|a\n2|b\n", "two.txt": b"3|c\n"}
    run(write(tmp_path / "case", case_document, **files), workspace)
    files = {"one.txt": b"1|a\n", "two.txt": b"2|b\n3|c\n"}
    run(write(tmp_path / "case", case_document, **files), workspace)
    assert error_of(workspace).name == "input_changed"


def paused_workspace(tmp_path: Path, error_limit: int = 1) -> tuple[Path, Path]:
    step = Load(
        target="T",
        error_table_1="E1",
        error_table_2="E2",
        inputs=(SOURCE,),
        error_limit=error_limit,
    )
    case = write(tmp_path / "case", case_of(CreateTable(definition=TABLE), step))
    run(case, tmp_path / "workspace")
    assert outcome_of(tmp_path / "workspace").status == "paused"
    return case, tmp_path / "workspace"


@pytest.mark.parametrize(
    "plan",
    [
        FastLoadPlan(steps=(DropTable(table="T"),)),
        FastLoadPlan(steps=(CreateTable(definition=TABLE),)),
        FastLoadPlan(steps=(LOAD,)),
        FastLoadPlan(steps=(ReleaseLoad(target="T", error_table_1="E1", error_table_2="F2"),)),
        DistributionPlan(steps=(HashConstants(), DistributionQuery(table="E1"))),
        DistributionPlan(steps=(Reconfigure(amps=2),)),
    ],
    ids=["drop", "create", "load", "release-of-others", "query", "reconfigure"],
)
def test_another_job_on_a_locked_table_is_refused(
    tmp_path: Path, plan: FastLoadPlan | DistributionPlan
) -> None:
    case, workspace = paused_workspace(tmp_path)
    paused = content(workspace)
    run(write(tmp_path / "other", Case(script="", plan=plan)), workspace)
    outcome = outcome_of(workspace)
    assert outcome.error is not None
    assert (outcome.status, outcome.return_code) == ("refused", 12)
    assert (outcome.error.name, outcome.error.code) == ("table_being_loaded", 2652)
    assert outcome.locked == ("T", "E1", "E2")
    run(case, workspace)
    assert content(workspace) == paused


def test_who_is_locked_out_is_told_of_the_table_it_named(tmp_path: Path) -> None:
    _, workspace = paused_workspace(tmp_path)
    plan = FastLoadPlan(steps=(DropTable(table="other"), DropTable(table="T")))
    run(write(tmp_path / "other", Case(script="", plan=plan)), workspace)
    assert error_of(workspace).message.startswith("T is being")


def test_a_case_of_its_own_in_a_used_workspace_is_an_error(tmp_path: Path) -> None:
    case, workspace = paused_workspace(tmp_path)
    paused = content(workspace)
    plan = FastLoadPlan(steps=(DropTable(table="other"),))
    with pytest.raises(WorkspaceError, match="another case"):
        run(write(tmp_path / "other", Case(script="", plan=plan)), workspace)
    assert content(workspace) == paused
    run(case, workspace)
    assert content(workspace) == paused


@pytest.mark.parametrize("kept", [True, False])
def test_a_release_gives_the_job_up(tmp_path: Path, kept: bool) -> None:
    if kept:
        case, workspace = paused_workspace(tmp_path)
    else:
        step = Load(
            target="T", error_table_1="E1", error_table_2="E2", inputs=(SOURCE,), end_loading=False
        )
        good = b"head|er\n1|a\n"
        case = write(tmp_path / "case", case_of(CreateTable(definition=TABLE), step), good)
        workspace = tmp_path / "workspace"
        run(case, workspace)
    release = write(tmp_path / "release", case_of(RELEASE))
    for _ in range(2):  # and again: the same answer
        run(release, workspace)
        outcome = outcome_of(workspace)
        assert (outcome.status, outcome.return_code, outcome.locked) == ("completed", 0, ())
        assert set(outcome.tables) == ({"T", "E1"} if kept else {"T"})
        assert rows_left(workspace, "T") == []
    # The original is a new job now: its CREATE TABLE meets the table that was kept.
    run(case, workspace)
    assert error_of(workspace).name == "table_exists"


def test_a_release_may_come_after_other_steps(tmp_path: Path) -> None:
    _, workspace = paused_workspace(tmp_path)
    run(write(tmp_path / "release", case_of(DropTable(table="other"), RELEASE)), workspace)
    outcome = outcome_of(workspace)
    assert (outcome.status, outcome.return_code, outcome.locked) == ("completed", 4, ())
    assert set(outcome.tables) == {"T", "E1"}


def test_nothing_of_another_case_is_done_before_it_releases_the_load(tmp_path: Path) -> None:
    case, workspace = paused_workspace(tmp_path)
    paused = content(workspace)
    made = CreateTable(definition=TableDefinition(name="U", columns=TABLE.columns))
    release = write(tmp_path / "release", case_of(made, RELEASE))
    with pytest.raises(Stopped):
        run(release, workspace, stop_at=0)  # U is made, nothing is released yet
    run(case, workspace)
    assert content(workspace) == paused
    refused = write(tmp_path / "refused", case_of(made, made, RELEASE))
    run(refused, workspace)
    assert error_of(workspace).name == "table_exists"
    assert "U" not in outcome_of(workspace).tables
    run(case, workspace)
    assert content(workspace) == paused
    run(release, workspace)
    assert set(outcome_of(workspace).tables) == {"T", "E1", "U"}


def test_after_a_release_the_workspace_is_free(tmp_path: Path) -> None:
    _, workspace = paused_workspace(tmp_path)
    run(write(tmp_path / "release", case_of(RELEASE)), workspace)
    step = Load(target="T", error_table_1="F1", error_table_2="F2", inputs=(SOURCE,))
    other = Case(
        script="",
        plan=FastLoadPlan(steps=(step,)),
        system=TeradataSystem(amps=3, hash_bucket_bits=16),
        tables={"T": "t.arrow"},
    )
    row = pa.Table.from_pylist([{"k": 77, "v": "own"}], TABLE.arrow_schema())
    directory = tmp_path / "other"
    write_case(CaseBundle(other, {"in.txt": DATA}, {"T": row}), directory)
    run(directory, workspace)  # the workspace's empty T goes before the case's own
    assert outcome_of(workspace).status == "completed"
    assert sorted(r["k"] for r in rows_left(workspace, "T")) == [1, 2, 4]
    with pytest.raises(WorkspaceError):
        run(write(tmp_path / "third", case_of(RELEASE)), workspace)


def test_a_stop_in_a_plan_of_requests(tmp_path: Path) -> None:
    rows = pa.Table.from_pylist(
        [{"k": key % 7, "v": str(key)} for key in range(20)], TABLE.arrow_schema()
    )
    insert = InsertRows(table="T", rows="rows")
    steps = CreateTable(definition=TABLE), insert, Reconfigure(amps=5), insert, HashConstants()
    query = DistributionQuery(table="T")
    system = TeradataSystem(amps=3, hash_bucket_bits=16)
    case_document = Case(script="", plan=DistributionPlan(steps=(*steps, query)), system=system)
    case = write(tmp_path / "case", case_document, rows=arrow_bytes(rows))
    events = run(case, tmp_path / "whole")
    assert events == ["step-done"] * 6 + ["completed"]
    outcome = outcome_of(tmp_path / "whole")
    assert set(outcome.answers) == {"1", "3", "4", "5"}
    answer = read_outcome_table(tmp_path / "whole" / "outcome", (outcome.answers["3"],))
    assert answer.schema.names == ["row", "error"]
    assert set(answer.column("error").to_pylist()) == {"upi_violation"}
    skew = read_outcome_table(tmp_path / "whole" / "outcome", (outcome.answers["5"],))
    assert float(skew.schema.metadata[b"largest_over_mean"]) >= 1
    for index in range(len(events)):
        workspace = tmp_path / f"stopped-{index}"
        with pytest.raises(Stopped):
            run(case, workspace, stop_at=index)
        run(case, workspace)
        assert content(workspace) == content(tmp_path / "whole")


def test_an_input_that_is_there_but_cannot_be_read_pauses_the_load(tmp_path: Path) -> None:
    case = write(tmp_path / "case", WHOLE)
    (case / "files" / "in.txt").unlink()
    (case / "files" / "in.txt").mkdir()
    run(case, tmp_path / "workspace")
    outcome = outcome_of(tmp_path / "workspace")
    assert outcome.error is not None
    assert (outcome.status, outcome.error.name) == ("paused", "input_unreadable")
    assert (outcome.return_code, outcome.locked) == (12, ("T", "E1", "E2"))


def test_a_path_out_of_the_case_is_a_missing_file(tmp_path: Path) -> None:
    outside = Input(file="../case.json", fields=SOURCE.fields, assignments=SOURCE.assignments)
    step = Load(target="T", error_table_1="E1", error_table_2="E2", inputs=(outside,))
    case = write(tmp_path / "case", case_of(CreateTable(definition=TABLE), step))
    run(case, tmp_path / "workspace")
    outcome = outcome_of(tmp_path / "workspace")
    assert outcome.error is not None
    assert (outcome.status, outcome.error.name) == ("refused", "input_unreadable")
