"""The reference's distribute plans: RowIDs, NoPI, refused rows, reconfigure, distribution."""

from __future__ import annotations

import pyarrow as pa
import pytest

from reference import Result, execute
from reference.storage.hash_maps import hash_map
from reference.storage.hashing import PUBLISHED, HashFunction
from specs.contract import Case, TeradataSystem
from specs.contract.directories import CaseBundle, arrow_bytes
from specs.distribution.plan import (
    DistributionPlan,
    DistributionQuery,
    DistributionStep,
    HashConstants,
    HashMapQuery,
    HashRows,
    InsertRows,
    InsertSelect,
    Reconfigure,
)
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

HASH_1, HASH_2, HASH_3 = 0x79B69E37, 0xF3713C6E, 0x6D27DAA6


def table(
    index: PrimaryIndex | None = PrimaryIndex(("k",)),  # noqa: B008  (frozen)
    kind: str = "MULTISET",
    name: str = "T",
) -> TableDefinition:
    columns = (Column(name="k", type="BIGINT"), Column(name="v", type="VARCHAR(9)"))
    return TableDefinition(name=name, columns=columns, kind=kind, primary_index=index)  # type: ignore[arg-type]


def arrow(*rows: tuple[int | None, str | None]) -> pa.Table:
    keys, values = [row[0] for row in rows], [row[1] for row in rows]
    return pa.Table.from_arrays(
        [pa.array(keys, pa.int64()), pa.array(values, pa.string())],
        schema=table().arrow_schema(),
    )


def run(
    *steps: DistributionStep,
    amps: int = 4,
    bits: int = 20,
    function: HashFunction = PUBLISHED,
    **files: pa.Table,
) -> Result:
    system = TeradataSystem(amps=amps, hash_bucket_bits=bits)  # type: ignore[arg-type]
    case = Case(script="", plan=DistributionPlan(steps=steps), system=system)
    inputs = {name: arrow_bytes(rows) for name, rows in files.items()}
    return execute(CaseBundle(case, inputs), function)


def test_rows_get_their_amp_and_the_next_uniqueness() -> None:
    collides = 1 + 2**32 - 5  # another key with the row hash of 1
    rows = arrow((1, "a"), (2, "b"), (1, "c"), (collides, "d"), (1, "a"))
    result = run(CreateTable(definition=table()), InsertRows(table="T", rows="f"), amps=2, f=rows)
    assert result.status == "completed"
    assert result.tables["T"].rows == [(1, "a"), (1, "c"), (collides, "d"), (1, "a"), (2, "b")]
    assert result.tables["T"].placement == [
        (0, HASH_1, 1),
        (0, HASH_1, 2),
        (0, HASH_1, 3),
        (0, HASH_1, 4),
        (0, HASH_2, 1),
    ]
    assert result.answers[1].columns == {"row": [], "error": []}


@pytest.mark.parametrize(
    ("kind", "unique", "refused"),
    [
        ("SET", False, [(2, "duplicate_row"), (4, "duplicate_row"), (6, "duplicate_row")]),
        ("MULTISET", False, []),
        (
            "SET",
            True,
            [(row, "upi_violation") for row in (1, 2, 4, 5, 6)],
        ),
    ],
)
def test_what_an_insert_refuses(kind: str, unique: bool, refused: list[tuple[int, str]]) -> None:
    rows = arrow((1, "a"), (1, None), (1, "A "), (None, "n"), (None, "n"), (None, None), (1, None))
    definition = table(PrimaryIndex(("k",), unique), kind)
    result = run(CreateTable(definition=definition), InsertRows(table="T", rows="f"), f=rows)
    answer = result.answers[1]
    assert list(zip(answer["row"], answer["error"], strict=True)) == refused
    assert len(result.tables["T"].rows) == 7 - len(refused)


def test_a_uniqueness_is_free_again_only_at_the_top() -> None:
    rows = arrow((1, "a"), (1, "b"), (1, "c"))
    more = arrow((1, "d"))
    insert, again = InsertRows(table="T", rows="f"), InsertRows(table="T", rows="g")

    def uniqueness_after_deleting(value: str) -> list[tuple[str, int]]:
        deleted = DeleteRows(table="T", column="v", value=value)
        steps = CreateTable(definition=table()), insert, deleted, again
        kept = run(*steps, f=rows, g=more).tables["T"]
        assert kept.placement is not None
        return [(str(row[1]), at[2]) for row, at in zip(kept.rows, kept.placement, strict=True)]

    assert uniqueness_after_deleting("a") == [("b", 2), ("c", 3), ("d", 4)]
    assert uniqueness_after_deleting("C ") == [("a", 1), ("b", 2), ("d", 3)]
    emptied = run(
        CreateTable(definition=table()), insert, DeleteRows(table="T"), again, f=rows, g=more
    )
    assert emptied.tables["T"].placement == [(hash_map(4).amp_of_hash(HASH_1), HASH_1, 1)]


