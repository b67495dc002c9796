"""The polars loader's system lives through many jobs: restarts, locks, releases, other jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from polars_loader_cases import (
    SALES,
    content,
    events_of,
    loads_of,
    release_of,
    restart_log,
    run,
    stopped,
    table,
    write_job,
)

from candidates.polars.durable.workspace import WorkspaceError
from specs.contract import AmpLost, Outcome, TeradataSystem
from specs.contract.directories import arrow_bytes, read_case_document, write_outcome_document
from specs.distribution.plan import (
    DistributionPlan,
    DistributionQuery,
    HashConstants,
    HashMapQuery,
    InsertRows,
    InsertSelect,
    Reconfigure,
)
from specs.fastload.plan import FastLoadPlan
from specs.fastload.report import load_reports
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import PrimaryIndex, TableDefinition

GOOD = b"1|1|a\n2|2|b\n"
BAD = b"1|1|a\nx|1|a\nbad\n3|3|c\n"
"""Pauses at its third record, after one row for error table 1."""


def error_of(outcome: Outcome) -> tuple[str, str | None, int]:
    """Status, error and return code."""
    return outcome.status, outcome.error.name if outcome.error else None, outcome.return_code


def paused_job(directory: Path, name: str = "t", **options: Any) -> Path:
    """A job whose load of a table pauses at a bad record."""
    steps = loads_of(name, on_bad_record="stop", **options)
    return write_job(directory, *steps, files={f"{name}.txt": BAD})


def mend(case: Path, name: str = "t") -> None:
    """Make the input of a paused job good."""
    (case / "files" / f"{name}.txt").write_bytes(BAD.replace(b"bad", b"2|2|b"))


def rows_of(workspace: Path, outcome: Outcome, name: str) -> list[Any]:
    """The keys of a table, in order."""
    return sorted(row["id"] for row in table(workspace, outcome, name).to_pylist())


# --- one job after the other ----------------------------------------------------------------------


def test_a_job_finds_what_the_one_before_it_left(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    run(write_job(tmp_path / "first", *loads_of("a"), files={"a.txt": GOOD}), ws)
    second = run(write_job(tmp_path / "second", *loads_of("b"), files={"b.txt": GOOD}), ws)
    assert second.status == "completed"
    assert {name: rows_of(ws, second, name) for name in second.tables} == {
        "a": [1, 2],
        "b": [1, 2],
    }
    assert [report.target for report in load_reports(second.report)] == ["b"]
    third = run(write_job(tmp_path / "third", DropTable(table="a")), ws)
    assert set(third.tables) == {"b"}
    assert load_reports(third.report) == ()


def test_a_case_brings_only_the_tables_that_the_system_lacks_and_only_once(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    rows = SALES.arrow_schema().empty_table()
    filled = pa.table([[7], [None], ["x"]], schema=SALES.arrow_schema())
    run(write_job(tmp_path / "first", tables={"sales": filled}), ws)
    case = write_job(
        tmp_path / "second",
        DropTable(table="other"),
        CreateTable(definition=SALES),
        tables={"sales": rows, "other": filled},
    )
    refused = run(case, ws)
    assert error_of(refused) == ("refused", "table_exists", 8)
    assert rows_of(ws, refused, "sales") == [7]
    assert "other" not in refused.tables
    again = run(case, ws)
    assert error_of(again) == ("refused", "table_exists", 8)
    assert "other" not in again.tables, "a restart brings nothing back that the job has dropped"


def test_steps_before_a_refused_one_stay_done_and_a_restart_goes_on_behind_them(
    tmp_path: Path,
) -> None:
    ws = tmp_path / "ws"
    steps = [DropTable(table="none"), CreateTable(definition=SALES), *loads_of("t")[1:]]
    case = write_job(tmp_path / "case", *steps, files={"t.txt": GOOD})
    refused = run(case, ws)
    assert error_of(refused) == ("refused", "target_missing", 12)
    assert set(refused.tables) == {"sales"}
    run(write_job(tmp_path / "create", loads_of("t")[0]), ws)
    events = events_of(case, ws)
    assert events[0] == "phase", "CREATE TABLE is not done again"
    completed = run(case, ws)
    assert error_of(completed) == ("completed", None, 4), "the warning of the first run is kept"
    assert rows_of(ws, completed, "t") == [1, 2]


def test_a_refused_step_changes_nothing(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    case = write_job(tmp_path / "case", CreateTable(definition=SALES), DropTable(table="t_e1"))
    run(paused_job(tmp_path / "paused"), ws)
    refused = run(case, ws)
    assert error_of(refused) == ("refused", "table_being_loaded", 12)
    assert refused.warnings == ()
    assert {"sales", "t"} <= set(refused.tables)


# --- completed jobs -------------------------------------------------------------------------------


def test_a_completed_job_answers_the_same_as_the_next_thing(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    run(paused_job(tmp_path / "paused"), ws)
    case = write_job(tmp_path / "case", *loads_of("a"), files={"a.txt": BAD + GOOD})
    first = run(case, ws)
    assert first.status == "completed"
    before = content(ws, first)
    assert events_of(case, ws) == []
    assert content(ws, run(case, ws)) == before
    assert run(case, ws) == first


def test_after_another_job_a_completed_one_is_a_new_job(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    case = write_job(tmp_path / "case", DropTable(table="t"), *loads_of("t"), files={"t.txt": GOOD})
    assert run(case, ws).return_code == 4
    refused = run(
        write_job(tmp_path / "other", CreateTable(definition=loads_of("t")[0].definition)), ws
    )
    assert refused.status == "refused", "it need not complete"
    again = run(case, ws)
    assert error_of(again) == ("completed", None, 0), "the table was there this time"


def test_a_job_that_could_not_start_leaves_the_completed_one_as_it_is(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    case = write_job(tmp_path / "case", *loads_of("t"), files={"t.txt": GOOD})
    first = run(case, ws)
    with pytest.raises(WorkspaceError):
        run(write_job(tmp_path / "other", DropTable(table="t"), amps=7), ws)
    assert events_of(case, ws) == []
    assert run(case, ws) == first


@pytest.mark.parametrize("at", [0, 1])
def test_a_job_that_was_stopped_at_once_has_started(tmp_path: Path, at: int) -> None:
    ws = tmp_path / "ws"
    case = write_job(tmp_path / "case", CreateTable(definition=SALES), DropTable(table="sales"))
    run(case, ws)
    assert stopped(write_job(tmp_path / "other", *loads_of("t"), files={"t.txt": GOOD}), ws, at)
    assert events_of(case, ws) == ["step-done", "step-done", "completed"]


# --- what a job is --------------------------------------------------------------------------------


def test_time_settings_faults_and_the_rest_of_the_system_do_not_make_another_job(
    tmp_path: Path,
) -> None:
    ws = tmp_path / "ws"
    run(paused_job(tmp_path / "case"), ws)
    mended = write_job(
        tmp_path / "mended",
        *read_case_document(tmp_path / "case").steps,
        files={"t.txt": BAD.replace(b"bad", b"2|2|b")},
        job="case",
        now="2026-02-01T00:00:00Z",
        settings={"piece_bytes": 64},
        faults=(AmpLost(amp=2),),
        tables={"other": SALES.arrow_schema().empty_table()},
        system=TeradataSystem(block_bytes=100, client="windows"),
    )
    completed = run(mended, ws)
    assert error_of(completed) == ("completed", None, 0)
    assert "other" not in completed.tables, "tables come with the first start of a job"


@pytest.mark.parametrize(
    "other",
    [
        {"script": "something else"},
        {"edition": "seed"},
        {"plan": FastLoadPlan(steps=loads_of("t", on_bad_record="stop", checkpoint=1)[1:])},
        {"job": "another"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_who_asks_for_something_else_meets_the_locks(tmp_path: Path, other: dict[str, Any]) -> None:
    ws = tmp_path / "ws"
    steps = loads_of("t", on_bad_record="stop")
    run(write_job(tmp_path / "create", steps[0]), ws)
    case = write_job(tmp_path / "case", steps[1], files={"t.txt": BAD})
    assert run(case, ws).status == "paused"
    changed = write_job(
        tmp_path / "changed", steps[1], files={"t.txt": GOOD}, **{"job": "case", **other}
    )
    refused = run(changed, ws)
    assert error_of(refused) == ("refused", "table_being_loaded", 12)
    assert refused.error is not None
    assert refused.error.code == 2652
    assert "job case" in refused.error.message
    mend(case)
    assert run(case, ws).status == "completed"


# --- the size of the system -----------------------------------------------------------------------


@pytest.mark.parametrize("other", [{"amps": 7}, {"hash_bucket_bits": 16}])
def test_a_case_for_a_system_of_another_size_changes_nothing(
    tmp_path: Path, other: dict[str, int]
) -> None:
    ws = tmp_path / "ws"
    case = write_job(tmp_path / "case", *loads_of("t"), files={"t.txt": GOOD})
    run(case, ws)
    before = {p: p.read_bytes() for p in ws.rglob("*") if p.is_file()}
    for name in ("case", "other"):
        steps = read_case_document(tmp_path / "case").steps
        wrong = write_job(tmp_path / "wrong", *steps, job=name, **other)
        with pytest.raises(WorkspaceError, match="4 AMPs and 20-bit") as raised:
            run(wrong, ws)
        assert f"{other.get('amps', 4)} AMPs" in str(raised.value).partition(";")[2]
    assert before == {p: p.read_bytes() for p in ws.rglob("*") if p.is_file()}


def reconfiguring(directory: Path, amps: int, to: int, **given: Any) -> Path:
    steps = (Reconfigure(amps=to), HashMapQuery())
    return write_job(directory, *steps, distribution=True, amps=amps, **given)


def test_a_reconfigured_system_stays_so_for_the_jobs_that_follow(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    data = b"".join(b"%d|1|x\n" % n for n in range(50))
    load = write_job(tmp_path / "load", *loads_of("t"), files={"t.txt": data}, amps=2)
    run(load, ws)
    run(reconfiguring(tmp_path / "reconfigure", 2, 5), ws)
    more = write_job(tmp_path / "more", *loads_of("u"), files={"u.txt": data}, amps=5)
    with pytest.raises(WorkspaceError, match="5 AMPs"):
        run(write_job(tmp_path / "late", *loads_of("u"), amps=2), ws)
    outcome = run(more, ws)
    placed = [table(ws, outcome, name) for name in ("t", "u")]
    assert placed[0].drop(["id"]) == placed[1].drop(["id"])
    assert {row["_amp"] for row in placed[1].to_pylist()} > {0, 1}
    query = write_job(
        tmp_path / "query", HashMapQuery(), HashConstants(), distribution=True, amps=5
    )
    answers = content(ws, run(query, ws))["answers"]
    owners = [row["amp"] for row in answers["0"]]
    whole = tmp_path / "whole"
    direct = content(whole, run(reconfiguring(tmp_path / "reconfigure", 2, 5), whole))["answers"]
    assert owners == [row["amp"] for row in direct["1"]]
    assert {"name": "HASHAMP()", "value": 4} in answers["1"]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_stopped_reconfiguration_goes_on_under_the_size_that_its_case_names(
    tmp_path: Path, at: int
) -> None:
    ws, whole = tmp_path / "ws", tmp_path / "whole"
    case = reconfiguring(tmp_path / "case", 2, 5)
    expected = content(whole, run(case, whole))
    assert stopped(case, ws, at)
    assert content(ws, run(case, ws)) == expected
    assert content(ws, run(case, ws)) == expected, "and completed it answers the same"


def test_a_job_may_go_on_naming_the_size_that_there_was_when_it_started(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    steps = (Reconfigure(amps=3), DistributionQuery(table="t"))
    case = write_job(tmp_path / "case", *steps, distribution=True, amps=2)
    assert error_of(run(case, ws)) == ("refused", "target_missing", 8)
    run(reconfiguring(tmp_path / "other", 3, 6), ws)
    now = write_job(tmp_path / "now", *steps, job="case", distribution=True, amps=6)
    for again in (case, now):
        assert error_of(run(again, ws)) == ("refused", "target_missing", 8)
    then = write_job(tmp_path / "then", *steps, job="case", distribution=True, amps=3)
    for late in (then, write_job(tmp_path / "new", *steps, distribution=True, amps=2)):
        with pytest.raises(WorkspaceError, match="6 AMPs"):
            run(late, ws)
    query = write_job(tmp_path / "query", HashConstants(), distribution=True, amps=6)
    answers = content(ws, run(query, ws))["answers"]
    assert {"name": "HASHAMP()", "value": 5} in answers["0"], "3 AMPs are not made again"


@pytest.mark.parametrize("amps", [0, -1, 1 << 21])
def test_a_system_of_an_impossible_size_is_declined(tmp_path: Path, amps: int) -> None:
    refused = run(reconfiguring(tmp_path / "case", 2, amps), tmp_path / "ws")
    assert error_of(refused) == ("refused", "unsupported_case", 12)


# --- several open loads ---------------------------------------------------------------------------


def test_loads_of_different_tables_are_open_together(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    first = paused_job(tmp_path / "first", "a", checkpoint=1)
    second = paused_job(tmp_path / "second", "b")
    run(first, ws)
    both = run(second, ws)
    assert error_of(both) == ("paused", "bad_record", 12)
    assert both.locked == ("a", "a_e1", "a_e2", "b", "b_e1", "b_e2")
    assert {name for name, files in both.tables.items() if not files} == {
        "a", "a_e2", "b", "b_e2"
    }  # fmt: skip
    assert [table(ws, both, name).num_rows for name in ("a_e1", "b_e1")] == [1, 1]
    assert restart_log(ws, both) == [("a", "acquisition", 2), ("b", "acquisition", 0)]
    assert [report.target for report in load_reports(both.report)] == ["b"]

    mend(first, "a")
    completed = run(first, ws)
    assert error_of(completed) == ("completed", None, 0)
    assert completed.locked == ("b", "b_e1", "b_e2")
    assert restart_log(ws, completed) == [("b", "acquisition", 0)]
    assert rows_of(ws, completed, "a") == [1, 2, 3]
    mend(second, "b")
    last = run(second, ws)
    assert (last.status, last.locked) == ("completed", ())
    assert {name: table(ws, last, name).num_rows for name in last.tables} == {
        "a": 3, "a_e1": 1, "b": 3, "b_e1": 1
    }  # fmt: skip


@pytest.mark.parametrize("checkpoint", [None, 1])
def test_a_load_is_restarted_among_other_jobs(tmp_path: Path, checkpoint: int | None) -> None:
    ws, alone = tmp_path / "ws", tmp_path / "alone"
    case = paused_job(tmp_path / "case", checkpoint=checkpoint)
    other = write_job(tmp_path / "other", *loads_of("o"), files={"o.txt": GOOD})
    third = write_job(tmp_path / "third", DeleteRows(table="o"), DropTable(table="t"))
    run(case, alone)
    mended = paused_job(tmp_path / "mended" / "case", checkpoint=checkpoint)
    mend(mended)
    expected = run(mended, alone)
    run(case, ws)
    assert run(other, ws).status == "completed"
    assert error_of(run(third, ws)) == ("refused", "table_being_loaded", 12)
    assert error_of(run(case, ws)) == ("paused", "bad_record", 12)
    outcome = run(mended, ws)
    assert load_reports(outcome.report) == load_reports(expected.report)
    assert table(ws, outcome, "t") == table(alone, expected, "t")
    assert table(ws, outcome, "t_e1") == table(alone, expected, "t_e1")
    assert table(ws, outcome, "o").num_rows == 0, "DELETE came before the refused DROP"


LOCKED_STEPS: list[tuple[bool, Any]] = [
    (False, DropTable(table="t")),
    (False, DropTable(table="t_e2")),
    (False, DeleteRows(table="t_e1")),
    (False, CreateTable(definition=TableDefinition(name="t_e1", columns=SALES.columns))),
    (False, loads_of("t")[1]),
    (False, loads_of("free", error_table_2="t_e1")[1]),
    (True, InsertRows(table="t", rows="rows.arrow")),
    (True, InsertSelect(source="t", target="free")),
    (True, InsertSelect(source="free", target="t_e2")),
    (True, DistributionQuery(table="t")),
    (True, Reconfigure(amps=9)),
]


@pytest.mark.parametrize(
    ("distribution", "step"), LOCKED_STEPS, ids=[type(step).__name__ for _, step in LOCKED_STEPS]
)
def test_a_step_that_touches_a_locked_table_is_refused_when_it_is_reached(
    tmp_path: Path, distribution: bool, step: Any
) -> None:
    ws = tmp_path / "ws"
    run(paused_job(tmp_path / "paused"), ws)
    free = TableDefinition(name="free", columns=SALES.columns, primary_index=SALES.primary_index)
    rows = pa.table([[7], [None], ["x"]], schema=SALES.arrow_schema())
    case = write_job(
        tmp_path / "case",
        CreateTable(definition=free),
        step,
        files={"rows.arrow": arrow_bytes(rows), "t.txt": GOOD, "free.txt": GOOD},
        distribution=distribution,
    )
    refused = run(case, ws)
    assert error_of(refused) == ("refused", "table_being_loaded", 12)
    assert refused.error is not None
    assert refused.error.code == 2652
    assert "BEGIN LOADING" in refused.error.message
    assert table(ws, refused, "free").num_rows == 0
    assert refused.locked == ("t", "t_e1", "t_e2")
    mend(tmp_path / "paused")
    assert run(tmp_path / "paused", ws).status == "completed"
    if not distribution:
        assert run(case, ws).error != refused.error, "the locks are gone"


def test_a_locked_error_table_is_not_brought_along_by_a_case(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    run(paused_job(tmp_path / "paused"), ws)
    case = write_job(tmp_path / "case", tables={"t_e2": SALES.arrow_schema().empty_table()})
    assert run(case, ws).tables["t_e2"] == ()
    mend(tmp_path / "paused")
    assert "t_e2" not in run(tmp_path / "paused", ws).tables


# --- releases -------------------------------------------------------------------------------------


def test_any_job_may_release_a_load_and_its_owner_is_forgotten(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    first, second = paused_job(tmp_path / "first", "a"), paused_job(tmp_path / "second", "b")
    run(first, ws)
    run(second, ws)
    load = read_case_document(first).steps[1]
    release = write_job(
        tmp_path / "release", DropTable(table="b2"), release_of(load), DropTable(table="a")
    )
    released = run(release, ws)
    assert error_of(released) == ("completed", None, 4)
    assert released.locked == ("b", "b_e1", "b_e2")
    assert restart_log(ws, released) == [("b", "acquisition", 0)]
    assert set(released.tables) == {"a_e1", "b", "b_e1", "b_e2", "SYSADMIN.FASTLOG"}
    assert table(ws, released, "a_e1").num_rows == 1
    # The owner's script is a new job, and begins with CREATE TABLE.
    again = run(first, ws)
    assert error_of(again) == ("refused", "error_table_exists", 12)
    assert "a" in again.tables
    mend(second, "b")
    assert run(second, ws).status == "completed"


@pytest.mark.parametrize(
    ("event", "checkpoint"),
    [
        *(("phase", None), ("phase", 3), ("checkpoint", 3), ("block-sent", None)),
        *(("block-sent", 3), ("part-written", None), ("part-written", 3)),
    ],
)
def test_a_load_that_was_stopped_may_be_released_too(
    tmp_path: Path, event: str, checkpoint: int | None
) -> None:
    ws = tmp_path / "ws"
    steps = loads_of("t", checkpoint=checkpoint)
    data = GOOD + b"x|1|a\n1|9|rival\n" + GOOD
    case = write_job(tmp_path / "case", *steps, files={"t.txt": data})
    told = events_of(case, tmp_path / "whole")
    last = len(told) - 1 - told[::-1].index(event)
    assert stopped(case, ws, last)
    durable = 3 if event in ("checkpoint", "block-sent") and checkpoint else 0
    acquired = event in ("phase", "part-written")
    other = run(write_job(tmp_path / "other", DropTable(table="t")), ws)
    phase = "application" if acquired else "acquisition"
    assert restart_log(ws, other) == [("t", phase, 6 if acquired else 2 * durable)]
    errors = table(ws, other, "t_e1").num_rows
    assert errors == (1 if acquired or durable else 0)
    released = run(write_job(tmp_path / "release", release_of(steps[1])), ws)
    assert (released.status, released.locked) == ("completed", ())
    assert table(ws, released, "t").num_rows == 0
    assert set(released.tables) == ({"t", "t_e1"} if errors else {"t"})


def test_a_release_names_the_three_tables_of_one_load(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    load = loads_of("t")[1]
    nothing = write_job(tmp_path / "nothing", release_of(load))
    assert error_of(run(nothing, ws)) == ("refused", "no_job_to_release", 12)
    for name in ("a", "b"):
        run(paused_job(tmp_path / name, name), ws)
    first, second = (read_case_document(tmp_path / name).steps[1] for name in ("a", "b"))
    assert error_of(run(nothing, ws)) == ("refused", "no_job_to_release", 12)
    mixed = loads_of("a", error_table_1=second.error_table_1)[1]
    wrong = write_job(tmp_path / "wrong", release_of(mixed))
    assert error_of(run(wrong, ws)) == ("refused", "table_being_loaded", 12)
    for number, load in enumerate((second, first)):
        released = run(write_job(tmp_path / f"release{number}", release_of(load)), ws)
        assert released.status == "completed"
    assert released.locked == ()


def test_a_released_job_starts_over_even_where_its_checkpoints_were(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    steps = loads_of("t", on_bad_record="stop", checkpoint=1)
    run(write_job(tmp_path / "create", steps[0]), ws)
    case = write_job(tmp_path / "case", steps[1], files={"t.txt": b"1|1|a\nbad\n"})
    assert run(case, ws).status == "paused"
    run(write_job(tmp_path / "release", release_of(steps[1])), ws)
    (case / "files" / "t.txt").write_bytes(b"7|1|a\n8|1|a\n")
    completed = run(case, ws)
    assert completed.status == "completed", "a restart would say input_changed"
    assert rows_of(ws, completed, "t") == [7, 8]


# --- error tables in other jobs -------------------------------------------------------------------


def test_what_a_load_left_in_error_tables_can_be_read_and_dropped_later(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    data = GOOD + b"x|1|a\n1|9|rival\n"
    run(write_job(tmp_path / "load", *loads_of("t"), files={"t.txt": data}), ws)
    copied = TableDefinition(
        name="copy", columns=SALES.columns, kind="MULTISET", primary_index=PrimaryIndex(("id",))
    )
    copying = write_job(
        tmp_path / "copy",
        CreateTable(definition=copied),
        InsertSelect(source="t_e2", target="copy"),
        InsertSelect(source="t", target="copy"),
        DistributionQuery(table="t_e2"),
        distribution=True,
    )
    outcome = run(copying, ws)
    assert outcome.status == "completed"
    assert rows_of(ws, outcome, "copy") == [1, 1, 2]
    cleaning = write_job(
        tmp_path / "clean",
        DeleteRows(table="t_e1", column="ErrorCode", value="2679"),
        DropTable(table="t_e2"),
    )
    cleaned = run(cleaning, ws)
    assert error_of(cleaned) == ("completed", None, 0)
    assert table(ws, cleaned, "t_e1").num_rows == 0


def test_plans_of_every_engine_meet_on_one_system(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    run(paused_job(tmp_path / "paused"), ws)
    query = write_job(tmp_path / "query", HashConstants(), distribution=True)
    outcome = run(query, ws)
    assert outcome.report is None
    assert restart_log(ws, outcome) == [("t", "acquisition", 0)]
    assert isinstance(read_case_document(query).plan, DistributionPlan)


# --- leftovers ------------------------------------------------------------------------------------


def test_nothing_is_left_of_what_nobody_needs(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    case = write_job(tmp_path / "case", *loads_of("t", checkpoint=1), files={"t.txt": GOOD * 20})
    number = 0
    while stopped(case, ws, number):
        number += 7
    outcome = run(case, ws)
    write_outcome_document(outcome, ws / "outcome")
    run(write_job(tmp_path / "other", DropTable(table="t")), ws)
    run(write_job(tmp_path / "last"), ws)
    assert sorted(p.name for p in ws.iterdir()) == ["jobs", "outcome", "state.json"]
    assert list((ws / "jobs").iterdir()) == []
    assert [p.name for p in (ws / "outcome").iterdir()] == ["outcome.json"]
