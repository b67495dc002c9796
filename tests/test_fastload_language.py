"""The FastLoad script language: scripts to plans, mistakes to diagnostics, plans to scripts."""

from __future__ import annotations

import pickle
import string
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specs.fastload import (
    Diagnostic,
    ParsedScript,
    RenderError,
    ScriptError,
    format_diagnostics,
    parse,
    parse_create_table,
    render,
    render_create_table,
    require_plan,
    with_files,
)
from specs.plans import (
    Assignment,
    CreateTable,
    DeleteRows,
    DropTable,
    FastLoadPlan,
    Input,
    Load,
    ReleaseLoad,
    SourceField,
)
from specs.rules import load_catalogue
from specs.tables import Column, PrimaryIndex, RangeCheck, TableDefinition

SCRIPTS = Path(__file__).parent / "scripts"
TABLE = "CREATE TABLE d.t (a INTEGER, b VARCHAR(9), c DATE) PRIMARY INDEX (a);\n"


def script(name: str) -> str:
    return (SCRIPTS / name).read_text(encoding="utf-8")


def job(
    *, before: str = "", create: str = TABLE, record: str = 'SET RECORD VARTEXT ",";',
    define: str = "DEFINE x (VARCHAR(9)), y (VARCHAR(9)), z (VARCHAR(9)) FILE=in.csv;",
    begin: str = "BEGIN LOADING d.t ERRORFILES d.e1, d.e2;", inside: str = "",
    insert: str = "INSERT INTO d.t (a, b, c) VALUES (:x, :y, :z);", end: str = "END LOADING;",
) -> str:  # fmt: skip
    """A right script with one part replaced."""
    lines = [before, "LOGON h/u,p;", create, record, define, begin, inside, insert, end, "LOGOFF;"]
    return "\n".join(line for line in lines if line)


def codes(text: str, severity: str | None = None) -> list[str]:
    found = parse(text).diagnostics
    return [d.code for d in found if severity in (None, d.severity)]


def only(text: str, code: str) -> Diagnostic:
    """The one diagnostic of that code; fails when there are others beside warnings."""
    found = [d for d in parse(text).diagnostics if d.severity == "error" or d.code == code]
    assert [d.code for d in found] == [code], format_diagnostics(found)
    return found[0]


def load_of(parsed: ParsedScript) -> Load:
    (load,) = [step for step in require_plan(parsed).steps if isinstance(step, Load)]
    return load


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


def test_windows_path_with_blanks_and_apostrophe() -> None:
    path = r"C:\Loads\O'Neil files\in 1.csv"
    parsed = parse(
        job(define=f"DEFINE x (VARCHAR(9)), y (VARCHAR(9)), z (VARCHAR(9)) FILE={path};")
    )
    assert load_of(parsed).inputs[0].file == path


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


# --- mistakes, all at once ----------------------------------------------------------------------


def test_the_inconsistent_sample_is_diagnosed_in_full() -> None:
    parsed = parse(script("inconsistent_sample.fl"))
    assert parsed.plan is None
    found = {d.code: d for d in parsed.diagnostics}
    assert list(found) == [
        "missing-word", "record-1", "swapped-tables", "insert-into-other-table",
    ]  # fmt: skip
    assert found["missing-word"].expected == "TABLE"
    assert found["missing-word"].line == 12
    assert "RECORD 2" in found["record-1"].hint
    swapped = found["swapped-tables"]
    assert swapped.rule == "FL-24"
    assert "staging.parcels" in swapped.message
    assert "staging.parcel_bad1" in swapped.message
    assert (
        swapped.expected
        == "BEGIN LOADING staging.parcels ERRORFILES staging.parcel_bad2, staging.parcel_bad1"
    )
    assert "warehouse.parcels" in found["insert-into-other-table"].message
    assert parsed.files == (r"D:\Depot\in box\parcels.csv",)


def test_the_curly_snippets_are_diagnosed_in_full() -> None:
    assert codes(script("curly_snippets.fl")) == [
        "curly-quote", "misspelt-word", "values-missing", "curly-quote",
    ]  # fmt: skip
    misspelt = next(
        d for d in parse(script("curly_snippets.fl")).diagnostics if d.code == "misspelt-word"
    )
    assert (misspelt.line, misspelt.column, misspelt.end_column) == (6, 1, 10)
    assert misspelt.expected == "ERRORFILES"


