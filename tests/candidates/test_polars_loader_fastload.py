"""FastLoad by the polars loader: worked examples with the answers written out."""

from __future__ import annotations

import gzip
import os
import threading
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from polars_loader_cases import PLACEMENT, SALES, content, fastload_case, load_of, run, table

from candidates.polars.fastload.fields import invalid_utf8
from candidates.polars.fastload.records import cut_blocks
from candidates.polars.loader import PolarsLoader
from specs.contract import AmpLost, Case
from specs.contract.directories import CaseBundle, write_case
from specs.fastload.plan import Assignment, FastLoadPlan, SourceField
from specs.fastload.report import Counts, load_reports
from specs.sql.statements import CreateTable
from specs.sql.tables import Column, PrimaryIndex, RangeCheck, TableDefinition

RECORDS = (
    b"1|1.50|ab\n"
    b"2|2.005|cd\n"  # rounds half to even: 2.00
    b"1|1.50|ab  \n"  # equal but for trailing blanks: a duplicate
    b"1|9|zz\n"  # the same key, another row: error table 2
    b"|1|a\n"  # NULL in a NOT NULL column
    b"3|x|a\n"  # no number
    b"bad\n"  # too few fields
    b"4|100000|\n"  # overflow
    b"5||\n"
)


def test_every_record_goes_where_it_belongs(tmp_path: Path) -> None:
    outcome = run(fastload_case(tmp_path / "case", RECORDS), tmp_path / "ws")
    assert outcome.status == "completed"
    assert outcome.return_code == 0
    assert load_reports(outcome.report)[0].counts == Counts(
        read=9, skipped=0, sent=9, error_table_1=4, error_table_2=1, applied=3, duplicates=1
    )
    assert load_reports(outcome.report)[0].summary == (
        "Total Records Read  = 9\n"
        "Total Error Table 1 = 4\n"
        "Total Error Table 2 = 1\n"
        "Total Inserts Applied = 3\n"
        "Total Duplicate Rows = 1"
    )
    target = table(tmp_path / "ws", outcome, "sales").drop(PLACEMENT).to_pylist()
    assert sorted((row["id"], row["price"], row["note"]) for row in target) == [
        (1, Decimal("1.50"), "ab"),
        (2, Decimal("2.00"), "cd"),
        (5, None, None),
    ]
    errors = table(tmp_path / "ws", outcome, "e1").to_pylist()
    assert {(r["DataParcel"], r["ErrorCode"], r["ErrorFieldName"]) for r in errors} == {
        (b"|1|a", 3604, "f_id"),
        (b"3|x|a", 2679, "f_price"),
        (b"bad", 2673, None),
        (b"4|100000|", 2616, "f_price"),
    }
    rivals = table(tmp_path / "ws", outcome, "e2").to_pylist()
    assert rivals == [{"id": 1, "price": Decimal("9.00"), "note": "zz"}]


def test_rows_stand_in_row_id_order_with_uniqueness_from_one(tmp_path: Path) -> None:
    definition = TableDefinition(
        name="t",
        columns=(Column(name="k", type="BIGINT"), Column(name="v", type="INTEGER")),
        kind="MULTISET",
        primary_index=PrimaryIndex(("k",)),
    )
    prime = 2**32 - 5
    data = b"".join(b"%d|%d\n" % (key, n) for n, key in enumerate([7, 7 + prime, 3, 7, 3]))
    case = fastload_case(tmp_path / "case", data, definition, amps=1, sessions=1)
    rows = table(tmp_path / "ws", run(case, tmp_path / "ws"), "t").to_pylist()
    ids = [(row["_amp"], row["_row_hash"], row["_uniqueness"]) for row in rows]
    assert ids == sorted(ids)
    of_seven = [(r["_uniqueness"], r["v"]) for r in rows if r["k"] % prime == 7]
    assert of_seven == [(1, 0), (2, 1), (3, 3)]


