"""Expressions: their trees, JSON form and text, and the limit of their depth."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from specs.sql.expressions import (
    MAX_DEPTH,
    Between,
    Binary,
    Call,
    Case,
    Cast,
    ColumnRef,
    Comparison,
    Expression,
    ExpressionDepthError,
    ExpressionError,
    FieldRef,
    In,
    IsNull,
    Like,
    Literal,
    Logical,
    Metadata,
    Null,
    PathRef,
    PositionRef,
    Unary,
    When,
    columns_of,
    fields_of,
    literal_of,
    walk,
)
from specs.sql.rendering import EXPRESSION_KEYWORDS, RenderError, SqlRenderer
from specs.sql.statements import DeleteRows
from specs.sql.tables import RangeCheck

A, B, C, F = ColumnRef("a"), ColumnRef("b"), ColumnRef("c"), FieldRef("f")
ONE, TEXT = Literal("number", "1"), Literal("string", "x")

render = SqlRenderer(EXPRESSION_KEYWORDS).expression


def decoded(text: bytes | str) -> Expression:
    return msgspec.json.decode(text, type=Expression)


# --- trees -----------------------------------------------------------------------------------------

names = st.sampled_from(["a", "b", "Total", "select", "with blank", 'quo"te', "ünï"])
numbers = st.sampled_from(["0", "7", "1.10", "-3", "+.5", "12.", "6.02e23", "1E-9"])
flags = st.booleans()
leaves = st.one_of(
    numbers.map(lambda text: Literal("number", text)),
    st.builds(Literal, st.sampled_from(["string", "date", "time", "timestamp"]), st.text()),
    st.sampled_from([Literal("boolean", "TRUE"), Literal("boolean", "FALSE"), Null()]),
    st.builds(ColumnRef, names, st.none() | names),
    st.builds(FieldRef, names),
    st.builds(PositionRef, st.integers(1, 2000)),
    st.builds(Metadata, st.sampled_from(["FILENAME", "FILE_ROW_NUMBER"])),
)


def evaluable(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The nodes made of others that every database can evaluate."""
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    pairs = st.lists(parts, min_size=2, max_size=3).map(tuple)
    branches = st.lists(st.builds(When, parts, parts), min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(Unary, st.sampled_from(["-", "+", "NOT"]), parts),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "||"]), parts, parts),
        st.builds(Comparison, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), parts, parts),
        st.builds(Logical, st.sampled_from(["AND", "OR"]), pairs),
        st.builds(IsNull, parts, flags),
        st.builds(In, parts, several, flags),
        st.builds(Between, parts, parts, parts, flags),
        st.builds(Like, parts, parts, negated=flags),
        st.builds(Case, st.none() | parts, branches, st.none() | parts),
        st.builds(Cast, parts, st.just("INTEGER")),
        st.builds(lambda a, b: Call("NULLIF", (a, b)), parts, parts),
    )


