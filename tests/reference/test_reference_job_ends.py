"""How FastLoad jobs end in the reference: summary, limits, pauses, refusals."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from reference_jobs import (
    COLUMNS,
    UPI,
    load,
    loads,
    outcome,
    rows,
    run,
    run_one,
    source,
    table,
)

from specs.contract import TeradataSystem
from specs.fastload.plan import Assignment, Load, ReleaseLoad, SourceField
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, TableDefinition

# --- how a job ends ------------------------------------------------------------------------------


def test_the_end_summary() -> None:
    data = b"1|a\n1|a\nx|a\n1|b\n"
    assert loads(run_one(data, UPI))[0].summary == (
        "Total Records Read  = 4\n"
        "Total Error Table 1 = 1\n"
        "Total Error Table 2 = 1\n"
        "Total Inserts Applied = 1\n"
        "Total Duplicate Rows = 1"
    )
    assert loads(run_one(b"head\n" + data, UPI, {"start": 2}))[0].summary == (
        "Total Records Read  = 5\n"
        " skipped by RECORD command = 1\n"
        " sent to the RDBMS  = 4\n"
        "Total Error Table 1 = 1\n"
        "Total Error Table 2 = 1\n"
        "Total Inserts Applied = 1\n"
        "Total Duplicate Rows = 1"
    )


@pytest.mark.parametrize(("asked", "amps", "used"), [(None, 4, 4), (2, 4, 2), (9, 4, 4), (1, 1, 1)])
def test_sessions(asked: int | None, amps: int, used: int) -> None:
    result = run_one(b"1|a", load_options={"sessions": asked}, system=TeradataSystem(amps=amps))
    assert loads(result)[0].sessions == used


@pytest.mark.parametrize(
    ("block_bytes", "captured"),
    [(1, 2), (7, 3), (100, 5)],
)
def test_errlimit_finishes_the_open_block(block_bytes: int, captured: int) -> None:
    # Blocks of 1, 2 (plus a good one) and all records; the limit is met by the second error.
    data = b"x|a\n1|a\ny|a\nz|a\nx|b\nx|c\n"
    result = run_one(
        data, load_options={"error_limit": 2}, system=TeradataSystem(block_bytes=block_bytes)
    )
    assert outcome(result) == ("paused", "error_limit_reached", 12)
    assert len(result.tables["E1"].rows) == captured
    assert result.locked == ("T", "E1", "E2")
    assert not result.tables["T"].readable
    assert result.tables["E1"].readable
    assert not result.tables["E2"].readable
    assert result.tables["SYSADMIN.FASTLOG"].rows == [("T", "acquisition", 0)]
    assert loads(result)[0].counts is None
    assert loads(result)[0].summary == ""


def test_errlimit_holds_at_the_end_of_the_input() -> None:
    assert outcome(run_one(b"x|a\n", load_options={"error_limit": 1}))[1] == "error_limit_reached"
    assert outcome(run_one(b"x|a\n", load_options={"error_limit": 2})) == ("completed", None, 0)


def test_errlimit_does_not_count_duplicates_or_upi_violations() -> None:
    result = run_one(b"1|a\n1|a\n1|b\n", UPI, {"error_limit": 1})
    assert outcome(result) == ("completed", None, 0)


def test_a_bad_record_without_nostop_pauses_the_job() -> None:
    definition = table()
    step = load(source(definition, on_bad_record="stop"))
    result = run(CreateTable(definition=definition), step, data=b"x|a\n1\n2|b\n")
    assert outcome(result) == ("paused", "bad_record", 12)
    assert rows(result, "E1") == [(b"x|a", 2679, "in_k")]
    assert "in.txt, record 2: field_count_mismatch" in result.message


def test_without_end_loading_the_job_stays_paused() -> None:
    result = run_one(b"1|a\n2|b\n", load_options={"end_loading": False, "checkpoint": 1})
    assert outcome(result) == ("paused", "end_loading_missing", 0)
    assert result.locked == ("T", "E1", "E2")
    assert result.tables["SYSADMIN.FASTLOG"].rows == [("T", "acquisition", 2)]


def test_a_pause_asks_for_nothing_that_would_be_refused() -> None:
    """A changed script is another job, which the lock refuses; only a release lets it in."""
    definition = table()
    stopping = load(source(definition, on_bad_record="stop"))
    paused = [
        run(CreateTable(definition=definition), stopping, data=b"1\n"),
        run_one(b"x|a\n", load_options={"error_limit": 1}),
        run_one(b"1|a\n", load_options={"end_loading": False}),
    ]
    for result in paused:
        assert result.status == "paused"
        assert "to change the script, release the load first" in result.message


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(b"1|a\n" * 1000, mtime=0)[:-9],
        gzip.compress(b"1|a\n", mtime=0)[:5],
        b"\x1f\x8bnot gzip at all",
    ],
)
def test_a_broken_gzip_stream_pauses_the_job(data: bytes) -> None:
    result = run_one(data)
    assert outcome(result) == ("paused", "input_unreadable", 12)
    assert "in.txt" in result.message


def test_a_missing_file_is_refused_before_anything_changes() -> None:
    definition = table()
    result = run(CreateTable(definition=definition), load(source(definition)), files={"other": b""})
    assert outcome(result) == ("refused", "input_unreadable", 12)
    assert list(result.tables) == ["T"]
    assert result.locked == ()


def test_refusals_in_their_order() -> None:
    """Everything is wrong at once; mending one thing after the other shows the order."""
    existing = [CreateTable(definition=table(name="E1"))]
    attached: dict[str, Any] = {"attached": ("trigger",)}
    bad_format = source(table(), format="TEXT", file="gone")

    def refusal(definition: TableDefinition | None, step: Load, **case: Any) -> str | None:
        made = [CreateTable(definition=definition)] if definition else []
        result = run(*existing, *made, step, data=b"1|a", **case)
        assert result.status == "refused"
        assert result.return_code == 12
        assert "E2" not in result.tables
        return result.error

    broken = table(None, view=True, partitioned=True, **attached)
    down: dict[str, Any] = {"system": TeradataSystem(amps=4, down_amps=(1,))}
    assert refusal(None, load(bad_format), **down) == "target_missing"
    assert refusal(broken, load(bad_format), **down) == "target_is_view"
    broken = table(None, partitioned=True, **attached)
    assert refusal(broken, load(bad_format), **down) == "target_partitioned_nopi"
    broken = table(**attached)
    assert refusal(broken, load(bad_format), **down) == "target_has_attachment"
    assert refusal(table(), load(bad_format), **down) == "amp_down"
    assert refusal(table(), load(bad_format)) == "error_table_exists"
    assert refusal(table(), load(bad_format, error_table_1="F1")) == "unsupported_format"
    missing_file = load(source(table(), file="gone"), error_table_1="F1")
    assert refusal(table(), missing_file) == "input_unreadable"


def test_a_byte_column_cannot_be_loaded_from_text() -> None:
    definition = table(columns=(*COLUMNS, Column(name="b", type="VARBYTE(2)")))
    fields = (SourceField(name="in_b", type="VARBYTE(4)"),)
    assignments = (Assignment(column="b", field="in_b"),)
    step = load(source(definition, fields=fields, assignments=assignments))
    result = run(CreateTable(definition=definition), step, data=b"00\n")
    assert outcome(result) == ("refused", "unsupported_format", 12)
    assert list(result.tables) == ["T"]
    # A field that no column takes may be one of bytes.
    fields = (SourceField(name="in_b", type="VARBYTE(4)"), SourceField(name="k", type="VARCHAR(4)"))
    assignments = (Assignment(column="k", field="k"),)
    step = load(source(definition, fields=fields, assignments=assignments))
    assert outcome(run(CreateTable(definition=definition), step, data=b"00|1\n"))[0] == "completed"


def test_a_default_of_bytes_is_in_hexadecimal() -> None:
    definition = table(columns=(*COLUMNS, Column(name="b", type="BYTE(3)", default="00FF")))
    result = run(CreateTable(definition=definition), load(source(table())), data=b"1|a\n")
    assert rows(result) == [(1, "a", b"\0\xff\0")]


def test_a_non_empty_target_is_refused_and_nothing_changes() -> None:
    again = load(source(table()), error_table_1="F1", error_table_2="F2")
    steps = CreateTable(definition=table()), load(source(table()))
    result = run(*steps, again, data=b"1|a\n")
    assert outcome(result) == ("refused", "target_not_empty", 12)
    assert rows(result) == [(1, "a")]
    assert len(loads(result)) == 1
    after_delete = run(*steps, DeleteRows(table="T"), again, data=b"1|a\n")
    assert outcome(after_delete) == ("completed", None, 0)
    assert len(loads(after_delete)) == 2


def test_several_loads_and_a_kept_error_table() -> None:
    other = table(name="U")
    steps = (
        DropTable(table="T"),
        CreateTable(definition=table()),
        load(source(table())),
        CreateTable(definition=other),
        load(source(other), target="U", error_table_1="E1", error_table_2="F2"),
    )
    kept = run(*steps, data=b"1|a\nx|\n")
    assert outcome(kept) == ("refused", "error_table_exists", 12)
    assert set(kept.tables) == {"T", "E1", "U"}
    free = run(*steps, data=b"1|a\n")
    assert outcome(free) == ("completed", None, 4)  # 4: there was no T to drop
    assert [report.target for report in loads(free)] == ["T", "U"]


def test_creating_a_table_that_exists() -> None:
    result = run(CreateTable(definition=table()), CreateTable(definition=table()))
    assert outcome(result) == ("refused", "table_exists", 8)


def test_releasing_nothing() -> None:
    release = ReleaseLoad(target="T", error_table_1="E1", error_table_2="E2")
    assert outcome(run(release)) == ("refused", "no_job_to_release", 12)
