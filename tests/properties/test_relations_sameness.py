"""Two runs of one job: what may differ between them is accepted, nothing else."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

import pyarrow as pa
import pytest

from properties.engine.observed import Observed, Row, observed_table
from properties.engine.trial import Difference
from properties.relations.fastload.sameness import loads_end_alike
from specs.contract import Outcome
from specs.fastload.error_tables import error_table_1_schema
from specs.fastload.plan import Assignment, Input, Load, SourceField
from specs.fastload.report import Counts, FastLoadReport, LoadReport
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

LOAD = Load(
    target="t",
    error_table_1="e1",
    error_table_2="e2",
    inputs=(
        Input(
            file="f",
            fields=(SourceField(name="k", type="VARCHAR(9)"),),
            assignments=(Assignment(column="k", field="k"),),
        ),
    ),
)


def definition(index: PrimaryIndex | None) -> TableDefinition:
    columns = (Column(name="k", type="INTEGER"), Column(name="v", type="VARCHAR(2)"))
    return TableDefinition(name="t", columns=columns, primary_index=index)


PLAIN = definition(PrimaryIndex(("k",)))
UNIQUE = definition(PrimaryIndex(("k",), unique=True))
NONE = definition(None)


def ended(rows: list[Row], parcels: list[bytes] = [], **counts: int) -> Observed:  # noqa: B006
    numbers = {
        "read": 3, "skipped": 0, "sent": 3, "error_table_1": 0, "error_table_2": 0,
        "applied": len(rows), "duplicates": 3 - len(rows), **counts,
    }  # fmt: skip
    report = LoadReport(
        target="t", error_table_1="e1", error_table_2="e2", sessions=1, counts=Counts(**numbers)
    )
    tables: dict[str, Any] = {"t": observed_table(PLAIN.arrow_schema().empty_table())}
    made = pa.Table.from_pylist(
        [dict(zip("kv", row, strict=True)) for row in rows], PLAIN.arrow_schema()
    )
    tables["t"] = observed_table(made)
    if parcels:
        faults = [{"DataParcel": p, "ErrorCode": 1, "ErrorFieldName": "k"} for p in parcels]
        tables["e1"] = observed_table(pa.Table.from_pylist(faults, error_table_1_schema()))
    outcome = Outcome(status="completed", return_code=0, report=FastLoadReport(loads=(report,)))
    return Observed(outcome, tables, {})


UNIVERSE: list[Row] = [(1, "x"), (1, "X"), (1, "y"), (None, "x")]


@pytest.mark.parametrize("table", [PLAIN, UNIQUE, NONE], ids=["plain", "unique", "none"])
def test_targets_are_alike_but_for_what_is_free(table: TableDefinition) -> None:
    def told(row: Row) -> object:
        if table is NONE:
            return row
        return row[0] if table is UNIQUE else (row[0], row[1].upper())

    alike = 0
    for size in range(3):
        for one in combinations_with_replacement(UNIVERSE, size):
            for other in combinations_with_replacement(UNIVERSE, size):
                first, second = ended(list(one)), ended(list(other))
                if sorted(map(str, map(told, one))) == sorted(map(str, map(told, other))):
                    alike += 1
                    loads_end_alike(table, LOAD, first, second, "changed")
                else:
                    with pytest.raises(Difference, match="table t changed"):
                        loads_end_alike(table, LOAD, first, second, "changed")
    assert alike >= 15


@pytest.mark.parametrize(
    "name", ["read", "skipped", "sent", "error_table_1", "applied", "error_table_2", "duplicates"]
)
def test_counts_are_alike_but_for_what_a_unique_index_leaves_free(name: str) -> None:
    one, other = ended([(1, "x")]), ended([(1, "x")], [], **{name: 9})
    with pytest.raises(Difference, match=f"count {name} changed: expected"):
        loads_end_alike(PLAIN, LOAD, one, other, "changed")
    if name in ("error_table_2", "duplicates"):
        loads_end_alike(UNIQUE, LOAD, one, other, "changed")


def test_error_table_1_holds_the_same_records() -> None:
    loads_end_alike(PLAIN, LOAD, ended([], [b"a", b"b"]), ended([], [b"b", b"a"]), "changed")
    for parcels in ([], [b"a"], [b"a", b"a"], [b"a", b"b", b"b"]):
        with pytest.raises(Difference, match="error table e1 changed"):
            loads_end_alike(PLAIN, LOAD, ended([], [b"a", b"b"]), ended([], parcels), "changed")


def test_both_runs_completed() -> None:
    paused = Observed(Outcome(status="paused", return_code=12), {}, {})
    for one, other in ((paused, ended([])), (ended([]), paused)):
        with pytest.raises(Difference, match="expected the case to complete"):
            loads_end_alike(PLAIN, LOAD, one, other, "changed")
