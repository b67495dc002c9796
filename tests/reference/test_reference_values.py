"""The reference's typed values, dates and equality, against literals."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from reference.fastload.rows import code_of
from reference.values.conversion import (
    BadValue,
    ImpossibleConversion,
    Value,
    column_type,
    convert,
    value_of_field,
    value_of_text,
)
from reference.values.dates import DateFormatError, read_date
from reference.values.equality import equality_key, passes_check, value_key
from specs.sql.tables import Column, RangeCheck, TableDefinition

BAD = "bad_character"
OVERFLOW = "numeric_overflow"


def typed(text: str, type_text: str, date_format: str = "YYYY-MM-DD") -> Value | str:
    """The value, or the error's name."""
    try:
        return value_of_text(text, column_type(type_text), "UNICODE", date_format)
    except BadValue as error:
        return error.name


@pytest.mark.parametrize(
    ("text", "type_text", "expected"),
    [
        ("12", "INTEGER", 12),
        (" -12  ", "INTEGER", -12),
        ("+007", "BYTEINT", 7),
        ("127", "BYTEINT", 127),
        ("128", "BYTEINT", OVERFLOW),
        ("-128", "BYTEINT", -128),
        ("-129", "BYTEINT", OVERFLOW),
        ("32767", "SMALLINT", 32767),
        ("32768", "SMALLINT", OVERFLOW),
        ("-2147483648", "INTEGER", -(2**31)),
        ("2147483648", "INTEGER", OVERFLOW),
        ("9223372036854775807", "BIGINT", 2**63 - 1),
        ("9223372036854775808", "BIGINT", OVERFLOW),
        ("0" * 5000 + "1", "BIGINT", 1),
        ("1" * 5000, "BIGINT", OVERFLOW),
        ("1.0", "INTEGER", BAD),
        ("1 2", "INTEGER", BAD),
        ("", "INTEGER", BAD),
        ("   ", "INTEGER", BAD),
        ("\t1", "INTEGER", BAD),
        ("\u00a01", "INTEGER", BAD),
        ("1\n", "INTEGER", BAD),
        ("+", "INTEGER", BAD),
        ("--1", "INTEGER", BAD),
        ("\u0661", "INTEGER", BAD),  # a digit, but not one of 0 to 9
        ("1_000", "INTEGER", BAD),
    ],
)
def test_integers(text: str, type_text: str, expected: object) -> None:
    assert typed(text, type_text) == expected


@pytest.mark.parametrize(
    ("text", "type_text", "expected"),
    [
        ("1.5", "DECIMAL(9,2)", "1.50"),
        (" -.5 ", "DECIMAL(9,2)", "-0.50"),
        ("7.", "DECIMAL(9,2)", "7.00"),
        ("0.125", "DECIMAL(9,2)", "0.12"),
        ("0.135", "DECIMAL(9,2)", "0.14"),
        ("0.1250000001", "DECIMAL(9,2)", "0.13"),
        ("-0.125", "DECIMAL(9,2)", "-0.12"),
        ("2.5", "DECIMAL(9,0)", "2"),
        ("3.5", "DECIMAL(9,0)", "4"),
        ("-0.001", "DECIMAL(9,2)", "0.00"),
        ("-0", "DECIMAL(9,2)", "0.00"),
        ("9.99", "DECIMAL(3,2)", "9.99"),
        ("9.994", "DECIMAL(3,2)", "9.99"),
        ("9.995", "DECIMAL(3,2)", OVERFLOW),
        ("9.985", "DECIMAL(3,2)", "9.98"),
        ("10", "DECIMAL(3,2)", OVERFLOW),
        ("0.5", "DECIMAL(2,2)", "0.50"),
        ("0.995", "DECIMAL(2,2)", OVERFLOW),
        ("0" * 100 + "1", "DECIMAL(1,0)", "1"),
        ("9" * 38, "DECIMAL(38,0)", "9" * 38),
        ("9" * 38 + ".5", "DECIMAL(38,0)", OVERFLOW),
        ("9" * 37 + "8.5", "DECIMAL(38,0)", "9" * 37 + "8"),
        ("0." + "0" * 38 + "5", "DECIMAL(38,38)", "0." + "0" * 38),
        ("1e2", "DECIMAL(9,2)", BAD),
        (".", "DECIMAL(9,2)", BAD),
        ("", "DECIMAL(9,2)", BAD),
        ("1,5", "DECIMAL(9,2)", BAD),
        ("NaN", "DECIMAL(9,2)", BAD),
    ],
)
def test_decimals_are_exact_and_round_half_to_even(
    text: str, type_text: str, expected: str
) -> None:
    value = typed(text, type_text)
    assert (format(value, "f") if isinstance(value, Decimal) else value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "1.0"),
        ("-0", "0.0"),
        ("-1e-400", "0.0"),
        ("1e-400", "0.0"),
        (".5E+1", "5.0"),
        ("1e308", "1e+308"),
        ("1e309", OVERFLOW),
        ("0.1", "0.1"),
        ("inf", BAD),
        ("nan", BAD),
        ("1e", BAD),
        ("0x1", BAD),
    ],
)
def test_floats(text: str, expected: str) -> None:
    value = typed(text, "FLOAT")
    assert (repr(value) if isinstance(value, float) else value) == expected


