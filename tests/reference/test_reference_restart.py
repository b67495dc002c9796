"""The reference as a candidate: durable workspace, stop anywhere, restart, changed inputs."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from reference_workspaces import (
    DATA,
    SOURCE,
    TABLE,
    WHOLE,
    case_of,
    content,
    error_of,
    outcome_of,
    rows_left,
    run_in,
    write,
)

from reference.candidate import factory
from reference.workspace import STATE_FILE, WorkspaceError
from specs.contract import Case, Description, Stopped, TeradataSystem
from specs.contract.directories import arrow_bytes, read_outcome_table
from specs.distribution.plan import (
    DistributionPlan,
    DistributionQuery,
    HashConstants,
    InsertRows,
    Reconfigure,
)
from specs.fastload.error_tables import error_table_1_schema
from specs.fastload.plan import Input, Load
from specs.fastload.report import load_reports
from specs.sql.statements import CreateTable


@pytest.fixture
def finished(tmp_path: Path) -> tuple[object, ...]:
    run_in(write(tmp_path / "whole", WHOLE), tmp_path / "undisturbed")
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
    events = run_in(case, tmp_path / "all")
    assert {"phase", "block-sent", "checkpoint", "part-written", "step-done"} < set(events)
    assert events[-1] == "completed"
    for index in range(len(events)):
        workspace = tmp_path / f"stopped-{index}"
        with pytest.raises(Stopped):
            run_in(case, workspace, stop_at=index)
        assert len(run_in(case, workspace)) <= len(events)
        assert content(workspace) == finished, f"stopped at event {index}, {events[index]}"


def test_a_stop_at_every_event_of_every_restart_still_ends(
    tmp_path: Path, finished: tuple[object, ...]
) -> None:
    """Without a checkpoint the acquisition starts over, so only the third event gets further."""
    case = write(tmp_path / "case", WHOLE)
    workspace = tmp_path / "workspace"
    for _ in range(50):
        try:
            run_in(case, workspace, stop_at=2)
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
                run_in(case, workspace)
            except Stopped:
                left[0] = 10**9
                run_in(case, workspace)
                assert content(workspace) == finished, f"crashed after {operations} operations"
            else:
                break
        assert operations > 20


def test_a_completed_case_answers_the_same_again(
    tmp_path: Path, finished: tuple[object, ...]
) -> None:
    case = write(tmp_path / "case", WHOLE)
    assert run_in(case, tmp_path / "undisturbed") == ["completed"]
    assert content(tmp_path / "undisturbed") == finished


def test_a_paused_load_goes_on_when_its_input_is_mended(tmp_path: Path) -> None:
    compressed = gzip.compress(DATA, mtime=0)
    case = write(tmp_path / "case", WHOLE, compressed[:-4])
    workspace = tmp_path / "workspace"
    run_in(case, workspace)
    assert error_of(workspace).name == "input_unreadable"
    assert outcome_of(workspace).return_code == 12
    write(case, WHOLE, compressed)
    run_in(case, workspace)
    assert outcome_of(workspace).status == "completed"
    assert outcome_of(workspace).return_code == 4  # the warning of the first run's DROP


def test_a_restart_without_a_checkpoint_starts_the_acquisition_over(tmp_path: Path) -> None:
    step = Load(target="T", error_table_1="E1", error_table_2="E2", inputs=(SOURCE,), error_limit=2)
    case_document = case_of(CreateTable(definition=TABLE), step)
    case = write(tmp_path / "case", case_document)
    workspace = tmp_path / "workspace"
    for _ in range(2):  # again and again the same pause, with the same rows
        run_in(case, workspace)
        assert error_of(workspace).name == "error_limit_reached"
        assert outcome_of(workspace).tables["E1"] != ()
        assert outcome_of(workspace).tables["T"] == ()
        assert len(rows_left(workspace, "E1")) == 2
    write(case, case_document, DATA.replace(b"x|", b"7|"))
    run_in(case, workspace)
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
    run_in(case, workspace)
    before = content(workspace)
    write(case, case_document, data)
    run_in(case, workspace)
    assert error_of(workspace).name == "input_changed"
    assert outcome_of(workspace).return_code == 12
    write(case, case_document, DATA)
    run_in(case, workspace)
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
    run_in(write(tmp_path / "case", case_document, **files), workspace)
    files = {"one.txt": b"1|a\n", "two.txt": b"2|b\n3|c\n"}
    run_in(write(tmp_path / "case", case_document, **files), workspace)
    assert error_of(workspace).name == "input_changed"


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
    events = run_in(case, tmp_path / "whole")
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
            run_in(case, workspace, stop_at=index)
        run_in(case, workspace)
        assert content(workspace) == content(tmp_path / "whole")


def test_an_input_that_is_there_but_cannot_be_read_pauses_the_load(tmp_path: Path) -> None:
    case = write(tmp_path / "case", WHOLE)
    (case / "files" / "in.txt").unlink()
    (case / "files" / "in.txt").mkdir()
    run_in(case, tmp_path / "workspace")
    outcome = outcome_of(tmp_path / "workspace")
    assert outcome.error is not None
    assert (outcome.status, outcome.error.name) == ("paused", "input_unreadable")
    assert (outcome.return_code, outcome.locked) == (12, ("T", "E1", "E2"))


def test_a_path_out_of_the_case_is_a_missing_file(tmp_path: Path) -> None:
    outside = Input(file="../case.json", fields=SOURCE.fields, assignments=SOURCE.assignments)
    step = Load(target="T", error_table_1="E1", error_table_2="E2", inputs=(outside,))
    case = write(tmp_path / "case", case_of(CreateTable(definition=TABLE), step))
    run_in(case, tmp_path / "workspace")
    outcome = outcome_of(tmp_path / "workspace")
    assert outcome.error is not None
    assert (outcome.status, outcome.error.name) == ("refused", "input_unreadable")


def test_a_write_that_fails_leaves_the_job_as_it_was(
    tmp_path: Path, finished: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full from each write on in turn; with room again the job goes on."""
    case = write(tmp_path / "case", WHOLE)
    fsync, left = os.fsync, [0]

    def fsync_while_there_is_room(file: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(file)

    told = []
    for writes in range(100):
        workspace, left[0] = tmp_path / f"full-{writes}", writes
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fsync_while_there_is_room)
            try:
                run_in(case, workspace)
                break
            except WorkspaceError as error:
                told.append(str(error))
        run_in(case, workspace)
        assert content(workspace) == finished, f"full after {writes} writes"
    assert len(told) > 5
    assert all("No space left on device" in text for text in told)
    assert all("run the same job again" in text for text in told)


@pytest.mark.parametrize("damage", ["cut", "another version", "nothing"])
def test_a_damaged_workspace_is_told_and_left_alone(tmp_path: Path, damage: str) -> None:
    case, workspace = write(tmp_path / "case", WHOLE), tmp_path / "workspace"
    run_in(case, workspace)
    state = workspace / STATE_FILE
    whole = state.read_bytes()
    damaged = {"cut": whole[:-20], "another version": whole[1:], "nothing": b""}[damage]
    state.write_bytes(damaged)
    with pytest.raises(WorkspaceError, match="use another workspace"):
        run_in(case, workspace)
    assert state.read_bytes() == damaged
    assert outcome_of(workspace).status == "completed"
