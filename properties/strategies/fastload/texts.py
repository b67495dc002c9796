"""The text of a field: mostly what a column takes, often what it takes only just or not at all."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties.strategies.shared import definitions
from properties.strategies.shared.values import HASH_MODULUS, decimal_of, text_of, values
from specs.fastload.plan import Assignment
from specs.sql.tables import Column
from specs.sql.types import INTEGER_BITS, MAX_DECIMAL_PRECISION, ColumnType

DATE_FORMATS = (
    *definitions.DATE_FORMATS,
    *("YY/MM/DD", "DDMMMYY", "yyyy-mm-dd", "Y4/M2/D2", "Y4.D3", "MMMBDD,BYYYY"),
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_TOKEN = re.compile("YYYY|Y4|MMM|M3|DDD|D3|YY|MM|M2|DD|D2|.", re.IGNORECASE)
_SIGN = re.compile(rb"([+-]?)(.*)", re.DOTALL)
_INVALID_UTF8 = (b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"1\x80")


@dataclass(frozen=True)
class Reading:
    """How the text of a field is read: as which type, in which date format, into which charset."""

    type: ColumnType
    format: str | None = None
    latin: bool = False
    case_specific: bool = False


def reading_of(column: Column, assignment: Assignment, date_form: str = "integer") -> Reading:
    """The reading of the field that an INSERT assigns to ``column``."""
    kind = ColumnType.parse(assignment.conversion) if assignment.conversion else column.column_type
    written = None
    if kind.name == "DATE":
        default = "YYYY-MM-DD" if date_form == "ansi" else "YY/MM/DD"
        written = assignment.format or column.format or default
    return Reading(kind, written, column.character_set == "LATIN", column.case_specific)


# --- texts that are values -----------------------------------------------------------------------


@cache
def good_texts(reading: Reading) -> SearchStrategy[bytes]:
    """Texts that are values of the type: the canonical text of a value, or an odd spelling.

    NULL (the empty text) is not among them: whether a field may be NULL is up to the job.
    """
    kind = reading.type
    typed = values(kind, "LATIN" if reading.latin else "UNICODE")
    canonical = typed.map(lambda value: _canonical(value, reading))
    ways = [canonical, st.sampled_from(_odd_spellings(reading))]
    if kind.name == "DECIMAL":
        ways.append(st.sampled_from(_ties_to_even(kind.scale)))
    return st.one_of(ways).map(str.encode)


def _canonical(value: Any, reading: Reading) -> str:
    if reading.format is not None:
        return write_date(value, reading.format) or _some_date(reading.format)
    return text_of(value, reading.type) or "a"


def _odd_spellings(reading: Reading) -> tuple[str, ...]:
    kind = reading.type
    match kind.name:
        case "BYTEINT" | "SMALLINT" | "INTEGER" | "BIGINT":
            low, high = kind.integer_range
            return ("+5", " 7 ", "-0", "007", "10", "+0", "   1", str(low), f"+{high}", f"0{high}")
        case "DECIMAL":
            return _odd_decimals(kind.precision, kind.scale)
        case "FLOAT":
            odd = ("-0", ".5", "5.", "+5", " 7 ", "1e3", "1E+2", "2e-1", "00.5", "1e-400", "0.10")
            return (*odd, "9007199254740993", "179769313486231570e291", "-.5e-0")
        case "DATE":
            assert reading.format is not None, "a DATE is read in a format"
            text = _some_date(reading.format)
            return (f" {text} ", text.swapcase(), f"{text}   ")
        case "TIME":
            return _odd_times(kind.scale)
        case "TIMESTAMP":
            return tuple(f" 2024-02-29 {text.strip()}" for text in _odd_times(kind.scale))
        case _:
            return _odd_characters(kind, reading.latin)


def _odd_decimals(precision: int, scale: int) -> tuple[str, ...]:
    whole, zeros = precision - scale, "0" * (scale - 1)
    odd = ["-0", "+0", " 0 ", "-.0", "0.", f"0.{'0' * scale}1"]
    # ties of the rounding to an even and to an odd digit (half to even), and their neighbours
    tie = f".{zeros}" if scale else ""
    if scale:
        odd += [f"0{tie}{digits}" for digits in ("15", "25", "05", "150", "151", "149", "1501")]
        odd += [f"-0{tie}15", f"0{tie}25{'0' * 20}1", f"0{tie}15{'0' * 20}"]
    else:
        odd += ["0.5", "0.50", "0.51", "-0.5"]
    if whole:
        odd += ["1.", "+5", " 7 ", "007", "1.0000000000", "1.0000000000000000001", "2.5", "3.5"]
    return tuple(odd)


def _ties_to_even(scale: int) -> tuple[str, ...]:
    """Decimals that half to even and half up round apart."""
    tie = f"0.{'0' * (scale - 1)}" if scale else ""
    return tuple(f"{tie}{digits}" for digits in (("05", "25", "250") if scale else ("0.5", "0.50")))


def _some_date(date_format: str) -> str:
    text = write_date(datetime.date(1988, 2, 29), date_format)
    assert text is not None, "every format can write a day of the twentieth century"
    return text


def write_date(day: datetime.date, date_format: str) -> str | None:
    """A date in a format, or None where two digits of the year would mean another century."""
    if "YY" in date_format.upper().replace("YYYY", "") and not 1900 <= day.year <= 1999:
        return None
    return "".join(_token(token, day) for token in _TOKEN.findall(date_format))


def _token(token: str, day: datetime.date) -> str:
    match token.upper():
        case "YYYY" | "Y4":
            return f"{day.year:04}"
        case "YY":
            return f"{day.year % 100:02}"
        case "MMM" | "M3":
            return MONTHS[day.month - 1]
        case "MM" | "M2":
            return f"{day.month:02}"
        case "DDD" | "D3":
            return f"{day.timetuple().tm_yday:03}"
        case "DD" | "D2":
            return f"{day.day:02}"
        case "B":
            return " "
        case _:
            return token


def _odd_times(digits: int) -> tuple[str, ...]:
    texts = [" 01:02:03 ", "23:59:59"]
    if digits:
        texts += ["00:00:00.5", "23:59:59." + "9" * digits, "12:34:56." + "0" * digits]
    if digits == 6:
        texts += ["00:00:00", "01:11:34.967291"]  # HASH_MODULUS microseconds apart
    return tuple(texts)


def _odd_characters(kind: ColumnType, latin: bool) -> tuple[str, ...]:
    # the two five-letter texts have the same row hash: their numbers differ by HASH_MODULUS
    odd = ["a ", "A", " a", " ", "  ", "a  ", "aaaaf", "baaaa", "ÿ", "É", "ß", "NULL", "a\u00a0"]
    if not latin:
        odd += ["日本", "Ā", "\u0131", "😀", "ŉ", "e\u0301"]
    if kind.length <= 60:  # longer ones make records that nobody wants to read
        odd += ["x" * kind.length, "x" * (kind.length + 1), "é" * (kind.length + 1)]
        odd += [" " * (kind.length + 1)]
    return tuple(odd)


# --- texts that are no values --------------------------------------------------------------------


@cache
def bad_texts(reading: Reading) -> SearchStrategy[bytes]:
    """Texts that fall just outside the type; for characters only what no text column takes."""
    kind = reading.type
    invalid = list(_INVALID_UTF8)
    near: list[str] = []
    if kind.name in INTEGER_BITS:
        low, high = kind.integer_range
        near = ["1.5", "1.0", "1e3", str(high + 1)]
        texts = [*near, "x", "1.", "0.", str(low - 1), " ", "1 2", "--1"]
        texts += ["+", "9" * 40, "1,000", "\u0663", "0x10", "1_000", "- 1", "\t1", "1\u00a0"]
    elif kind.name == "DECIMAL":
        whole = kind.precision - kind.scale
        most = "9" * whole if whole else "0"
        texts = ["x", f"1{'0' * whole}", f"-1{'0' * whole}", f"{most}.{'9' * kind.scale}5", " "]
        near = ["1e3", "1E2", "2.e1"]
        texts += [*near, ".", "1..0", "1 2", "+", "\u0663", "9" * 60, "1_0", "1,5", "0x1", "NaN"]
    elif kind.name == "FLOAT":
        texts = ["x", "1e400", "-1e309", "nan", "inf", "e5", "1e", ".", " ", "1 2", "1_0", "0x1p3"]
        texts += ["Infinity", "1e+", "1,5", "\u0663"]
    elif kind.name == "DATE":
        assert reading.format is not None, "a DATE is read in a format"
        texts = _bad_dates(reading.format)
    elif kind.name in ("TIME", "TIMESTAMP"):
        good = "00:00:00." + "0" * (kind.scale + 1)
        near = ["24:00:00", "12:60:00", "12:34:60"]
        texts = [*near, "1:02:03", "12:34", " ", good, "00:00:00.", "00-00-00", "x", "00:00:00Z"]
        texts += ["\u06600:00:00"]
        if kind.name == "TIMESTAMP":
            near, texts = ([f"2024-02-29 {text}" for text in group] for group in (near, texts))
            texts += ["2023-02-29 00:00:00", "2024-02-29", "2024-13-01 00:00:00", " ", "x"]
            texts += ["2024-02-29T00:00:00", "2024-02-29  00:00:00", "0000-01-01 00:00:00"]
    else:
        texts = ["Ā", "日", "aĀ", "Ÿ", "😀", "\u0131"] if reading.latin else []
    anything = st.sampled_from([*(text.encode() for text in texts), *invalid])
    # half of them are what a parser of another language or type would take: hour 24, an exponent
    return anything | st.sampled_from([text.encode() for text in near]) if near else anything


def _bad_dates(date_format: str) -> list[str]:
    """No days of the calendar, and days in another spelling (a few happen to fit the format)."""
    good = write_date(datetime.date(1999, 1, 31), date_format)
    assert good is not None
    texts = ["x", " ", good + "0", good[:-1], "1999-1-31", "\u0661"]
    impossible = {"YYYY": "2023", "Y4": "2023", "YY": "23", "MM": "02", "M2": "02", "DD": "29"}
    impossible |= {"D2": "29", "DDD": "366", "D3": "366", "MMM": "Feb", "M3": "Feb", "B": " "}
    for name, text in (("", ""), ("MM", "13"), ("MM", "00"), ("DD", "00"), ("DD", "32"),
                       ("DDD", "000"), ("MMM", "Fbr"), ("YYYY", "0000")):  # fmt: skip
        words = impossible | ({name: text, {"MM": "M2", "DD": "D2"}.get(name, name): text})
        texts.append("".join(words.get(t.upper(), t) for t in _TOKEN.findall(date_format)))
    return list(dict.fromkeys(texts))


# --- texts that are nearly the same --------------------------------------------------------------


def nearly_the_same(text: bytes, reading: Reading) -> tuple[tuple[bytes, ...], ...]:
    """Groups of texts that are easily confused with a text or with each other.

    The values of a group are equal, or equal but for letter case, or have one row hash.
    """
    kind = reading.type
    if kind.is_character:
        swapped = text.decode("utf-8", "replace").swapcase()
        if reading.latin and max(swapped, default="") > "\u00ff":
            swapped = text.decode()  # the other case of ÿ and of µ is no LATIN character
        other = swapped.encode()
        return ((text + b" ",), (other,), (other, text + b"  "), (b"aaaaf", b"baaaa"))
    if kind.name == "DATE":
        return ((b" " + text + b" ",),)
    if kind.name in ("TIME", "TIMESTAMP"):
        day = b"1970-01-01 " if kind.name == "TIMESTAMP" else b""
        synonyms = (day + b"00:00:00", day + b"01:11:34.967291")  # HASH_MODULUS microseconds
        return ((b" " + text + b" ",), synonyms if kind.scale == 6 else (text + b" ",))
    number = _SIGN.fullmatch(text.strip(b" "))
    assert number is not None, "what is left are the texts of numbers"
    sign, digits = number.groups()
    same = ((sign or b"+") + b"00" + digits, b" " + text + b"  ")
    return (same[:1], same[1:], *((synonym,) for synonym in _synonyms(text, kind)))


def _synonyms(text: bytes, kind: ColumnType) -> tuple[bytes, ...]:
    """The same number plus and minus the hash modulus, in units of the last digit."""
    if kind.name == "FLOAT":
        return ()
    number = Decimal(text.decode())
    step = Decimal(HASH_MODULUS).scaleb(-kind.scale)
    low, high = _limits(kind)
    with localcontext(prec=MAX_DECIMAL_PRECISION + 20):
        near = (number + step, number - step)
    return tuple(f"{value:f}".encode() for value in near if low <= value <= high)


def _limits(kind: ColumnType) -> tuple[Decimal, Decimal]:
    if kind.name == "DECIMAL":
        most = decimal_of(10**kind.precision - 1, kind.scale)
        return -most, most
    low, high = kind.integer_range
    return Decimal(low), Decimal(high)
