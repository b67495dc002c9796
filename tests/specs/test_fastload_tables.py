"""CREATE TABLE statements, read into table definitions."""

from __future__ import annotations

import pytest
from fastload_samples import script

from specs.fastload.language import ScriptError, parse, parse_create_table, require_plan
from specs.sql.statements import CreateTable, DropTable
from specs.sql.tables import Column, PrimaryIndex, RangeCheck, TableDefinition


def test_a_definition_with_everything() -> None:
    table = parse_create_table(script("meter.sql"))
    assert table == TableDefinition(
        name="ware.meter",
        kind="SET",
        columns=(
            Column(name="meter", type="INTEGER", not_null=True),
            Column(name="read_at", type="TIMESTAMP(0)"),
            Column(name="reading", type="DECIMAL(12,3)", check=RangeCheck("0", "99999.999")),
        ),
        primary_index=PrimaryIndex(("meter", "read_at"), unique=True),
    )


@pytest.mark.parametrize(
    ("written", "type_name"),
    [
        ("INT", "INTEGER"),
        ("DEC(5)", "DECIMAL(5,0)"),
        ("NUMERIC(9, 2)", "DECIMAL(9,2)"),
        ("double precision", "FLOAT"),
        ("REAL", "FLOAT"),
        ("CHARACTER(3)", "CHAR(3)"),
        ("CHAR VARYING(3)", "VARCHAR(3)"),
        ("CHARACTER VARYING (3)", "VARCHAR(3)"),
        ("LONG VARCHAR", "VARCHAR(64000)"),
        ("TIME", "TIME(6)"),
        ("VARBYTE(7)", "VARBYTE(7)"),
    ],
)
def test_types(written: str, type_name: str) -> None:
    assert parse_create_table(f"CREATE TABLE t (a {written})").columns[0].type == type_name


@pytest.mark.parametrize(
    ("clauses", "index"),
    [
        ("", PrimaryIndex(("a",))),
        ("PRIMARY INDEX (B)", PrimaryIndex(("b",))),
        ("UNIQUE PRIMARY INDEX upi (b, a)", PrimaryIndex(("b", "a"), unique=True)),
        ("NO PRIMARY INDEX", None),
    ],
)
def test_indexes(clauses: str, index: PrimaryIndex | None) -> None:
    table = parse_create_table(f"CREATE TABLE t (a INTEGER, b DATE) {clauses}")
    assert table.primary_index == index
    assert table.attached == ()


@pytest.mark.parametrize(
    ("elements", "clauses", "index", "attached"),
    [
        ("PRIMARY KEY (b)", "", PrimaryIndex(("b",), True), ()),
        ("UNIQUE (a), PRIMARY KEY (b)", "", PrimaryIndex(("b",), True), ("secondary-index",)),
        ("UNIQUE (a)", "PRIMARY INDEX (b)", PrimaryIndex(("b",)), ("secondary-index",)),
        ("UNIQUE (a)", "UNIQUE PRIMARY INDEX (a)", PrimaryIndex(("a",), True), ()),
        ("FOREIGN KEY (a) REFERENCES p (a)", "", PrimaryIndex(("a",)), ("foreign-key",)),
        (
            "FOREIGN KEY (a) REFERENCES WITH NO CHECK OPTION p (a)", "",
            PrimaryIndex(("a",)), (),
        ),
        (
            "CONSTRAINT k UNIQUE (a)", "PRIMARY INDEX (b), UNIQUE INDEX i (a), INDEX (b)",
            PrimaryIndex(("b",)), ("secondary-index",),
        ),
    ],
)  # fmt: skip
def test_keys_and_what_hangs_on_a_table(
    elements: str, clauses: str, index: PrimaryIndex, attached: tuple[str, ...]
) -> None:
    table = parse_create_table(
        f"CREATE TABLE t (a INTEGER NOT NULL, b DATE NOT NULL, {elements}) {clauses}"
    )
    assert (table.primary_index, table.attached) == (index, attached)


def test_partitions_and_copies() -> None:
    table = parse_create_table(
        "CREATE MULTISET TABLE t (a INTEGER, d DATE) PRIMARY INDEX (a) PARTITION BY RANGE_N("
        "d BETWEEN DATE '2020-01-01' AND DATE '2024-12-31' EACH INTERVAL '1' MONTH, NO RANGE)"
    )
    assert table.partitioned
    assert table.kind == "MULTISET"


def test_column_attributes() -> None:
    (column,) = parse_create_table(
        "CREATE TABLE t (v VARCHAR(9) CHARACTER SET LATIN NOT CASESPECIFIC TITLE 'v' FORMAT 'X(9)'"
        " NOT NULL DEFAULT 'it''s' COMPRESS ('a', 'b') CONSTRAINT c CHECK (v >= 'a'))"
    ).columns
    assert column == Column(
        name="v", type="VARCHAR(9)", not_null=True, character_set="LATIN", default="it's",
        check=RangeCheck("a", None),
    )  # fmt: skip


def test_a_table_definition_with_mistakes_raises() -> None:
    with pytest.raises(ScriptError, match="no column of it"):
        parse_create_table("CREATE TABLE t (a INTEGER) PRIMARY INDEX (b)")
    with pytest.raises(ScriptError, match="0 CREATE TABLE"):
        parse_create_table("DROP TABLE t")


def test_a_table_is_spelled_as_the_definition_that_it_has_at_that_place() -> None:
    given = parse_create_table("CREATE TABLE sAles (a INTEGER)")
    script = (
        "LOGON h/u,p; DELETE FROM SALES; DROP TABLE SALES; CREATE TABLE Sales (a INTEGER);"
        "DROP TABLE SALES; CREATE TABLE SALES (a INTEGER); DELETE FROM sales; LOGOFF;"
    )
    steps = require_plan(parse(script, {"sAles": given})).steps
    names = [
        step.definition.name if isinstance(step, CreateTable) else getattr(step, "table", None)
        for step in steps
    ]
    assert names == ["sAles", "sAles", "Sales", "Sales", "SALES", "SALES"]
    assert isinstance(steps[1], DropTable)
