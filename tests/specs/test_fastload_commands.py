"""Scripts of every style, read into plans: their commands, inserts and outer form."""

from __future__ import annotations

import string
import time

import pytest
from fastload_samples import codes, job, load_of, script
from hypothesis import given, settings
from hypothesis import strategies as st

from specs.fastload.language import parse, parse_create_table, require_plan, with_files
from specs.fastload.plan import Assignment, Load, ReleaseLoad
from specs.sql.statements import CreateTable, DeleteRows, DropTable

# --- scripts of every style ---------------------------------------------------------------------


def test_dotted_commands_without_semicolons_parse() -> None:
    meter = parse_create_table(script("meter.sql"))
    parsed = parse(script("dotted.fl"), {"WARE.METER": meter})
    assert parsed.diagnostics == ()
    load = load_of(parsed)
    assert (load.target, load.error_table_1, load.error_table_2) == (
        "ware.meter", "ware.meter_e1", "ware.meter_e2",
    )  # fmt: skip
    assert (load.sessions, load.min_sessions, load.error_limit, load.checkpoint) == (
        8, 2, 100, 100_000,
    )  # fmt: skip
    (source,) = load.inputs
    assert source.file == "/data/in/meter readings.txt"
    assert (source.start, source.thru, source.on_bad_record) == (2, 50_001, "continue")
    assert source.display_errors
    assert [field.nullif for field in source.fields] == [None, "-", "n/a"]
    assert [(a.column, a.field) for a in source.assignments] == [
        ("meter", "in_meter"), ("read_at", "in_read_at"), ("reading", "in_value"),
    ]  # fmt: skip
    assert parsed.files == ("/data/in/meter readings.txt",)
    assert parsed.tables == {"ware.meter": meter}
    assert require_plan(parsed).steps[:3] == (
        DropTable(table="ware.meter_e1"), DropTable(table="ware.meter_e2"),
        DeleteRows(table="ware.meter"),
    )  # fmt: skip


def test_a_load_may_begin_before_its_file_is_described() -> None:
    parsed = parse(script("begin_first.fl"))
    assert parsed.diagnostics == ()
    load = load_of(parsed)
    assert (load.target, load.date_form, load.checkpoint) == ("sales.orders", "ansi", 0)
    (source,) = load.inputs
    assert source.file == "orders;2024.csv"
    assert source.delimiter == ";"
    assert source.assignments[3:] == (
        Assignment(column="ordered", field="ordered", format="dd.mm.yyyy"),
        Assignment(column="price", field="price", conversion="DECIMAL(9,2)"),
    )


def test_several_jobs_and_several_inputs_in_one_file() -> None:
    parsed = parse(script("two_jobs.fl"))
    assert parsed.diagnostics == ()
    steps = require_plan(parsed).steps
    assert [type(step) for step in steps] == [CreateTable, CreateTable, Load, Load, ReleaseLoad]
    left, right = steps[2:4]
    assert isinstance(left, Load)
    assert isinstance(right, Load)
    assert [source.file for source in left.inputs] == ["january.txt", "february.txt", "march.txt"]
    assert [field.name for field in left.inputs[1].fields] == ["k", "v"]
    assert left.inputs[2].assignments[1] == Assignment(
        column="k", field="num", conversion="INTEGER"
    )
    assert [field.type for field in right.inputs[0].fields] == ["VARCHAR(64000)"] * 2
    assert right.inputs[0].delimiter == "||"
    assert parsed.files == ("january.txt", "february.txt", "march.txt", "both.txt")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("SESSIONS 5;", (5, None)),
        (".sessions 5 3", (5, 3)),
        (".SESSIONS * 2;", (None, 2)),
        ("SESSIONS * *;", (None, None)),
    ],
)
def test_sessions(command: str, expected: tuple[int | None, int | None]) -> None:
    load = load_of(parse(job(before=command)))
    assert (load.sessions, load.min_sessions) == expected


@pytest.mark.parametrize("name", ["FORMATTED", "UNFORMATTED", "BINARY"])
def test_other_record_formats_keep_their_field_types(name: str) -> None:
    define = "DEFINE x (INTEGER), y (CHAR(9)), z (DATE) FILE=in.dat;"
    source = load_of(parse(job(record=f"SET RECORD {name};", define=define))).inputs[0]
    assert source.format == name
    assert [field.type for field in source.fields] == ["INTEGER", "CHAR(9)", "DATE"]


@pytest.mark.parametrize(
    ("options", "bad", "shown"),
    [
        ("DISPLAY_ERRORS NOSTOP", "continue", True),
        ('DISPLAY ERRORS "bad.txt" NOSTOP', "continue", True),
        ("nostop", "continue", False),
        ("DISPLAY_ERRORS", "stop", True),
        ("", "stop", False),
    ],
)
def test_vartext_options(options: str, bad: str, shown: bool) -> None:
    source = load_of(parse(job(record=f'.SET RECORD VARTEXT "||" {options}'))).inputs[0]
    assert (source.delimiter, source.on_bad_record, source.display_errors) == ("||", bad, shown)


def test_default_delimiter_is_a_bar() -> None:
    assert load_of(parse(job(record="SET RECORD VARTEXT;"))).inputs[0].delimiter == "|"


