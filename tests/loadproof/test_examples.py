"""The examples: they parse, their data is what the generator makes, and they show what they say."""

from __future__ import annotations

import gzip
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from asv_benchmarks.store_sales import script, table_definition
from candidates.reach import reach
from specs.contract import Case, TeradataSystem
from specs.contract.directories import encode_document, read_outcome_document, read_outcome_table
from specs.fastload.language import parse
from specs.fastload.plan import FastLoadPlan, Load
from specs.fastload.report import Counts, load_reports
from specs.sql.statements import CreateTable

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
SCRIPTS = sorted(EXAMPLES.rglob("*.fl"))
LOADERS = ("polars", "reference")
COUNTS = {
    "orders.fl": Counts(
        read=321,
        skipped=1,
        sent=320,
        error_table_1=9,
        error_table_2=4,
        applied=300,
        duplicates=7,
    ),
    "orders_by_store.fl": Counts(
        read=321,
        skipped=1,
        sent=320,
        error_table_1=9,
        error_table_2=0,
        applied=304,
        duplicates=7,
    ),
}


def plan_of(path: Path) -> FastLoadPlan:
    parsed = parse(path.read_text(encoding="utf-8"))
    assert parsed.plan is not None, parsed.diagnostics
    return parsed.plan


def load_of(plan: FastLoadPlan) -> Load:
    return next(step for step in plan.steps if isinstance(step, Load))


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def run_example(loader: str, path: Path, data: Path, directory: Path) -> tuple[Any, dict[str, Any]]:
    """The outcome and its tables by their bare names."""
    parsed = parse(path.read_text(encoding="utf-8"))
    assert parsed.plan is not None
    case = directory / "case"
    (case / "files").mkdir(parents=True)
    shutil.copy(data, case / "files" / load_of(parsed.plan).inputs[0].file)
    document = Case(script=parsed.redacted, plan=parsed.plan, system=TeradataSystem(amps=4))
    (case / "case.json").write_bytes(encode_document(document))
    candidate = reach(loader)
    outcome_directory = candidate.run(case, directory / "workspace", lambda name, details: None)
    candidate.close()
    outcome = read_outcome_document(outcome_directory)
    tables = {
        name.rpartition(".")[2]: read_outcome_table(outcome_directory, files)
        for name, files in outcome.tables.items()
        if files
    }
    return outcome, tables


def test_there_are_examples() -> None:
    assert [path.name for path in SCRIPTS] == ["orders.fl", "orders_by_store.fl", "store_sales.fl"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_parses_without_a_diagnosis_and_hides_its_password(path: Path) -> None:
    parsed = parse(path.read_text(encoding="utf-8"))
    assert parsed.plan is not None
    assert list(parsed.diagnostics) == []
    assert "secret" not in parsed.redacted


def test_the_store_sales_script_loads_what_the_benchmark_loads() -> None:
    example = plan_of(EXAMPLES / "store_sales" / "store_sales.fl")
    created = next(step for step in example.steps if isinstance(step, CreateTable)).definition
    assert created.columns == table_definition().columns
    assert created.primary_index == table_definition().primary_index
    assert created.kind == "MULTISET"
    measured = parse(script("store_sales.csv")).plan
    assert measured is not None
    ours, theirs = load_of(example).inputs[0], load_of(measured).inputs[0]
    assert ours.assignments == theirs.assignments
    assert [f.name for f in ours.fields] == [f.name for f in theirs.fields]


def test_the_orders_are_what_their_generator_makes() -> None:
    made = module(EXAMPLES / "quickstart" / "make_orders.py")
    text = "".join(line + "\n" for line in [made.HEADER, *made.records()])
    assert (EXAMPLES / "quickstart" / "orders.csv").read_bytes() == text.encode()


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("name", COUNTS)
def test_the_quick_start_shows_what_its_readme_says(loader: str, name: str, tmp_path: Path) -> None:
    folder = EXAMPLES / "quickstart"
    outcome, tables = run_example(loader, folder / name, folder / "orders.csv", tmp_path)
    assert (outcome.status, load_reports(outcome.report)[0].counts) == ("completed", COUNTS[name])
    table = name.removesuffix(".fl")
    errors = tables[f"{table}_et1"].select(["ErrorCode", "ErrorFieldName"]).to_pylist()
    found = sorted((row["ErrorCode"], row["ErrorFieldName"] or "") for row in errors)
    assert found == [
        (2665, "order_date"),
        (2665, "order_date"),
        (2673, ""),
        (2673, ""),
        (2679, "quantity"),
        (2679, "unit_price"),
        (3604, "order_id"),
        (3604, "store_id"),
        (5317, "quantity"),
    ]
    assert (f"{table}_et2" in tables) == (name == "orders.fl")
    rows = tables[table]
    assert rows.num_rows == COUNTS[name].applied
    per_amp = [n["counts"] for n in rows["_amp"].value_counts().to_pylist()]
    skew = max(per_amp) / (rows.num_rows / 4)
    assert (skew < 1.3) if name == "orders.fl" else (skew > 2.0)
    if name == "orders.fl":
        numbers = rows["order_id"].to_pylist()
        assert sorted(numbers) == list(range(1001, 1301))
        assert set(tables["orders_et2"]["order_id"].to_pylist()) <= set(numbers)


def test_the_readmes_summary_is_that_of_the_run(tmp_path: Path) -> None:
    folder = EXAMPLES / "quickstart"
    outcome, _ = run_example("reference", folder / "orders.fl", folder / "orders.csv", tmp_path)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert load_reports(outcome.report)[0].summary.splitlines() == re.findall(
        r"^ {4}(.* = \d+)$", readme, re.M
    )


def make_store_sales(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / "store_sales" / "make_data.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )


def test_real_data_is_made_or_the_missing_extra_is_named(tmp_path: Path) -> None:
    done = make_store_sales("--scale", "0.01", "--rows", "500", "--out", str(tmp_path))
    if importlib.util.find_spec("duckdb_extension_tpcds") is None:
        assert done.returncode == 2
        assert "pip install 'loadproof[tpcds]'" in done.stderr
        assert list(tmp_path.iterdir()) == []
        return
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "store_sales.csv").read_bytes()
    assert gzip.decompress((tmp_path / "store_sales.csv.gz").read_bytes()) == text
    assert text.count(b"\n") == 500
    assert all(line.count(b"|") == 22 for line in text.splitlines())
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "store_sales.csv",
        "store_sales.csv.gz",
    ]


def test_a_missing_extra_is_named_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb_extension_tpcds", None)
    made = module(EXAMPLES / "store_sales" / "make_data.py")
    assert made.main(["--rows", "5", "--out", str(tmp_path)]) == 2
    assert "pip install 'loadproof[tpcds]'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [["--scale", "0.001"], ["--rows", "0"]], ids=str)
def test_sizes_that_dsdgen_cannot_make_are_refused(wrong: list[str], tmp_path: Path) -> None:
    done = make_store_sales(*wrong, "--out", str(tmp_path))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "at least" in done.stderr
