"""Scripts respelled: the same job in other words, or with a known mistake in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

_QUOTED = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')""")
_KEYWORDS = re.compile(
    r"\b(SESSIONS|ERRLIMIT|DATEFORM|ANSIDATE|LOGON|LOGOFF|DROP|DELETE|FROM|ALL|TABLE|CREATE|SET|"
    r"MULTISET|RECORD|THRU|VARTEXT|DISPLAY_ERRORS|NOSTOP|DEFINE|FILE|BEGIN|LOADING|ERRORFILES|"
    r"CHECKPOINT|INSERT|INTO|VALUES|END|UNIQUE|PRIMARY|INDEX|VARCHAR|NULLIF|FORMAT)\b"
)
_ONE_LINE = re.compile(
    r"(?m)^(SESSIONS|ERRLIMIT|DATEFORM|LOGON|LOGOFF|SET RECORD|RECORD|END LOADING)\b(.*);$"
)


def in_lower_case(script: str) -> str:
    """Keywords in lower case; names and quoted texts stay."""
    return _outside_quotes(script, lambda text: _KEYWORDS.sub(lambda m: m[0].lower(), text))


def with_dots(script: str) -> str:
    """One-line commands with a dot before them and no semicolon after."""
    return _ONE_LINE.sub(r".\1\2", script)


def with_dots_and_semicolons(script: str) -> str:
    """One-line commands with both marks, as many published scripts have them."""
    return _ONE_LINE.sub(r".\1\2;", script)


def with_comments(script: str) -> str:
    """Comments between the commands; one holds what looks like a command."""
    lines = [f"{line} /* ; DROP TABLE t; */" if line.endswith(";") else line
             for line in script.split("\n")]  # fmt: skip
    return "/***** part 1 *****/\n-- it's a comment;\n" + "\n".join(lines)


def abbreviated(script: str) -> str:
    """DEF and INS, and DISPLAY ERRORS in two words."""
    script = re.sub(r"(?m)^DEFINE$", "DEF", script)
    script = re.sub(r"(?m)^INSERT INTO ", "INS ", script)
    return script.replace(" DISPLAY_ERRORS", " DISPLAY ERRORS")


def with_comma_before_file(script: str) -> str:
    """A comma between the last field of DEFINE and FILE=."""
    return re.sub(r"\)\nFILE=", r"),\nFILE=", script)


def spread_out(script: str) -> str:
    """Blank lines, indentation, and CRLF at the line ends."""
    return script.replace(";\n", ";\n\n  ").replace("\n", "\r\n")


SPELLINGS = (
    in_lower_case,
    with_dots,
    with_dots_and_semicolons,
    with_comments,
    abbreviated,
    with_comma_before_file,
    spread_out,
)


@st.composite
def respelled(draw: DrawFn, script: str) -> str:
    """The script in one or several other spellings at once, each of them in every second script."""
    chosen = draw(st.integers(1, 2 ** len(SPELLINGS) - 1))
    for number, spelling in enumerate(_ORDER):
        # the spellings stand in an order in which each leaves what the next ones look for
        if chosen >> number & 1:
            script = SPELLINGS[spelling](script)
    return script


_ORDER = (4, 5, 1, 2, 0, 3, 6)


@dataclass(frozen=True)
class Mistake:
    """A mistake to make in a script that `specs.fastload.render` wrote for the table t.

    ``pattern`` is replaced once by ``wrong``; the diagnosis then has ``code`` at the place that
    holds ``shown``.
    """

    name: str
    pattern: str
    wrong: str
    code: str
    shown: str


SAMPLE_MISTAKES = (
    Mistake(
        "target and error table swapped",
        r"BEGIN LOADING t\n    ERRORFILES t_e1, t_e2",
        r"BEGIN LOADING t_e1\n    ERRORFILES t_e2, t",
        "swapped-tables",
        "t_e1",
    ),
    Mistake("CREATE without TABLE", r"CREATE (\w+) TABLE t ", r"CREATE \1 t ", "missing-word", "t"),
    Mistake(
        "INSERT into a table of another database",
        r"INSERT INTO t ",
        r"INSERT INTO elsewhere.u ",
        "insert-into-other-table",
        "elsewhere.u",
    ),
)
"""The three inconsistencies of the sample script of FL-24."""

DEFINE_MISTAKES = (
    Mistake("field not defined", r"(?m)^    :\w+", "    :missing", "field-not-defined", "missing"),
    Mistake("field that is no VARCHAR", r"VARCHAR\(100\)", "INTEGER", "not-varchar", "INTEGER"),
)

CONVERSION_MISTAKES = (
    Mistake(
        "nested conversion",
        r"(?m)^    (:\w+)",
        r"    \1 (VARCHAR(9)) (VARCHAR(5))",
        "nested-conversion",
        "VARCHAR(5))",
    ),
    Mistake("arithmetic", r"(?m)^    (:\w+)", r"    \1 + 1", "expression-in-values", "+"),
)

STATEMENT_MISTAKES = (
    Mistake(
        "UPDATE", r"END LOADING;", r"UPDATE t SET c1 = 1;\nEND LOADING;",
        "unsupported-statement", "UPDATE",
    ),
    Mistake(
        "DELETE inside the load", r"END LOADING;", r"DELETE FROM t;\nEND LOADING;",
        "statement-inside-load", "DELETE",
    ),
)  # fmt: skip


def with_mistake(script: str, mistake: Mistake) -> str:
    """The script with the mistake in it. Raises ValueError where it cannot be made."""
    wrong, made = re.subn(mistake.pattern, mistake.wrong, script, count=1)
    if not made:
        raise ValueError(f"{mistake.name}: nothing in the script matches {mistake.pattern}")
    return wrong


def _outside_quotes(script: str, change: Callable[[str], str]) -> str:
    parts = _QUOTED.split(script)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))
