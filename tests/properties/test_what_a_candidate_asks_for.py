"""Column types that a candidate knows, and tables in the form that it asks for."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import pytest
from engine_samples import MORE_RUNS, Loader, claimed, reached, scenario
from hypothesis import strategies as st

from candidates.reach import BUILT_IN, InProcess
from properties.engine import replay as replaying
from properties.engine.column_types import unknown_column_types
from properties.engine.history_directory import history_of, write_history
from properties.engine.recording import Recording
from properties.engine.registry import ScenarioProperty, select
from properties.engine.replay import replay
from properties.engine.running import Effort, run_property
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.strategies.distribution.requests import requests, table_of
from properties.strategies.fastload.jobs import with_tables
from properties.strategies.shared.definitions import arrow_rows
from specs.contract import Emit, TeradataSystem
from specs.contract.directories import (
    CaseBundle,
    arrow_bytes,
    read_case,
    write_case,
)
from specs.contract.results import PropertyResult
from specs.contract.rowfiles import read_rows_file
from specs.distribution.plan import HashRows, InsertRows
from specs.sql.statements import CreateTable


def tried(loader: Loader, one: ScenarioProperty, scratch: Path) -> PropertyResult:
    candidate = reached(loader)
    return run_property(one, candidate, candidate.describe(), Effort(), scratch)


# --- column types ---------------------------------------------------------------------------------


def of_types(*types: str) -> Scenario:
    """Requests that make a table with columns of these types."""
    create = CreateTable(definition=table_of("t", *types))
    return Scenario(requests([create], TeradataSystem(), {}))


@pytest.mark.parametrize(
    ("bundle", "names"),
    [
        (of_types("INTEGER", "DECIMAL(9,2)", "VARCHAR(5)").bundle, {"DECIMAL", "VARCHAR"}),
        (of_types("INT", "BYTEINT").bundle, {"BYTEINT"}),
        (with_tables(scenario(1).bundle, {"u": arrow_rows(table_of("u", "DATE"), [])}), {"DATE"}),
        (
            requests(
                [HashRows(rows="r.arrow", columns=("c1",))],
                TeradataSystem(),
                {"r.arrow": arrow_rows(table_of("r", "FLOAT"), [])},
            ),
            {"FLOAT"},
        ),
    ],
)
def test_types_are_those_of_every_table_and_row(bundle: CaseBundle, names: set[str]) -> None:
    description = Loader(column_types=("integer",)).describe()
    assert unknown_column_types(bundle, description) == names
    assert unknown_column_types(bundle, Loader().describe()) == set()


def completes(trial: Trial, tried: Scenario) -> None:
    assert trial.run(tried.bundle).outcome.status == "completed"


def about_types(*types: str) -> ScenarioProperty:
    drawn = st.lists(st.sampled_from(types), min_size=1, max_size=3).map(lambda t: of_types(*t))
    return claimed(completes, scenarios=drawn, needs=("distribution",), editions=("vendor",))


def test_examples_with_unknown_types_are_left_out_counted_and_told(tmp_path: Path) -> None:
    seen: list[Path] = []

    def note(run: int, case: Path, workspace: Path) -> bool:
        seen.append(case)
        assert "DATE" not in (case / "case.json").read_text()
        return False

    loader = Loader(note, column_types=("INTEGER", "BIGINT"))
    result = tried(loader, about_types("INTEGER", "BIGINT", "DATE"), tmp_path)
    assert result.verdict == "holds"
    assert result.left_out > 0
    assert len(seen) == result.examples + MORE_RUNS
    assert result.reason == (
        f"{result.left_out} examples were left out, as reference does not know their column types "
        "DATE"
    )


def test_a_property_about_unknown_types_only_is_not_supported(tmp_path: Path) -> None:
    loader = Loader(column_types=("INTEGER",))
    result = tried(loader, about_types("DATE", "FLOAT"), tmp_path)
    assert result.verdict == "not_supported"
    assert "does not know their column types DATE, FLOAT" in result.reason
    assert loader.runs == result.examples == 0


def test_a_candidate_that_names_no_types_knows_all(tmp_path: Path) -> None:
    result = tried(Loader(), about_types("INTEGER", "DATE"), tmp_path)
    assert (result.verdict, result.left_out, result.reason) == ("holds", 0, "")


def test_a_replay_asks_for_no_unknown_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = about_types("DATE")
    monkeypatch.setattr(replaying, "select", lambda ids: [one])
    write_history(*history_of(one.id, Recording(), of_types("DATE")), tmp_path / "one")
    monkeypatch.setitem(BUILT_IN, "asking", InProcess("engine_samples", "in_reach"))
    reached(Loader(column_types=("INTEGER",)))
    result = replay(tmp_path / "one", "asking")
    assert result.verdict == "not_supported"
    assert "does not know the column types DATE" in result.reason


# --- row files ------------------------------------------------------------------------------------


class AsksForRows(Loader):
    """The reference behind a reader of row files: what it is given has to mean the same."""

    def __init__(self) -> None:
        super().__init__(input_tables="rows")
        self.row_files = 0

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        self.row_files += len(list(case.rglob("*.ndjson")))
        assert not list(case.rglob("*.arrow"))
        bundle = read_case(case)
        arrow = {
            name: arrow_bytes(read_rows_file(case / "files" / name))
            for name in bundle.files
            if name.endswith(".ndjson")
        }
        tables = {name: f"tables/{name}.arrow" for name in bundle.tables}
        document = msgspec.structs.replace(bundle.case, tables=tables)
        with tempfile.TemporaryDirectory() as directory:
            write_case(
                CaseBundle(document, {**bundle.files, **arrow}, bundle.tables), Path(directory)
            )
            super().run(Path(directory), workspace, emit)


@pytest.mark.parametrize(
    "identity",
    [
        "distribution.query.a_table_that_is_there_holds_its_rows_as_if_inserted_one_by_one",
        "distribution.hashing.several_columns_hash_to_the_fold_of_their_own_hashes",
        "fastload.refusals.a_table_with_rows_is_refused_and_keeps_them",
    ],
)
def test_a_candidate_gets_row_files_when_it_asks_for_rows(tmp_path: Path, identity: str) -> None:
    (one,) = select(ids=[identity])
    loader = AsksForRows()
    result = tried(loader, one, tmp_path)
    assert (result.verdict, result.reason) == ("holds", "")
    assert loader.row_files >= result.examples


def test_a_case_of_row_files_is_the_same_case(tmp_path: Path) -> None:
    table = arrow_rows(table_of("t", "BIGINT", "VARCHAR(3)"), [(2**60, "é"), (None, "")])
    steps = [
        CreateTable(definition=table_of("u", "INTEGER")),
        InsertRows(table="t", rows="r.arrow"),
    ]
    bundle = with_tables(requests(steps, TeradataSystem(), {"r.arrow": table}), {"t": table})
    write_case(bundle, tmp_path / "rows", tables="rows")
    again = read_case(tmp_path / "rows")
    assert again.tables["t"].equals(table, check_metadata=True)
    assert read_rows_file(tmp_path / "rows" / "files" / "r.ndjson").equals(table)
    assert again.case.tables == {"t": "tables/t.ndjson"}
    assert [getattr(step, "rows", None) for step in again.case.steps] == [None, "r.ndjson"]
    assert "r.ndjson" in again.case.script
    write_case(bundle, tmp_path / "arrow")
    assert read_case(tmp_path / "arrow") == bundle