def grown(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Every node made of others."""
    several = st.lists(parts, max_size=3).map(tuple)
    steps = st.lists(names | st.integers(0, 9), max_size=3)
    types = st.sampled_from(["DECIMAL(9,2)", "double precision", "TIMESTAMP_NTZ(9)"])
    return st.one_of(
        evaluable(parts),
        st.builds(lambda base, name, rest: PathRef(base, (name, *rest)), parts, names, steps),
        st.builds(Binary, st.just("MOD"), parts, parts),
        st.builds(Like, parts, parts, parts, flags, flags),
        st.builds(Cast, parts, types, st.none() | st.just("YYYY-MM-DD"), flags),
        st.builds(Call, st.sampled_from(["COALESCE", "to_date", "db.f$1"]), several),
    )


expressions = st.recursive(leaves, grown, max_leaves=25)


def nodes_in(document: object) -> int:
    """How many nodes a JSON document holds."""
    match document:
        case dict():
            return ("node" in document) + sum(map(nodes_in, document.values()))
        case list():
            return sum(map(nodes_in, document))
        case _:
            return 0


@settings(max_examples=300, derandomize=True, deadline=None)
@given(expressions)
def test_json_gives_back_the_same_tree(tree: Expression) -> None:
    again = decoded(msgspec.json.encode(tree))
    assert again == tree
    assert hash(again) == hash(tree)
    assert pickle.loads(pickle.dumps(tree)) == tree


@settings(max_examples=200, derandomize=True, deadline=None)
@given(expressions)
def test_walk_meets_every_node_once(tree: Expression) -> None:
    met = list(walk(tree))
    assert met[0] is tree
    assert len(met) == nodes_in(msgspec.json.decode(msgspec.json.encode(tree)))
    assert all(child in met for node in met for child in node.children)
    assert set(fields_of(tree)) == {node.name for node in met if isinstance(node, FieldRef)}
    assert set(columns_of(tree)) == {node.name for node in met if isinstance(node, ColumnRef)}


def test_names_come_in_the_order_they_are_written() -> None:
    tree = Logical(
        "AND",
        (
            Comparison("=", Binary("*", C, Literal("number", "1.1")), FieldRef("y")),
            Case(A, (When(FieldRef("x"), B),), Between(C, FieldRef("y"), FieldRef("z"))),
        ),
    )
    assert columns_of(tree) == ("c", "a", "b")
    assert fields_of(tree) == ("y", "x", "z")


def test_numbers_stay_the_text_they_were() -> None:
    price = Literal("number", "1.10")
    assert price != Literal("number", "1.1")
    assert price != Literal("string", "1.10")
    assert msgspec.json.encode(price) == b'{"node":"literal","kind":"number","text":"1.10"}'
    assert [literal_of(text).kind for text in ("-0.5", "+7", "1e5", "1e", "a", "")] == [
        "number", "number", "number", "string", "string", "string",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Literal("number", "1.1.1"), "no number"),
        (lambda: Literal("number", "1); DROP TABLE t; --"), "no number"),
        (lambda: Literal("boolean", "yes"), "neither TRUE nor FALSE"),
        (lambda: PositionRef(0), "count from 1"),
        (lambda: PathRef(PositionRef(1), ()), "starts with a name"),
        (lambda: PathRef(PositionRef(1), (0,)), "starts with a name"),
        (lambda: PathRef(PositionRef(1), ("a", -1)), "0 or more"),
        (lambda: Logical("AND", (A,)), "two conditions"),
        (lambda: In(A, ()), "one choice"),
        (lambda: Case(None, ()), "one WHEN"),
        (lambda: Cast(A, "INTEGER) OR (1"), "no type"),
        (lambda: Call("f(x)"), "no name of a function"),
    ],
)
def test_an_expression_that_says_nothing_is_refused(
    make: Callable[[], Expression], message: str
) -> None:
    with pytest.raises(ExpressionError, match=message):
        make()


@pytest.mark.parametrize(
    "text",
    [
        '{"node":"literal","kind":"number","text":1.10}',
        '{"node":"literal","kind":"number","text":"ten"}',
        '{"node":"null","more":1}',
        '{"node":"when","condition":{"node":"null"},"result":{"node":"null"}}',
        '{"node":"binary","operator":"%","left":{"node":"null"},"right":{"node":"null"}}',
        '{"kind":"number","text":"1"}',
    ],
)
def test_json_that_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(text)


# --- depth -----------------------------------------------------------------------------------------

WRAPPERS: dict[str, Callable[[Any], Expression]] = {
    "sign": lambda part: Unary("-", part),
    "left": lambda part: Binary("-", part, ONE),
    "right": lambda part: Binary("-", ONE, part),
    "condition": lambda part: Logical("AND", (part, A)),
    "branch": lambda part: Case(None, (When(A, part),)),
    "argument": lambda part: Call("ABS", (part,)),
    "cast": lambda part: Cast(part, "INTEGER"),
    "choice": lambda part: In(A, (B, part)),
    "path": lambda part: PathRef(part, ("k",)),
}


def nested(wrap: Callable[[Any], Expression], depth: int) -> Expression:
    tree: Expression = A
    for _ in range(depth - 1):
        tree = wrap(tree)
    return tree


@pytest.mark.parametrize("kind", WRAPPERS)
def test_no_tree_is_deeper_than_the_limit(kind: str) -> None:
    deepest = nested(WRAPPERS[kind], MAX_DEPTH)
    assert deepest.depth == MAX_DEPTH
    assert decoded(msgspec.json.encode(deepest)) == deepest
    assert columns_of(deepest)[-1] in ("a", "b")
    assert "a" in render(deepest)
    with pytest.raises(ExpressionDepthError, match=f"more than {MAX_DEPTH} deep"):
        WRAPPERS[kind](deepest)


def test_a_deeper_tree_cannot_come_out_of_json_or_a_replacement() -> None:
    deepest = nested(WRAPPERS["sign"], MAX_DEPTH)
    text = msgspec.json.encode(deepest).decode()
    with pytest.raises(msgspec.ValidationError, match=f"more than {MAX_DEPTH} deep"):
        decoded(f'{{"node":"unary","operator":"-","operand":{text}}}')
    with pytest.raises(ExpressionDepthError):
        msgspec.structs.replace(deepest, operand=deepest)


def test_width_is_not_depth() -> None:
    wide = Logical("OR", tuple(Comparison("=", A, Literal("number", str(n))) for n in range(5000)))
    assert wide.depth == 3
    assert render(wide).count(" OR ") == 4999
    assert decoded(msgspec.json.encode(wide)) == wide


# --- text ------------------------------------------------------------------------------------------

TOLD = [
    (Literal("string", "it's"), "'it''s'"),
    (Literal("date", "2024-02-29"), "DATE '2024-02-29'"),
    (Null(), "NULL"),
    (ColumnRef("with blank", "db.t"), 'db.t."with blank"'),
    (ColumnRef("case"), '"case"'),
    (FieldRef("f"), ":f"),
    (PositionRef(3), "$3"),
    (PathRef(PositionRef(1), ("store", "ids", 0, "or")), '$1:store.ids[0]."or"'),
    (PathRef(Call("PARSE_JSON", (PositionRef(2),)), ("a",)), "PARSE_JSON($2):a"),
    (Metadata("FILENAME"), "METADATA$FILENAME"),
    (Binary("*", A, Literal("number", "1.1")), "a * 1.1"),
    (Binary("-", A, Binary("-", B, C)), "a - (b - c)"),
    (Binary("-", Binary("-", A, B), C), "a - b - c"),
    (Binary("*", Binary("+", A, B), C), "(a + b) * c"),
    (Binary("MOD", A, Unary("-", Literal("number", "-2"))), "a MOD -(-2)"),
    (Binary("||", Binary("+", A, ONE), TEXT), "(a + 1) || 'x'"),
    (Binary("+", Binary("||", A, TEXT), ONE), "(a || 'x') + 1"),
    (Binary("||", Binary("||", A, B), C), "a || b || c"),
    (Logical("AND", (Comparison("=", A, F), IsNull(B))), "a = :f AND b IS NULL"),
    (Logical("AND", (Logical("OR", (A, B)), Unary("NOT", C))), "(a OR b) AND NOT c"),
    (Unary("NOT", Logical("AND", (A, B))), "NOT (a AND b)"),
    (Unary("NOT", Comparison("<", A, B)), "NOT a < b"),
    (Comparison("=", Comparison("=", A, B), C), "(a = b) = c"),
    (IsNull(Unary("NOT", A), negated=True), "(NOT a) IS NOT NULL"),
    (In(A, (ONE, F), negated=True), "a NOT IN (1, :f)"),
    (Between(A, ONE, Binary("+", B, ONE)), "a BETWEEN 1 AND b + 1"),
    (Like(A, TEXT, escape=Literal("string", "!")), "a LIKE 'x' ESCAPE '!'"),
    (Like(A, TEXT, ignore_case=True, negated=True), "a NOT ILIKE 'x'"),
    (Case(None, (When(IsNull(A), ONE),), B), "CASE WHEN a IS NULL THEN 1 ELSE b END"),
    (Case(A, (When(ONE, B), When(TEXT, C))), "CASE a WHEN 1 THEN b WHEN 'x' THEN c END"),
    (Cast(F, "DATE", format="YYYY-MM-DD"), "CAST(:f AS DATE FORMAT 'YYYY-MM-DD')"),
    (Cast(PositionRef(1), "NUMBER(38,0)", lenient=True), "TRY_CAST($1 AS NUMBER(38,0))"),
    (Call("NULLIF", (A, TEXT)), "NULLIF(a, 'x')"),
    (Call("CURRENT_TIMESTAMP"), "CURRENT_TIMESTAMP"),
    (Call("RANDOM"), "RANDOM()"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "text"), TOLD, ids=[text for _, text in TOLD])
def test_text_of_an_expression(tree: Expression, text: str) -> None:
    assert render(tree) == text


@pytest.mark.parametrize("tree", [Literal("string", "a\nb"), ColumnRef("a\nb"), FieldRef("\n")])
def test_what_no_quoted_text_can_hold_is_refused(tree: Expression) -> None:
    with pytest.raises(RenderError, match="line end"):
        render(tree)


def test_statements_and_checks_say_their_conditions() -> None:
    assert DeleteRows(table="t").condition is None
    assert DeleteRows(table="t", column="a").condition == IsNull(A)
    by_value = DeleteRows(table="t", column="a", value="1")
    assert by_value.condition == Comparison("=", A, Literal("string", "1"))
    assert RangeCheck().condition("a") is None
    assert RangeCheck("1", None).condition("a") == Comparison(">=", A, ONE)
    assert RangeCheck(None, "x").condition("a") == Comparison("<=", A, TEXT)
    assert RangeCheck("1", "x").condition("a") == Between(A, ONE, TEXT)


# --- the text means the tree: a database evaluates it ------------------------------------------------

VALUES = [(None, 1, "x"), (2, None, ""), (0, 3, "1"), (-4, 2, None), (5, 5, "%"), (1, 0, "0")]
known_leaves = st.sampled_from([
    A, B, C, F, ONE, TEXT, Null(), Literal("number", "-2"), Literal("number", "0.5"),
    Literal("boolean", "TRUE"), Literal("string", "1"),
])  # fmt: skip


def in_full(node: Expression) -> str:
    """The text of an evaluable expression with parentheses around everything."""
    negation = "NOT " if getattr(node, "negated", False) else ""
    parts = [in_full(part) for part in node.children]
    match node:
        case Unary():
            return f"({node.operator} {parts[0]})"
        case Binary() | Comparison() | Logical():
            return "(" + f" {node.operator} ".join(parts) + ")"
        case IsNull():
            return f"({parts[0]} IS {negation}NULL)"
        case In():
            return f"({parts[0]} {negation}IN ({', '.join(parts[1:])}))"
        case Between():
            return f"({parts[0]} {negation}BETWEEN {parts[1]} AND {parts[2]})"
        case Like():
            return f"({parts[0]} {negation}LIKE {parts[1]})"
        case Cast():
            return f"CAST({parts[0]} AS INTEGER)"
        case Call():
            return f"NULLIF({', '.join(parts)})"
        case Case():
            words = ["CASE"] if node.operand is None else ["CASE", parts.pop(0)]
            for _ in node.branches:
                words += ["WHEN", parts.pop(0), "THEN", parts.pop(0)]
            return "(" + " ".join([*words, *(["ELSE", *parts] if parts else []), "END)"])
        case _:
            return render(node)


@settings(max_examples=800, derandomize=True, deadline=None)
@given(st.recursive(known_leaves, evaluable, max_leaves=12))
def test_the_text_is_read_as_the_tree_it_came_from(tree: Expression) -> None:
    database = sqlite3.connect(":memory:")
    try:
        database.execute("CREATE TABLE t (a, b, c)")
        database.executemany("INSERT INTO t VALUES (?, ?, ?)", VALUES)
        wanted = database.execute(f"SELECT {in_full(tree)} FROM t", {"f": 3}).fetchall()
        assert database.execute(f"SELECT {render(tree)} FROM t", {"f": 3}).fetchall() == wanted
    finally:
        database.close()


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text())
def test_a_text_cannot_leave_its_quotation_marks(text: str) -> None:
    assume("\n" not in text and "\0" not in text)
    database = sqlite3.connect(":memory:")
    try:
        shown = database.execute(f"SELECT {render(Literal('string', text))}").fetchone()
    finally:
        database.close()
    assert shown == (text,)