def test_many_mistakes_are_found_at_once_and_none_twice() -> None:
    found = parse(script("many_mistakes.fl")).diagnostics
    assert [(d.line, d.code) for d in found] == [
        (2, "wrong-order"), (2, "bad-sessions"), (3, "unknown-column"), (7, "not-varchar"),
        (8, "reserved-field-name"), (10, "field-twice"), (12, "set-record-twice"),
        (12, "wrong-order"), (13, "error-tables-equal"), (13, "bad-checkpoint"),
        (14, "bad-record"), (15, "count-differs"), (15, "unknown-column"), (15, "column-twice"),
        (16, "impossible-conversion"), (16, "nested-conversion"), (16, "expression-in-values"),
        (16, "field-not-defined"), (17, "statement-inside-load"), (19, "wrong-order"),
        (20, "wrong-order"), (21, "misspelt-word"), (22, "unsupported-statement"),
        (23, "other-utility"),
    ]  # fmt: skip


BAD_TARGET = "BEGIN LOADING d.nowhere ERRORFILES d.e1, d.e2;"
MISTAKES = {
    "SESSIONS after LOGON": (job(create="SESSIONS 4;\n" + TABLE), "wrong-order", "SESSIONS"),
    "TENACITY after LOGON": (job(create="TENACITY 4;\n" + TABLE), "wrong-order", "TENACITY"),
    "SLEEP after LOGON": (job(create="SLEEP 4;\n" + TABLE), "wrong-order", "SLEEP"),
    "no sessions": (job(before="SESSIONS 0;"), "bad-sessions", "0"),
    "more at least than at most": (job(before="SESSIONS 2 3;"), "bad-sessions", "SESSIONS"),
    "ERRLIMIT 0": (job(before="ERRLIMIT 0;"), "bad-errlimit", "0"),
    "TENACITY 0": (job(before="TENACITY 0;"), "bad-tenacity", "0"),
    "CHECKPOINT below 0": (
        job(begin="BEGIN LOADING d.t ERRORFILES d.e1, d.e2 CHECKPOINT -5;"), "bad-checkpoint", "-5",
    ),
    "RECORD 0": (job(inside="RECORD 0;"), "bad-record", "0"),
    "RECORD ends before it starts": (job(inside="RECORD 9 THRU 3;"), "bad-record", "3"),
    "RECORD after INSERT": (job(end="RECORD 2;\nEND LOADING;"), "wrong-order", "RECORD"),
    "SET RECORD twice": (
        job(record="SET RECORD VARTEXT;\n.SET RECORD VARTEXT"), "set-record-twice", "SET",
    ),
    "SET RECORD after DEFINE": (
        job(record="", inside="SET RECORD VARTEXT;",
            define="DEFINE x (VARCHAR(9)), y (VARCHAR(9)), z (VARCHAR(9)) FILE=in.csv;"),
        "wrong-order", "SET",
    ),
    "empty delimiter": (job(record='SET RECORD VARTEXT "";'), "bad-delimiter", '""'),
    "INSERT before BEGIN": (job(begin="", end=""), "wrong-order", "INSERT"),
    "END before BEGIN": (job(before="END LOADING;"), "wrong-order", "END"),
    "BEGIN twice": (
        job(end="BEGIN LOADING d.t ERRORFILES d.e3, d.e4;\nEND LOADING;"), "wrong-order", "BEGIN",
    ),
    "no INSERT": (job(insert=""), "insert-missing", "BEGIN"),
    "unknown target": (
        job(begin=BAD_TARGET, insert="INSERT INTO d.nowhere (q) VALUES (:x);"),
        "unknown-target", "d.nowhere",
    ),
    "target is error table": (
        job(begin="BEGIN LOADING d.t ERRORFILES d.e1, d.t;"), "error-table-is-target", "d.t",
    ),
    "one error table": (
        job(begin="BEGIN LOADING d.t ERRORFILES d.e1, D.E1;"), "error-tables-equal", "D.E1",
    ),
    "INSERT elsewhere": (
        job(insert="INSERT INTO x.t (a) VALUES (:x);"), "insert-into-other-table", "x.t",
    ),
    "DROP inside the load": (job(inside="DROP TABLE d.x;"), "statement-inside-load", "DROP"),
    "unknown column": (
        job(insert="INSERT INTO d.t (aa, b) VALUES (:x, :y);"), "unknown-column", "aa",
    ),
    "column twice": (job(insert="INSERT INTO d.t (a, A) VALUES (:x, :y);"), "column-twice", "A"),
    "field not defined": (
        job(insert="INSERT INTO d.t (a) VALUES (:nope);"), "field-not-defined", "nope",
    ),
    "too few values": (job(insert="INSERT INTO d.t VALUES (:x, :y);"), "count-differs", "INSERT"),
    "no colon": (job(insert="INSERT INTO d.t (a) VALUES (x);"), "colon-missing", "x"),
    "no VALUES": (job(insert="INSERT INTO d.t (:x, :y, :z);"), "values-missing", "INSERT"),
    "only columns": (job(insert="INSERT INTO d.t (a, b);"), "values-missing", "INSERT"),
    "field as column": (
        job(insert="INSERT INTO d.t (a, :y) VALUES (:x, :y);"), "field-as-column", ":y",
    ),
    "nested conversion": (
        job(insert="INSERT INTO d.t (b) VALUES (:y (DATE) (CHAR(9)));"), "nested-conversion",
        "CHAR(9)",
    ),
    "arithmetic": (
        job(insert="INSERT INTO d.t (a) VALUES (:x + 1);"), "expression-in-values", "+ 1",
    ),
    "constant": (job(insert="INSERT INTO d.t (a) VALUES (7);"), "expression-in-values", "7"),
    "function": (
        job(insert="INSERT INTO d.t (b) VALUES (TRIM(:y));"), "expression-in-values", "TRIM(:y)",
    ),
    "number to date": (
        job(insert="INSERT INTO d.t (c) VALUES (:z (INTEGER));"), "impossible-conversion",
        ":z (INTEGER)",
    ),
    "date to number": (
        job(insert="INSERT INTO d.t (a) VALUES (:z (DATE));"), "impossible-conversion", ":z (DATE)",
    ),
    "format for no date": (
        job(insert="INSERT INTO d.t (b) VALUES (:y (FORMAT 'YYYY'));"), "format-without-date",
        ":y (FORMAT 'YYYY')",
    ),
    "bad format": (
        job(insert="INSERT INTO d.t (c) VALUES (:z (FORMAT 'jj/mm'));"), "bad-format", "'jj/mm'",
    ),
    "INTEGER under VARTEXT": (
        job(define="DEFINE x (INTEGER) FILE=i;", insert="INSERT INTO d.t (a) VALUES (:x);"),
        "not-varchar", "INTEGER",
    ),
    "VARBYTE under VARTEXT": (
        job(define="DEFINE x (VARBYTE(4)), y (VARCHAR(4)) FILE=i;",
            insert="INSERT INTO d.t (b) VALUES (:y);"),
        "not-varchar", "VARBYTE(4)",
    ),
    "reserved field name": (
        job(define="DEFINE x (VARCHAR(9)), ddname (VARCHAR(9)) FILE=i;",
            insert="INSERT INTO d.t (a) VALUES (:x);"),
        "reserved-field-name", "ddname",
    ),
    "field twice": (
        job(define="DEFINE x (VARCHAR(9)), X (VARCHAR(9)) FILE=i;",
            insert="INSERT INTO d.t (a) VALUES (:x);"),
        "field-twice", "X",
    ),
    "long NULLIF": (
        job(define=f"DEFINE x (VARCHAR(99), NULLIF='{'n' * 81}') FILE=i;",
            insert="INSERT INTO d.t (a) VALUES (:x);"),
        "nullif-length", f"'{'n' * 81}'",
    ),
    "no file": (
        job(define="DEFINE x (VARCHAR(9));", insert="INSERT INTO d.t (a) VALUES (:x);"),
        "file-missing", "INSERT",
    ),
    "INMOD": (
        job(define="DEFINE x (VARCHAR(9)) INMOD=reader;",
            insert="INSERT INTO d.t (a) VALUES (:x);"),
        "inmod-not-run", "reader",
    ),
    "CREATE without TABLE": (
        job(create="CREATE d.t (a INTEGER, b VARCHAR(9), c DATE);"), "missing-word", "d",
    ),
    "misspelt ERRORFILES": (
        job(begin="BEGIN LOADING d.t ERORFILES d.e1, d.e2;"), "misspelt-word", "ERORFILES",
    ),
    "misspelt command": (job(before="SESSION 4;"), "misspelt-word", "SESSION"),
    "misspelt option": (
        job(record='SET RECORD VARTXT ",";'), "misspelt-word", "VARTXT",
    ),
    "no comma between error tables": (
        job(begin="BEGIN LOADING d.t ERRORFILES d.e1 d.e2;"), "missing-word", "d",
    ),
    "no error tables": (job(begin="BEGIN LOADING d.t;"), "syntax", ";"),
    "SESSIONS inside BEGIN": (
        job(begin="BEGIN LOADING d.t ERRORFILES d.e1, d.e2 SESSIONS 4;"), "syntax", "SESSIONS",
    ),
    "no closing parenthesis": (
        job(insert="INSERT INTO d.t (a, b, c) VALUES (:x, :y, :z;"), "missing-word", ";",
    ),
    "no semicolon": (job(end="END LOADING"), "missing-semicolon", "G"),
    "no semicolon after DEFINE": (
        job(define="DEFINE x (VARCHAR(9)), y (VARCHAR(9)), z (VARCHAR(9)) FILE=in.csv"),
        "missing-semicolon", "v",
    ),
    "dot before SQL": (job(before="", inside="", insert=".INSERT INTO d.t VALUES (:x, :y, :z);"),
                       "dot-before-sql", ".INSERT"),
    "curly quotes": (job(record="SET RECORD VARTEXT “,”;"), "curly-quote", "“,”"),
    "quote left open": (job(record='SET RECORD VARTEXT ",\n;'), "open-quote", '"'),
    "other SQL": (job(before="SELECT 1;"), "unsupported-statement", "SELECT"),
    "other utility": (job(before=".LOGTABLE d.log;"), "other-utility", "LOGTABLE"),
    "rubbish": (job(before="fnord is here;"), "unknown-command", "fnord"),
    "strange character": (job(before="SESSIONS ?;"), "unexpected-character", "?"),
    "shell variable": (job(before="DATABASE ${DB};"), "unsubstituted-variable", "${DB}"),
    "incomplete LOGON": (job(before="LOGON u;"), "logon-incomplete", "LOGON"),
    "two columns of one name": (
        job(create="CREATE TABLE d.t (a INTEGER, A DATE);"), "column-twice", "A",
    ),
    "no such type": (job(create="CREATE TABLE d.t (a CLOB);"), "bad-type", "CLOB"),
    "index of no column": (
        job(create="CREATE TABLE d.t (a INTEGER) PRIMARY INDEX (q);"), "unknown-column", "q",
    ),
    "two primary indexes": (
        job(create="CREATE TABLE d.t (a DATE) PRIMARY INDEX (a) NO PRIMARY INDEX PRIMARY INDEX (a);"
            ), "index-twice", "PRIMARY INDEX (a)",
    ),
    "VOLATILE": (
        job(create="CREATE VOLATILE TABLE d.t (a INTEGER) ON COMMIT PRESERVE ROWS;"),
        "unsupported-create", "VOLATILE",
    ),
    "copy with data": (
        job(create=TABLE + "CREATE TABLE d.u AS d.t WITH DATA;"), "unsupported-create", "d.t",
    ),
    "copy of an unknown table": (
        job(create=TABLE + "CREATE TABLE d.u AS d.x WITH NO DATA;"), "unknown-table", "d.x",
    ),
    "strict CHECK": (
        job(create="CREATE TABLE d.t (a INTEGER CHECK (a > 0));"), "unsupported-check", ">",
    ),
    "computed default": (
        job(create="CREATE TABLE d.t (c DATE DEFAULT CURRENT_DATE);"), "unsupported-default",
        "CURRENT_DATE",
    ),
    "nullable key": (
        job(create="CREATE TABLE d.t (a INTEGER PRIMARY KEY);"), "nullable-key", "a",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_named_at_its_place(mistake: str) -> None:
    text, code, marked = MISTAKES[mistake]
    found = only(text, code)
    line = text.splitlines()[found.line - 1]
    assert line[found.column - 1 : found.end_column - 1] == marked
    assert found.message
    assert found.expected or found.hint or code in ("bad-type", "index-twice"), found
    assert parse(text).plan is None


WARNINGS = {
    "RECORD 1": (job(inside="RECORD 1;"), "record-1"),
    "no LOGON": (job().replace("LOGON h/u,p;\n", ""), "logon-missing"),
    "too many sessions": (job(before="SESSIONS 40000;"), "sessions-ignored"),
    "no SET RECORD": (job(record=""), "set-record-missing"),
    "RUN": (job(before="RUN FILE more.fl;"), "run-not-followed"),
    "AXSMOD": (job(before='AXSMOD pipe "x";'), "axsmod-not-used"),
    "charset": (job(before="SET SESSION CHARSET 'UTF16';"), "charset-ignored"),
    "escaped delimiter": (job(record="SET RECORD VARTEXT '\\t';"), "escaped-delimiter"),
    "INDICATORS": (
        job(begin="BEGIN LOADING d.t ERRORFILES d.e1, d.e2 INDICATORS;"),
        "indicators-without-effect",
    ),
    "the same file again": (
        job(end="INSERT INTO d.t VALUES (:x, :y, :z);\nEND LOADING;"), "file-twice",
    ),
    "error table created": (
        job(create=TABLE + "CREATE TABLE d.e1 (a INTEGER);"), "error-table-exists",
    ),
    "created twice": (job(create=TABLE * 2), "table-exists"),
    "dropped before the load": (job(create=TABLE + "DROP TABLE d.t;"), "target-missing"),
    "no default database": (
        job(insert="INSERT INTO t (a, b, c) VALUES (:x, :y, :z);"), "default-database",
    ),
    "empty NULLIF": (
        job(define="DEFINE x (VARCHAR(9), NULLIF=''), FILE=i;",
            insert="INSERT INTO d.t (a) VALUES (:x);"), "nullif-empty",
    ),
    "a column nobody fills": (
        job(create="CREATE TABLE d.t (a INTEGER, b VARCHAR(9), c DATE NOT NULL);",
            insert="INSERT INTO d.t (a) VALUES (:x);"), "column-stays-null",
    ),
    "SET without index": (
        job(create="CREATE SET TABLE d.t (a INTEGER, b VARCHAR(9), c DATE) NO PRIMARY INDEX;"),
        "set-without-index",
    ),
    "nothing at all": ("/* empty */\n", "nothing-to-do"),
}  # fmt: skip


@pytest.mark.parametrize("oddity", WARNINGS)
def test_oddity_is_a_warning_and_leaves_a_plan(oddity: str) -> None:
    text, code = WARNINGS[oddity]
    parsed = parse(text)
    assert [(d.severity, d.code) for d in parsed.diagnostics] == [("warning", code)]
    assert parsed.plan is not None


def test_an_error_says_all_with_the_source_line_and_carets() -> None:
    text = job(before="SESSIONS 0;", inside="RECORD 9 THRU 3;")
    with pytest.raises(ScriptError) as caught:
        require_plan(parse(text), "load.fl")
    assert len(caught.value.diagnostics) == 2
    assert str(caught.value) == (
        "load.fl:1:10: error: 0 sessions cannot load anything [bad-sessions, FL-16]\n"
        "    SESSIONS 0;\n"
        "             ^\n"
        "    expected: 1 to 32767, or *\n"
        "load.fl:8:15: error: record 3 comes before record 9 [bad-record, FL-17]\n"
        "    RECORD 9 THRU 3;\n"
        "                  ^\n"
        "    expected: 9 or more\n"
        "    hint: THRU names the last record to load, not how many to skip"
    )


def test_diagnostics_survive_json() -> None:
    found = parse(script("many_mistakes.fl")).diagnostics
    again = msgspec.json.decode(msgspec.json.encode(found), type=tuple[Diagnostic, ...])
    assert again == found


def test_errors_survive_pickling() -> None:
    error = ScriptError(parse(script("many_mistakes.fl")).diagnostics, "many.fl")
    again = pickle.loads(pickle.dumps(error))
    assert (again.diagnostics, str(again)) == (error.diagnostics, str(error))


def test_every_rule_named_is_in_the_catalogue() -> None:
    texts = [text for text, *_ in (*MISTAKES.values(), *WARNINGS.values())]
    texts += [path.read_text(encoding="utf-8") for path in SCRIPTS.glob("*.fl")]
    named = {found.rule for text in texts for found in parse(text).diagnostics}
    known = set(load_catalogue().by_id)
    assert named <= known


def test_an_open_comment_is_found() -> None:
    assert "open-comment" in codes(job() + "/* never closed\n")


def test_carriage_returns_are_blanks() -> None:
    text = job()
    assert parse(text.replace("\n", "\r\n")).plan == parse(text).plan


# --- passwords ----------------------------------------------------------------------------------

SECRET = "x9qz"
LOGONS = [
    "LOGON host/me,{};",
    ".logon host/me, {}",
    'LOGON host/me,"{}";',
    "LOGON me,{},'account';",
    "LOG host/me,{};",
    ".LOGN host/me,{};",
    "LOGON host/me,\n  {};",
    "LOGON host/me\n  ,{};",
    "LOGON host/me {};",
    "LOGON me {};",
    ".LOGON host/me {} ,'account'",
    "LOGON host/me/{};",
    "LOGDATA {};",
    '.LOGDATA user=me password="{}"',
    "LOGON host/me,{}\nSESSIONS 4;",
    "LOGON host/me,{}; SESSIONS 0;",
    "/* .LOGON host/me,{} */",
    "-- logon host/me,{};",
    "fnord host/me,{};",
    "CREATE TABLE x (a (\nLOGON host/me,{};",
    "DEFINE a (VARCHAR(5\n.LOGON host/me,{};",
    "LOGON host/me,a;{};",
    "LOGON host/me,{}",
]


@pytest.mark.parametrize("logon", LOGONS)
@pytest.mark.parametrize("secret", [SECRET, f"{SECRET}#1!?", f"a,{SECRET}", f"{SECRET}/*"])
def test_passwords_show_nowhere(logon: str, secret: str) -> None:
    text = logon.format(secret) + "\n" + job()
    parsed = parse(text)
    shown = repr(parsed) + format_diagnostics(parsed.diagnostics) + parsed.redacted
    assert SECRET not in shown
    assert "***" in parsed.redacted


def test_redacted_scripts_parse_to_the_same_plan() -> None:
    for name in ("begin_first.fl", "two_jobs.fl"):
        parsed = parse(script(name))
        assert "swordfish" not in parsed.redacted
        assert parse(parsed.redacted).plan == parsed.plan


def test_a_column_called_logon_is_no_password() -> None:
    create = "CREATE TABLE d.t (\nlogon VARCHAR(9), b VARCHAR(9)\n)"
    parsed = parse("LOGON h/u,p;\n" + create + ";")
    assert create in parsed.redacted
    assert parsed.plan is not None


# --- CREATE TABLE -------------------------------------------------------------------------------


def test_a_definition_with_everything() -> None:
    table = parse_create_table(script("meter.sql"))
    assert table == TableDefinition(
        name="ware.meter",
        kind="SET",
        columns=(
            Column(name="meter", type="INTEGER", not_null=True),
            Column(name="read_at", type="TIMESTAMP(0)"),
            Column(name="reading", type="DECIMAL(12,3)", check=RangeCheck("0", "99999.999")),
        ),
        primary_index=PrimaryIndex(("meter", "read_at"), unique=True),
    )


@pytest.mark.parametrize(
    ("written", "type_name"),
    [
        ("INT", "INTEGER"),
        ("DEC(5)", "DECIMAL(5,0)"),
        ("NUMERIC(9, 2)", "DECIMAL(9,2)"),
        ("double precision", "FLOAT"),
        ("REAL", "FLOAT"),
        ("CHARACTER(3)", "CHAR(3)"),
        ("CHAR VARYING(3)", "VARCHAR(3)"),
        ("CHARACTER VARYING (3)", "VARCHAR(3)"),
        ("LONG VARCHAR", "VARCHAR(64000)"),
        ("TIME", "TIME(6)"),
        ("VARBYTE(7)", "VARBYTE(7)"),
    ],
)
def test_types(written: str, type_name: str) -> None:
    assert parse_create_table(f"CREATE TABLE t (a {written})").columns[0].type == type_name


@pytest.mark.parametrize(
    ("clauses", "index"),
    [
        ("", PrimaryIndex(("a",))),
        ("PRIMARY INDEX (B)", PrimaryIndex(("b",))),
        ("UNIQUE PRIMARY INDEX upi (b, a)", PrimaryIndex(("b", "a"), unique=True)),
        ("NO PRIMARY INDEX", None),
    ],
)
def test_indexes(clauses: str, index: PrimaryIndex | None) -> None:
    table = parse_create_table(f"CREATE TABLE t (a INTEGER, b DATE) {clauses}")
    assert table.primary_index == index
    assert table.attached == ()


@pytest.mark.parametrize(
    ("elements", "clauses", "index", "attached"),
    [
        ("PRIMARY KEY (b)", "", PrimaryIndex(("b",), True), ()),
        ("UNIQUE (a), PRIMARY KEY (b)", "", PrimaryIndex(("b",), True), ("secondary-index",)),
        ("UNIQUE (a)", "PRIMARY INDEX (b)", PrimaryIndex(("b",)), ("secondary-index",)),
        ("UNIQUE (a)", "UNIQUE PRIMARY INDEX (a)", PrimaryIndex(("a",), True), ()),
        ("FOREIGN KEY (a) REFERENCES p (a)", "", PrimaryIndex(("a",)), ("foreign-key",)),
        (
            "FOREIGN KEY (a) REFERENCES WITH NO CHECK OPTION p (a)", "",
            PrimaryIndex(("a",)), (),
        ),
        (
            "CONSTRAINT k UNIQUE (a)", "PRIMARY INDEX (b), UNIQUE INDEX i (a), INDEX (b)",
            PrimaryIndex(("b",)), ("secondary-index",),
        ),
    ],
)  # fmt: skip
def test_keys_and_what_hangs_on_a_table(
    elements: str, clauses: str, index: PrimaryIndex, attached: tuple[str, ...]
) -> None:
    table = parse_create_table(
        f"CREATE TABLE t (a INTEGER NOT NULL, b DATE NOT NULL, {elements}) {clauses}"
    )
    assert (table.primary_index, table.attached) == (index, attached)


def test_partitions_and_copies() -> None:
    table = parse_create_table(
        "CREATE MULTISET TABLE t (a INTEGER, d DATE) PRIMARY INDEX (a) PARTITION BY RANGE_N("
        "d BETWEEN DATE '2020-01-01' AND DATE '2024-12-31' EACH INTERVAL '1' MONTH, NO RANGE)"
    )
    assert table.partitioned
    assert table.kind == "MULTISET"


def test_column_attributes() -> None:
    (column,) = parse_create_table(
        "CREATE TABLE t (v VARCHAR(9) CHARACTER SET LATIN NOT CASESPECIFIC TITLE 'v' FORMAT 'X(9)'"
        " NOT NULL DEFAULT 'it''s' COMPRESS ('a', 'b') CONSTRAINT c CHECK (v >= 'a'))"
    ).columns
    assert column == Column(
        name="v", type="VARCHAR(9)", not_null=True, character_set="LATIN", default="it's",
        check=RangeCheck("a", None),
    )  # fmt: skip


def test_a_table_definition_with_mistakes_raises() -> None:
    with pytest.raises(ScriptError, match="no column of it"):
        parse_create_table("CREATE TABLE t (a INTEGER) PRIMARY INDEX (b)")
    with pytest.raises(ScriptError, match="0 CREATE TABLE"):
        parse_create_table("DROP TABLE t")


# --- plan to script to plan ---------------------------------------------------------------------

odd_names = st.sampled_from(
    ["a", "b1", "Total", "select", "primary", "DATE", "with blank", 'quo"te', "x#$", "ünïcode",
     "between", "check", "format", "values", "not", "1st", "semi;colon", "it's", "--", "/*"]
)  # fmt: skip
texts = st.text(
    st.sampled_from(string.ascii_letters + "0159 '\"|,;.:/*-()=\\\tæ”“$"), min_size=1, max_size=12
)
files = st.sampled_from(
    ["in.csv", "data/a b.csv.gz", "D:\\x y\\z.txt", " lead", "trail ", "a;b", "it's", 'q"q',
     "a --b", "a /*b", "x--y", "$odd", "“x”"]
)  # fmt: skip
delimiters = st.one_of(
    st.sampled_from(["|", ",", "\t", "||", '"', "'", ";", "--", "/*", "\x01"]), texts
)
column_types = st.sampled_from(
    ["BYTEINT", "INTEGER", "BIGINT", "DECIMAL(9,2)", "DECIMAL(38,0)", "FLOAT", "CHAR(5)",
     "VARCHAR(20)", "DATE", "TIME(0)", "TIMESTAMP(6)"]
)  # fmt: skip
numbers = st.one_of(st.none(), st.integers(1, 10**6))


@st.composite
def columns(draw: st.DrawFn, name: str) -> Column:
    type_name = draw(column_types)
    low, high = draw(st.tuples(st.none() | texts, st.none() | texts))
    return Column(
        name=name,
        type=type_name,
        not_null=draw(st.booleans()),
        case_specific=draw(st.booleans()),
        character_set=draw(st.sampled_from(["LATIN", "UNICODE"])),
        format=draw(st.sampled_from([None, "YYYY-MM-DD", "dd.mmm.yy"])) if type_name == "DATE"
        else None,
        check=RangeCheck(low, high) if low is not None or high is not None else None,
        default=draw(st.one_of(st.none(), texts, st.sampled_from(["1", "-0.5", "+7", "NULL"]))),
    )  # fmt: skip


@st.composite
def definitions(draw: st.DrawFn, name: str) -> TableDefinition:
    names = draw(st.lists(odd_names, min_size=1, max_size=5, unique_by=str.casefold))
    made = tuple(draw(columns(n)) for n in names)
    index = draw(st.none() | st.lists(st.sampled_from(names), min_size=1, unique=True))
    return TableDefinition(
        name=name,
        columns=made,
        kind=draw(st.sampled_from(["SET", "MULTISET"])),
        primary_index=None if index is None else PrimaryIndex(tuple(index), draw(st.booleans())),
        partitioned=draw(st.booleans()),
        attached=draw(st.sampled_from([(), ("secondary-index",), ("foreign-key",)])),
    )


def conversions_of(column: Column) -> list[tuple[str | None, str | None]]:
    kind = column.column_type.name
    if kind == "DATE":
        return [(None, None), (None, "YYYYMMDD"), (None, "B-M3/,"), ("DATE", None)]
    if kind in ("CHAR", "VARCHAR"):
        return [(None, None), ("INTEGER", None), ("DATE", None), ("CHAR(3)", None)]
    if kind in ("TIME", "TIMESTAMP"):
        return [(None, None), (column.type, None)]
    return [(None, None), ("DECIMAL(18,3)", None), ("FLOAT", None), ("VARCHAR(9)", None)]


@st.composite
def inputs(draw: st.DrawFn, table: TableDefinition) -> Input:
    names = draw(st.lists(odd_names, min_size=1, max_size=5, unique_by=str.casefold))
    fields = tuple(
        SourceField(name=n, type=f"VARCHAR({draw(st.integers(1, 64000))})",
                    nullif=draw(st.none() | texts))
        for n in names
    )  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(table.columns), min_size=1, unique_by=lambda c: c.name))
    assignments = []
    for column in chosen:
        conversion, form = draw(st.sampled_from(conversions_of(column)))
        assignments.append(
            Assignment(column=column.name, field=draw(st.sampled_from(names)),
                       conversion=conversion, format=form)
        )  # fmt: skip
    return Input(file=draw(files), fields=fields, assignments=tuple(assignments))