@pytest.mark.parametrize("unique", [True, False])
def test_compressed_crlf_and_last_line_end_change_nothing(tmp_path: Path, unique: bool) -> None:
    definition = TableDefinition(
        name="sales", columns=SALES.columns, primary_index=PrimaryIndex(("id",), unique=unique)
    )
    spellings = {
        "plain": ("in.txt", RECORDS),
        "crlf": ("in.txt", RECORDS.replace(b"\n", b"\r\n")),
        "no-last": ("in.txt", RECORDS[:-1]),
        "gz": ("in.txt.gz", gzip.compress(RECORDS, mtime=0)),
        "magic": ("in.txt", gzip.compress(RECORDS, mtime=0)),
    }
    seen = []
    for name, (file, data) in spellings.items():
        case = fastload_case(tmp_path / name, data, definition, file=file)
        outcome = run(case, tmp_path / f"{name}-ws")
        seen.append(content(tmp_path / f"{name}-ws", outcome))
    assert all(other == seen[0] for other in seen)


@pytest.mark.parametrize("delimiter", ["||", "aba", "é", "\x01", "\t"])
def test_other_delimiters(tmp_path: Path, delimiter: str) -> None:
    data = "\n".join(delimiter.join(f) for f in (["1", "2.5", "x"], ["", "", ""], ["2"])) + "\n"
    case = fastload_case(tmp_path / "case", data.encode(), delimiter=delimiter)
    outcome = run(case, tmp_path / "ws")
    counts = load_reports(outcome.report)[0].counts
    assert counts is not None
    assert (counts.applied, counts.error_table_1) == (1, 2)


def test_invalid_utf8_nul_bytes_and_long_records(tmp_path: Path) -> None:
    data = b"1|1|\xff\n\xff|1|a\n2|1|a\x00b\n3|1|\xc3\xa9\n4|1|" + b"x" * 64_001 + b"\n5|1|x|\n"
    outcome = run(fastload_case(tmp_path / "case", data), tmp_path / "ws")
    errors = table(tmp_path / "ws", outcome, "e1").to_pylist()
    assert Counter(row["ErrorCode"] for row in errors) == {6706: 1, 2679: 1, 2673: 2}
    assert max(len(row["DataParcel"]) for row in errors) == 64_000
    notes = table(tmp_path / "ws", outcome, "sales").column("note").to_pylist()
    assert sorted(notes) == ["a\x00b", "é"]


def test_an_empty_file_gives_an_empty_table(tmp_path: Path) -> None:
    outcome = run(fastload_case(tmp_path / "case", b""), tmp_path / "ws")
    assert outcome.status == "completed"
    assert set(outcome.tables) == {"sales"}
    assert table(tmp_path / "ws", outcome, "sales").num_rows == 0


def test_record_window_by_edition(tmp_path: Path) -> None:
    data = b"".join(b"%d|1|x\n" % n for n in range(1, 7))
    for edition, first in (("vendor", 2), ("seed", 3)):
        case = fastload_case(tmp_path / edition, data, edition=edition, start=2, thru=4)
        outcome = run(case, tmp_path / f"{edition}-ws")
        rows = table(tmp_path / f"{edition}-ws", outcome, "sales").column("id").to_pylist()
        assert sorted(rows) == list(range(first, 5))
        assert " skipped by RECORD command = " in load_reports(outcome.report)[0].summary


def test_error_limit_stops_at_the_end_of_its_block(tmp_path: Path) -> None:
    data = b"x|1|a\n" * 10
    case = fastload_case(tmp_path / "case", data, block_bytes=12, error_limit=3)
    outcome = run(case, tmp_path / "ws")
    assert outcome.status == "paused"
    assert outcome.return_code == 12
    assert outcome.error is not None
    assert outcome.error.name == "error_limit_reached"
    assert table(tmp_path / "ws", outcome, "e1").num_rows == 4  # blocks of two records
    assert outcome.locked == ("sales", "e1", "e2")
    assert outcome.tables["sales"] == outcome.tables["e2"] == ()


def test_a_bad_record_stops_the_job_without_nostop(tmp_path: Path) -> None:
    data = b"x|1|a\n1|1|b\nbad\ny|1|a\n"
    outcome = run(fastload_case(tmp_path / "case", data, on_bad_record="stop"), tmp_path / "ws")
    assert outcome.error is not None
    assert outcome.error.name == "bad_record"
    assert table(tmp_path / "ws", outcome, "e1").num_rows == 1


