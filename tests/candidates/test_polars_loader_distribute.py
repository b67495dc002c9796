"""Hash distribution by the polars loader: inserts, deletes, reconfiguration, answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from polars_loader_cases import PLACEMENT, ignore, run, table, write_job

from candidates.polars.loader import PolarsLoader
from specs.contract import Case, TeradataSystem
from specs.contract.directories import (
    CaseBundle,
    arrow_bytes,
    read_arrow,
    read_outcome_document,
    write_case,
)
from specs.distribution.plan import (
    DistributionPlan,
    DistributionQuery,
    HashConstants,
    HashMapQuery,
    InsertRows,
    InsertSelect,
    Reconfigure,
)
from specs.sql.statements import CreateTable, DeleteRows
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

COLUMNS = (Column(name="k", type="INTEGER"), Column(name="s", type="CHAR(3)"))


def definition(name: str, **options: Any) -> TableDefinition:
    return TableDefinition(name=name, columns=COLUMNS, **options)


def arrow(rows: list[Any], of: TableDefinition | None = None) -> pa.Table:
    """Rows as an Arrow table that carries its definition."""
    schema = (of or definition("rows")).arrow_schema()
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=schema)


def distribute(
    tmp_path: Path,
    steps: tuple[Any, ...],
    files: dict[str, list[Any]],
    tables: dict[str, pa.Table] | None = None,
) -> Any:
    """The outcome and a reader of its answers."""
    rows = {name: arrow_bytes(arrow(data)) for name, data in files.items()}
    case = Case(
        script="",
        plan=DistributionPlan(steps=steps),
        system=TeradataSystem(amps=3),
        tables={name: f"{name}.arrow" for name in tables or {}},
    )
    write_case(CaseBundle(case, rows, tables or {}), tmp_path / "case")
    PolarsLoader().run(tmp_path / "case", tmp_path / "ws", ignore)
    outcome = read_outcome_document(tmp_path / "ws" / "outcome")
    return outcome, lambda n: read_arrow(tmp_path / "ws" / "outcome" / outcome.answers[str(n)])


ROWS = [(1, "a"), (1, "A  "), (None, None), (None, None), (1, "b"), (2, "a")]


def test_set_multiset_and_unique_index_refuse_what_they_should(tmp_path: Path) -> None:
    kinds = {
        "set_nupi": definition("set_nupi", primary_index=PrimaryIndex(("k",))),
        "multi": definition("multi", kind="MULTISET", primary_index=PrimaryIndex(("k",))),
        "upi": definition("upi", kind="MULTISET", primary_index=PrimaryIndex(("k",), unique=True)),
    }
    steps: list[Any] = [CreateTable(definition=d) for d in kinds.values()]
    steps += [InsertRows(table=name, rows="rows.arrow") for name in kinds]
    outcome, answer = distribute(tmp_path, tuple(steps), {"rows.arrow": ROWS})
    assert outcome.status == "completed"
    assert answer(3).to_pydict() == {"row": [1, 3], "error": ["duplicate_row"] * 2}
    assert answer(4).num_rows == 0
    assert answer(5).to_pydict() == {"row": [1, 3, 4], "error": ["upi_violation"] * 3}
    rows = table(tmp_path / "ws", outcome, "multi").to_pylist()
    assert [r["_uniqueness"] for r in rows if r["k"] == 1] == [1, 2, 3]
    assert {r["s"] for r in rows if r["k"] == 2} == {"a  "}


def test_uniqueness_is_reused_only_at_the_top(tmp_path: Path) -> None:
    steps = (
        CreateTable(definition=definition("t", primary_index=PrimaryIndex(("k",)))),
        InsertRows(table="t", rows="first.arrow"),
        DeleteRows(table="t", column="s", value="c"),
        DeleteRows(table="t", column="s", value="A"),
        InsertRows(table="t", rows="second.arrow"),
    )
    files = {"first.arrow": [(1, "a"), (1, "b"), (1, "c")], "second.arrow": [(1, "d")]}
    outcome, _ = distribute(tmp_path, steps, files)
    rows = table(tmp_path / "ws", outcome, "t").to_pylist()
    assert [(r["s"], r["_uniqueness"]) for r in rows] == [("b  ", 2), ("d  ", 3)]


def test_nopi_rows_stay_where_they_were_read(tmp_path: Path) -> None:
    steps = (
        CreateTable(definition=definition("t", primary_index=PrimaryIndex(("k",)))),
        CreateTable(definition=definition("n", kind="MULTISET")),
        InsertRows(table="t", rows="rows.arrow"),
        InsertSelect(source="t", target="n"),
        DistributionQuery(table="n"),
        HashConstants(),
        Reconfigure(amps=5),
    )
    files = {"rows.arrow": [(n, "x") for n in range(30)]}
    outcome, answer = distribute(tmp_path, steps, files)
    placed, stayed = (table(tmp_path / "ws", outcome, name).to_pylist() for name in ("t", "n"))
    counts = answer(4).to_pydict()
    assert counts["rows"] == sorted(counts["rows"], reverse=True)
    assert sum(counts["rows"]) == 30
    assert {r["_amp"] for r in stayed} <= {0, 1, 2}
    assert {r["_amp"] for r in placed} > {0, 1, 2}
    constants = answer(5).to_pydict()
    assert dict(zip(constants["name"], constants["value"], strict=True)) == {
        "HASHROW()": 0xFFFFFFFF,
        "HASHBUCKET()": 1_048_575,
        "HASHAMP()": 2,
        "HASHBUCKET(NULL)": None,
    }


@pytest.mark.parametrize("index", [None, PrimaryIndex(("k",))])
def test_an_existing_table_is_placed_as_if_inserted_row_by_row(
    tmp_path: Path, index: PrimaryIndex | None
) -> None:
    rows = [(n % 5, "x") for n in range(12)]
    there = definition("there", kind="MULTISET", primary_index=index)
    inserted = definition("inserted", kind="MULTISET", primary_index=index)
    steps = (
        CreateTable(definition=inserted),
        InsertRows(table="inserted", rows="rows.arrow", mode="single-row", query_id=1),
    )
    outcome, _ = distribute(tmp_path, steps, {"rows.arrow": rows}, {"there": arrow(rows, there)})
    found = [table(tmp_path / "ws", outcome, name).to_pydict() for name in ("there", "inserted")]
    assert found[0] == found[1]
    assert len(set(found[0][PLACEMENT[0]])) == 3


@pytest.mark.parametrize(
    "step",
    [
        InsertRows(table="missing", rows="rows.arrow"),
        InsertSelect(source="missing", target="t"),
        InsertSelect(source="t", target="missing"),
        DistributionQuery(table="missing"),
    ],
)
def test_a_missing_table_is_a_mistake_of_the_user(tmp_path: Path, step: Any) -> None:
    steps = (CreateTable(definition=definition("t", primary_index=PrimaryIndex(("k",)))), step)
    outcome, _ = distribute(tmp_path, steps, {"rows.arrow": ROWS})
    assert (outcome.status, outcome.error.name) == ("refused", "target_missing")
    assert outcome.return_code == 8


def test_nopi_rows_are_in_a_bucket_of_their_amp_after_fewer_and_then_more_amps(
    tmp_path: Path,
) -> None:
    unindexed = definition("t", kind="MULTISET")
    steps = (CreateTable(definition=unindexed), InsertRows(table="t", rows="rows"))
    resized = (Reconfigure(amps=2), Reconfigure(amps=4_000), HashMapQuery())
    files = {"rows": arrow_bytes(arrow([(k, "a") for k in range(40)]))}

    def rows_after(name: str, number: int) -> tuple[list[dict[str, Any]], Any]:
        requested = (*steps, *resized[:number])
        size = {"amps": 64, "hash_bucket_bits": 16}
        case = write_job(tmp_path / name, *requested, files=files, distribution=True, **size)
        outcome = run(case, tmp_path / f"{name}-ws")
        return table(tmp_path / f"{name}-ws", outcome, "t").to_pylist(), outcome

    rows, outcome = rows_after("all", 3)
    owners = read_arrow(tmp_path / "all-ws" / "outcome" / outcome.answers["4"])["amp"].to_pylist()
    assert {row["_amp"] for row in rows} == {0, 1}
    assert all(owners[row["_row_hash"] >> 16] == row["_amp"] for row in rows)
    fewer, _ = rows_after("fewer", 1)
    assert [{**row, "_row_hash": 0} for row in rows] == [{**row, "_row_hash": 0} for row in fewer]
