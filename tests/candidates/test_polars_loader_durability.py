"""The polars loader's workspace: stops, kills, full disks, locks, releases, other cases."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from polars_loader_cases import SALES, content, fastload_case, run, table

from candidates.polars.durable.workspace import WorkspaceError
from candidates.polars.loader import PolarsLoader
from specs.contract import Case, Stopped
from specs.contract.directories import CaseBundle, write_case
from specs.distribution.plan import DistributionPlan, Reconfigure
from specs.fastload.plan import FastLoadPlan, ReleaseLoad
from specs.sql.statements import DropTable

DATA = b"".join(b"%d|%d.25|n%d\n" % (n % 37, n, n % 3) for n in range(60)) + b"x|1|a\nbad\n" * 3


class StopAt:
    """An ``emit`` that stops the loader at its nth event."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, name: str, details: dict[str, Any]) -> None:
        self.left -= 1
        if self.left < 0:
            raise Stopped(name)


@pytest.mark.parametrize("checkpoint", [None, 7])
def test_a_stop_at_any_event_and_a_restart_end_like_no_stop(
    tmp_path: Path, checkpoint: int | None
) -> None:
    case = fastload_case(tmp_path / "case", DATA, checkpoint=checkpoint, sessions=1)
    names: list[str] = []
    loader = PolarsLoader(piece_bytes=100)
    whole = run(case, tmp_path / "ws", loader, lambda name, details: names.append(name))
    expected = content(tmp_path / "ws", whole)
    assert {"phase", "block-sent", "part-written", "step-done", "completed"} <= set(names)
    for number in range(len(names)):
        workspace = tmp_path / f"ws{number}"
        with pytest.raises(Stopped):
            loader.run(case, workspace, StopAt(number))
        assert content(workspace, run(case, workspace, loader)) == expected


def test_a_completed_case_answers_the_same_again(tmp_path: Path) -> None:
    case = fastload_case(tmp_path / "case", DATA)
    first = run(case, tmp_path / "ws")
    events: list[str] = []
    again = run(case, tmp_path / "ws", emit=lambda name, details: events.append(name))
    assert again == first
    assert not events


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
    with pytest.raises(Stopped):
        PolarsLoader().run(case, tmp_path / "ws", StopAt(5))
    log = tmp_path / "ws" / "acquisition.log"
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


def test_locks_release_and_other_cases(tmp_path: Path) -> None:
    case = fastload_case(tmp_path / "case", b"x|1|a\n1|1|b\n", end_loading=False)
    paused = run(case, tmp_path / "ws")
    assert paused.error is not None
    assert (paused.error.name, paused.return_code) == ("end_loading_missing", 0)
    assert table(tmp_path / "ws", paused, "SYSADMIN.FASTLOG").to_pylist() == [
        {"LogTable": "sales", "Phase": "acquisition", "Records": 0}
    ]
    other = fastload_case(tmp_path / "other", b"7|1|a\n")
    refused = run(other, tmp_path / "ws")
    assert refused.error is not None
    assert (refused.error.name, refused.error.code) == ("table_being_loaded", 2652)
    release = ReleaseLoad(target="sales", error_table_1="e1", error_table_2="e2")
    write_case(
        CaseBundle(Case(script="", plan=FastLoadPlan(steps=(release,)))), tmp_path / "release"
    )
    released = run(tmp_path / "release", tmp_path / "ws")
    assert released.status == "completed"
    assert table(tmp_path / "ws", released, "sales").num_rows == 0
    assert table(tmp_path / "ws", released, "e1").num_rows == 1
    assert not released.locked


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


def test_a_reconfigure_is_refused_while_a_load_is_paused(tmp_path: Path) -> None:
    case = fastload_case(tmp_path / "case", b"1|1|b\nbad\n", on_bad_record="stop")
    run(case, tmp_path / "ws")
    plan = DistributionPlan(steps=(Reconfigure(amps=5),))
    write_case(CaseBundle(Case(script="", plan=plan)), tmp_path / "other")
    refused = run(tmp_path / "other", tmp_path / "ws")
    assert refused.error is not None
    assert (refused.status, refused.return_code) == ("refused", 12)
    assert (refused.error.name, refused.error.code) == ("table_being_loaded", 2652)
    assert all(name in refused.error.message for name in ("sales", "e1", "e2"))
    (case / "files" / "in.txt").write_bytes(b"1|1|b\n")
    assert run(case, tmp_path / "ws").status == "completed"


def test_a_release_may_follow_other_steps(tmp_path: Path) -> None:
    run(fastload_case(tmp_path / "case", b"1|1|b\n", end_loading=False), tmp_path / "ws")
    release = ReleaseLoad(target="sales", error_table_1="e1", error_table_2="e2")
    plan = FastLoadPlan(steps=(DropTable(table="x"), release))
    write_case(CaseBundle(Case(script="", plan=plan)), tmp_path / "release")
    released = run(tmp_path / "release", tmp_path / "ws")
    assert (released.status, released.return_code) == ("completed", 4)
    assert not released.locked


def test_a_workspace_of_another_case_is_left_alone(tmp_path: Path) -> None:
    first = fastload_case(tmp_path / "first", b"1|1|a\n")
    second = fastload_case(tmp_path / "second", b"1|1|a\n", amps=7)
    run(first, tmp_path / "ws")
    before = {p: p.read_bytes() for p in (tmp_path / "ws").rglob("*") if p.is_file()}
    with pytest.raises(WorkspaceError, match="belongs to another case"):
        run(second, tmp_path / "ws")
    assert before == {p: p.read_bytes() for p in (tmp_path / "ws").rglob("*") if p.is_file()}


def test_unreadable_input_pauses(tmp_path: Path) -> None:
    case = fastload_case(tmp_path / "case", b"\x1f\x8bnot gzip at all")
    outcome = run(case, tmp_path / "ws")
    assert outcome.error is not None
    assert (outcome.status, outcome.error.name) == ("paused", "input_unreadable")
    (case / "files" / "in.txt").write_bytes(b"1|1|a\n")
    assert run(case, tmp_path / "ws").status == "completed"


# --- in a process of its own --------------------------------------------------------------------

CHILD = """
import resource, signal, sys
from pathlib import Path
from candidates.polars.loader import PolarsLoader
if int(sys.argv[3]):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
loader = PolarsLoader(piece_bytes=20_000, memory_budget=200_000)
loader.rows_sorted_together = int(sys.argv[4])
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


def large_case(tmp_path: Path, checkpoint: int | None) -> Path:
    data = b"".join(b"%d|%d.25|n%d\n" % (n % 30_011, n % 9_999, n % 7) for n in range(40_000))
    return fastload_case(tmp_path / "case", data, checkpoint=checkpoint, sessions=1)


@pytest.mark.parametrize("checkpoint", [None, 5_000])
def test_kills_at_random_moments(tmp_path: Path, checkpoint: int | None) -> None:
    case = large_case(tmp_path, checkpoint)
    expected = content(tmp_path / "whole", run(case, tmp_path / "whole"))
    moments = random.Random(5)
    for number in range(3):
        workspace = tmp_path / f"ws{number}"
        process = child(case, workspace)
        assert process.stdout is not None
        process.stdout.readline()  # the first event: the imports are over
        time.sleep(moments.random() * 0.25)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert content(workspace, run(case, workspace)) == expected


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
