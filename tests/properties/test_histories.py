"""Histories: one system, many jobs, each action checked; and the machine that makes them up."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from engine_samples import Loader, declines, reached

from candidates.faulty import fault
from candidates.reach import BUILT_IN, ReachedCandidate, reach
from properties.engine import running
from properties.engine.histories import CheckedHistory
from properties.engine.history_directory import read_history, read_scenario
from properties.engine.registry import HistoryProperty, Property, select
from properties.engine.replay import replay
from properties.engine.running import STEPS, Effort, run_property
from properties.engine.scratch import scratch_root
from properties.engine.trial import Difference, Trial, Undecided
from properties.engines import judge_of
from properties.relations.fastload.history import FastLoadHistory
from properties.strategies.distribution.requests import table_of
from properties.strategies.fastload.histories import with_changed_script
from properties.strategies.fastload.jobs import with_load
from properties.strategies.fastload.stopped_jobs import (
    conflicting_job,
    release_of,
    with_changed_record,
)
from properties.strategies.fastload.typed_loads import load_case
from specs.contract import GiveSpaceBack, RunJob, StopJob, TakeSpace, TeradataSystem
from specs.contract.directories import CaseBundle, DirectoryError
from specs.contract.results import PropertyResult

SERVER = Path(__file__).parents[1] / "samples" / "miniatures" / "served.py"
MACHINE = "fastload.histories.every_history_of_jobs_leaves_what_the_rules_say"
RIGHT = ("reference", "polars")


def job(name: str = "load", table: str = "t", **changes: object) -> CaseBundle:
    """A load of six records, of which the fourth is faulty, in blocks of one."""
    bundle = load_case(
        table_of(table, "INTEGER"), [(n,) for n in range(6)], TeradataSystem(amps=2), block_bytes=1
    )
    files = {"rows.txt": bundle.files["rows.txt"].replace(b"3", b"x")}
    case = msgspec.structs.replace(bundle.case, job=name)
    return with_load(CaseBundle(case, files), checkpoint=2, **changes)


PAUSED = job(end_loading=False)


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Where workspaces are: in memory, as in a run, since loaders sync what they write."""
    directory = scratch_root()
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def history(scratch: Path) -> Callable[[str], CheckedHistory]:
    def of(candidate: str) -> CheckedHistory:
        reached = reach(candidate)
        return CheckedHistory(Trial(reached, scratch, reached.describe()), judge_of("fastload"))

    return of


# --- right loaders, action by action --------------------------------------------------------------


Actions = Callable[[CheckedHistory], None]


def stopped_at_every_checkpoint(history: CheckedHistory) -> None:
    for _ in range(4):
        history.stop(job(), "checkpoint", 0)
    history.run(job())
    history.run(job())


def another_job_between_stop_and_restart(history: CheckedHistory) -> None:
    history.stop(job(), "block-sent", 3)
    for number in range(6):
        history.run(conflicting_job(job(), number))
    history.stop(job(), "phase", 0)
    history.run(conflicting_job(job(), 0))
    history.run(job())
    history.run(conflicting_job(job(), 0))


def two_open_loads(history: CheckedHistory) -> None:
    other = job("second", "u", end_loading=False)
    history.run(PAUSED)
    history.stop(other, "checkpoint", 1)
    history.run(conflicting_job(other, 3))
    history.run(release_of(PAUSED))
    history.run(release_of(PAUSED))
    history.run(other)
    history.run(release_of(other))


def released_and_run_again(history: CheckedHistory) -> None:
    history.run(PAUSED)
    history.run(release_of(PAUSED))
    history.run(PAUSED)
    history.run(with_changed_script(PAUSED, "no create"))


def changed_script(history: CheckedHistory) -> None:
    history.run(PAUSED)
    history.run(with_changed_script(PAUSED, "end loading"))
    history.run(PAUSED)


def changed_and_mended_input(history: CheckedHistory) -> None:
    history.stop(job(), "checkpoint", 1)
    history.run(with_changed_record(job(), 0))
    history.run(with_changed_record(job(), 5))


def completed_job_once_more_and_as_a_new_job(history: CheckedHistory) -> None:
    history.run(job())
    history.run(job())
    history.run(conflicting_job(job(), 1))
    history.run(job())


def full_disk(history: CheckedHistory) -> None:
    history.stop(job(), "checkpoint", 0)
    history.system.take_space(0)
    history.run(job())
    history.system.give_space_back()
    history.settle()
    history.run(job())


