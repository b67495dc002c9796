"""Two outcomes of one job: each freedom of the rules is told as one, and anything else differs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from properties.engine.observed import Observed, Row, read_observed
from properties.engines import engine_of
from properties.relations.fastload.agreement import (
    ANOTHER_MARK,
    ANOTHER_ROW_OF_A_KEY,
    ANOTHER_STOP,
    AS_FAR_AS_IT_CAME,
    loads_agree,
)
from properties.relations.fastload.loading import expected_loads
from properties.relations.shared.agreement import (
    SAME_ROWS_KEPT,
    Agreement,
    rows_of_one_side,
    side_of,
    table_definition,
)
from reference.candidate import ReferenceLoader
from specs.contract import Case, NamedError
from specs.contract.directories import OUTCOME_DIRECTORY, CaseBundle, write_case
from specs.fastload.language import parse, require_plan

SCRIPT = """{settings}LOGON h/u,p;
CREATE MULTISET TABLE t (k INTEGER, v VARCHAR(5)) {index};
SET RECORD VARTEXT "|" {nostop};
DEFINE k (VARCHAR(9)), v (VARCHAR(9)) FILE=t.txt;
BEGIN LOADING t ERRORFILES e1, e2;
INSERT INTO t VALUES (:k, :v);
END LOADING;
LOGOFF;
"""


def job(
    data: str, index: str = "PRIMARY INDEX (k)", settings: str = "", nostop: str = "NOSTOP"
) -> CaseBundle:
    script = SCRIPT.format(index=index, settings=settings, nostop=nostop)
    case = Case(script=script, plan=require_plan(parse(script)))
    return CaseBundle(case, {"t.txt": data.encode()})


@pytest.fixture
def left(tmp_path: Path) -> Any:
    def run(bundle: CaseBundle) -> Observed:
        write_case(bundle, tmp_path / "case")
        (tmp_path / "workspace").mkdir()
        ReferenceLoader().run(tmp_path / "case", tmp_path / "workspace", lambda *_: None)
        return read_observed(tmp_path / "workspace" / OUTCOME_DIRECTORY, [])

    return run


def with_rows(observed: Observed, name: str, rows: Sequence[Row]) -> Observed:
    table = observed.tables[name]
    assert table is not None
    schema = table.arrow.select(table.columns).schema
    plain = [dict(zip(table.columns, row, strict=True)) for row in rows]
    changed = dataclasses.replace(table, arrow=pa.Table.from_pylist(plain, schema=schema))
    return dataclasses.replace(observed, tables={**observed.tables, name: changed})


def with_outcome(observed: Observed, **changes: Any) -> Observed:
    outcome = msgspec.structs.replace(observed.outcome, **changes)
    return dataclasses.replace(observed, outcome=outcome)


def with_counts(observed: Observed, **changes: int) -> Observed:
    (load,) = observed.outcome.report.loads
    load = msgspec.structs.replace(load, counts=msgspec.structs.replace(load.counts, **changes))
    return with_outcome(
        observed, report=msgspec.structs.replace(observed.outcome.report, loads=(load,))
    )


def without(observed: Observed, name: str) -> Observed:
    tables = {n: t for n, t in observed.tables.items() if n != name}
    files = {n: f for n, f in observed.outcome.tables.items() if n != name}
    return dataclasses.replace(with_outcome(observed, tables=files), tables=tables)


def compared(bundle: CaseBundle, one: Observed, other: Observed) -> Agreement:
    engine = engine_of(bundle.case)
    assert engine is not None
    return engine.agree(bundle, one, other)


def freed(found: Agreement, *freedoms: str) -> None:
    assert found.differences == []
    assert len(found.freedoms) == len(freedoms)
    for told, freedom in zip(found.freedoms, freedoms, strict=True):
        assert freedom in told


# --- what is free --------------------------------------------------------------------------------


def test_the_same_agrees(left: Any) -> None:
    bundle = job("1|a\n1|A\nx|b\n")
    one = left(bundle)
    freed(compared(bundle, one, one))


def test_another_one_of_equal_rows_may_stay(left: Any) -> None:
    bundle = job("1|a\n1|A\n2|b\n")
    one = left(bundle)
    freed(compared(bundle, one, with_rows(one, "t", [(1, "A"), (2, "b")])), SAME_ROWS_KEPT)
    found = compared(bundle, one, with_rows(one, "t", [(1, "c"), (2, "b")]))
    assert found.differences == [
        "table t: only in one run: (1, 'a'); only in another run: (1, 'c')"
    ]


def test_another_row_of_a_key_may_stay_with_the_first_in_error_table_2(left: Any) -> None:
    bundle = job("1|x\n1|y\n2|b\n", "UNIQUE PRIMARY INDEX (k)")
    one = left(bundle)
    turned = with_rows(one, "t", [(1, "y"), (2, "b")])
    other = with_rows(turned, "e2", [(1, "x")])
    freed(compared(bundle, one, other), ANOTHER_ROW_OF_A_KEY, ANOTHER_ROW_OF_A_KEY)
    # and its violation with it: the row that stayed is no violation
    assert compared(bundle, one, turned).differences
    nothing_left = [without(side, "e2") for side in (one, turned)]
    assert compared(bundle, *nothing_left).differences
    assert compared(bundle, one, with_rows(other, "e2", [(1, "z")])).differences


def test_which_of_equal_violations_are_duplicates_is_free(left: Any) -> None:
    bundle = job("1|x\n1|y\n1|Y\n", "UNIQUE PRIMARY INDEX (k)")
    one = left(bundle)
    stayed, moved = (1, "y"), [(1, "x")]
    other = with_rows(with_rows(one, "t", [stayed]), "e2", moved)
    other = with_counts(other, error_table_2=1, duplicates=1)
    freed(compared(bundle, one, other), ANOTHER_ROW_OF_A_KEY, ANOTHER_ROW_OF_A_KEY)
    lost = with_counts(other, error_table_2=1, duplicates=0)
    assert compared(bundle, one, lost).differences == [
        "error_table_2 + duplicates of t: one run 2, another run 1"
    ]


def test_another_fault_of_a_record_may_be_shown(left: Any) -> None:
    bundle = job("x|toolong\n")
    one = left(bundle)
    table = one.tables["e1"]
    assert table is not None
    ((parcel, code, field),) = table.rows
    other = (parcel, 2679, "k") if field != "k" else (parcel, code, "v")
    if len(marks_of(bundle)) > 1:
        marks = [mark for mark in marks_of(bundle) if mark != (code, field)]
        shown = with_rows(one, "e1", [(parcel, *marks[0])])
        freed(compared(bundle, one, shown), ANOTHER_MARK)
    assert compared(bundle, one, with_rows(one, "e1", [(b"y|b", *other[1:])])).differences


def marks_of(bundle: CaseBundle) -> list[tuple[int, str | None]]:
    (expected,) = expected_loads(bundle)
    (faulty,) = expected.faulty
    return sorted(faulty.permitted, key=str)


def test_which_of_two_reachable_stops_came_first_is_free(left: Any) -> None:
    bundle = job("x|a\n1|b|c|d\n2|b\n", settings="ERRLIMIT 1;\n", nostop="")
    one = left(bundle)
    assert one.outcome.status == "paused"
    names = {"bad_record", "error_limit_reached"}
    assert one.outcome.error is not None
    (name,) = names - {one.outcome.error.name}
    other = with_outcome(one, error=NamedError(name=name, message=""))
    freed(compared(bundle, one, other), ANOTHER_STOP)
    table = one.tables["e1"]
    assert table is not None
    fewer = with_rows(other, "e1", table.rows[:0])
    freed(compared(bundle, one, fewer), ANOTHER_STOP, AS_FAR_AS_IT_CAME)
    more = with_rows(other, "e1", [*table.rows, *table.rows])
    assert compared(bundle, one, more).differences


def test_a_stop_that_cannot_be_reached_is_a_difference(left: Any) -> None:
    bundle = job("x|a\n2|b\n", settings="ERRLIMIT 1;\n", nostop="")
    one = left(bundle)
    other = with_outcome(one, error=NamedError(name="bad_record", message=""))
    found = compared(bundle, one, other)
    assert found.differences == ["error: one run error_limit_reached, another run bad_record"]
    assert found.freedoms == []


# --- what is not ---------------------------------------------------------------------------------


def test_other_ends_counts_and_tables_differ(left: Any) -> None:
    bundle = job("1|a\nx|b\n")
    one = left(bundle)
    others = {
        "status": with_outcome(one, status="failed"),
        "return_code": with_outcome(one, return_code=4),
        "applied of t": with_counts(one, applied=2),
        "loads told": with_outcome(one, report=None),
        "table e1": without(one, "e1"),
        "table t": without(one, "t"),
        "locked": with_outcome(one, locked=("t",)),
    }
    for what, other in others.items():
        found = compared(bundle, one, other)
        assert [told for told in found.differences if told.startswith(what)], what


def test_rows_of_other_types_differ(left: Any) -> None:
    bundle = job("1|a\n")
    one = left(bundle)
    table = one.tables["t"]
    assert table is not None
    schema = table.schema.set(0, table.schema.field(0).with_type(pa.int64()))
    changed = dataclasses.replace(table, arrow=table.arrow.cast(schema))
    other = dataclasses.replace(one, tables={"t": changed})
    (told,) = compared(bundle, one, other).differences
    assert told.startswith("columns of table t: one run k int32")


def test_without_the_inputs_only_evident_freedoms_are_known(left: Any) -> None:
    bundle = job("1|x\n1|y\nx|toolong\n", "UNIQUE PRIMARY INDEX (k)")
    one = left(bundle)
    other = with_rows(with_rows(one, "t", [(1, "y")]), "e2", [(1, "x")])

    def unseen(other: Observed) -> Agreement:
        sides = side_of("a", one), side_of("b", other)
        return loads_agree(bundle.case, lambda name: table_definition(bundle, name), *sides)

    freed(unseen(other), ANOTHER_ROW_OF_A_KEY, ANOTHER_ROW_OF_A_KEY)
    table = one.tables["e1"]
    assert table is not None
    ((parcel, _, _),) = table.rows
    turned = with_rows(one, "t", [(1, "y")])
    assert unseen(turned).differences == [
        "table e2: the same on both sides, but t keeps other rows"
    ]
    assert unseen(with_rows(one, "e1", [(parcel, 1, "k")])).differences


def test_rows_of_one_side_are_counted_and_typed() -> None:
    left, right = [(1, "a"), (1, "a"), (2, "b")], [(1, "a"), (1.0, "a"), (2, "b")]
    assert rows_of_one_side(lambda: left, lambda: right) == ([(1, "a")], [(1.0, "a")])
    assert rows_of_one_side(lambda: left, lambda: left[::-1]) == ([], [])