@pytest.mark.parametrize(
    ("text", "type_text", "expected"),
    [
        ("ab", "CHAR(4)", "ab  "),
        (" ab ", "VARCHAR(4)", " ab "),
        ("abcdef", "CHAR(4)", "abcd"),
        ("äöüß€", "VARCHAR(4)", "äöüß"),
    ],
)
def test_characters_are_padded_cut_and_keep_blanks(
    text: str, type_text: str, expected: str
) -> None:
    assert typed(text, type_text) == expected


def test_untranslatable_characters() -> None:
    kind = column_type("VARCHAR(2)")
    assert value_of_text("ÿ", kind, "LATIN") == "ÿ"
    for text, character_set in (("Ā", "LATIN"), ("aaĀ", "LATIN")):
        with pytest.raises(BadValue, match="untranslatable_character"):
            value_of_text(text, kind, character_set)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("type_text", "expected"),
    [
        ("INTEGER", BAD),
        ("DECIMAL(9,2)", BAD),
        ("FLOAT", BAD),
        ("DATE", "invalid_date"),
        ("TIME(0)", "invalid_time"),
        ("TIMESTAMP(6)", "invalid_timestamp"),
        ("VARCHAR(5)", "untranslatable_character"),
        ("CHAR(5)", "untranslatable_character"),
    ],
)
def test_invalid_utf8_is_each_types_own_error(type_text: str, expected: str) -> None:
    with pytest.raises(BadValue) as caught:
        value_of_field(b"1\xff", column_type(type_text), "UNICODE", "YYYY-MM-DD")
    assert caught.value.name == expected


D = datetime.date
NOON_AND_A_BIT = datetime.datetime(1999, 12, 31, 12, 0, 0, 250_000)


@pytest.mark.parametrize(
    ("text", "date_format", "expected"),
    [
        ("2024-02-29", "YYYY-MM-DD", D(2024, 2, 29)),
        ("2023-02-29", "YYYY-MM-DD", None),
        ("1900-02-29", "YYYY-MM-DD", None),
        ("2000-02-29", "yyyy-mm-dd", D(2000, 2, 29)),
        ("0001-01-01", "YYYY-MM-DD", D(1, 1, 1)),
        ("0000-01-01", "YYYY-MM-DD", None),
        ("9999-12-31", "YYYY-MM-DD", D(9999, 12, 31)),
        ("2024-2-9", "YYYY-MM-DD", None),
        ("2024-13-01", "YYYY-MM-DD", None),
        ("2024-04-31", "YYYY-MM-DD", None),
        ("2024-02-29x", "YYYY-MM-DD", None),
        ("2024-02-29\n", "YYYY-MM-DD", None),
        ("24/02/29", "YY/MM/DD", D(1924, 2, 29)),
        ("96/02/29", "YY/MM/DD", D(1996, 2, 29)),
        ("99/12/31", "YY/MM/DD", D(1999, 12, 31)),
        ("00/01/01", "YY/MM/DD", D(1900, 1, 1)),
        ("2024.060", "Y4.D3", D(2024, 2, 29)),
        ("2024366", "YYYYDDD", D(2024, 12, 31)),
        ("2023366", "YYYYDDD", None),
        ("2023000", "YYYYDDD", None),
        ("9999365", "YYYYDDD", D(9999, 12, 31)),
        ("9999366", "YYYYDDD", None),
        ("29 fEb, 2024", "DDBMMM,BYYYY", D(2024, 2, 29)),
        ("29FEB2024", "D2M3Y4", D(2024, 2, 29)),
        ("29\u017feb2024", "D2M3Y4", None),
        ("01\u017fep2024", "D2M3Y4", None),  # a long s, which is S in upper case
        ("29FOO2024", "D2M3Y4", None),
        ("02/29/2024", "M2/D2/Y4", D(2024, 2, 29)),
        ("20240229", "YYYYMMDD", D(2024, 2, 29)),
        ("\u0662\u0660\u0662\u0664-02-29", "YYYY-MM-DD", None),
    ],
)
def test_dates_in_every_token(text: str, date_format: str, expected: datetime.date | None) -> None:
    assert read_date(text, date_format) == expected
    wanted = "invalid_date" if expected is None else expected
    if "\n" not in text:
        assert typed(f"  {text} ", "DATE", date_format) == wanted