def days(history: CheckedHistory) -> None:
    history.stop(job(), "checkpoint", 1)
    history.system.let_time_pass(3 * 86_400)
    history.run(job())


@pytest.mark.parametrize("candidate", RIGHT)
@pytest.mark.parametrize(
    "actions",
    [
        stopped_at_every_checkpoint,
        another_job_between_stop_and_restart,
        two_open_loads,
        released_and_run_again,
        changed_script,
        changed_and_mended_input,
        completed_job_once_more_and_as_a_new_job,
        full_disk,
        days,
    ],
)
def test_a_right_loader_comes_through(
    history: Callable[[str], CheckedHistory], candidate: str, actions: Actions
) -> None:
    actions(history(candidate))


def test_a_job_of_an_uncertain_run_is_run_again_before_another(
    history: Callable[[str], CheckedHistory],
) -> None:
    checked = history("reference")
    checked.system.take_space(0)
    checked.run(job())
    checked.system.give_space_back()
    assert checked.uncertain == job()
    checked.settle(except_for=job())
    assert checked.uncertain == job()
    checked.settle()
    assert checked.uncertain is None
    assert checked.system.actions == [
        TakeSpace(file_bytes=0),
        RunJob(case="load"),
        GiveSpaceBack(),
        RunJob(case="load"),
    ]


def test_a_killed_process_goes_on_where_it_was(scratch: Path) -> None:
    served = f"cmd:{sys.executable} {SERVER} reference.candidate:factory"
    candidate = reach(served)
    try:
        trial = Trial(candidate, scratch, candidate.describe())
        checked = CheckedHistory(trial, judge_of("fastload"))
        assert checked.system.can_be_killed
        checked.kill(job(), 0.001)
        checked.settle()
        checked.run(conflicting_job(job(), 0))
    finally:
        candidate.close()


# --- the judge ------------------------------------------------------------------------------------


def test_a_step_that_the_rules_refuse_is_missed_by_nobody() -> None:
    judge = FastLoadHistory()
    assert judge.progress(()) == (0, 0, 0)
    told = [("step-done", {"step": 0}), ("phase", {"phase": "acquisition"})]
    assert judge.progress(told) == (1, 1, 0)
    assert judge.progress([*told, ("checkpoint", {"records": 4}), ("block-sent", {})]) == (1, 2, 4)
    assert judge.progress([*told, ("phase", {"phase": "application"})]) == (1, 3, 0)


def test_an_engine_without_a_judge_is_named() -> None:
    with pytest.raises(LookupError, match="distribution has no judge"):
        judge_of("distribution")


# --- the machine ----------------------------------------------------------------------------------


def machine(**changes: object) -> HistoryProperty:
    (claimed,) = select(ids=[MACHINE])
    assert isinstance(claimed, HistoryProperty)
    return dataclasses.replace(claimed, **changes)


Tried = Callable[..., PropertyResult]


@pytest.fixture
def tried(scratch: Path, tmp_path: Path) -> Tried:
    def run(
        candidate: ReachedCandidate, effort: Effort | None = None, claimed: Property | None = None
    ) -> PropertyResult:
        result = run_property(
            claimed or machine(),
            candidate,
            candidate.describe(),
            effort or Effort(),
            scratch,
            tmp_path / "report",
        )
        assert list(scratch.iterdir()) == []
        return result

    return run


@pytest.mark.parametrize("candidate", RIGHT)
def test_a_right_loader_holds_under_both_editions(tried: Tried, candidate: str) -> None:
    effort = Effort()
    result = tried(reach(candidate), effort)
    assert (result.verdict, result.reason) == ("holds", "")
    assert result.examples == effort.examples(machine())
    assert set(result.editions) == {"vendor", "seed"}
    for label in ("release of a load", "job refused with table_being_loaded", "job completed"):
        assert result.classes[label] >= 2, label
    assert any(label.startswith("stopped at") for label in result.classes)
    assert result.classes["broke down on a full disk"] >= 1


def test_the_seed_decides_the_histories(tried: Tried) -> None:
    def classes(seed: int) -> dict[str, int]:
        return tried(reach("reference"), Effort(seed=seed)).classes

    assert classes(1) == classes(1) != classes(2)