def test_deleting_nulls_and_missing_tables() -> None:
    rows = arrow((None, "a"), (0, "b"))
    delete = DeleteRows(table="T", column="k")
    result = run(
        CreateTable(definition=table()),
        InsertRows(table="T", rows="f"),
        delete,
        DropTable(table="gone"),
        f=rows,
    )
    assert result.tables["T"].rows == [(0, "b")]
    assert result.return_code == 4


def test_nopi_rows_go_where_the_query_id_hashes() -> None:
    # 16 AMPs: AMP = (1048575 - bucket) mod 16, so buckets 498537 and 997139 are on 6 and 12.
    nopi = CreateTable(definition=table(None))
    rows = arrow((7, "a"), (7, "b"))
    single = run(nopi, InsertRows(table="T", rows="f", query_id=1), amps=16, f=rows)
    assert single.tables["T"].rows == [(7, "a"), (7, "b")]
    assert single.tables["T"].placement == [(6, 9 << 12, 1), (12, 3 << 12, 1)]
    array = run(nopi, InsertRows(table="T", rows="f", mode="array", query_id=2), amps=16, f=rows)
    assert array.tables["T"].placement == [(12, 3 << 12, 1), (12, 3 << 12, 2)]
    narrow = run(nopi, InsertRows(table="T", rows="f", mode="array"), amps=2, bits=16, f=rows)
    # 16 bits: bucket 0x79B6 is even, the highest is odd, so AMP 1, whose lowest bucket is 0.
    assert narrow.tables["T"].placement == [(1, 0, 1), (1, 0, 2)]


def test_insert_select_stays_on_the_amp_or_is_hashed() -> None:
    rows = arrow((1, "a"), (2, "b"), (3, "c"), (1, "a"))
    result = run(
        CreateTable(definition=table()),
        InsertRows(table="T", rows="f"),
        CreateTable(definition=table(None, name="N")),
        InsertSelect(source="T", target="N"),
        InsertSelect(source="T", target="N"),
        CreateTable(definition=table(kind="SET", name="S")),
        InsertSelect(source="N", target="S"),
        amps=16,
        f=rows,
    )
    source, local, hashed = (result.tables[name] for name in "TNS")
    assert source.placement is not None
    assert local.placement is not None
    assert [amp for amp, _, _ in local.placement] == sorted(2 * [p[0] for p in source.placement])
    for amp in range(16):
        here = [p[2] for p in local.placement if p[0] == amp]
        assert here == list(range(1, len(here) + 1))
    assert sorted(hashed.rows) == [(1, "a"), (2, "b"), (3, "c")]
    assert len(result.answers[6]["row"]) == 5
    assert set(result.answers[6]["error"]) == {"duplicate_row"}


def test_reconfigure_moves_rows_and_never_changes_a_row_id() -> None:
    rows = arrow(*((key % 50, str(key)) for key in range(100)))
    load = CreateTable(definition=table()), InsertRows(table="T", rows="f")
    before = run(*load, amps=3, bits=16, f=rows).tables["T"]
    after = run(*load, Reconfigure(amps=5), amps=3, bits=16, f=rows).tables["T"]
    assert before.placement is not None
    assert after.placement is not None
    moved = hash_map(3, 16).reconfigured(5)
    ids = {row: (h, u) for row, (_, h, u) in zip(before.rows, before.placement, strict=True)}
    for row, (amp, hashed, uniqueness) in zip(after.rows, after.placement, strict=True):
        assert (hashed, uniqueness) == ids[row]
        assert amp == moved.amp_of_hash(hashed)
    assert after.placement == sorted(after.placement)


def test_reconfigure_moves_nopi_rows_only_off_lost_amps() -> None:
    rows = arrow(*((key, str(key)) for key in range(40)))
    steps = CreateTable(definition=table(None)), InsertRows(table="T", rows="f")
    before = run(*steps, amps=4, bits=16, f=rows).tables["T"]
    grown = run(*steps, Reconfigure(amps=6), amps=4, bits=16, f=rows).tables["T"]
    assert (grown.rows, grown.placement) == (before.rows, before.placement)
    shrunk = run(*steps, Reconfigure(amps=3), amps=4, bits=16, f=rows).tables["T"]
    assert before.placement is not None
    assert shrunk.placement is not None
    on = {row: amp for row, (amp, _, _) in zip(before.rows, before.placement, strict=True)}
    for row, (amp, _, _) in zip(shrunk.rows, shrunk.placement, strict=True):
        assert amp == on[row] % 3
    here = [uniqueness for amp, _, uniqueness in shrunk.placement if amp == 0]
    assert here == list(range(1, len(here) + 1))


