"""Whole FastLoad jobs in the reference, each worked out by hand: rows, errors, inputs."""

from __future__ import annotations

import gzip
from decimal import Decimal
from typing import Any

import pytest
from reference_jobs import (
    COLUMNS,
    UPI,
    bundle,
    counts,
    load,
    outcome,
    rows,
    run,
    run_one,
    source,
    table,
)

from reference import analyse, execute
from specs.contract import AmpLost, TeradataSystem
from specs.fastload.plan import Assignment, SourceField
from specs.sql.statements import CreateTable
from specs.sql.tables import Column, RangeCheck

# --- the tables at the end -----------------------------------------------------------------------


def test_a_clean_load_leaves_only_the_target() -> None:
    result = run_one(b"1|a\n2|b\n", system=TeradataSystem(amps=2))
    assert outcome(result) == ("completed", None, 0)
    assert list(result.tables) == ["T"]
    assert result.tables["T"].rows == [(1, "a"), (2, "b")]
    assert result.tables["T"].placement == [(0, 0x79B69E37, 1), (0, 0xF3713C6E, 1)]
    assert result.locked == ()


def test_error_table_1_holds_the_record_the_code_and_the_field() -> None:
    definition = table(
        columns=(
            Column(name="k", type="BYTEINT", not_null=True),
            Column(name="d", type="DATE", format="YYYY-MM-DD"),
            Column(name="c", type="DECIMAL(5,2)", check=RangeCheck("0", "100")),
            Column(name="t", type="TIME(0)"),
            Column(name="s", type="TIMESTAMP(0)"),
            Column(name="l", type="CHAR(2)", character_set="LATIN"),
        )
    )
    good = b"1|2024-02-29|1.005|00:00:00|2024-02-29 00:00:00|x"
    bad = {
        b"x|||||": (2679, "in_k"),
        b"300|||||": (2616, "in_k"),
        b"|||||": (3604, "in_k"),
        b"1|2023-02-29||||": (2665, "in_d"),
        b"1||100.01|||": (5317, "in_c"),
        b"1|||24:00:00||": (6758, "in_t"),
        b"1||||2024-01-01|": (6760, "in_s"),
        b"1|||||\xc4\x80": (6706, "in_l"),
        b"1|||||\xff": (6706, "in_l"),
        b"1|x|y|||": (2665, "in_d"),  # two faults: the first in INSERT order
        b"1||||": (2673, None),
        b"1||||||": (2673, None),
        b"": (2673, None),
        b"1|||||" + b"x" * 21: (2673, None),
        b"1|||||" + b"\xc3\x9f" * 11: (2673, None),  # 11 characters, 22 bytes
    }
    result = run(
        CreateTable(definition=definition),
        load(source(definition)),
        data=b"\n".join([good, *bad]) + b"\n",
    )
    assert [row[2] for row in result.tables["T"].rows] == [Decimal("1.00")]
    assert result.tables["T"].rows[0][5] == "x "
    assert result.tables["E1"].rows == [(record, *fault) for record, fault in bad.items()]
    assert result.tables["E1"].columns == ("DataParcel", "ErrorCode", "ErrorFieldName")
    assert counts(result) == (16, 0, 16, 15, 0, 1, 0)


def test_all_faults_of_a_record_are_told() -> None:
    definition = table(
        columns=(
            Column(name="k", type="INTEGER", not_null=True),
            Column(name="v", type="DATE"),
            Column(name="w", type="BYTEINT", not_null=True, default=None),
        )
    )
    one = source(
        definition,
        fields=(
            SourceField(name="a" * 130, type="VARCHAR(9)"),
            SourceField(name="b", type="VARCHAR(9)"),
        ),
        assignments=(
            Assignment(column="v", field="a" * 130),
            Assignment(column="k", field="b", conversion="DECIMAL(9,1)"),
        ),
        start=2,
    )
    case = bundle(CreateTable(definition=definition), load(one), data=b"skip\nx|\n|\n1")
    first, second, third = analyse(case, 1)
    assert [(f.name, f.code, f.field) for f in first.faults] == [
        ("invalid_date", 2665, "a" * 120),
        ("null_in_not_null", 3604, "b"),
        ("null_in_not_null", 3604, "w"),
    ]
    assert (first.record.number, first.record.data, first.row, first.bad) == (2, b"x|", None, False)
    assert [f.field for f in second.faults] == ["b", "w"]
    assert ([f.name for f in third.faults], third.bad) == (["field_count_mismatch"], True)


