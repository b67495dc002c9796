"""The polars loader on a disk that gets full: at every single write of a job, alone and not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from full_disk import FullDisk
from polars_loader_cases import SALES, content, loads_of, release_of, run, table, write_job

from candidates.polars.durable.workspace import WorkspaceError
from candidates.polars.loader import PolarsLoader
from specs.contract.directories import arrow_bytes
from specs.distribution.plan import DistributionQuery, InsertRows, Reconfigure
from specs.sql.statements import CreateTable, DropTable

RECORDS = b"".join(b"%d|%d|n%d\n" % (n % 19, n % 7, n % 3) for n in range(24)) + b"x|1|a\nbad\n"
SETTINGS = {
    "piece_bytes": 80,
    "rows_sorted_together": 5,
    "memory_budget": 0,
    "part_bytes": 100,
    "workers": 1,
}
"""Small pieces, spilled runs and several parts, so that every kind of file is written."""


def distribution_job(directory: Path, amps: int) -> Path:
    rows = pa.table([range(9), [None] * 9, ["x"] * 9], schema=SALES.arrow_schema())
    steps = (
        *(CreateTable(definition=SALES), InsertRows(table="sales", rows="rows.arrow")),
        *(Reconfigure(amps=amps), DistributionQuery(table="sales")),
    )
    files = {"rows.arrow": arrow_bytes(rows)}
    return write_job(directory / "requests", *steps, files=files, distribution=True)


def run_until_full(
    case: Path, workspace: Path, room: int | None, *, short: bool = False
) -> FullDisk:
    """Run a case on a disk with room for so many operations, which has to be told as that."""
    disk = FullDisk(workspace, room=room, short=short)
    with pytest.MonkeyPatch.context() as patch:
        disk.install(patch)
        if room is None:
            PolarsLoader().run(case, workspace, lambda name, details: None)
        else:
            with pytest.raises(WorkspaceError, match=r"cannot be written .* same case again"):
                PolarsLoader().run(case, workspace, lambda name, details: None)
    return disk


@pytest.mark.parametrize("short", [False, True])
def test_a_load_job_at_every_operation(tmp_path: Path, short: bool) -> None:
    steps = (
        *loads_of("t", checkpoint=9),
        *loads_of("u", file="t.txt"),
        DropTable(table="none"),
    )
    case = write_job(tmp_path / "case", *steps, files={"t.txt": RECORDS}, settings=SETTINGS)
    whole = tmp_path / "whole"
    disk = run_until_full(case, whole, None)
    operations = disk.last_write if short else disk.done
    outcome = run(case, whole)
    assert outcome.work["spilled_runs"] > 2
    assert len(outcome.tables["t"]) == 2, "the target has several parts"
    assert operations > 80
    expected = content(whole, outcome)
    for room in range(operations):
        workspace = tmp_path / "ws"
        run_until_full(case, workspace, room, short=short)
        assert content(workspace, run(case, workspace)) == expected
        shutil.rmtree(workspace)


def test_a_distribution_job_at_every_operation(tmp_path: Path) -> None:
    case, whole = distribution_job(tmp_path, 6), tmp_path / "whole"
    operations = run_until_full(case, whole, None).done
    expected = content(whole, run(case, whole))
    for room in range(operations):
        workspace = tmp_path / f"ws{room}"
        run_until_full(case, workspace, room)
        assert content(workspace, run(case, workspace)) == expected


def test_another_job_beside_an_open_load_at_every_operation(tmp_path: Path) -> None:
    steps = loads_of("open", on_bad_record="stop", checkpoint=1)
    data = b"1|1|a\nx|1|a\nbad\n3|1|c\n"
    opened = write_job(tmp_path / "open", *steps, files={"open.txt": data})
    paused = tmp_path / "paused"
    assert run(opened, paused).status == "paused"
    case = write_job(tmp_path / "t", *loads_of("t", checkpoint=20), files={"t.txt": RECORDS})
    whole = tmp_path / "whole"
    shutil.copytree(paused, whole)
    operations = run_until_full(case, whole, None).done
    beside = content(whole, run(case, whole))
    (opened / "files" / "open.txt").write_bytes(data.replace(b"bad", b"2|1|b"))
    expected = content(whole, run(opened, whole))
    assert (beside["status"], len(beside["locked"])) == ("completed", 3)
    assert expected["status"] == "completed"
    for room in range(operations):
        # Either of the two may come first when there is space again.
        for number, order in enumerate(((case, opened), (opened, case))):
            workspace = tmp_path / "ws"
            shutil.copytree(paused, workspace)
            run_until_full(case, workspace, room)
            for next_case in order:
                last = run(next_case, workspace)
                assert last.status == "completed", room
            assert content(workspace, last)["tables"] == expected["tables"]
            if not number:
                assert content(workspace, last) == expected
            shutil.rmtree(workspace)


def test_a_restart_and_a_release_at_every_operation(tmp_path: Path) -> None:
    steps = loads_of("t", on_bad_record="stop", checkpoint=3)
    data = b"1|1|a\nx|1|a\n2|1|b\n4|1|d\nbad\n"
    case = write_job(tmp_path / "case", *steps, files={"t.txt": data})
    release = write_job(tmp_path / "release", release_of(steps[1]))
    paused = tmp_path / "paused"
    run(case, paused)
    for again in (case, release):
        (tmp_path / "case" / "files" / "t.txt").write_bytes(data.replace(b"bad", b"3|1|c"))
        whole = tmp_path / f"whole-{again.name}"
        shutil.copytree(paused, whole)
        operations = run_until_full(again, whole, None).done
        outcome = run(again, whole)
        assert outcome.status == "completed"
        assert table(whole, outcome, "t").num_rows == (4 if again is case else 0)
        expected = content(whole, outcome)
        for room in range(operations):
            workspace = tmp_path / f"ws-{again.name}-{room}"
            shutil.copytree(paused, workspace)
            run_until_full(again, workspace, room)
            assert content(workspace, run(again, workspace)) == expected
