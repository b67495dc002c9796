"""FastLoad scripts for the tests: those of tests/scripts, and one job with a part replaced."""

from __future__ import annotations

from pathlib import Path

from specs.fastload.language import (
    Diagnostic,
    ParsedScript,
    format_diagnostics,
    parse,
    require_plan,
)
from specs.fastload.plan import Load

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