@pytest.mark.parametrize("amps", [1, 3])
def test_nopi_blocks_go_round_and_skip_a_lost_amp(tmp_path: Path, amps: int) -> None:
    definition = TableDefinition(name="sales", columns=SALES.columns, kind="MULTISET")
    data = b"".join(b"%d|1|x\n" % n for n in range(9)) + b"8|1|x\n"
    faults = (AmpLost(amp=1),) if amps > 1 else ()
    case = fastload_case(
        tmp_path / "case", data, definition, amps=amps, block_bytes=10, faults=faults
    )
    rows = table(tmp_path / "ws", run(case, tmp_path / "ws"), "sales").to_pylist()
    amp_of = {row["id"]: row["_amp"] for row in rows}
    assert len(rows) == 10
    if amps > 1:
        assert [amp_of[n] for n in (0, 2, 4, 6, 8)] == [0, 2, 2, 0, 2]
    for amp in range(amps):
        mine = [(r["_uniqueness"], r["id"]) for r in rows if r["_amp"] == amp]
        assert [number for number, _ in mine] == list(range(1, len(mine) + 1))
        assert [value for _, value in mine] == sorted(value for _, value in mine)


def test_nopi_in_edition_seed_drops_equal_rows_everywhere(tmp_path: Path) -> None:
    definition = TableDefinition(name="sales", columns=SALES.columns, kind="MULTISET")
    data = b"1|1|x\n2||\n1|1.00|X\n2||\n3|1|x\n"
    case = fastload_case(tmp_path / "case", data, definition, amps=3, block_bytes=5, edition="seed")
    outcome = run(case, tmp_path / "ws")
    counts = load_reports(outcome.report)[0].counts
    assert counts is not None
    assert (counts.applied, counts.duplicates) == (3, 2)


def test_seed_error_table_2_holds_records(tmp_path: Path) -> None:
    data = b"1|1|a\n1|2|b\n"
    outcome = run(fastload_case(tmp_path / "case", data, edition="seed"), tmp_path / "ws")
    assert table(tmp_path / "ws", outcome, "e2").to_pylist() == [
        {"DataParcel": b"1|2|b", "ErrorCode": 2794, "ErrorFieldName": "f_id"}
    ]


def test_rows_of_a_lost_amp_are_errors(tmp_path: Path) -> None:
    data = b"".join(b"%d|1|x\n" % n for n in range(40))
    case = fastload_case(tmp_path / "case", data, faults=(AmpLost(amp=1),))
    outcome = run(case, tmp_path / "ws")
    errors = table(tmp_path / "ws", outcome, "e1").to_pylist()
    amps = set(table(tmp_path / "ws", outcome, "sales").column("_amp").to_pylist())
    assert {(row["ErrorCode"], row["ErrorFieldName"]) for row in errors} == {(2641, None)}
    assert 1 not in amps


@pytest.mark.parametrize("edition", ["vendor", "seed"])
@pytest.mark.parametrize("checkpoint", [None, 2])
def test_without_any_amp_left_a_nopi_load_has_only_errors(
    tmp_path: Path, edition: Any, checkpoint: int | None
) -> None:
    definition = TableDefinition(name="sales", columns=SALES.columns, kind="MULTISET")
    data = b"1|1|a\nx|1|a\n2|1|b\n3||c\n"
    options: dict[str, Any] = {"amps": 2, "edition": edition, "checkpoint": checkpoint}
    options["faults"] = tuple(AmpLost(amp=amp) for amp in (0, 1))
    outcome = run(fastload_case(tmp_path / "case", data, definition, **options), tmp_path / "ws")
    assert (outcome.status, outcome.return_code) == ("completed", 0)
    assert load_reports(outcome.report)[0].counts == Counts(
        read=4, skipped=0, sent=4, error_table_1=4, error_table_2=0, applied=0, duplicates=0
    )
    errors = table(tmp_path / "ws", outcome, "e1").to_pylist()
    assert sorted((r["DataParcel"], r["ErrorCode"], r["ErrorFieldName"]) for r in errors) == [
        (b"1|1|a", 2641, None),
        (b"2|1|b", 2641, None),
        (b"3||c", 2641, None),
        (b"x|1|a", 2679, "f_id"),
    ]
    case = fastload_case(tmp_path / "limit", data, definition, error_limit=2, **options)
    paused = run(case, tmp_path / "limit-ws")
    assert paused.error is not None
    assert (paused.status, paused.error.name) == ("paused", "error_limit_reached")


