"""Texts of megabytes, of one character over and over, or of none: told of in time, never a crash."""

from __future__ import annotations

import pytest
from fastload_samples import TABLE, job
from mutations import within_cpu_seconds

from specs.fastload.language import format_diagnostics, parse
from specs.script.diagnostics import MOST_FINDINGS
from specs.sql.dateformats import is_date_format, names_a_day
from specs.sql.types import ColumnType, ColumnTypeError

MEGABYTE = 1_000_000

LARGE = {
    "one word": "x" * MEGABYTE,
    "words": "abc;" * (MEGABYTE // 4),
    "junk lines": "!\n" * (MEGABYTE // 2),
    "commas after LOGON": "logon a," * (MEGABYTE // 8),
    "damaged LOGONs": "logno a/b,c;\n" * (MEGABYTE // 13),
    "slashes and stars": "logmech l " + "/*" * (MEGABYTE // 10) + "-" * MEGABYTE,
    "a LOGON whose quotes stay open": 'LOGON "' + "a\n" * (MEGABYTE // 8),
    "comments": "-- logon x\n" * (MEGABYTE // 11),
    "comments and LOGONs": "/* a */ logon a/b,c;\n" * (MEGABYTE // 21),
    "quotation marks": "';" * (MEGABYTE // 2),
    "typographic quotation marks": "\u201c" * MEGABYTE,
    "a line of blanks": "CREATE TABLE t (a\n" + " " * MEGABYTE + " INT);",
    "lines of blanks": "CREATE TABLE t (a" + ("\n" + " " * 1_000) * 1_000 + " INT);",
    "variables": "${a}" * (MEGABYTE // 4),
    "parentheses": f"INSERT INTO t VALUES ({'(' * 100_000}1{')' * 100_000});",
    "open parentheses": "INSERT INTO t VALUES (" + "(" * 100_000,
    "open comments": "/*" * 100_000,
    "columns": f"CREATE TABLE t ({', '.join(f'c{n} INT' for n in range(60_000))});",
    "fields": f"DEFINE {', '.join(f'f{n} (VARCHAR(9))' for n in range(20_000))} FILE=f;",
    "unknown columns": job(insert=f"INSERT INTO d.t ({', '.join(f'q{n}' for n in range(50_000))})"
                           " VALUES (:x);"),
    "commands": "LOGON a/b,c;\n" + "DROP TABLE t;\n" * (MEGABYTE // 14),
    "a long name": job(create=TABLE.replace("d.t", "d." + "t" * MEGABYTE)),
}  # fmt: skip


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_a_large_script_takes_time_and_room_in_proportion(text: str) -> None:
    with within_cpu_seconds(20):  # far more than any takes, far less than its square
        parsed = parse(text)
        told = format_diagnostics(parsed.diagnostics)
    assert len(told) < MEGABYTE


def test_a_list_of_any_length_can_be_mended() -> None:
    fields = ", ".join(f"f{n} (VARCHAR(9))" for n in range(2_000))
    parsed = parse(f"LOGON a/b,c;\nDEFINE {fields} g (VARCHAR(9)) FILE=f;")
    assert [found.code for found in parsed.diagnostics] == ["missing-word"]


def test_more_mistakes_than_anybody_mends_end_the_search() -> None:
    wrong = "DROP TABLE a b;\n" * 1_000
    found = parse("LOGON a/b,c;\n" + wrong).diagnostics
    assert len(found) == MOST_FINDINGS + 1
    assert found[-1].code == "too-many-mistakes"
    warned = parse("LOGON a/b,c;\n" + TABLE * 1_000)
    assert len(warned.diagnostics) == MOST_FINDINGS
    assert warned.plan is not None


def test_what_is_not_looked_at_shows_no_password() -> None:
    text = "fnord;\n" * 1_000 + "LOGON host/me,x9qzx9qz;\n"
    parsed = parse(text)
    assert "x9qz" not in parsed.redacted
    assert "x9qz" not in format_diagnostics(parsed.diagnostics)


def test_a_long_line_shows_what_is_around_the_mistake() -> None:
    line = "DROP TABLE a; " * 1_000 + "fnord; " + "DROP TABLE b; " * 1_000
    (found,) = [f for f in parse("LOGON a/b,c;\n" + line).diagnostics if f.severity == "error"]
    assert found.column == 14_001
    assert len(found.source_line) < 500
    start = found.marker.index("^")
    assert found.source_line[start : start + len(found.marker.strip())] == "fnord"


def test_control_characters_show_as_symbols() -> None:
    (found,) = parse("LOGON a/b,c;\nSESSIONS 4 \x1b[2J\u202e;").diagnostics[-1:]
    told = format_diagnostics([found])
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\u241b[2J\ufffd" in found.source_line
    assert found.marker.index("^") == found.column - 1


@pytest.mark.parametrize("odd", ["\0", "\ud800", "\udfff"])  # noqa: PT014
@pytest.mark.parametrize("where", ["DROP TABLE {};\n", "/* {} */\n", "LOGON a/b,{};\n"])
def test_what_is_no_text_is_told_once(odd: str, where: str) -> None:
    (found,) = parse("SESSIONS 4;\n" + where.format(odd) + job()).diagnostics
    assert found.code == "no-text"
    assert found.line == 2
    assert "UTF-8" in found.expected


@pytest.mark.parametrize(
    "text",
    [
        f"DECIMAL({'9' * 5_000},2)",
        f"DECIMAL(9,{'9' * 5_000})",
        f"FLOAT({'1' * 5_000})",
        "A" + " " * MEGABYTE + "!",
        "x" * MEGABYTE,
    ],
    ids=range(5),
)
def test_a_type_of_any_length_is_refused(text: str) -> None:
    with within_cpu_seconds(), pytest.raises(ColumnTypeError) as refused:
        ColumnType.parse(text)
    assert len(str(refused.value)) < 500


def test_a_format_of_any_length_is_read_once() -> None:
    with within_cpu_seconds():
        assert not is_date_format("YYYY" * 50_000 + "!")
        assert is_date_format("YYYY" * 50_000)
        assert not names_a_day("YYYY" * 50_000)
    assert all(map(names_a_day, ("yyyy-mm-dd", "Y4DDD", "DDBMMMBYY", "m2d2,yy")))
    assert not any(map(names_a_day, ("YYYYMM", "DDD", "YYYYDDDDD", "-", "")))