def test_facts_tell_where_a_row_belongs() -> None:
    step = load(source(table()))
    case = bundle(CreateTable(definition=table()), step, data=b"1|a", system=TeradataSystem(amps=2))
    (facts,) = analyse(case, 1)
    assert (facts.row, facts.faults) == ((1, "a"), ())
    assert (facts.row_hash, facts.amp) == (0x79B69E37, 0)
    nopi = bundle(CreateTable(definition=table(None)), step, data=b"1|a")
    assert (analyse(nopi, 1)[0].row_hash, analyse(nopi, 1)[0].amp) == (None, None)
    with pytest.raises(TypeError, match="not a load"):
        analyse(case, 0)


@pytest.mark.parametrize("kind", ["SET", "MULTISET"])
def test_duplicates_are_dropped_and_counted_with_null_equal_to_null(kind: str) -> None:
    definition = table(kind=kind)
    data = b"1|a\n|\n1|A  \n|\n1|b\n|x\n1|a"
    step = load(source(definition))
    result = run(CreateTable(definition=definition), step, data=data)
    assert rows(result) == [(1, "a"), (1, "b"), (None, "x"), (None, None)]
    assert counts(result) == (7, 0, 7, 0, 0, 4, 3)
    assert "E1" not in result.tables
    assert "E2" not in result.tables


def test_uniqueness_follows_input_order_after_duplicates_are_gone() -> None:
    collides = 1 + 2**32 - 5
    columns = (Column(name="k", type="BIGINT"), Column(name="v", type="VARCHAR(5)"))
    definition = table(columns=columns)
    data = b"1|z\n1|z\n%d|a\n1|y\n" % collides
    result = run(
        CreateTable(definition=definition),
        load(source(definition)),
        data=data,
        system=TeradataSystem(amps=1),
    )
    assert result.tables["T"].rows == [(1, "z"), (collides, "a"), (1, "y")]
    assert result.tables["T"].placement == [(0, 0x79B69E37, n) for n in (1, 2, 3)]


def test_error_table_2_has_the_targets_columns() -> None:
    data = b"1|a\n1|b\n1|a\n1|b\n2|c\n|n\n|n\n|m\n"
    result = run_one(data, UPI)
    assert rows(result) == [(1, "a"), (2, "c"), (None, "n")]
    assert rows(result, "E2") == [(1, "b"), (1, "b"), (None, "m")]
    assert result.tables["E2"].columns == ("k", "v")
    assert counts(result) == (8, 0, 8, 0, 3, 3, 2)


def test_error_table_2_of_edition_seed_has_error_table_1s_columns() -> None:
    result = run_one(b"1|a\r\n1|b\r\n", UPI, edition="seed")
    assert rows(result) == [(1, "a")]
    assert rows(result, "E2") == [(b"1|b", 2794, "in_k")]


def test_nopi_keeps_duplicates_and_block_i_goes_to_amp_i() -> None:
    result = run_one(b"1|a\n1|a\n1|a\n2|b\n", None, system=TeradataSystem(amps=2, block_bytes=4))
    assert result.tables["T"].rows == [(1, "a"), (1, "a"), (1, "a"), (2, "b")]
    # AMP 0's lowest bucket is 1, AMP 1's is 0
    assert result.tables["T"].placement == [
        (0, 1 << 12, 1),
        (0, 1 << 12, 2),
        (1, 0, 1),
        (1, 0, 2),
    ]
    assert counts(result)[-2:] == (4, 0)


def test_a_block_holds_records_of_one_input() -> None:
    definition = table(None)
    inputs = source(definition, file="a"), source(definition, file="b")
    result = run(
        CreateTable(definition=definition),
        load(*inputs),
        files={"a": b"1|a\n2|b\n", "b": b"3|c\n"},
        system=TeradataSystem(amps=2),
    )
    assert result.tables["T"].rows == [(1, "a"), (2, "b"), (3, "c")]
    assert [at[0] for at in result.tables["T"].placement or ()] == [0, 0, 1]