def test_the_distribution_query() -> None:
    rows = arrow((1, "a"), (1, "b"), (1, "c"), (2, "d"))
    steps = CreateTable(definition=table()), InsertRows(table="T", rows="f")
    result = run(*steps, DistributionQuery(table="T"), amps=16, f=rows)
    assert result.answers[2].columns == {"amp": [6, 12], "rows": [3, 1]}
    assert float(result.answers[2].metadata["largest_over_mean"]) == 12.0
    # mean 1/4; variance (9 + 1) / 16 - 1 / 16 = 9 / 16; deviation 3/4
    assert float(result.answers[2].metadata["coefficient_of_variation"]) == 3.0
    empty = run(steps[0], DistributionQuery(table="T"), amps=16)
    assert empty.answers[1].columns == {"amp": [], "rows": []}
    assert float(empty.answers[1].metadata["largest_over_mean"]) == 0


def test_the_hash_functions_as_requests() -> None:
    result = run(
        HashRows(rows="f", columns=("k",)),
        HashConstants(),
        HashMapQuery(),
        HashRows(rows="f", columns=("v", "k")),
        amps=2,
        bits=16,
        f=arrow((1, None), (None, None), (3, " ")),
    )
    assert result.answers[0]["row_hash"] == [HASH_1, 0, HASH_3]
    assert result.answers[0]["hash_bucket"] == [0x79B6, 0, 0x6D27]
    assert result.answers[0]["amp"] == [1, 1, 0]
    names = ["HASHROW()", "HASHBUCKET()", "HASHAMP()", "HASHBUCKET(NULL)"]
    assert result.answers[1]["name"] == names
    assert result.answers[1]["value"] == [0xFFFFFFFF, 65_535, 1, None]
    assert result.answers[2]["amp"][:3] == [1, 0, 1]
    assert len(result.answers[2]["amp"]) == 65_536
    assert result.answers[3]["row_hash"] == [HASH_1, 0, HASH_3]


def test_another_hash_function_can_take_its_place() -> None:
    seven = HashFunction("seven", lambda value, column: 7, lambda left, right: left)
    result = run(
        HashRows(rows="f", columns=("k", "v")),
        CreateTable(definition=table()),
        InsertRows(table="T", rows="f"),
        function=seven,
        f=arrow((1, "a"), (2, "b")),
    )
    assert result.answers[0]["row_hash"] == [7, 7]
    assert result.tables["T"].placement == [(3, 7, 1), (3, 7, 2)]


def test_refusals_end_the_plan() -> None:
    create = CreateTable(definition=table())
    taken = run(create, create, HashConstants())
    assert (taken.status, taken.error, taken.return_code) == ("refused", "table_exists", 8)
    assert taken.answers == {}
    missing = run(DistributionQuery(table="T"))
    assert (missing.status, missing.error, missing.return_code) == ("refused", "target_missing", 8)


def test_tables_from_before_the_job_are_on_their_amps() -> None:
    rows = arrow((2, "a"), (1, "b"), (2, "c"))
    case = Case(
        script="",
        plan=DistributionPlan(steps=(DistributionQuery(table="T"),)),
        system=TeradataSystem(amps=2),
        tables={"T": "tables/t.arrow"},
    )
    found = execute(CaseBundle(case, {}, {"T": rows})).tables["T"]
    assert found.rows == [(1, "b"), (2, "a"), (2, "c")]
    assert found.placement == [(0, HASH_1, 1), (0, HASH_2, 1), (0, HASH_2, 2)]


def test_an_insert_stores_minus_zero_as_zero() -> None:
    definition = TableDefinition(
        name="F", columns=(Column(name="f", type="FLOAT"),), primary_index=PrimaryIndex(("f",))
    )
    rows = pa.Table.from_pydict({"f": [-0.0]}, definition.arrow_schema())
    steps = CreateTable(definition=definition), InsertRows(table="F", rows="rows")
    result = run(*steps, rows=rows)
    assert [str(row[0]) for row in result.tables["F"].rows] == ["0.0"]