@pytest.mark.parametrize(
    "date_format", ["", "YYYY", "YYYY-MM", "MM-DD", "YYYY-MM-DD-DD", "YYYY:DDD"]
)
def test_formats_that_name_no_day(date_format: str) -> None:
    with pytest.raises(DateFormatError):
        read_date("2024", date_format)


@pytest.mark.parametrize(
    ("text", "type_text", "expected"),
    [
        ("23:59:59", "TIME(0)", datetime.time(23, 59, 59)),
        (" 00:00:00 ", "TIME(0)", datetime.time(0)),
        ("24:00:00", "TIME(0)", "invalid_time"),
        ("00:60:00", "TIME(0)", "invalid_time"),
        ("00:00:60", "TIME(0)", "invalid_time"),
        ("1:00:00", "TIME(0)", "invalid_time"),
        ("00:00:00.5", "TIME(0)", "invalid_time"),
        ("00:00:00.5", "TIME(1)", datetime.time(0, 0, 0, 500_000)),
        ("00:00:00.", "TIME(6)", "invalid_time"),
        ("00:00:00.000001", "TIME(6)", datetime.time(0, 0, 0, 1)),
        ("00:00:00.0000001", "TIME(6)", "invalid_time"),
        ("00:00:00.12", "TIME(1)", "invalid_time"),
        ("", "TIME(0)", "invalid_time"),
        ("2024-02-29 12:00:00", "TIMESTAMP(0)", datetime.datetime(2024, 2, 29, 12)),
        ("1999-12-31 12:00:00.25", "TIMESTAMP(2)", NOON_AND_A_BIT),
        ("2023-02-29 12:00:00", "TIMESTAMP(0)", "invalid_timestamp"),
        ("2024-02-29 24:00:00", "TIMESTAMP(0)", "invalid_timestamp"),
        ("2024-02-29  12:00:00", "TIMESTAMP(0)", "invalid_timestamp"),
        ("2024-02-29T12:00:00", "TIMESTAMP(0)", "invalid_timestamp"),
        ("2024-02-29", "TIMESTAMP(0)", "invalid_timestamp"),
    ],
)
def test_times_and_timestamps(text: str, type_text: str, expected: object) -> None:
    assert typed(text, type_text) == expected


def converted(text: str, source: str, target: str) -> Value | tuple[str, int]:
    """``:f (source)`` into a column of the target type; (name, code) of the error."""
    first, second = column_type(source), column_type(target)
    try:
        return convert(value_of_text(text, first), first, second)
    except BadValue as error:
        return error.name, code_of(error)


