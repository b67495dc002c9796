"""The engine's own honesty: what a run of one property says, and what it must never say."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from engine_samples import (
    MORE_RUNS,
    Loader,
    claimed,
    declines,
    declines_all_but_three,
    leave,
    loses_big_numbers,
    loses_numbers_every_other_run,
    reached,
    runs_as_expected,
    scenario,
    scenarios,
)
from hypothesis import reject
from hypothesis import strategies as st
from registered import MADE_BY_HAND

from candidates.reach import BUILT_IN
from loadproof import pytest_run
from loadproof.checking import Selection, check
from loadproof.selection import Chosen
from properties.engine import running as engine
from properties.engine import scratch
from properties.engine.registry import Check, Property
from properties.engine.running import MINIMUM_EXAMPLES, Effort, run_property
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from reports.integrity import MissingPropertyResultError
from reports.publish import write_reports
from reports.verdicts import judge
from specs.contract import Edition, Outcome
from specs.contract.directories import CaseBundle, arrow_bytes, read_case_document
from specs.contract.results import PropertyResult
from specs.fastload.engine import FASTLOAD
from specs.rules import load_catalogue

ROOT = Path(__file__).parents[2]
SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.fixture
def tried(tmp_path: Path) -> Callable[..., PropertyResult]:
    """Runs a property against a loader; nothing may be left in the scratch directory."""

    def run(
        loader: Loader, one: Property | None = None, effort: Effort | None = None
    ) -> PropertyResult:
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        candidate = reached(loader)
        report = tmp_path / "report"
        result = run_property(
            one or claimed(), candidate, candidate.describe(), effort or Effort(), scratch, report
        )
        assert list(scratch.iterdir()) == []
        return result

    return run


Tried = Callable[..., PropertyResult]


# --- what can come of a property -----------------------------------------------------------------


def test_a_right_candidate_holds_and_every_example_is_counted(tried: Tried) -> None:
    loader = Loader()
    result = tried(loader)
    assert result.verdict == "holds"
    assert engine.EXAMPLES["quick"] / 2 < result.examples <= engine.EXAMPLES["quick"]
    assert result.examples + MORE_RUNS == loader.runs
    assert sum(result.editions.values()) == result.examples
    assert set(result.editions) == {"vendor", "seed"}
    assert max(result.classes.values()) == result.examples
    assert result.declined == 0
    assert result.counterexample is None


def test_a_candidate_that_raises_differs(tried: Tried) -> None:
    def fail(run: int, case: Path, workspace: Path) -> bool:
        raise RuntimeError("the disk is on fire")

    result = tried(Loader(fail))
    assert result.verdict == "differs"
    assert "the disk is on fire" in result.reason
    assert result.counterexample is not None
    assert result.counterexample.observed == ()


@pytest.mark.parametrize("edition", ["vendor", "seed"])
def test_a_difference_is_told_with_its_edition(tried: Tried, edition: Edition) -> None:
    def loses_numbers_in_one_edition(run: int, case: Path, workspace: Path) -> bool:
        wrong = read_case_document(case).edition == edition
        return loses_big_numbers(run, case, workspace) if wrong else False

    result = tried(Loader(loses_numbers_in_one_edition))
    assert result.verdict == "differs"
    assert result.counterexample is not None
    assert result.counterexample.edition == edition


def test_a_candidate_that_answers_differently_each_time_never_holds(tried: Tried) -> None:
    result = tried(Loader(loses_numbers_every_other_run))
    assert result.verdict == "differs"
    assert "not the same twice" in result.reason
    assert result.counterexample is not None
    expected, observed = (
        {grid.title: grid for grid in side}
        for side in (result.counterexample.expected, result.counterexample.observed)
    )
    assert len(expected["t"].rows) > len(observed["t"].rows), "the wrong answer is the one told"


def test_a_candidate_that_declines_every_case_is_not_supported(tried: Tried) -> None:
    loader = Loader(declines)
    result = tried(loader)
    assert result.verdict == "not_supported"
    assert "declined every case" in result.reason
    assert result.examples == 0
    assert result.declined == loader.runs
    assert loader.runs <= engine.DECLINES_AN_EXAMPLE * engine.EXAMPLES["quick"]


def test_too_few_cases_that_are_not_declined_never_hold(tried: Tried) -> None:
    result = tried(Loader(declines_all_but_three))
    assert result.verdict == "not_supported"
    assert result.examples == 3 < MINIMUM_EXAMPLES
    assert f"declined {result.declined} cases" in result.reason


def test_too_few_examples_are_inconclusive(tried: Tried) -> None:
    checked = 0

    def mostly_rejected(trial: Trial, scenario: Scenario) -> None:
        nonlocal checked
        checked += 1
        if checked >= MINIMUM_EXAMPLES:
            reject()

    result = tried(Loader(), claimed(mostly_rejected))
    assert result.verdict == "inconclusive"
    assert result.examples == MINIMUM_EXAMPLES - 1


@pytest.mark.parametrize("nothing", [st.nothing(), scenarios().filter(lambda _: False)])
def test_nothing_generated_is_inconclusive(
    tried: Tried, nothing: st.SearchStrategy[Scenario]
) -> None:
    result = tried(Loader(), claimed(scenarios=nothing))
    assert result.verdict == "inconclusive"
    assert "no example" in result.reason


def test_a_check_that_breaks_down_is_an_error_of_the_harness(tried: Tried) -> None:
    def broken(trial: Trial, scenario: Scenario) -> None:
        raise KeyError("no such table")

    result = tried(Loader(), claimed(broken))
    assert result.verdict == "harness_error"
    assert "Traceback" in result.reason
    assert "in broken" in result.reason
    assert "no such table" in result.reason
    assert result.counterexample is None


def test_what_cannot_be_told_is_an_error_of_the_harness_and_not_lost(
    tried: Tried, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object) -> None:
        raise OSError("no room for the counterexample")

    monkeypatch.setattr(engine, "store_counterexample", cannot)
    result = tried(Loader(loses_big_numbers))
    assert result.verdict == "harness_error"
    assert "expected 1 rows, observed 0" in result.reason
    assert "no room for the counterexample" in result.reason


def two_columns_of_one_name(directory: Path) -> tuple[str, ...]:
    table = pa.table([[1], [2]], names=["k", "k"])
    (directory / "t.arrow").write_bytes(arrow_bytes(table))
    return ("t.arrow",)


def parts_that_do_not_fit(directory: Path) -> tuple[str, ...]:
    for name, values in (("a.arrow", [1]), ("b.arrow", ["x"])):
        (directory / name).write_bytes(arrow_bytes(pa.table({"k": values})))
    return ("a.arrow", "b.arrow")


@pytest.mark.parametrize("tables", [two_columns_of_one_name, parts_that_do_not_fit])
def test_an_outcome_that_cannot_be_read_is_the_candidates_fault(
    tried: Tried, tables: Callable[[Path], tuple[str, ...]]
) -> None:
    def nonsense(run: int, case: Path, workspace: Path) -> bool:
        files = tables(leave(workspace, Outcome(status="completed", return_code=0)))
        (workspace / "outcome" / "outcome.json").unlink()
        (workspace / "outcome").rename(workspace / "left")
        outcome = Outcome(status="completed", return_code=0, tables={"t": files})
        directory = leave(workspace, outcome)
        for name in files:
            (workspace / "left" / name).rename(directory / name)
        return True

    result = tried(Loader(nonsense))
    assert result.verdict == "differs"
    assert "the outcome cannot be read" in result.reason


# --- time ----------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The engine's clock: one number, which goes on only when a loader says so."""
    now = [0.0]
    monkeypatch.setattr(engine, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(engine, "THOROUGH_EXAMPLES", 0)  # a run is one example
    return now


def test_time_that_runs_out_is_inconclusive(tried: Tried, clock: list[float]) -> None:
    def slow(run: int, case: Path, workspace: Path) -> bool:
        clock[0] += engine.SECONDS["quick"] / 2.5
        return False

    result = tried(Loader(slow))
    assert result.verdict == "inconclusive"
    assert "time ran out" in result.reason
    assert result.examples == 3


def test_time_that_runs_out_while_shrinking_differs_with_what_was_found(
    tried: Tried, clock: list[float]
) -> None:
    def slow(run: int, case: Path, workspace: Path) -> bool:
        clock[0] += engine.SECONDS["quick"] / 20
        return loses_big_numbers(run, case, workspace)

    loader = Loader(slow)
    result = tried(loader)
    assert loader.runs == 21, "the time is up"
    assert result.verdict == "differs"
    told = result.counterexample
    assert told is not None
    assert told.message == result.reason
    expected, observed = (
        {grid.title: len(grid.rows) for grid in side} for side in (told.expected, told.observed)
    )
    assert f"expected {expected['t']} rows, observed {observed['t']}" == told.message


# --- what a candidate says of itself -------------------------------------------------------------


@pytest.mark.parametrize(
    ("described", "reason"),
    [
        ({"capabilities": ("distribution",)}, "does not declare the capability fastload"),
        ({"exposes": ("counts",)}, "does not expose content"),
    ],
)
def test_what_a_candidate_does_not_declare_is_not_asked_of_it(
    tried: Tried, described: dict[str, tuple[str, ...]], reason: str
) -> None:
    loader = Loader(loses_big_numbers, **described)
    result = tried(loader)
    assert result.verdict == "not_supported"
    assert reason in result.reason
    assert loader.runs == result.examples == 0


def test_only_editions_that_a_candidate_follows_are_tried(tried: Tried) -> None:
    result = tried(Loader(editions={"fastload": ("vendor",)}))
    assert result.verdict == "holds"
    assert result.editions == {"vendor": result.examples}
    assert result.declined == 0, "another edition is not a case that it declined"


def test_a_property_of_an_edition_that_is_not_followed_is_not_supported(tried: Tried) -> None:
    loader = Loader(editions={"fastload": ("vendor",)})
    only_seed = claimed(editions=("seed",), scenarios=scenarios(("seed",)))
    result = tried(loader, only_seed)
    assert result.verdict == "not_supported"
    assert "does not follow edition seed" in result.reason
    assert loader.runs == 0


# --- seeds, shrinking, classes -------------------------------------------------------------------


def seen_by(tried: Tried, effort: Effort) -> list[bytes]:
    seen: list[bytes] = []

    def note(run: int, case: Path, workspace: Path) -> bool:
        seen.append((case / "files" / "t.txt").read_bytes())
        return False

    assert tried(Loader(note), effort=effort).verdict == "holds"
    return seen


def test_the_seed_decides_the_examples(tried: Tried) -> None:
    assert seen_by(tried, Effort(seed=1)) == seen_by(tried, Effort(seed=1))
    assert seen_by(tried, Effort(seed=1)) != seen_by(tried, Effort(seed=2))


def noting(seen: list[Scenario]) -> Check:
    def note(trial: Trial, scenario: Scenario) -> None:
        seen.append(scenario)

    return note


def test_two_properties_do_not_share_their_examples(tried: Tried) -> None:
    first: list[Scenario] = []
    second: list[Scenario] = []
    for name, seen in (("a", first), ("b", second)):
        assert tried(Loader(), claimed(noting(seen), id=name)).verdict == "holds"
    assert [each.bundle for each in first] != [each.bundle for each in second]


def test_the_counterexample_is_the_smallest_and_the_same_each_time(tried: Tried) -> None:
    results = [tried(Loader(loses_big_numbers), effort=Effort(seed=seed)) for seed in (3, 3, 4)]
    for result in results:
        assert result.verdict == "differs"
        assert result.counterexample is not None
        assert result.counterexample.files == {"t.txt": "10\n"}
        assert result.counterexample.size == 1
    assert results[0].counterexample == results[1].counterexample
    assert results[0].examples == results[1].examples


def test_without_shrinking_the_first_counterexample_is_told(tried: Tried) -> None:
    shrinking, quick = Loader(loses_big_numbers), Loader(loses_big_numbers)
    tried(shrinking)
    result = tried(quick, effort=Effort(shrink=False))
    assert result.verdict == "differs"
    assert result.counterexample is not None
    assert quick.runs < shrinking.runs
    assert quick.runs <= result.examples + MORE_RUNS + 4, "found, replayed, told, confirmed"


def test_a_case_that_comes_again_is_neither_run_nor_counted_again(tried: Tried) -> None:
    loader = Loader()
    cases = [scenario(n, edition=edition) for n in range(3) for edition in FASTLOAD.editions]
    few = st.sampled_from(cases)
    result = tried(loader, claimed(scenarios=few, sizes="these are all the cases there are"))
    assert result.verdict == "holds"
    assert loader.runs - MORE_RUNS == result.examples == len(cases)
    assert result.editions == {"vendor": 3, "seed": 3}
    assert max(result.classes.values()) == len(cases)


def test_choices_files_and_tables_make_cases_different(tried: Tried) -> None:
    one = scenario(1)
    table = pa.table({"k": [1]})
    others = [
        one,
        Scenario(one.bundle, {"stop": 1}),
        Scenario(CaseBundle(one.bundle.case, {**one.bundle.files, "u": b""})),
        Scenario(CaseBundle(one.bundle.case, one.bundle.files, {"t": table})),
        Scenario(CaseBundle(one.bundle.case, one.bundle.files, {"t": table.slice(1)})),
    ]
    only = claimed(noting([]), scenarios=st.sampled_from(others), sizes="these are all there are")
    result = tried(Loader(), only)
    assert result.examples == len(others)


def test_a_failing_case_among_few_is_found(tried: Tried) -> None:
    few = st.sampled_from([scenario(1), scenario(2), scenario(10)])
    result = tried(Loader(loses_big_numbers), claimed(scenarios=few))
    assert result.verdict == "differs"
    assert result.examples <= 2


def test_classes_and_editions_are_those_of_examples_checked_to_the_end(tried: Tried) -> None:
    def by_size(trial: Trial, scenario: Scenario) -> None:
        rows = len(scenario.bundle.files["t.txt"].split())
        trial.note("many" if rows > 2 else "few")
        if rows > 2:
            reject()
        runs_as_expected(trial, scenario)

    result = tried(Loader(), claimed(by_size))
    assert result.classes["few"] == result.examples
    assert "many" not in result.classes
    assert sum(result.editions.values()) == result.examples


def test_what_is_tried_after_a_failure_is_not_counted(tried: Tried) -> None:
    result = tried(Loader(loses_big_numbers))
    assert sum(result.editions.values()) == result.examples
    assert all(count <= result.examples for count in result.classes.values())


def test_a_reason_quotes_a_candidate_without_its_control_characters(tried: Tried) -> None:
    def quotes(trial: Trial, scenario: Scenario) -> None:
        raise Difference("expected a, observed\n\x1b[2J\u202e")

    result = tried(Loader(), claimed(quotes))
    assert result.reason == "expected a, observed\n\\x1b[2J\\u202e"
    assert result.counterexample is not None
    assert result.counterexample.message == result.reason


# --- a whole run ---------------------------------------------------------------------------------


@pytest.fixture
def scratch_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a run makes its scratch directories."""
    parent = tmp_path / "scratch"
    parent.mkdir()
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests" / "samples"))
    monkeypatch.setenv("PYTEST_PLUGINS", "registered")
    monkeypatch.setattr(pytest_run, "_OF_USERS_TESTS", ("PYTEST_ADDOPTS",))
    for name, place in MADE_BY_HAND.items():
        monkeypatch.setitem(BUILT_IN, name, place)
    made = scratch.scratch_root
    monkeypatch.setattr(
        "loadproof.checking.scratch_root", lambda parent_=None: made(parent_ or parent)
    )
    return parent


def test_a_worker_that_dies_leaves_its_property_without_a_result(
    tmp_path: Path, scratch_parent: Path
) -> None:
    chosen = Chosen("dying", "dying")
    selection = Selection(suites=("duplicates",), jobs=2)
    run = check(chosen, selection, tmp_path / "report", lambda done, planned: None)
    missing = {planned.id for planned in run.planned} - {result.id for result in run.results}
    # What the dead worker had before it is lost with it.
    assert missing == {
        "fastload.duplicates.a_table_without_an_index_drops_equal_rows_too",
        "fastload.duplicates.a_table_without_an_index_keeps_every_row",
    }
    assert all(result.verdict == "holds" for result in run.results)
    verdicts = {verdict.rule: verdict.overall for verdict in judge([run], load_catalogue())}
    assert verdicts["FL-03"].status == "inconclusive"
    assert "never run" in verdicts["FL-03"].reason
    with pytest.raises(MissingPropertyResultError):
        write_reports([run], tmp_path / "report")
    assert list(scratch_parent.iterdir()) == [], "a dead worker's directories are removed too"


def test_a_run_leaves_whole_results_and_nothing_in_its_scratch_directories(
    tmp_path: Path, scratch_parent: Path
) -> None:
    chosen = Chosen("losing", "losing")
    selection = Selection(suites=("record_ranges",), jobs=1)
    before = set(os.listdir())
    run = check(chosen, selection, tmp_path / "report", lambda done, planned: None)
    stored = {path.name for path in (tmp_path / "report" / "results").iterdir()}
    assert stored == {f"{planned.id}.json" for planned in run.planned}
    assert run.finished
    assert {result.verdict for result in run.results} == {"differs"}
    assert list(scratch_parent.iterdir()) == []
    assert set(os.listdir()) <= before | {".hypothesis", "__pycache__"}


def test_a_smaller_share_still_tries_enough() -> None:
    assert Effort().examples(replace(claimed(), share=0.01)) >= MINIMUM_EXAMPLES