def test_only_editions_that_a_candidate_follows_are_tried(tried: Tried) -> None:
    result = tried(reached(Loader(editions={"fastload": ("seed",)})))
    assert result.editions == {"seed": result.examples}


def test_the_history_is_the_smallest_and_replays_action_by_action(
    tried: Tried, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = fault("changed-script-goes-on-as-before").spec
    monkeypatch.setitem(BUILT_IN, "going-on", spec)
    result = tried(reach(spec))
    told = result.counterexample
    assert result.verdict == "differs"
    assert told is not None
    assert len(told.actions) == 2
    assert "another script under the id of `load-1`" in told.actions[1]
    assert "/* load-1 */" in told.script
    assert told.expected
    assert told.observed
    directory = tmp_path / "report" / told.directory
    stored, cases = read_history(directory)
    assert (stored.property, stored.given, len(stored.actions)) == (MACHINE, None, 2)
    assert set(cases) == {"load-1", "load-1-2"}
    again = replay(directory, "going-on")
    assert (again.verdict, again.reason) == ("differs", result.reason)
    assert again.counterexample is not None
    assert again.counterexample.actions == told.actions
    assert again.counterexample.expected == told.expected
    right = replay(directory, "reference")
    assert (right.verdict, right.reason, right.examples) == ("holds", "", 1)
    with pytest.raises(DirectoryError, match="no single scenario"):
        read_scenario(directory)


def test_a_candidate_that_declines_every_case_is_not_supported(tried: Tried) -> None:
    result = tried(reached(Loader(declines)))
    assert result.verdict == "not_supported"
    assert "declined every case" in result.reason


def test_jobs_with_unknown_column_types_end_their_history(tried: Tried) -> None:
    result = tried(reached(Loader(column_types=("VARCHAR",))))
    assert result.left_out > 0
    assert set(result.classes).isdisjoint({"INTEGER column", "DATE column"})


def test_a_history_that_cannot_be_decided_is_inconclusive(
    tried: Tried, monkeypatch: pytest.MonkeyPatch
) -> None:
    def undecided(*_: object) -> None:
        raise Undecided("too many orders")

    monkeypatch.setattr(FastLoadHistory, "outcome_is_right", undecided)
    result = tried(reach("reference"))
    assert result.verdict == "inconclusive"
    assert "too many orders" in result.reason


def test_a_difference_at_any_action_ends_the_history(tried: Tried) -> None:
    def fail(run: int, case: Path, workspace: Path) -> bool:
        raise RuntimeError("no")

    result = tried(reached(Loader(fail)), Effort(shrink=False))
    assert result.verdict == "differs"
    assert result.counterexample is not None
    assert len(result.counterexample.actions) == 1


def test_a_history_has_no_more_steps_than_its_profile(tried: Tried) -> None:
    longest = 0
    run = CheckedHistory.run

    def counting(self: CheckedHistory, bundle: CaseBundle) -> None:
        nonlocal longest
        run(self, bundle)
        jobs = [a for a in self.system.actions if isinstance(a, RunJob | StopJob)]
        longest = max(longest, len(jobs))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(CheckedHistory, "run", counting)
        assert tried(reach("reference")).verdict == "holds"
    # a job that broke down is run once more before another one
    assert 2 < longest <= 2 * STEPS["quick"]


def test_a_difference_is_raised_and_not_only_noted(
    history: Callable[[str], CheckedHistory],
) -> None:
    checked = history(fault("log-row-is-left-behind").spec)
    with pytest.raises(Difference, match=r"unexpected SYSADMIN\.FASTLOG"):
        checked.run(job())


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
def test_time_that_runs_out_within_a_history_is_no_flaky_candidate(
    tried: Tried, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    """Wherever it runs out: the time is counted in jobs, of which a whole search has so many."""

    def loses_a_byte(run: int, case: Path, workspace: Path) -> bool:
        for path in (case / "files").iterdir():
            path.write_bytes(path.read_bytes()[1:])
        return False

    whole = Loader(loses_a_byte)
    assert tried(reached(whole)).verdict == "differs"
    hasty = Loader(loses_a_byte)
    clock = SimpleNamespace(monotonic=lambda: hasty.runs)
    monkeypatch.setattr(running, "time", clock)
    monkeypatch.setitem(running.SECONDS, "quick", share * whole.runs)
    result = tried(reached(hasty))
    assert result.verdict == "differs"
    assert result.counterexample is not None
    assert result.reason == result.counterexample.message