# --- several inputs -----------------------------------------------------------------------------


@pytest.mark.parametrize("checkpoint", [None, 2])
def test_seed_error_table_2_names_the_field_of_the_records_own_input(
    tmp_path: Path, checkpoint: int | None
) -> None:
    long = "g" * 130
    first = load_of(SALES, file="1.txt").inputs[0]
    inputs = [first]
    for file, id_field in (("2.txt", "g_id"), ("3.txt", long)):
        fields = (*first.fields[1:], SourceField(name=id_field, type="VARCHAR(40)"))
        own = (*first.assignments[1:], Assignment(column="id", field=id_field))
        inputs.append(replace(first, file=file, fields=fields, assignments=own))
    load = replace(load_of(SALES, checkpoint=checkpoint), inputs=tuple(inputs))
    plan = FastLoadPlan(steps=(CreateTable(definition=SALES), load))
    files = {"1.txt": b"1|1|a\n1|2|b\n", "2.txt": b"3|c|1\n5|c|7\n", "3.txt": b"4|d|1\n"}
    write_case(CaseBundle(Case(script="", plan=plan, edition="seed"), files), tmp_path / "case")
    outcome = run(tmp_path / "case", tmp_path / "ws", PolarsLoader(piece_bytes=3))
    rivals = table(tmp_path / "ws", outcome, "e2").to_pylist()
    assert [(row["DataParcel"], row["ErrorFieldName"]) for row in rivals] == [
        (b"1|2|b", "f_id"),
        (b"3|c|1", "g_id"),
        (b"4|d|1", long[:120]),
    ]
    assert {row["ErrorCode"] for row in rivals} == {2794}


# --- ways of reading that must not differ -------------------------------------------------------

MIXED = TableDefinition(
    name="mixed",
    columns=(
        Column(name="a", type="INTEGER"),
        Column(name="b", type="DECIMAL(7,2)"),
        Column(name="c", type="FLOAT"),
        Column(name="d", type="CHAR(4)", character_set="LATIN"),
        Column(name="e", type="DATE", check=RangeCheck("1900-01-01", "2100-12-31")),
        Column(name="f", type="BIGINT"),
    ),
    kind="MULTISET",
    primary_index=PrimaryIndex(("a", "d")),
)


def mixed_records(seed: int, count: int, faults: float) -> bytes:
    generator = np.random.default_rng(seed)
    odd = [
        b"", b" ", b" 5", b"5 ", b"+5", b"-", b".5", b"5.", b"1e2", b"\t5", b"\xef\xbb\xbf5",
        b"0.005", b"0.015", b"99999.995", b"99999.994", b"-0.005", b"nan", b"inf", b"1e400",
        b"9999999999", b"00000000000000000000000000000000000005", b"1.2.3", b"\xff", b'"5"',
        b"\r", b"5\r", "\u0100".encode(), b"0.0049999999999999999999999999999999999999",
        b"-0", b"-0.0", b"x" * 41, b"1_0", b"2000-02-30", b"1900-02-29", b"\x00",
    ]  # fmt: skip
    lines = []
    for _ in range(count):
        number = int(generator.integers(-50, 50))
        fields = [
            b"%d" % number, b"%d.%02d" % (number, abs(number)), b"%de1" % number,
            b"t%d" % (number % 5), b"20%02d-0%d-1%d" % (abs(number), 1 + number % 9, number % 9),
            b"%d" % (number * 10**12),
        ]  # fmt: skip
        if generator.random() < faults:
            fields[int(generator.integers(0, 6))] = odd[int(generator.integers(0, len(odd)))]
        lines.append(b"|".join(fields))
    return b"\n".join(lines) + b"\n"


class TextLoader(PolarsLoader):
    typed_parse = False


def as_multisets(outcome: dict[str, Any]) -> dict[str, Any]:
    tables = {
        name: Counter(repr(sorted(row.items())) for row in rows or [])
        for name, rows in outcome["tables"].items()
    }
    return {**outcome, "tables": tables}


