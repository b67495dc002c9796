"""What does not fit the table that a step meets: the polars loader names it, and locks nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from polars_loader_cases import SALES, load_of, loads_of, release_of, run, table, write_job

from specs.contract import Outcome
from specs.contract.directories import DirectoryError, arrow_bytes
from specs.distribution.plan import InsertRows, InsertSelect
from specs.fastload.plan import Assignment, Input, SourceField
from specs.fastload.report import RESTART_LOG
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

K = Column(name="k", type="INTEGER")
PAIR = (K, Column(name="v", type="VARCHAR(5)"))


def two(columns: tuple[Column, ...] = PAIR, name: str = "t") -> TableDefinition:
    return TableDefinition(name=name, columns=columns, primary_index=PrimaryIndex(("k",)))


def ended(outcome: Outcome) -> tuple[str, str | None, int]:
    return outcome.status, outcome.error.name if outcome.error else None, outcome.return_code


def source(*assignments: Assignment) -> tuple[Input]:
    fields = tuple(SourceField(name=f"f_{name}", type="VARCHAR(40)") for name in ("k", "v"))
    return (Input(file="in.txt", fields=fields, assignments=assignments),)


@pytest.mark.parametrize(
    ("column", "assignment"),
    [
        (Column(name="v", type="DATE", format="YYYY-MM"), {"conversion": "DATE"}),
        (Column(name="v", type="DATE", format="YYYY"), {}),
        (Column(name="v", type="DATE", format="MM/DD"), {"conversion": "VARCHAR(9)"}),
        (Column(name="v", type="DATE"), {"format": "YYYY-MM"}),
        (Column(name="v", type="VARCHAR(9)", format="YYYY-MM"), {"conversion": "DATE"}),
    ],
    ids=["converted", "column", "by-way-of-text", "assignment", "into-text"],
)
def test_a_format_without_a_day_is_refused_and_locks_nothing(
    column: Column, assignment: dict[str, Any], tmp_path: Path
) -> None:
    definition = two((K, column))
    given = Assignment(column="v", field="f_v", **assignment)
    load = load_of(definition, inputs=source(Assignment(column="k", field="f_k"), given))
    case = write_job(
        tmp_path / "a", CreateTable(definition=definition), load, files={"in.txt": b"1|2024-01\n"}
    )
    outcome = run(case, tmp_path / "ws")
    assert ended(outcome) == ("refused", "unsupported_format", 12)
    assert (outcome.locked, set(outcome.tables)) == ((), {"t"})


def resumed_on_other_columns(directory: Path, *steps: Any) -> Outcome:
    """The steps run once on a locked table t, and again when t has other columns."""
    ws, files = directory / "ws", {"t.txt": b"", "in.txt": b""}
    create, load = loads_of("t", end_loading=False)
    run(write_job(directory / "owner", create, load, files=files), ws)
    waiting = write_job(directory / "waiting", *steps, files=files)
    assert ended(run(waiting, ws))[1] == "table_being_loaded"
    run(write_job(directory / "release", release_of(load)), ws)
    columns = (Column(name="b", type="INTEGER"), Column(name="c", type="INTEGER"))
    anew = CreateTable(definition=TableDefinition(name="t", columns=columns))
    run(write_job(directory / "anew", DropTable(table="t"), anew), ws)
    return run(waiting, ws)


def test_a_load_that_meets_other_columns_is_refused(tmp_path: Path) -> None:
    outcome = resumed_on_other_columns(tmp_path, loads_of("t")[1])
    assert ended(outcome) == ("refused", "columns_differ", 12)
    assert outcome.locked == ()


@pytest.mark.parametrize(
    ("column", "value"), [("id", "1"), ("b", "x"), ("b", "1E99999"), ("id", None)]
)
def test_a_delete_that_does_not_fit_is_refused(
    column: str, value: str | None, tmp_path: Path
) -> None:
    step = DeleteRows(table="t", column=column, value=value)
    outcome = resumed_on_other_columns(tmp_path, step)
    assert ended(outcome) == ("refused", "columns_differ", 8)


@pytest.mark.parametrize(
    "found",
    [
        pa.table({"v": pa.array(["x"]), "k": pa.array([1], pa.int32())}),
        pa.table({"k": pa.array([1], pa.int32()), "w": pa.array(["x"])}),
        pa.table({"k": pa.array(["1"]), "v": pa.array(["x"])}),
        pa.table({"k": pa.array([1], pa.int64()), "v": pa.array(["x"])}),
        pa.table({"k": pa.array([1], pa.int32())}),
    ],
    ids=["order", "names", "types", "widths", "fewer"],
)
def test_rows_of_other_columns_are_refused(found: pa.Table, tmp_path: Path) -> None:
    steps = (CreateTable(definition=two()), InsertRows(table="t", rows="rows"))
    files = {"rows": arrow_bytes(found)}
    case = write_job(tmp_path / "a", *steps, files=files, distribution=True)
    assert ended(run(case, tmp_path / "ws")) == ("refused", "columns_differ", 8)


def test_letter_case_and_arrow_widths_of_rows_are_free(tmp_path: Path) -> None:
    found = pa.table({"K": pa.array([1], pa.int32()), "V": pa.array(["x"], pa.large_string())})
    steps = (CreateTable(definition=two()), InsertRows(table="t", rows="rows"))
    files = {"rows": arrow_bytes(found)}
    case = write_job(tmp_path / "a", *steps, files=files, distribution=True)
    outcome = run(case, tmp_path / "ws")
    (row,) = table(tmp_path / "ws", outcome, "t").to_pylist()
    assert (row["k"], row["v"]) == (1, "x")


@pytest.mark.parametrize(
    "columns",
    [PAIR[:1], (*PAIR, Column(name="w", type="INTEGER")), PAIR[::-1]],
    ids=["fewer", "more", "order"],
)
def test_selected_rows_of_other_columns_are_refused(
    columns: tuple[Column, ...], tmp_path: Path
) -> None:
    steps = (
        CreateTable(definition=two()),
        CreateTable(definition=two(columns, "u")),
        InsertSelect(source="t", target="u"),
    )
    case = write_job(tmp_path / "a", *steps, distribution=True)
    assert ended(run(case, tmp_path / "ws")) == ("refused", "columns_differ", 8)


def test_rows_go_into_a_table_of_the_case_by_its_name_there(tmp_path: Path) -> None:
    rows = SALES.arrow_schema().empty_table()
    step = InsertRows(table="mine", rows="rows")
    files = {"rows": arrow_bytes(rows)}
    case = write_job(tmp_path / "a", step, files=files, tables={"mine": rows}, distribution=True)
    assert ended(run(case, tmp_path / "ws")) == ("completed", None, 0)


def test_nobody_makes_a_table_under_the_name_of_the_restart_log(tmp_path: Path) -> None:
    ws, files = tmp_path / "ws", {"t.txt": b"", "u.txt": b""}
    create = CreateTable(definition=two(name=RESTART_LOG.lower()))
    assert ended(run(write_job(tmp_path / "a", create), ws)) == ("refused", "table_exists", 8)
    for name, error_table in (("t", "error_table_1"), ("u", "error_table_2")):
        steps = loads_of(name, **{error_table: RESTART_LOG.title()})
        outcome = run(write_job(tmp_path / name, *steps, files=files), ws)
        assert ended(outcome) == ("refused", "error_table_exists", 12)
    rows = SALES.arrow_schema().empty_table()
    drop = DropTable(table=RESTART_LOG)
    with pytest.raises(DirectoryError, match="restart log"):
        run(write_job(tmp_path / "b", drop, tables={RESTART_LOG: rows}), ws)
    assert ended(run(write_job(tmp_path / "c", drop), ws)) == ("completed", None, 4)


def test_a_field_is_known_in_every_letter_case_and_told_as_define_spells_it(
    tmp_path: Path,
) -> None:
    definition = TableDefinition(name="t", columns=PAIR, primary_index=PrimaryIndex(("k",), True))
    given = source(Assignment(column="K", field="F_K"), Assignment(column="V", field="F_v"))
    case = write_job(
        tmp_path / "a",
        CreateTable(definition=definition),
        load_of(definition, inputs=given),
        files={"in.txt": b"1|a\n1|b\nx|c\n"},
        edition="seed",
    )
    outcome = run(case, tmp_path / "ws")
    assert ended(outcome) == ("completed", None, 0)
    names = [
        row["ErrorFieldName"]
        for error_table in ("e1", "e2")
        for row in table(tmp_path / "ws", outcome, error_table).to_pylist()
    ]
    assert names == ["f_k", "f_k"]
