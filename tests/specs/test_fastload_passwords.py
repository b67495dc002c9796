"""Passwords: no script, however damaged, gets one into an output."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import typer
from fastload_samples import job, only, script

from loadproof.commands.lint import lint_command
from loadproof.commands.run import run_command
from loadproof.refusal import Refusal
from specs.fastload.language import ScriptError, format_diagnostics, parse
from specs.script.script_text import ScriptText, Span

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


def test_redacted_arguments_keep_nothing() -> None:
    text = ".LOGON host/me,x9qz,'account';\nLOGMECH ldap;\n.LOGON host/me;\nSHOW;\n"
    assert parse(text).redacted == ".LOGON ***,***;\nLOGMECH ldap;\n.LOGON ***;\nSHOW;\n"


def test_a_message_keeps_a_secret_that_the_script_says_in_the_open() -> None:
    text = "LOGON host/me,nosuch1;\n" + job(insert="INSERT INTO d.t (nosuch1) VALUES (:x);")
    found = only(text, "unknown-column")
    assert found.message == "d.t has no column nosuch1"


def test_a_message_that_no_span_leads_back_to_hides_the_secret() -> None:
    script = ScriptText("LOGON u,Tr0ub4dor;\nDROP TABLE t;", [Span(8, 17)])
    assert script.redacted == "LOGON u,***;\nDROP TABLE t;"
    assert script.spoken("no table tr0ub4dor, nor Table t") == "no table ***, nor Table t"


# --- damaged scripts ------------------------------------------------------------------------------

PASSWORD = "Tr0ub4dor#zq3"
QUOTED = '"Tr0u; b4dor#zq3"'
DAMAGED = {
    "after a comment": "/* load */\nSESSIONS 4;\nLOGON tdp/me,{};\nDROP TABLE e;\n",
    "dots for semicolons": "-- load, of t\n.SHOW\n.LOGON tdp/me,{}\nDATABASE d;\n",
    "no host": "SESSIONS *;\nLOGON me,{},'acct';\nSHOW;\n",
    "two lines": "SHOW;\r\nLOGON tdp/me,\r\n  {};\r\nSHOW;\r\n",
    "in a comment": "/* .LOGON tdp/me,{} */\n-- LOGON me,{}\nSHOW;\n",
    "one line": ".SHOW; .LOGON tdp/me, {}; SESSIONS 0; SHOW;\n",
    "a second job": "END LOADING;\nLOGOFF\n;LOG me,{};\n",
    "logdata": "SHOW;\nLOGDATA {};\nLOGON me;\nSHOW;\n",
}
REPRESENTATIVES = ' \n;,"/x'
"""A blank, what ends or parts commands, quotes or opens comments, and a letter."""


def damages(text: str) -> Iterator[str]:
    """The text with one character removed, replaced or added, or two neighbours swapped."""
    for place, character in enumerate(text):
        before, after = text[:place], text[place + 1 :]
        yield before + after
        yield before + after[:1] + character + after[1:]
        for other in REPRESENTATIVES:
            yield before + other + after
            yield before + other + character + after


def outputs(text: str) -> str:
    """All that `lint` and a refused `run` print, and what a case keeps of the script."""
    parsed = parse(text)
    told = [
        format_diagnostics(parsed.diagnostics),
        msgspec.json.encode(parsed.diagnostics).decode(),
    ]
    if parsed.plan is None:
        told.append(str(ScriptError(parsed.diagnostics)))
    return "\n".join([*told, parsed.redacted, repr(parsed.plan), repr(parsed.files)])


def fragments(password: str) -> set[str]:
    return {password[start : start + 4] for start in range(len(password) - 3)}


@pytest.mark.parametrize("password", [PASSWORD, QUOTED])
@pytest.mark.parametrize("kind", DAMAGED)
def test_no_damage_of_one_character_shows_a_password(kind: str, password: str) -> None:
    secrets = fragments(password.strip('"').lower())
    text = DAMAGED[kind].replace("{}", password)
    for damaged in {text, *damages(text)}:
        told = outputs(damaged).lower()
        assert not any(secret in told for secret in secrets), damaged


def test_lint_and_run_print_no_password_of_a_damaged_script(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.fl"
    right = job().replace("h/u,p", f"tdp/me,{PASSWORD}")
    for wrong in ("LOGNO", "LO GON", "LOGON;", "L,OGON", '"LOGON', "(LOGON", "LOG\nON"):
        path.write_text(right.replace("LOGON", wrong))
        for as_json in (False, True):
            with contextlib.suppress(typer.Exit):
                lint_command(path, None, as_json)
        with pytest.raises(Refusal) as refused:
            run_command(path, "polars")
        print(refused.value)
    printed = "".join(capsys.readouterr())
    assert "***" in printed
    assert not any(secret in printed for secret in fragments(PASSWORD))