@pytest.mark.parametrize(
    ("text", "source", "target", "expected"),
    [
        ("007", "INTEGER", "VARCHAR(5)", "7"),
        ("+7", "INTEGER", "CHAR(3)", "7  "),
        ("-.5", "DECIMAL(9,2)", "VARCHAR(5)", "-0.50"),
        ("0", "DECIMAL(38,38)", "VARCHAR(50)", "0." + "0" * 38),
        ("12345", "INTEGER", "VARCHAR(4)", (OVERFLOW, 3944)),
        ("2.5", "DECIMAL(9,1)", "INTEGER", 2),
        ("3.5", "DECIMAL(9,1)", "INTEGER", 4),
        ("-2.5", "DECIMAL(9,1)", "DECIMAL(9,0)", Decimal(-2)),
        ("300", "INTEGER", "BYTEINT", (OVERFLOW, 2616)),
        ("12345", "INTEGER", "DECIMAL(4,0)", (OVERFLOW, 2616)),
        ("0.1", "FLOAT", "DECIMAL(38,20)", Decimal("0.10000000000000000555")),
        ("1e300", "FLOAT", "BIGINT", (OVERFLOW, 2616)),
        ("0.5", "FLOAT", "INTEGER", 0),
        ("1.5", "FLOAT", "INTEGER", 2),
        ("1.5", "DECIMAL(9,2)", "FLOAT", 1.5),
        ("1e3", "FLOAT", "VARCHAR(9)", "1000"),
        ("1.5", "INTEGER", "DECIMAL(9,2)", (BAD, 2679)),
        ("2024-02-29", "DATE", "VARCHAR(10)", "2024-02-29"),
        ("2024-02-29", "DATE", "CHAR(4)", "2024"),
        ("2024-02-29", "DATE", "CHAR(12)", "2024-02-29  "),
        ("2024-02-29", "DATE", "DATE", D(2024, 2, 29)),
        ("12x", "CHAR(2)", "INTEGER", 12),
        ("1", "CHAR(3)", "VARCHAR(9)", "1  "),
    ],
)
def test_one_explicit_conversion(text: str, source: str, target: str, expected: object) -> None:
    assert converted(text, source, target) == expected


def test_conversions_that_no_script_may_hold() -> None:
    with pytest.raises(ImpossibleConversion):
        converted("1", "INTEGER", "DATE")
    with pytest.raises(ImpossibleConversion):
        value_of_text("00", column_type("VARBYTE(2)"))


# --- equality and CHECK ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "type_text", "equal"),
    [
        ("a ", "A", "CHAR(2)", True),
        ("a", " a", "VARCHAR(2)", False),
        ("straße", "STRASSE", "VARCHAR(9)", True),
        ("a\t", "a", "VARCHAR(2)", False),
        (None, None, "INTEGER", True),
        (None, "", "VARCHAR(2)", False),
        (None, 0, "INTEGER", False),
        (b"\1\0", b"\1", "VARBYTE(2)", True),
        (b"\0\1", b"\1", "VARBYTE(2)", False),
        (0.0, -0.0, "FLOAT", True),
        (float("nan"), float("nan"), "FLOAT", True),
        (Decimal("1.50"), Decimal("1.50"), "DECIMAL(9,2)", True),
    ],
)
def test_equality(left: Value, right: Value, type_text: str, equal: bool) -> None:
    column = Column(name="c", type=type_text)
    assert (value_key(left, column) == value_key(right, column)) is equal


def test_casespecific_text_keeps_its_case() -> None:
    definition = TableDefinition(
        name="t", columns=(Column(name="c", type="VARCHAR(5)", case_specific=True),)
    )
    assert equality_key(("a ",), definition) == equality_key(("a",), definition)
    assert equality_key(("a",), definition) != equality_key(("A",), definition)


@pytest.mark.parametrize(
    ("value", "type_text", "low", "high", "passes"),
    [
        (5, "INTEGER", "5", "5", True),
        (6, "INTEGER", "5", "5.5", False),
        (None, "INTEGER", "5", "5", True),
        (5, "BYTEINT", "1", "1000", True),
        (Decimal("0.10"), "DECIMAL(9,2)", "0.1", None, True),
        (0.1, "FLOAT", None, "0.1", True),
        ("b ", "VARCHAR(5)", "A", "B", True),
        ("ba", "VARCHAR(5)", "A", "B", False),
        (D(2024, 2, 29), "DATE", "2024-02-29", "2024-12-31", True),
        (D(2024, 2, 28), "DATE", "2024-02-29", None, False),
    ],
)
def test_check_between(
    value: Value, type_text: str, low: str | None, high: str | None, passes: bool
) -> None:
    column = Column(name="c", type=type_text, check=RangeCheck(low, high))
    assert passes_check(value, column) is passes