@st.composite
def loads(draw: st.DrawFn, table: TableDefinition) -> Load:
    made = draw(st.lists(inputs(table), min_size=1, max_size=3))
    layout = {
        "delimiter": draw(delimiters),
        "on_bad_record": draw(st.sampled_from(["stop", "continue"])),
        "display_errors": draw(st.booleans()),
        "indicators": draw(st.booleans()),
    }
    start = draw(st.none() | st.integers(1, 50))
    record = {"start": start, "thru": draw(st.none() | st.integers(start or 1, 99))}
    most = draw(numbers.filter(lambda n: n is None or n <= 32767))
    return Load(
        target=table.name,
        error_table_1=table.name + "_e1",
        error_table_2=table.name + "_e2",
        inputs=tuple(msgspec.structs.replace(one, **layout, **record) for one in made),
        sessions=most,
        min_sessions=draw(st.none() | st.integers(1, most or 9)),
        error_limit=draw(st.sampled_from([1, 25, 1_000_000])),
        checkpoint=draw(st.none() | st.integers(0, 10**6)),
        date_form=draw(st.sampled_from(["integer", "ansi"])),
        end_loading=draw(st.booleans()),
    )


@st.composite
def plans(draw: st.DrawFn) -> tuple[FastLoadPlan, dict[str, TableDefinition]]:
    """A plan of up to three loads, and the tables it needs to exist."""
    steps: list[object] = []
    existing: dict[str, TableDefinition] = {}
    for number in range(draw(st.integers(1, 3))):
        table = draw(definitions(f"db.t{number}" if number else "t0"))
        if draw(st.booleans()):
            steps += [DropTable(table=table.name), CreateTable(definition=table)]
        else:
            existing[table.name] = table
        if draw(st.booleans()):
            column = draw(st.none() | st.sampled_from(table.column_names))
            value = draw(st.none() | texts) if column else None
            steps.append(DeleteRows(table=table.name, column=column, value=value))
        if draw(st.integers(0, 3)):
            steps.append(draw(loads(table)))
        else:
            steps.append(
                ReleaseLoad(target=table.name, error_table_1="db.x1", error_table_2="db.x2")
            )
    return FastLoadPlan(steps=tuple(steps)), existing  # type: ignore[arg-type]


