"""What job languages share: it works from the description of a language, whichever it is."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import pytest

import specs.script
import specs.sql
from specs.fastload.vocabulary import FASTLOAD
from specs.script.diagnostics import Diagnostic
from specs.script.job_language import JobLanguage
from specs.script.language_choice import language_of
from specs.script.parsing import Grammar
from specs.script.scanning import Scan, scan
from specs.script.script_text import Span
from specs.sql import syntax
from specs.sql.catalog import Tables, resolve_statement
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

COURIER = JobLanguage(
    name="Courier",
    rule="ST-23",
    rules={"unsupported-statement": "ST-01"},
    commands={
        "CONNECT": "connect", "CONN": "connect", "TICKET": "ticket", "PACE": "pace",
        "CARRY": "carry", "CREATE": "create", "DROP": "drop", "DELETE": "delete",
        "DATABASE": "database",
    },
    sql_kinds=frozenset({"create", "drop", "delete", "database"}),
    long_kinds=frozenset({"create", "drop", "delete", "database", "carry"}),
    free_text_kinds=frozenset({"connect", "ticket"}),
    logon_words=("CONNECT", "CONN"),
    secret_words=("TICKET",),
    line_comments=("//", "#"),
    bare_text=r"(?<!\w)FROM\s+(?!['\"])[^;\n]+",
    command_starts=r"CARRY\s|DROP\s+TABLE\b",
    other_statements=frozenset({"SELECT"}),
    other_utilities={"TRUCK": "the Haulier"},
    statements_shown="CREATE TABLE or DROP TABLE",
    commands_shown="CONNECT or CARRY",
)  # fmt: skip
"""A language of these tests, with no word of any real one for its own commands."""

GRAMMAR = Grammar(
    syntax.statement_grammar() + 'pace: "PACE"i INT\ncarry: "CARRY"i table "GENTLY"i\n',
    set(COURIER.commands.values()) - COURIER.free_text_kinds,
    shown=syntax.SHOWN,
    insertable=("COMMA",),
    hint=lambda kind, token, accepted: "slower" if (kind, token) == ("pace", "$END") else "",
)


def shown(scanned: Scan) -> list[str]:
    return [scanned.clean[command.start : command.end].strip() for command in scanned.commands]


def only(scanned: Scan) -> Diagnostic:
    (found,) = scanned.reporter.diagnostics()
    return found


def statements(text: str) -> tuple[list[CreateTable | DropTable | DeleteRows], Scan]:
    """The steps of a script of table statements."""
    scanned = scan(text, COURIER)
    tables = Tables({})
    steps = []
    for command in scanned.commands:
        tree = GRAMMAR.parse(command, scanned.clean, scanned.reporter)
        if tree is None or tree.data not in syntax.STATEMENT_RULES:
            continue
        node = syntax.build_statement(tree, command, scanned.reporter)
        step = node and resolve_statement(node, tables, scanned.reporter)
        steps += [step] if step else []
    return steps, scanned


# --- scanning --------------------------------------------------------------------------------------


def test_commands_are_cut_with_the_comments_and_ends_of_the_language() -> None:
    text = (
        "// PACE 1;\n.PACE 7 # slowly; 'now\n.pace 8;\n/* a\n;b */ CARRY d.t -- GENTLY;\n"
        "DROP TABLE d.t\nDROP TABLE e;\n"
    )
    scanned = scan(text, COURIER)
    assert [command.kind for command in scanned.commands] == [
        "pace", "pace", "carry", "drop", "drop",
    ]  # fmt: skip
    assert shown(scanned) == [
        "PACE 7", "pace 8", "CARRY d.t -- GENTLY", "DROP TABLE d.t", "DROP TABLE e",
    ]  # fmt: skip
    assert len(scanned.clean) == len(text)
    found = only(scanned)
    assert (found.code, found.line) == ("missing-semicolon", 6)


def test_places_are_those_of_the_text() -> None:
    text = "PACE 1; /* é */ CARRY\n  t;\n"
    second = scan(text, COURIER).commands[1]
    assert text[second.start : second.end] == "CARRY\n  t"
    assert second.span == Span(16, 21)


def test_a_bare_text_may_hold_what_quotes_or_comments_elsewhere() -> None:
    scanned = scan("CARRY t FROM /it's/here#1 (x;\nPACE 1;\n", COURIER)
    assert shown(scanned) == ["CARRY t FROM /it's/here#1 (x", "PACE 1"]
    assert scanned.reporter.diagnostics() == ()


@pytest.mark.parametrize(
    ("text", "code", "message", "expected", "rule"),
    [
        ("SELECT 1;", "unsupported-statement", "Courier does not take the statement SELECT",
         "CREATE TABLE or DROP TABLE", "ST-01"),
        ("TRUCK 1;", "other-utility", "TRUCK is a command of the Haulier, not of Courier", "",
         "ST-23"),
        ("fnord;", "unknown-command", "no command of Courier starts like this",
         "a command such as CONNECT or CARRY", "ST-23"),
        ("PACEE 1;", "misspelt-word", "PACEE is no command", "PACE", "ST-23"),
        (".DROP TABLE t;", "dot-before-sql",
         "DROP is an SQL statement and takes no dot before it", "DROP ... ;", "ST-23"),
        ("PACE ${n};", "unsubstituted-variable",
         "the variable ${n} has not been replaced by its value", "", "ST-23"),
    ],
)  # fmt: skip
def test_messages_speak_of_the_language(
    text: str, code: str, message: str, expected: str, rule: str
) -> None:
    found = only(scan(text, COURIER))
    assert (found.code, found.message, found.expected, found.rule) == (
        code, message, expected, rule,
    )  # fmt: skip


# --- parsing ---------------------------------------------------------------------------------------


def test_table_statements_become_steps() -> None:
    steps, scanned = statements(
        "DATABASE d;\n"
        "CREATE SET TABLE t (a INTEGER NOT NULL, b VARCHAR(9)) UNIQUE PRIMARY INDEX (A);\n"
        "CREATE TABLE u AS t WITH NO DATA;\nDELETE t WHERE B = 'x';\nDROP TABLE t;\n"
    )
    assert scanned.reporter.diagnostics() == ()
    table = TableDefinition(
        name="d.t",
        columns=(
            Column(name="a", type="INTEGER", not_null=True), Column(name="b", type="VARCHAR(9)"),
        ),
        primary_index=PrimaryIndex(("a",), unique=True),
    )  # fmt: skip
    assert isinstance(steps[1], CreateTable)
    assert (steps[1].definition.name, steps[1].definition.columns) == ("d.u", table.columns)
    assert [steps[0], *steps[2:]] == [
        CreateTable(definition=table),
        DeleteRows(table="d.t", column="B", value="x"),
        DropTable(table="d.t"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "expected", "hint"),
    [
        ("CARRY t GENTYL;", "misspelt-word", "GENTLY", "did you mean GENTLY?"),
        ("PACE;", "syntax", "a whole number", "slower"),
        ("CREATE TABLE t (a INTEGER b DATE);", "missing-word", ",", ""),
        ("CREATE VOLATILE TABLE t (a INTEGER);", "unsupported-create",
         "CREATE [SET | MULTISET] TABLE", ""),
        ("CREATE SET TABLE t (a DATE) NO PRIMARY INDEX;", "set-without-index",
         "CREATE MULTISET TABLE", ""),
    ],
)  # fmt: skip
def test_mistakes_stand_under_the_rule_of_the_language(
    text: str, code: str, expected: str, hint: str
) -> None:
    found = only(statements(text)[1])
    assert (found.code, found.expected, found.hint, found.rule) == (code, expected, hint, "ST-23")


def test_only_statements_are_built_as_statements() -> None:
    scanned = scan("PACE 1;", COURIER)
    tree = GRAMMAR.parse(scanned.commands[0], scanned.clean, scanned.reporter)
    assert tree is not None
    with pytest.raises(ValueError, match="pace is no SQL statement"):
        syntax.build_statement(tree, scanned.commands[0], scanned.reporter)


# --- passwords -------------------------------------------------------------------------------------

SECRETS = [
    "CONNECT host/me,{};\nPACE 1;\n",
    "CONN me,{},'account';\n",
    "CONECT host/me,{};\n",
    ".TICKET {}\n",
    "TIKCET {};\n",
    "PACE 1;\nCONNECT host/me,\n  {};\n",
    "# connect host/me,{};\n",
    "/* TICKET {} */\n",
    "// CONNECT host/me,\n{};\nPACE 1;\n",
    "CARRY (t\nCONNECT host/me,{};\n",
    "fnord host/me,{};\n",
]


@pytest.mark.parametrize("text", SECRETS)
@pytest.mark.parametrize("secret", ["x9qz", "x9qz#1", "a,x9qz", '"x9qz"'])
def test_passwords_are_hidden_where_the_language_has_them(text: str, secret: str) -> None:
    scanned = scan(text.format(secret), COURIER)
    assert "x9qz" not in scanned.reporter.script.redacted
    assert "***" in scanned.reporter.script.redacted
    assert "x9qz" not in repr(scanned.reporter.diagnostics())


def test_only_the_words_of_the_language_make_a_secret() -> None:
    text = "PACE 4;\nCARRY logdata abcdef;\n"
    assert scan(text, COURIER).reporter.script.redacted == text
    bare = JobLanguage(name="Bare", rule="CP-03", commands={"COPY": "copy"})
    copied = "COPY t FROM a/b, c;\nfnord x, y;\n"
    assert scan(copied, bare).reporter.script.redacted == copied


# --- which language a script is in ----------------------------------------------------------------

COMMENTED = "/* LOGON; PACE 1; */ # LOGON a;\nCARRY t GENTLY; DROP TABLE t;"
SCRIPTS = {
    "LOGON a/b,c; BEGIN LOADING t; END LOADING;": FASTLOAD,
    "CONNECT a/b,c; CARRY t GENTLY; END;": COURIER,
    COMMENTED: COURIER,
    "LOGON a/b,c; CARRY t GENTLY; LOGOFF;": FASTLOAD,
    "": FASTLOAD,
    "DROP TABLE t; HOLD IT;": FASTLOAD,
    "\0\ud800": FASTLOAD,
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_in_the_language_that_knows_most_of_its_commands(script: str) -> None:
    assert language_of(script, [FASTLOAD, COURIER]) is SCRIPTS[script]


def test_of_languages_that_know_as_much_the_first_is_taken() -> None:
    assert language_of("DROP TABLE t;", [COURIER, FASTLOAD]) is COURIER
    with pytest.raises(ValueError, match="empty"):
        language_of("DROP TABLE t;", [])


# --- the rooms -------------------------------------------------------------------------------------


ENGINES = ("specs.distribution", "specs.fastload", "specs.stream", "specs.copy")


@pytest.mark.parametrize(
    ("room", "strangers"), [(specs.script, ("specs.sql", *ENGINES)), (specs.sql, ENGINES)]
)
def test_a_shared_room_knows_no_engine(room: ModuleType, strangers: tuple[str, ...]) -> None:
    imported = {
        node.module or ""
        for file in Path(room.__path__[0]).glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
    }
    assert "specs.script.script_text" in imported
    assert not {module for module in imported if module.startswith(strangers)}
