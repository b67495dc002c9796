"""Mistakes in scripts: each is named, at its place, with what was expected."""

from __future__ import annotations

import pickle

import msgspec
import pytest
from fastload_samples import SCRIPTS, TABLE, codes, job, only, script

from specs.fastload.language import Diagnostic, ScriptError, parse, require_plan
from specs.rules import load_catalogue


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
        job(insert="INSERT INTO d.t (b) VALUES (:y (FORMAT 'YYYY-MM-DD'));"), "format-without-date",
        ":y (FORMAT 'YYYY-MM-DD')",
    ),
    "a number of thousands of digits": (
        job(before=f"SESSIONS 4;\nERRLIMIT {'9' * 5_000};"), "number-too-large", "9" * 5_000,
    ),
    "a number beyond 64 bits": (job(inside=f"RECORD {10**18};"), "number-too-large", str(10**18)),
    "a type of thousands of digits": (
        job(define=f"DEFINE x (VARCHAR({'9' * 5_000})), y (VARCHAR(9)), z (VARCHAR(9)) FILE=f;"),
        "bad-type", f"VARCHAR({'9' * 5_000})",
    ),
    "a name that is too long": (
        job(define=f"DEFINE x (VARCHAR(9)), y (VARCHAR(9)), z (VARCHAR(9)), {'n' * 129} (VARCHAR(9))"
            " FILE=f;"), "name-too-long", "n" * 129,
    ),
    "a dot in a name": (
        job(before="DROP TABLE \"d.t\";"), "dot-in-name", '"d.t"',
    ),
    "a CHECK that is no number": (
        job(before="CREATE TABLE d.u (a INTEGER CHECK (a BETWEEN 'x' AND 5));"), "bad-literal", "'x'",
    ),
    "a CHECK beyond every number": (
        job(before="CREATE TABLE d.u (a INTEGER CHECK (a >= 1e99999));"), "bad-literal", "1e99999",
    ),
    "a CHECK that is no day": (
        job(before="CREATE TABLE d.u (a DATE CHECK (a >= '2024-02-30'));"), "bad-literal",
        "'2024-02-30'",
    ),
    "a DEFAULT that is no bytes": (
        job(before="CREATE TABLE d.u (a INTEGER, b BYTE(2) DEFAULT 'xy');"), "bad-literal", "'xy'",
    ),
    "DELETE by a column that is not there": (
        job(create=TABLE + "DELETE FROM d.t WHERE q = 5;"), "unknown-column", "q",
    ),
    "DELETE by what is no number": (
        job(create=TABLE + "DELETE FROM d.t WHERE a = 'x';"), "bad-literal", "a",
    ),
    "a format that names no day": (
        job(insert="INSERT INTO d.t (c) VALUES (:z (FORMAT 'MMM'));"), "bad-format",
        ":z (FORMAT 'MMM')",
    ),
    "a format of the column that names no day, beside a conversion to DATE": (
        job(create="CREATE TABLE d.t (a INTEGER, c DATE FORMAT 'YYYY-MM');",
            insert="INSERT INTO d.t (a, c) VALUES (:x, :z (DATE));"),
        "bad-format", ":z (DATE)",
    ),
    "a conversion to more digits of a second than the column has": (
        job(create="CREATE TABLE d.t (a INTEGER, c TIME(0));",
            insert="INSERT INTO d.t (a, c) VALUES (:x, :z (TIME(6)));"),
        "impossible-conversion", ":z (TIME(6))",
    ),
    "bad format": (
        job(insert="INSERT INTO d.t (c) VALUES (:z (FORMAT 'jj/mm'));"), "bad-format", "'jj/mm'",
    ),
    "INTEGER under VARTEXT": (
        job(define="DEFINE x (INTEGER) FILE=i;", insert="INSERT INTO d.t (a) VALUES (:x);"),
        "not-varchar", "INTEGER",
    ),
    "BYTE under VARTEXT": (
        job(define="DEFINE x (BYTE(4)), y (VARCHAR(4)) FILE=i;",
            insert="INSERT INTO d.t (b) VALUES (:y);"),
        "not-varchar", "BYTE(4)",
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
    "AXSMOD of a file": (job(before='AXSMOD np_axsmod.so.1 "x";'), "axsmod-not-used"),
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


def test_a_byte_field_may_be_read_from_delimited_text() -> None:
    text = job(
        define="DEFINE x (VARBYTE(4)), y (VARCHAR(4)) FILE=i;",
        insert="INSERT INTO d.t (b) VALUES (:y);",
    )
    assert codes(text) == []


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