@pytest.mark.parametrize("seed", range(6))
def test_typed_and_text_reading_agree(tmp_path: Path, seed: int) -> None:
    data = mixed_records(seed, 60, 0.0 if seed == 0 else 0.05)
    case = fastload_case(tmp_path / "case", data, MIXED)
    # One record a piece, so that each odd field meets the typed reading.
    readings = [TextLoader(), PolarsLoader(piece_bytes=1), PolarsLoader(piece_bytes=90)]
    seen = []
    for number, loader in enumerate(readings):
        workspace = tmp_path / f"ws{number}"
        seen.append(content(workspace, run(case, workspace, loader)))
    assert seen[1]["tables"]["mixed"] == seen[0]["tables"]["mixed"]
    assert all(as_multisets(other) == as_multisets(seen[0]) for other in seen)


@pytest.mark.parametrize("edition", ["vendor", "seed"])
@pytest.mark.parametrize("index", [PrimaryIndex(("a",), unique=True), PrimaryIndex(("a",)), None])
def test_spilling_changes_nothing(tmp_path: Path, index: PrimaryIndex | None, edition: Any) -> None:
    definition = TableDefinition(
        name="mixed", columns=MIXED.columns, kind="MULTISET", primary_index=index
    )
    case = fastload_case(
        tmp_path / "case", mixed_records(9, 400, 0.02), definition, edition=edition, block_bytes=100
    )
    whole = run(case, tmp_path / "whole")

    eager = PolarsLoader(piece_bytes=500, memory_budget=2_000, rows_sorted_together=1)
    spilled = run(case, tmp_path / "spilled", eager)
    assert spilled.work["spilled_runs"] > 2
    assert content(tmp_path / "spilled", spilled) == content(tmp_path / "whole", whole)


def test_blocks_are_cut_greedily() -> None:
    lengths = np.array([4, 4, 4, 20, 1, 1], dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    blocks, filled = cut_blocks(lengths, 8, -1, none)
    assert (blocks.tolist(), filled) == ([0, 0, 1, 2, 3, 3], 2)
    blocks, filled = cut_blocks(lengths, 8, 5, np.array([1]))
    assert (blocks.tolist(), filled) == ([1, 2, 2, 3, 4, 4], 2)


def test_a_few_odd_records_leave_the_others_as_they_are(tmp_path: Path) -> None:
    lines = [b"%d|%d.5|n" % (n, n % 900) for n in range(5_000)]
    for odd, line in {7: b"bad", 2_500: b"2500| 1 |n", 4_999: b"x|1|n"}.items():
        lines[odd] = line
    case = fastload_case(tmp_path / "case", b"\n".join(lines))
    typed, text = run(case, tmp_path / "typed"), run(case, tmp_path / "text", TextLoader())
    assert typed.work["text_path_pieces"] == 3
    assert content(tmp_path / "typed", typed) == content(tmp_path / "text", text)


def test_each_invalid_text_is_told_from_its_neighbours() -> None:
    generator = np.random.default_rng(4)
    pieces = [b"a", b"\xc3", b"\xa9", b"\xe2", b"\x82", b"\xf0", b"\x9f", b"\x80", b"\xed", b"\xa0"]
    pieces += [b"\xe0", b"\xf4", b"\x90", b"\xc0", b"\xff", "é".encode(), "€".encode()]
    for _ in range(3_000):
        picks = generator.integers(0, len(pieces), (6, int(generator.integers(1, 5))))
        texts = [b"".join(pieces[at] for at in row) for row in picks]
        data = b"|".join(texts) + b"\n"
        wrong = invalid_utf8(np.frombuffer(data, dtype=np.uint8))
        ends = np.cumsum([len(text) + 1 for text in texts]) - 1
        for text, end in zip(texts, ends, strict=True):
            valid = text == text.decode(errors="ignore").encode()
            assert wrong[end - len(text) : end].any() != valid, data


@pytest.mark.parametrize("data", [RECORDS, gzip.compress(RECORDS, mtime=0)])
def test_a_pipe_is_read_like_a_file(tmp_path: Path, data: bytes) -> None:
    case = fastload_case(tmp_path / "case", RECORDS)
    expected = content(tmp_path / "ws", run(case, tmp_path / "ws"))
    pipe = case / "files" / "in.txt"
    pipe.unlink()
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    outcome = run(case, tmp_path / "pipe")
    writer.join()
    assert content(tmp_path / "pipe", outcome) == expected