@settings(max_examples=150, derandomize=True, deadline=None)
@given(plans())
def test_a_rendered_plan_parses_to_itself(
    case: tuple[FastLoadPlan, dict[str, TableDefinition]],
) -> None:
    plan, existing = case
    text = render(plan)
    parsed = parse(text, existing)
    assert require_plan(parsed) == plan
    assert parsed.redacted == text


@settings(max_examples=100, derandomize=True, deadline=None)
@given(definitions("d.t"))
def test_a_rendered_table_parses_to_itself(table: TableDefinition) -> None:
    assert parse_create_table(render_create_table(table)) == table


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


def test_a_plan_that_no_script_can_say_is_refused() -> None:
    plan = require_plan(parse(job()))
    (load,) = [step for step in plan.steps if isinstance(step, Load)]
    other = msgspec.structs.replace(load.inputs[0], delimiter=";")
    two = msgspec.structs.replace(load, inputs=(load.inputs[0], other))
    with pytest.raises(RenderError, match="differ"):
        render(FastLoadPlan(steps=(two,)))
    with pytest.raises(RenderError, match="no input"):
        render(FastLoadPlan(steps=(msgspec.structs.replace(load, inputs=()),)))


def test_parsing_is_fast() -> None:
    text = script("begin_first.fl")
    parse(text)
    start = time.perf_counter()
    for _ in range(10):
        parse(text)
    # A tenth of a second would already be ten times too slow; loaded machines get some slack.
    assert (time.perf_counter() - start) / 10 < 0.05