def test_a_load_without_end_loading_stays_paused() -> None:
    parsed = parse(job(end=""))
    assert [d.code for d in parsed.diagnostics] == ["end-loading-missing"]
    assert load_of(parsed).end_loading is False


def test_begin_and_end_alone_release() -> None:
    text = "LOGON h/u,p;\nBEGIN LOADING d.t ERRORFILES d.e1, d.e2;\nEND LOADING;\nLOGOFF;\n"
    assert require_plan(parse(text)).steps == (
        ReleaseLoad(target="d.t", error_table_1="d.e1", error_table_2="d.e2"),
    )


def test_the_default_database_ends_with_the_session() -> None:
    text = "LOGON h/u,p;\nDATABASE d;\nDROP TABLE a;\nLOGOFF;\nLOGON h/u,p;\nDROP TABLE a;\n"
    assert require_plan(parse(text)).steps == (DropTable(table="d.a"), DropTable(table="a"))


def test_files_of_a_plan_are_renamed() -> None:
    plan = require_plan(parse(job()))
    (load,) = [s for s in with_files(plan, {"in.csv": "1.csv"}).steps if isinstance(s, Load)]
    assert load.inputs[0].file == "1.csv"
    assert with_files(plan, {}) == plan


def test_a_given_table_takes_the_name_it_is_given_under() -> None:
    table = parse_create_table("CREATE TABLE t (a INTEGER, b VARCHAR(9), c DATE)")
    parsed = parse(job(create=""), {"d.t": table})
    assert load_of(parsed).target == "d.t"
    assert parsed.tables["d.t"].name == "d.t"


# --- what is inserted where ----------------------------------------------------------------------


def test_names_are_spelled_as_their_definitions() -> None:
    parsed = parse(
        job(
            begin="BEGIN LOADING D.T ERRORFILES d.E1, d.e2;",
            define="DEFINE X (VARCHAR(9)), FILE=in.csv;",
            insert="INS INTO D.t (A) VALUES (:x);",
            before="",
        )
    )
    load = load_of(parsed)
    assert load.target == "d.t"
    assert load.inputs[0].assignments == (Assignment(column="a", field="X"),)


def test_date_with_a_format_is_a_format() -> None:
    insert = "INSERT INTO d.t VALUES (:x (INTEGER), :y, :z (DATE, FORMAT 'YYYYMMDD'));"
    assignments = load_of(parse(job(insert=insert))).inputs[0].assignments
    assert [(a.conversion, a.format) for a in assignments] == [
        ("INTEGER", None), (None, None), (None, "YYYYMMDD"),
    ]  # fmt: skip


def test_all_columns_by_name_or_by_order() -> None:
    by_order = load_of(parse(job(insert="INSERT INTO d.t.*;"))).inputs[0]
    assert [a.field for a in by_order.assignments] == ["x", "y", "z"]
    define = "DEFINE c (VARCHAR(9)), b (VARCHAR(9)), more (VARCHAR(9)), a (VARCHAR(9)) FILE=i;"
    by_name = load_of(parse(job(insert="INSERT d.t.*;", define=define))).inputs[0]
    assert [(a.column, a.field) for a in by_name.assignments] == [
        ("a", "a"), ("b", "b"), ("c", "c"),
    ]  # fmt: skip
    assert "fields-do-not-match" in codes(
        job(insert="INSERT INTO d.t.*;", define="DEFINE q (VARCHAR(9)) FILE=i;")
    )


# --- characters and lines ------------------------------------------------------------------------


def test_windows_path_with_blanks_and_apostrophe() -> None:
    path = r"C:\Loads\O'Neil files\in 1.csv"
    parsed = parse(
        job(define=f"DEFINE x (VARCHAR(9)), y (VARCHAR(9)), z (VARCHAR(9)) FILE={path};")
    )
    assert load_of(parsed).inputs[0].file == path


def test_an_open_comment_is_found() -> None:
    assert "open-comment" in codes(job() + "/* never closed\n")


def test_carriage_returns_are_blanks() -> None:
    text = job()
    assert parse(text.replace("\n", "\r\n")).plan == parse(text).plan


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(string.printable + "“”é\u2018\u2019", max_size=200))
def test_any_text_at_all_gives_diagnostics_and_no_exception(text: str) -> None:
    parsed = parse(text)
    lines = text.split("\n")
    for found in parsed.diagnostics:
        assert 1 <= found.line <= len(lines)
        assert 1 <= found.column <= found.end_column <= len(lines[found.line - 1]) + 2
    assert (parsed.plan is None) == any(d.severity == "error" for d in parsed.diagnostics)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.data())
def test_a_damaged_script_gives_diagnostics_and_no_exception(data: st.DataObject) -> None:
    text = script(data.draw(st.sampled_from(["begin_first.fl", "two_jobs.fl", "dotted.fl"])))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 30, len(text))))
    damaged = text[:start] + data.draw(st.text("();,.:'\"* \nax9", max_size=4)) + text[end:]
    parsed = parse(damaged)
    assert parsed.plan is not None or parsed.diagnostics


def test_parsing_is_fast() -> None:
    text = script("begin_first.fl")
    parse(text)
    start = time.perf_counter()
    for _ in range(10):
        parse(text)
    # A tenth of a second would already be ten times too slow; loaded machines get some slack.
    assert (time.perf_counter() - start) / 10 < 0.05