def test_nopi_of_edition_seed_drops_duplicates() -> None:
    result = run_one(
        b"1|a\n1|A\n|\n|\n2|b\n", None, system=TeradataSystem(amps=2, block_bytes=3), edition="seed"
    )
    assert rows(result) == [(1, "a"), (2, "b"), (None, None)]
    assert counts(result) == (5, 0, 5, 0, 0, 3, 2)


# --- records, fields, inputs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"1|a", [(1, "a")]),
        (b"1|a\r\n2|b\r", [(1, "a"), (2, "b")]),
        (b"1|a\r\r\n", [(1, "a\r")]),
        (b"1|\xe2\x82\xac\n", [(1, "\u20ac")]),
        (b"1|123456\n", [(1, "12345")]),
        (gzip.compress(b"1|a\n", mtime=0), [(1, "a")]),
        (gzip.compress(b"1|a\n", mtime=0) + gzip.compress(b"2|b\n", mtime=0), [(1, "a"), (2, "b")]),
    ],
)
def test_records_end_at_line_feeds(data: bytes, expected: list[object]) -> None:
    assert rows(run_one(data)) == expected


def test_records_of_64_000_bytes_and_one_more() -> None:
    definition = table(
        columns=(Column(name="k", type="VARCHAR(5)"), Column(name="v", type="VARCHAR(5)"))
    )
    fields = tuple(SourceField(name=name, type="VARCHAR(64000)") for name in ("in_k", "in_v"))
    fits, long = b"1|" + b"x" * 63_998, b"2|" + b"y" * 63_999
    result = run(
        CreateTable(definition=definition),
        load(source(definition, fields=fields)),
        data=fits + b"\n" + long + b"\n",
        system=TeradataSystem(block_bytes=100),
    )
    assert rows(result) == [("1", "xxxxx")]
    assert rows(result, "E1") == [(long[:64_000], 2673, None)]


@pytest.mark.parametrize(
    ("edition", "start", "thru", "expected"),
    [
        ("vendor", None, None, [1, 2, 3, 4]),
        ("vendor", 1, None, [1, 2, 3, 4]),
        ("vendor", 2, None, [2, 3, 4]),
        ("vendor", 2, 3, [2, 3]),
        ("vendor", None, 1, [1]),
        ("vendor", 5, None, []),
        ("seed", None, None, [1, 2, 3, 4]),
        ("seed", 1, None, [2, 3, 4]),
        ("seed", 1, 3, [2, 3]),
        ("seed", None, 3, [1, 2, 3]),
    ],
)
def test_record(edition: str, start: int | None, thru: int | None, expected: list[int]) -> None:
    result = run_one(
        b"1|\n2|\n3|\n4|\n", load_options={"start": start, "thru": thru}, edition=edition
    )
    assert [row[0] for row in rows(result)] == expected
    assert counts(result)[:3] == (4, 4 - len(expected), len(expected))


def test_skipped_records_are_never_examined() -> None:
    result = run_one(b"a;header;of;fields\n1|a\n", load_options={"start": 2})
    assert counts(result) == (2, 1, 1, 0, 0, 1, 0)


def test_several_inputs_one_after_the_other() -> None:
    definition = table()
    reversed_fields = tuple(SourceField(name=n, type="VARCHAR(9)") for n in ("in_v", "in_k"))
    first = source(definition, file="a", start=2)
    second = source(definition, file="b", delimiter="~~", start=2, fields=reversed_fields)
    result = run(
        CreateTable(definition=definition),
        load(first, second),
        files={"a": b"head\n1|a\n", "b": b"head\nb~~2\n~~~2\n"},
    )
    assert rows(result) == [(1, "a"), (2, "b")]
    assert rows(result, "E1") == [(b"~~~2", 2679, "in_k")]
    assert counts(result) == (5, 2, 3, 1, 0, 2, 0)


