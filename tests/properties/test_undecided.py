"""A check that cannot decide makes its property inconclusive, unless a difference was found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from engine_samples import Loader, claimed, loses_big_numbers, reached, runs_as_expected, scenario

from properties.engine import replay as replaying
from properties.engine.history_directory import history_of, write_history
from properties.engine.recording import Recording
from properties.engine.registry import Check
from properties.engine.replay import replay
from properties.engine.running import Effort, run_property
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial, Undecided
from specs.contract.results import PropertyResult

Tried = Callable[..., PropertyResult]


@pytest.fixture
def tried(tmp_path: Path) -> Tried:
    def run(check: Check, loader: Loader | None = None) -> PropertyResult:
        candidate = reached(loader or Loader())
        small = claimed(check, sizes="the numbers of rows are those drawn")
        return run_property(small, candidate, candidate.describe(), Effort(), tmp_path)

    return run


def rows_of(tried: Scenario) -> int:
    return tried.bundle.files["t.txt"].count(b"\n")


def undecided_from(rows: int) -> Check:
    """A check whose search is for fewer rows only."""

    def check(trial: Trial, tried: Scenario) -> None:
        if rows_of(tried) >= rows:
            raise Undecided(f"{rows_of(tried)} rows have too many orders")
        runs_as_expected(trial, tried)

    return check


def test_one_undecided_example_keeps_a_property_from_holding(tried: Tried) -> None:
    result = tried(undecided_from(6))
    assert result.verdict == "inconclusive"
    assert "examples are undecided: 6 rows have too many orders" in result.reason
    assert result.examples >= 5
    assert result.counterexample is None


def test_only_undecided_examples_are_inconclusive(tried: Tried) -> None:
    result = tried(undecided_from(0))
    assert result.verdict == "inconclusive"
    assert "40 of 40 examples are undecided" in result.reason
    assert result.examples == 0
    assert result.classes == {}


def test_a_difference_counts_whatever_else_is_undecided(tried: Tried) -> None:
    result = tried(undecided_from(3), Loader(loses_big_numbers))
    assert result.verdict == "differs"
    assert "undecided" not in result.reason
    assert result.counterexample is not None


def test_a_check_that_always_decides_holds(tried: Tried) -> None:
    result = tried(undecided_from(7))
    assert (result.verdict, result.reason) == ("holds", "")


def test_an_undecided_replay_is_inconclusive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = claimed(undecided_from(0))
    monkeypatch.setattr(replaying, "select", lambda ids: [one])
    write_history(*history_of(one.id, Recording(), scenario(1)), tmp_path / "one")
    result = replay(tmp_path / "one", "reference")
    assert (result.verdict, result.examples) == ("inconclusive", 0)
    assert result.reason == "1 rows have too many orders"
