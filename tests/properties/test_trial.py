"""Trials: what is done on a system of a candidate, what is recorded, what a candidate may tell."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from engine_samples import Loader, claimed, loses_big_numbers, reached, scenario
from hypothesis import strategies as st

from candidates.reach.agreement import NotKillableError
from properties.engine.history_directory import read_history
from properties.engine.recording import Recording, actions_in_words
from properties.engine.running import Effort, run_property
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from specs.contract import (
    Action,
    Emit,
    GiveSpaceBack,
    KillJob,
    LetTimePass,
    RunJob,
    StopJob,
    TakeSpace,
)
from specs.contract.directories import CaseBundle, read_case_document

TrialOf = Callable[..., Trial]


@pytest.fixture
def trial_of(tmp_path: Path) -> TrialOf:
    def build(loader: Loader | None = None) -> Trial:
        candidate = reached(loader or Loader())
        return Trial(candidate, tmp_path, candidate.describe())

    return build


class Telling(Loader):
    """The reference, which tells these events before its own."""

    def __init__(self, *events: tuple[Any, Any]) -> None:
        super().__init__()
        self._events = events

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        for name, details in self._events:
            emit(name, details)
        super().run(case, workspace, emit)


# --- events ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "details", "problem"),
    [
        ("checkpoint", {}, "records"),
        ("checkpoint", {"records": "2"}, "records"),
        ("checkpoint", {"records": None}, "records"),
        ("block-sent", {"block": 0, "records": 1}, "first_record"),
        ("phase", {"phase": "intermission"}, "intermission"),
        ("step-done", {"step": 0.5}, "step"),
    ],
)
def test_a_malformed_event_is_the_candidates_fault(
    trial_of: TrialOf, name: str, details: Any, problem: str
) -> None:
    with pytest.raises(Difference, match=rf"told an event that is none: {name}: .*{problem}"):
        trial_of(Telling((name, details))).run(scenario(1).bundle)


def test_an_event_may_have_details_of_its_own(trial_of: TrialOf) -> None:
    observed = trial_of(Telling(("checkpoint", {"records": 2, "at": "noon"}))).run(
        scenario(1).bundle
    )
    assert observed.events[0] == ("checkpoint", {"records": 2, "at": "noon"})


# --- actions --------------------------------------------------------------------------------------


def test_what_is_done_on_each_system_is_recorded(trial_of: TrialOf) -> None:
    trial = trial_of()
    one, two = scenario(1, 2).bundle, scenario(3).bundle
    first = trial.system()
    first.stop(one, "step-done")
    first.run(one)
    trial.run(two)
    recording = trial.recording
    assert recording.systems == [
        [StopJob(case="job", event="step-done"), RunJob(case="job")],
        [RunJob(case="job-2")],
    ]
    assert recording.cases == {"job": one, "job-2": two}
    assert recording.last == [RunJob(case="job-2")]
    assert recording.in_words() == (
        "on system 1: ran job `job`, stopped at its 1st step-done",
        "on system 1: ran it again",
        "on system 2: ran job `job-2`",
    )
    trial.begin()
    assert trial.recording == Recording()


@pytest.mark.parametrize(
    ("event", "occurrence", "last"),
    [
        (None, 0, "step-done"),
        (None, 2, "block-sent"),
        ("phase", 1, "phase"),
        ("completed", 0, "completed"),
    ],
)
def test_a_job_is_stopped_at_the_event_asked_for(
    trial_of: TrialOf, event: str | None, occurrence: int, last: str
) -> None:
    attempt = trial_of().system().stop(scenario(1).bundle, event, occurrence)
    assert attempt.observed is None
    assert attempt.events[-1][0] == last
    assert len([n for n, _ in attempt.events if event in (None, n)]) == occurrence + 1


def test_a_job_with_fewer_events_goes_on_to_its_end(trial_of: TrialOf) -> None:
    attempt = trial_of().system().stop(scenario(1).bundle, "checkpoint", 0)
    assert attempt.observed is not None
    assert attempt.observed.outcome.status == "completed"


def test_time_that_passes_is_seen_by_the_jobs_after_it(trial_of: TrialOf) -> None:
    seen: list[str] = []

    def note(run: int, case: Path, workspace: Path) -> bool:
        seen.append(read_case_document(case).now)
        return False

    system = trial_of(Loader(note)).system()
    bundle = scenario(1).bundle
    system.stop(bundle, "phase")
    system.let_time_pass(86_400)
    system.let_time_pass(90)
    assert system.at_present(bundle).case.now == "2026-01-02T00:01:30Z"
    system.stop(bundle, "phase")
    assert seen == ["2026-01-01T00:00:00Z", "2026-01-02T00:01:30Z"]


def test_a_candidate_in_this_process_cannot_be_killed(trial_of: TrialOf) -> None:
    system = trial_of().system()
    assert not system.can_be_killed
    with pytest.raises(NotKillableError):
        system.kill(scenario(1).bundle, 0.1)
    assert system.actions == []


# --- a full disk ----------------------------------------------------------------------------------


def test_on_a_full_disk_a_run_may_break_down_and_afterwards_not(trial_of: TrialOf) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    bundle = scenario(1, 2).bundle
    system = trial_of().system()
    system.take_space(0)
    assert system.full
    attempt = system.attempt(bundle)
    assert attempt.observed is None
    assert "File too large" in attempt.broke_down
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == before
    system.give_space_back()
    observed = system.run(bundle)
    assert observed.outcome.status == "completed"
    assert system.actions == [
        TakeSpace(file_bytes=0),
        RunJob(case="job"),
        GiveSpaceBack(),
        RunJob(case="job"),
    ]


def test_space_enough_is_no_full_disk(trial_of: TrialOf) -> None:
    system = trial_of().system()
    system.take_space(1 << 20)
    assert system.run(scenario(1).bundle).outcome.status == "completed"


def test_a_run_that_breaks_down_on_a_disk_with_room_is_a_difference(trial_of: TrialOf) -> None:
    def fail(run: int, case: Path, workspace: Path) -> bool:
        raise OSError("no")

    with pytest.raises(Difference, match="broke down"):
        trial_of(Loader(fail)).run(scenario(1).bundle)


# --- in words -------------------------------------------------------------------------------------


def test_every_action_is_told_in_words() -> None:
    job = scenario(1).bundle
    other_input = CaseBundle(job.case, {"t.txt": b"2\n"})
    other_script = CaseBundle(msgspec.structs.replace(job.case, script="DROP"), job.files)
    other_job = CaseBundle(msgspec.structs.replace(job.case, job="other"), job.files)
    cases = {"a": job, "a-2": other_input, "a-3": other_script, "b": other_job}
    actions: list[Action] = [
        RunJob(case="a"),
        StopJob(case="a", occurrence=21),
        RunJob(case="a-2"),
        RunJob(case="a-3"),
        StopJob(case="a", event="block-sent", occurrence=1),
        KillJob(case="b", seconds=0.25),
        TakeSpace(file_bytes=100),
        GiveSpaceBack(),
        LetTimePass(seconds=2 * 86_400),
        LetTimePass(seconds=61),
    ]
    assert list(actions_in_words(actions, cases)) == [
        "ran job `a`",
        "ran it again, stopped at its 22nd event",
        "ran job `a` again with other inputs (`a-2`)",
        "ran job `a-3`, another script under the id of `a`",
        "ran job `a` again, stopped at its 2nd block-sent",
        "ran job `b`, killed after 0.25 s",
        "filled the disk: no file can grow beyond 100 bytes",
        "gave the space back",
        "let 2 days pass",
        "let 61 seconds pass",
    ]


# --- a counterexample of several runs -------------------------------------------------------------


def stopped_then_run(trial: Trial, tried: Scenario) -> None:
    system = trial.system()
    system.stop(tried.bundle, "phase")
    observed = system.run(tried.bundle)
    table = observed.tables["t"]
    if table is None or len(table.rows) != len(trial.run(scenario(1, 2).bundle).tables["t"].rows):
        raise Difference("two systems differ")


def test_a_counterexample_tells_every_run_and_keeps_every_case(tmp_path: Path) -> None:
    candidate = reached(Loader(loses_big_numbers))
    one = claimed(stopped_then_run, scenarios=st.just(scenario(10)))
    (tmp_path / "scratch").mkdir()
    result = run_property(
        one, candidate, candidate.describe(), Effort(), tmp_path / "scratch", tmp_path / "report"
    )
    told = result.counterexample
    assert told is not None
    assert told.actions == (
        "on system 1: ran job `job`, stopped at its 1st phase",
        "on system 1: ran it again",
        "on system 2: ran job `job-2`",
    )
    assert told.files == {"t.txt": "10\n", "job-2/t.txt": "1\n2\n"}
    assert told.size == 3
    history, cases = read_history(tmp_path / "report" / told.directory)
    assert history.given == "job"
    assert history.earlier == ((StopJob(case="job", event="phase"), RunJob(case="job")),)
    assert history.actions == (RunJob(case="job-2"),)
    assert cases["job-2"].files == {"t.txt": b"1\n2\n"}
