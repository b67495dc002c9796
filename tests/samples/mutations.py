"""Damage done to scripts and data files at random, the same for the same seed."""

from __future__ import annotations

import gzip
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from types import FrameType

CPU_SECONDS = 5.0
"""Processor time that one mutated file may take; more is a hang."""


class Hang(AssertionError):
    """A case took more processor time than any may."""


@contextmanager
def within_cpu_seconds(seconds: float = CPU_SECONDS) -> Iterator[None]:
    """Raises `Hang` when the body takes more processor time; to be used in the main thread."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Hang(f"still at it after {seconds} s of processor time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    started = time.process_time()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    if time.process_time() - started > seconds:
        raise Hang(f"took {time.process_time() - started:.1f} s of processor time")


# --- scripts -------------------------------------------------------------------------------------

_TOKEN = re.compile(r"\w+|\s+|.", re.S)
_NUMBER = re.compile(r"\d+")
_WORDS = (
    *("SESSIONS", "ERRLIMIT", "LOGON", "LOGDATA", "DATABASE", "CREATE", "TABLE", "SET RECORD"),
    *("VARTEXT", "DEFINE", "FILE=", "BEGIN LOADING", "ERRORFILES", "CHECKPOINT", "INSERT INTO"),
    *("VALUES", "END LOADING", "LOGOFF", "RECORD", "THRU", "NULLIF", "FORMAT", "DECIMAL(9,2)"),
    *("PRIMARY INDEX", "CHECK (a BETWEEN 1 AND 2)", "DEFAULT", "NOT NULL", "DROP TABLE", "DELETE"),
    *("SELECT", ".IMPORT", "DATE '2024-02-29'", ":a", "t.*", "WITH NO DATA", "DATEFORM ANSIDATE"),
)
_NAME = re.compile(r"[A-Za-z_]\w+")
_NAMES = (
    *('"two words"', '"quo""te"', "ünïcode", '"1st"', '"a.b"', '"a.b.c"', '""', "x#$", '"end"'),
    *("n" * 128, "n" * 129, '"sel;ect"', '"--"', "_", "\u0130stanbul", '"tab\there"', "DATE"),
)
_VALUES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (
        re.compile(r"\b(?:VARCHAR|CHAR|DECIMAL)\s*\([\d,]+\)|\b(?:INTEGER|SMALLINT|DATE)\b"),
        (
            *("BYTEINT", "BIGINT", "DECIMAL(38,38)", "DEC", "FLOAT", "TIME", "TIMESTAMP(0)"),
            *("CHAR", "LONG VARCHAR", "CHAR VARYING(9)", "VARBYTE(5)", "BYTE", "DOUBLE PRECISION"),
            *(
                "VARCHAR(64000)",
                "VARCHAR(64001)",
                "VARCHAR(0)",
                "VARIANT",
                "DECIMAL(39)",
                "CHAR(٣)",
            ),
        ),
    ),
    (
        re.compile(r"'[^'\n]*'|\"[^\"\n]*\""),
        (
            *("''", "'YYYYMMDD'", "'YY/MM/DD'", "'it''s'", "'dd.mmm.yy'", "'YYYYYYYYY'", "'\t'"),
            *('""', '"||"', '"\t"', "';'", "'--'", "'/*'", "'ünï'", "'" + "Y4" * 200 + "!'"),
        ),
    ),
    (
        _NUMBER,
        ("0", "1", "2", "7", "40", "100000", "999999999999999999", "1000000000000000000", "007"),
    ),
)
_MARKS = ("'", '"', "/*", "*/", "--", ";", "(", ")", ",", ".", ":", "=", "\u201c", "\u2019", "${a}")
_CONTROL = (*map(chr, range(32)), "\x7f", "\x85", "\u2028", "\u202e", "\ufeff", "\ud800", "😀")
_NUMBERS = ("0", "-1", "9" * 19, "9" * 5_000, "1e999", "1e-5", "2147483648", "\u0663", "0" * 400)
_ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252")


def mutated_script(random: Random, scripts: Sequence[str]) -> bytes:
    """One of the scripts with one to four mutations, as the bytes of a file."""
    text = random.choice(scripts)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        text = random.choice(_OF_SCRIPTS)(random, text, scripts)
    # Most of them stay text that can be read, so that what comes after is reached.
    encoding = random.choice(_ENCODINGS) if random.random() < 0.2 else "utf-8"
    data = text.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")
    return damaged_bytes(random, data) if random.random() < 0.05 else data


def _on_tokens(random: Random, text: str, scripts: Sequence[str]) -> str:
    return "".join(_rearranged(random, _TOKEN.findall(text)))


def _on_lines(random: Random, text: str, scripts: Sequence[str]) -> str:
    return "".join(_rearranged(random, text.splitlines(keepends=True)))


def _on_characters(random: Random, text: str, scripts: Sequence[str]) -> str:
    return "".join(_rearranged(random, list(text)))


def _rearranged(random: Random, parts: list[str]) -> list[str]:
    """Some of the parts deleted, doubled, swapped or moved."""
    if not parts:
        return parts
    for _ in range(random.choice((1, 1, 2, 5))):
        at, other = random.randrange(len(parts)), random.randrange(len(parts))
        match random.randrange(4):
            case 0:
                parts[at] = ""
            case 1:
                parts[at] *= random.choice((2, 2, 2, 300))
            case 2:
                parts[at], parts[other] = parts[other], parts[at]
            case _:
                parts.insert(other, parts[at])
    return parts


def _inserted(choices: Callable[[Random], str]) -> _OnScript:
    def insert(random: Random, text: str, scripts: Sequence[str]) -> str:
        at = random.randrange(len(text) + 1)
        return text[:at] + choices(random) + text[at:]

    return insert


def _number(random: Random, text: str, scripts: Sequence[str]) -> str:
    found = list(_NUMBER.finditer(text))
    if not found:
        return text
    one = random.choice(found)
    return text[: one.start()] + random.choice(_NUMBERS) + text[one.end() :]


def _renamed(random: Random, text: str, scripts: Sequence[str]) -> str:
    """A word replaced everywhere: by an odd name, a keyword, or another word of the script."""
    words = sorted(set(_NAME.findall(text)))
    if not words:
        return text
    new = random.choice((*_NAMES, *random.choices(_WORDS, k=2), *random.choices(words, k=2)))
    return re.sub(rf"\b{random.choice(words)}\b", lambda _: new, text)


def _value(random: Random, text: str, scripts: Sequence[str]) -> str:
    """A type, quoted text or number replaced by another one of the same kind."""
    kind, choices = random.choice(_VALUES)
    found = list(kind.finditer(text))
    if not found:
        return text
    one = random.choice(found)
    return text[: one.start()] + random.choice(choices) + text[one.end() :]


def _nested(random: Random, text: str, scripts: Sequence[str]) -> str:
    depth = random.choice((1, 3, 50, 5_000))
    at, other = sorted((random.randrange(len(text) + 1), random.randrange(len(text) + 1)))
    opened, closed = random.choice((("(", ")"), ("/*", "*/"), ("'", "'"), ("(", "")))
    return text[:at] + opened * depth + text[at:other] + closed * depth + text[other:]


def _line_ends(random: Random, text: str, scripts: Sequence[str]) -> str:
    ends = random.choice((("\r\n",), ("\r",), ("\n", "\r\n", "\r"), ("\n\n",), ("\x0b",), ("",)))
    return "".join(
        line.rstrip("\n") + random.choice(ends) for line in text.splitlines(keepends=True)
    )


def _spliced(random: Random, text: str, scripts: Sequence[str]) -> str:
    other = random.choice(scripts)
    at, there = random.randrange(len(text) + 1), random.randrange(len(other) + 1)
    return text[:at] + other[there:]


def _repeated(random: Random, text: str, scripts: Sequence[str]) -> str:
    return text * random.choice((2, 2, 2, 2, 3, 20))


_OnScript = Callable[[Random, str, Sequence[str]], str]
_OF_SCRIPTS: tuple[_OnScript, ...] = (
    *(_on_tokens, _on_tokens, _on_tokens, _on_lines, _on_lines, _on_characters, _number, _number),
    *(_nested, _line_ends, _spliced, _repeated, _renamed, _renamed, _value, _value, _value),
    _inserted(lambda random: f" {random.choice(_WORDS)} "),
    _inserted(lambda random: f"\n{random.choice(_WORDS)} "),
    _inserted(lambda random: random.choice(_MARKS)),
    _inserted(lambda random: random.choice(_CONTROL)),
    _inserted(lambda random: random.choice("xL9 \t-'") * random.choice((10, 1_000, 60_000))),
)


# --- bytes ---------------------------------------------------------------------------------------


def damaged_bytes(random: Random, data: bytes) -> bytes:
    """The bytes with some of them changed, lost, added, doubled or cut off."""
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(data) + 1)
        size = random.choice((1, 1, 2, 16, 200))
        match random.randrange(6):
            case 0:
                data = data[:at] + random.randbytes(size) + data[at + size :]
            case 1:
                data = data[:at] + data[at + size :]
            case 2:
                data = data[:at] + random.randbytes(size) + data[at:]
            case 3:
                data = data[:at] + data[at : at + size] * random.choice((2, 3, 50)) + data[at:]
            case 4:
                data = data[:at]
            case _:
                data = data[:at] + bytes([random.choice((0, 10, 13, 9, 32, 0xFF))]) + data[at:]
    return data


_SEPARATORS = (b"|", b"\n", b"\r\n", b"\r", b"||", b"\t", b",", b"\n\n", b"|\n", b"\x00")
_ODD = (
    *(b"", b" ", b"  7 ", b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r"),
    *(b"1e5", b"1E+5", b"1e999", b"-1e-999", b"NaN", b"inf", b"0x1", b"1_000", b"+", b"-", b"."),
    *(b"-0", b"+7", b"007", b".5", b"5.", b"1.005", b"1.015", b"-2.5", b"0.000000000000001"),
    *(b"9" * 19, b"9" * 38, b"9" * 39, b"9" * 5_000, b"0" * 5_000 + b"1", b"0." + b"9" * 5_000),
    *(b"0" * 5_000 + b"x", b"1" + b"0" * 400, b"2024-02-30", b"0000-01-01", b"9999-12-31"),
    *(b"24/02/29", b"23:59:60", b"23:59:59.1234567", b"2024-02-29 23:59:59", b"\xd9\xa3"),
    *("é".encode(), "ß".encode(), "İ".encode(), "日本".encode(), "e\u0301".encode()),
    *(b"x" * 63_999, b"x" * 64_000, b"x" * 64_001, b"x" * 131_072, b"x" * 200_000),
)


def mutated_data(random: Random, data: bytes) -> bytes:
    """A delimited file with one to four mutations."""
    for _ in range(random.choice((1, 1, 2, 4))):
        data = random.choice(_OF_DATA)(random, data)
    return data


def _field(random: Random, data: bytes) -> bytes:
    """One field replaced by an odd one."""
    places = [m.span() for m in re.finditer(rb"[^|\n]*", data)]
    start, end = random.choice(places)
    return data[:start] + random.choice(_ODD) + data[end:]


def _separator(random: Random, data: bytes) -> bytes:
    places = [m.span() for m in re.finditer(rb"[|\n]", data)] or [(0, 0)]
    start, end = random.choice(places)
    return data[:start] + random.choice(_SEPARATORS) + data[end:]


def _records(random: Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            lines[at] = b""
        case 1:
            lines[at] *= random.choice((2, 3, 400))
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            lines.insert(other, lines[at].swapcase())
    return b"".join(lines)


def _all_line_ends(random: Random, data: bytes) -> bytes:
    end = random.choice((b"\r\n", b"\r", b"\n\r", b"\r\r\n", b""))
    return data.replace(b"\n", end) if random.random() < 0.5 else data.rstrip(b"\n") + end


def compressed(random: Random, data: bytes) -> bytes:
    """The data as gzip: one or two members, padding, something behind, or damage."""
    cut = random.randrange(len(data) + 1)
    whole = gzip.compress(data[:cut], 1, mtime=0) + gzip.compress(data[cut:], 9, mtime=0)
    match random.randrange(12):
        case 0:
            return whole + random.choice((b"x", b"\x1f\x8b", b"\0x", gzip.compress(data)[:-1]))
        case 1:
            return whole + random.choice((b"\0", b"\0" * 9, gzip.compress(b"", mtime=0)))
        case 2:
            return gzip.compress(whole, mtime=0)
        case 3:
            return whole[: random.randrange(len(whole))]
        case 4 | 5:
            return damaged_bytes(random, whole)
        case 6 | 7:
            return whole
        case _:
            return gzip.compress(data, mtime=0)


_OnData = Callable[[Random, bytes], bytes]
_OF_DATA: tuple[_OnData, ...] = (
    *(_field, _field, _field, _field, _separator, _separator, _records, _records, _all_line_ends),
    damaged_bytes,
)