def test_nullif_defaults_and_conversions() -> None:
    columns = (
        Column(name="k", type="INTEGER"),
        Column(name="v", type="VARCHAR(5)"),
        Column(name="d", type="DATE", format="YYYY-MM-DD", default="2024-02-29"),
        Column(name="c", type="CHAR(4)", default="ab"),
        Column(name="e", type="DATE"),
    )
    definition = table(columns=columns)
    one = source(
        definition,
        fields=(
            SourceField(name="a", type="VARCHAR(9)", nullif="99"),
            SourceField(name="unused", type="VARCHAR(9)"),
            SourceField(name="day", type="VARCHAR(9)"),
        ),
        assignments=(
            Assignment(column="k", field="a"),
            Assignment(column="v", field="a", conversion="DECIMAL(9,2)"),
            Assignment(column="e", field="day", format="DDMMMYYYY"),
        ),
    )
    result = run(
        CreateTable(definition=definition), load(one), data=b"99|x|\n 99|y|01jan2024\n123456||\n"
    )
    table_rows = [tuple(map(str, row)) for row in rows(result)]
    assert table_rows == [
        ("99", "99.00", "2024-02-29", "ab  ", "2024-01-01"),
        ("None", "None", "2024-02-29", "ab  ", "None"),
    ]
    assert rows(result, "E1") == [(b"123456||", 3944, "a")]


@pytest.mark.parametrize(
    ("date_form", "text", "stored"),
    [
        ("integer", b"99/12/31", "1999-12-31"),
        ("integer", b"1999-12-31", None),
        ("ansi", b"1999-12-31", "1999-12-31"),
        ("ansi", b"99/12/31", None),
    ],
)
def test_the_loads_date_form(date_form: str, text: bytes, stored: str | None) -> None:
    definition = table(columns=(Column(name="k", type="DATE"),))
    step = load(source(definition), date_form=date_form)
    result = run(CreateTable(definition=definition), step, data=text)
    assert [str(row[0]) for row in rows(result)] == ([stored] if stored else [])


@pytest.mark.parametrize("date_form", ["ansi", "integer"])
@pytest.mark.parametrize(("default", "stored"), [("2024-02-29", True), ("2023-02-29", False)])
def test_a_default_is_canonical_in_any_date_form_and_its_fault_names_the_column(
    date_form: str, default: str, stored: bool
) -> None:
    columns = (*COLUMNS, Column(name="d", type="DATE", default=default))
    definition, named = table(columns=columns), source(table())
    step = load(named, date_form=date_form)
    result = run(CreateTable(definition=definition), step, data=b"1|a")
    assert len(rows(result)) == stored
    assert rows(result, "E1") == ([] if stored else [(b"1|a", 2665, "d")])


# --- a lost AMP ----------------------------------------------------------------------------------


def test_rows_of_a_lost_amp_go_to_error_table_1_after_their_own_faults() -> None:
    # Of 16 AMPs, key 1 is on AMP 6 and key 2 on AMP 12.
    lost: dict[str, Any] = {
        "system": TeradataSystem(amps=16),
        "faults": (AmpLost(amp=6),),
    }
    result = run_one(b"1|a\n2|b\n1|\xff\n", **lost)
    assert rows(result) == [(2, "b")]
    assert rows(result, "E1") == [(b"1|\xff", 6706, "in_v"), (b"1|a", 2641, None)]
    limited = run_one(b"1|a\n2|b\n", load_options={"error_limit": 1}, **lost)
    assert outcome(limited)[1] == "error_limit_reached"


def test_nopi_blocks_pass_a_lost_amp_by() -> None:
    result = run_one(
        b"1|a\n2|b\n3|c\n",
        None,
        system=TeradataSystem(amps=3, block_bytes=3),
        faults=(AmpLost(amp=1),),
    )
    placement = result.tables["T"].placement
    assert placement is not None
    assert [
        (row[0], at[0]) for row, at in zip(result.tables["T"].rows, placement, strict=True)
    ] == [
        (1, 0),
        (2, 2),
        (3, 2),
    ]


def test_without_any_amp_a_nopi_table_loses_every_row() -> None:
    definition = table(None)
    everything_lost = bundle(
        CreateTable(definition=definition),
        load(source(definition)),
        data=b"1|a\n2|b\nx|c\n",
        system=TeradataSystem(amps=2),
        faults=(AmpLost(amp=0), AmpLost(amp=1)),
    )
    result = execute(everything_lost)
    assert outcome(result) == ("completed", None, 0)
    assert counts(result) == (3, 0, 3, 3, 0, 0, 0)
    captured = [(b"1|a", 2641, None), (b"2|b", 2641, None), (b"x|c", 2679, "in_k")]
    assert rows(result, "E1") == captured
    facts = analyse(everything_lost, load_step=1)
    assert [
        (fact.record.data, fault.code, fault.field) for fact in facts for fault in fact.faults
    ] == captured
    assert [fact.amp for fact in facts] == [None] * 3
