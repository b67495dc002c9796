"""The polars loader's workspace: stops and kills at any moment, of one job and of several."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from polars_loader_cases import (
    SALES,
    content,
    events_of,
    fastload_case,
    loads_of,
    run,
    stopped,
    table,
    write_job,
)

from candidates.polars.durable.workspace import WorkspaceError
from candidates.polars.loader import PolarsLoader
from specs.contract import Stopped
from specs.contract.directories import arrow_bytes
from specs.distribution.plan import DistributionQuery, InsertRows, InsertSelect, Reconfigure
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import PrimaryIndex, TableDefinition

DATA = b"".join(b"%d|%d.25|n%d\n" % (n % 37, n, n % 3) for n in range(60)) + b"x|1|a\nbad\n" * 3


@pytest.mark.parametrize("checkpoint", [None, 7])
def test_a_stop_at_any_event_and_a_restart_end_like_no_stop(
    tmp_path: Path, checkpoint: int | None
) -> None:
    case = fastload_case(tmp_path / "case", DATA, checkpoint=checkpoint, sessions=1)
    loader = PolarsLoader(piece_bytes=100)
    names = events_of(case, tmp_path / "ws", loader)
    expected = content(tmp_path / "ws", run(case, tmp_path / "ws"))
    assert {"phase", "block-sent", "part-written", "step-done", "completed"} <= set(names)
    for number in range(len(names)):
        workspace = tmp_path / f"ws{number}"
        assert stopped(case, workspace, number, loader)
        assert content(workspace, run(case, workspace, loader)) == expected


def test_a_changed_input_is_noticed(tmp_path: Path) -> None:
    case = fastload_case(
        tmp_path / "case", b"1|1|a\n2|1|a\nbad\n", checkpoint=2, on_bad_record="stop"
    )
    run(case, tmp_path / "ws")
    (case / "files" / "in.txt").write_bytes(b"1|1|a\n9|1|a\n3|1|a\n")
    outcome = run(case, tmp_path / "ws")
    assert outcome.error is not None
    assert outcome.error.name == "input_changed"
    (case / "files" / "in.txt").write_bytes(b"1|1|a\n2|1|a\n3|1|a\n")
    assert run(case, tmp_path / "ws").status == "completed"


def test_a_torn_checkpoint_is_dropped(tmp_path: Path) -> None:
    case = fastload_case(tmp_path / "case", DATA, checkpoint=10)
    expected = content(tmp_path / "whole", run(case, tmp_path / "whole"))
    assert stopped(case, tmp_path / "ws", 5)
    (log,) = (tmp_path / "ws" / "jobs").glob("*/checkpoints.log")
    log.write_bytes(log.read_bytes()[:-3])
    assert content(tmp_path / "ws", run(case, tmp_path / "ws")) == expected


@pytest.mark.parametrize(
    "options",
    [{"error_limit": 1}, {"on_bad_record": "stop"}, {"end_loading": False}],
    ids=lambda options: next(iter(options)),
)
def test_a_pause_sends_nobody_to_a_script_that_is_then_refused(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    case = fastload_case(tmp_path / "case", b"1|1|a\nbad\n", **options)
    outcome = run(case, tmp_path / "ws")
    assert outcome.error is not None
    assert outcome.status == "paused"
    told = outcome.error.message
    assert "same script again" in told
    assert "release the load first with BEGIN LOADING and END LOADING alone" in told
    assert "NOSTOP" not in told
    assert "raise" not in told


def test_a_stopped_restart_shows_the_errors_of_its_own_last_checkpoint(tmp_path: Path) -> None:
    records = [b"1|1|a", b"x|1|a", b"bad", b"y|1|a", b"5|1|a", b"6|1|a"]
    case = fastload_case(tmp_path / "case", b"\n".join(records), checkpoint=2, on_bad_record="stop")
    assert run(case, tmp_path / "ws").status == "paused"
    (case / "files" / "in.txt").write_bytes(b"\n".join(records).replace(b"bad", b"3|1|a"))

    def stop_at_six(name: str, details: dict[str, Any]) -> None:
        if name == "checkpoint" and details["records"] == 6:
            raise Stopped(name)

    with pytest.raises(Stopped):
        run(case, tmp_path / "ws", emit=stop_at_six)
    refused = run(fastload_case(tmp_path / "other", b"7|1|a\n"), tmp_path / "ws")
    assert refused.status == "refused"
    errors = table(tmp_path / "ws", refused, "e1").to_pylist()
    assert [row["DataParcel"] for row in errors] == [b"x|1|a", b"y|1|a"]
    log = table(tmp_path / "ws", refused, "SYSADMIN.FASTLOG").to_pylist()
    assert [row["Records"] for row in log] == [6]


def test_unreadable_input_pauses(tmp_path: Path) -> None:
    case = fastload_case(tmp_path / "case", b"\x1f\x8bnot gzip at all")
    outcome = run(case, tmp_path / "ws")
    assert outcome.error is not None
    assert (outcome.status, outcome.error.name) == ("paused", "input_unreadable")
    (case / "files" / "in.txt").write_bytes(b"1|1|a\n")
    assert run(case, tmp_path / "ws").status == "completed"


def test_a_damaged_workspace_says_so(tmp_path: Path) -> None:
    case = fastload_case(tmp_path / "case", DATA)
    outcome = run(case, tmp_path / "ws")
    state = tmp_path / "ws" / "state.json"
    whole = state.read_bytes()
    for damaged in (b"", whole[:-9], b'{"case": "digest"}', b"\xff"):
        state.write_bytes(damaged)
        with pytest.raises(WorkspaceError, match=r"state\.json is damaged"):
            run(case, tmp_path / "ws")
    state.write_bytes(whole)
    (part,) = outcome.tables["sales"]
    (tmp_path / "ws" / "outcome" / part).write_bytes(b"cut short")
    delete = write_job(tmp_path / "delete", DeleteRows(table="sales", column="id", value="1"))
    with pytest.raises(WorkspaceError, match=f"{part} is damaged"):
        run(delete, tmp_path / "ws")


# --- several jobs -------------------------------------------------------------------------------

RECORDS = b"1|1|a\nx|1|a\n2|2|b\n1|9|rival\nbad\n3|3|c\n"


def distribution_job(directory: Path) -> Path:
    """A job of several steps, each of which leaves something that another would miss."""
    index = PrimaryIndex(("id",))
    first = TableDefinition(name="p", columns=SALES.columns, primary_index=index)
    second = TableDefinition(name="q", columns=SALES.columns, kind="MULTISET")
    rows = pa.table([range(9), [None] * 9, ["x"] * 9], schema=SALES.arrow_schema())
    steps = (
        *(CreateTable(definition=first), CreateTable(definition=second)),
        InsertRows(table="p", rows="rows.arrow"),
        InsertSelect(source="p", target="q"),
        *(InsertRows(table="p", rows="rows.arrow"), DeleteRows(table="p", column="id", value="3")),
        *(DropTable(table="none"), DistributionQuery(table="p"), DistributionQuery(table="q")),
    )
    return write_job(directory, *steps, files={"rows.arrow": arrow_bytes(rows)}, distribution=True)


def jobs(directory: Path) -> dict[str, Path]:
    """Two loads and a distribution job, which have no table in common."""
    files = {f"{name}.txt": RECORDS for name in "ab"}
    loads = {
        "a": loads_of("a", checkpoint=2, sessions=1),
        "b": (DropTable(table="b"), *loads_of("b"), DeleteRows(table="b_e2")),
    }
    cases = {n: write_job(directory / n, *steps, files=files) for n, steps in loads.items()}
    return {**cases, "distribution": distribution_job(directory / "distribution")}


def test_every_step_of_a_distribution_job_is_done_once(tmp_path: Path) -> None:
    case = distribution_job(tmp_path / "case")
    names = events_of(case, tmp_path / "whole")
    expected = content(tmp_path / "whole", run(case, tmp_path / "whole"))
    assert names == ["step-done"] * 9 + ["completed"]
    for number in range(len(names)):
        workspace = tmp_path / f"ws{number}"
        assert stopped(case, workspace, number)
        assert len(events_of(case, workspace)) == max(len(names) - number - 1, 0)
        assert content(workspace, run(case, workspace)) == expected


@pytest.mark.parametrize(
    ("first", "second"), [("a", "b"), ("b", "distribution"), ("distribution", "a")]
)
def test_stops_at_every_event_of_each_of_two_jobs_end_like_no_stop(
    tmp_path: Path, first: str, second: str
) -> None:
    cases, whole = jobs(tmp_path / "cases"), tmp_path / "whole"
    events = [len(events_of(cases[name], whole)) for name in (first, second)]
    expected = content(whole, run(cases[second], whole))
    report = run(cases[first], tmp_path / "alone").report
    # At its last event a job has completed, and is a new one after another has begun.
    for of_first, of_second in itertools.product(*(range(number - 1) for number in events)):
        workspace = tmp_path / f"ws-{of_first}-{of_second}"
        assert stopped(cases[first], workspace, of_first)
        assert stopped(cases[second], workspace, of_second)
        outcome = run(cases[first], workspace)
        assert (outcome.status, outcome.report) == ("completed", report)
        assert content(workspace, run(cases[second], workspace)) == expected


def test_a_stop_beside_an_open_load_leaves_that_load_as_it_was(tmp_path: Path) -> None:
    cases = jobs(tmp_path / "cases")
    number = len(events_of(cases["distribution"], tmp_path / "count"))
    expected = content(tmp_path / "whole", run(cases["a"], tmp_path / "whole"))["tables"]
    for at in range(number):
        workspace = tmp_path / f"ws{at}"
        assert stopped(cases["a"], workspace, 3)
        assert stopped(cases["distribution"], workspace, at)
        tables = content(workspace, run(cases["a"], workspace))["tables"]
        assert {name: tables[name] for name in expected} == expected


def test_a_reconfiguration_that_was_stopped_is_done_once(tmp_path: Path) -> None:
    steps = (*(Reconfigure(amps=amps) for amps in (7, 3, 5)), DistributionQuery(table="sales"))
    rows = pa.table([range(99), [None] * 99, ["x"] * 99], schema=SALES.arrow_schema())
    case = write_job(tmp_path / "case", *steps, tables={"sales": rows}, distribution=True)
    expected = content(tmp_path / "whole", run(case, tmp_path / "whole"))
    for number in range(5):
        workspace = tmp_path / f"ws{number}"
        assert stopped(case, workspace, number)
        assert content(workspace, run(case, workspace)) == expected


# --- in a process of its own --------------------------------------------------------------------

CHILD = """
import resource, signal, sys
from pathlib import Path
from candidates.polars.loader import PolarsLoader
if int(sys.argv[3]):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
loader = PolarsLoader(
    piece_bytes=20_000, memory_budget=200_000, rows_sorted_together=int(sys.argv[4])
)
loader.run(Path(sys.argv[1]), Path(sys.argv[2]), lambda name, details: print(name, flush=True))
"""


def child(
    case: Path, workspace: Path, limit: int = 0, sorted_together: int = 10_000
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, *map(str, (case, workspace, limit, sorted_together))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
    )


def kill_after(process: subprocess.Popen[str], events: int) -> None:
    """SIGKILL at some moment after so many events, while the process goes on."""
    assert process.stdout is not None
    for _ in range(events):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()


def large_case(tmp_path: Path, checkpoint: int | None, name: str = "t") -> Path:
    data = b"".join(b"%d|%d.25|n%d\n" % (n % 30_011, n % 9_999, n % 7) for n in range(40_000))
    steps = loads_of(name, checkpoint=checkpoint, sessions=1)
    return write_job(tmp_path / name, *steps, files={f"{name}.txt": data})


@pytest.mark.parametrize("checkpoint", [None, 5_000])
def test_kills_at_random_moments(tmp_path: Path, checkpoint: int | None) -> None:
    case = large_case(tmp_path, checkpoint)
    expected = content(tmp_path / "whole", run(case, tmp_path / "whole"))
    moments = random.Random(5)
    for number in range(3):
        workspace = tmp_path / f"ws{number}"
        kill_after(child(case, workspace), moments.randrange(1, 30))
        assert content(workspace, run(case, workspace)) == expected


def test_kills_of_two_jobs_in_turn(tmp_path: Path) -> None:
    cases = [large_case(tmp_path, None, "a"), large_case(tmp_path, 5_000, "b")]
    run(cases[0], tmp_path / "whole")
    expected = content(tmp_path / "whole", run(cases[1], tmp_path / "whole"))
    moments = random.Random(7)
    workspace = tmp_path / "ws"
    for _ in range(2):
        for case in cases:
            kill_after(child(case, workspace), moments.randrange(3, 20))
    left = run(write_job(tmp_path / "other", DropTable(table="a")), workspace)
    assert len(left.locked) == 6, "both loads are open"
    for case in cases:
        outcome = run(case, workspace)
        assert outcome.status == "completed"
    assert content(workspace, outcome) == expected


@pytest.mark.parametrize("sorted_together", [1_000, 100_000])
def test_a_full_disk_is_a_clear_error_and_nothing_is_lost(
    tmp_path: Path, sorted_together: int
) -> None:
    case = large_case(tmp_path, None)
    process = child(case, tmp_path / "ws", limit=100_000, sorted_together=sorted_together)
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "WorkspaceError" in errors
    assert "cannot be written" in errors
    expected = content(tmp_path / "whole", run(case, tmp_path / "whole"))
    assert content(tmp_path / "ws", run(case, tmp_path / "ws")) == expected


def test_the_state_is_one_json_document(tmp_path: Path) -> None:
    run(fastload_case(tmp_path / "case", b"1|1|a\n"), tmp_path / "ws")
    state = json.loads((tmp_path / "ws" / "state.json").read_bytes())
    assert set(state["tables"]) == {SALES.name}
