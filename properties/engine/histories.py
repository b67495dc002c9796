"""Histories: actions on one system of a candidate, with the reference's system beside it.

After every action the candidate's system has to be as the rules say; the reference's system, on
which the same jobs run, tells what that is, and an engine's `HistoryJudge` what is left free.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from properties.engine.classes import classes_of_case
from properties.engine.judging import HistoryJudge
from properties.engine.observed import Event, Observed, read_observed
from properties.engine.recording import bundle_digest
from properties.engine.trial import Attempt, Trial
from reference.candidate import ReferenceLoader
from specs.contract import (
    Action,
    ErrorName,
    EventName,
    GiveSpaceBack,
    KillJob,
    LetTimePass,
    RunJob,
    Status,
    StopJob,
    Stopped,
    TakeSpace,
)
from specs.contract.directories import OUTCOME_DIRECTORY, CaseBundle, write_case


class ReferenceSystem:
    """A system of the reference: the same jobs run on it, and stop where the candidate's did."""

    def __init__(self, trial: Trial, workspace: Path | None = None) -> None:
        self._trial = trial
        self._workspace = workspace or trial.directory("reference")
        self._loader = ReferenceLoader()

    def run(self, bundle: CaseBundle, stop_at: int | None = None) -> Attempt:
        """Run a job to its end, or stop it at its event of that number, from 0."""
        events: list[Event] = []

        def emit(name: str, details: Mapping[str, Any]) -> None:
            events.append((name, dict(details)))
            if stop_at is not None and len(events) > stop_at:
                raise Stopped(f"stopped at {name}")

        directory = self._trial.directory("case")
        write_case(bundle, directory)
        try:
            self._loader.run(directory, self._workspace, emit)
        except Stopped:
            return Attempt(None, tuple(events))
        return Attempt(read_observed(self._workspace / OUTCOME_DIRECTORY, events), tuple(events))

    def copy(self) -> ReferenceSystem:
        """Another system that is as this one is now."""
        workspace = self._trial.directory("reference")
        shutil.copytree(self._workspace, workspace, dirs_exist_ok=True)
        return ReferenceSystem(self._trial, workspace)


class CheckedHistory:
    """One system of the candidate, and all that is done on it, each action checked.

    Every action raises `Difference` when the candidate does what no rule permits.
    """

    def __init__(self, trial: Trial, judge: HistoryJudge) -> None:
        self.trial = trial
        self.judge = judge
        self.system = trial.system()
        self.uncertain: CaseBundle | None = None
        """The case of a run whose progress is unknown: it was killed, or broke down."""
        self._reference = ReferenceSystem(trial)

    def perform(self, action: Action, cases: Mapping[str, CaseBundle]) -> None:
        """Perform one action of a stored history."""
        match action:
            case RunJob(case=name):
                self.run(cases[name])
            case StopJob(case=name, event=event, occurrence=occurrence):
                self.stop(cases[name], event, occurrence)
            case KillJob(case=name, seconds=seconds):
                self.kill(cases[name], seconds)
            case TakeSpace(file_bytes=file_bytes):
                self.system.take_space(file_bytes)
            case GiveSpaceBack():
                self.system.give_space_back()
            case LetTimePass(seconds=seconds):
                self.system.let_time_pass(seconds)

    def run(self, bundle: CaseBundle) -> None:
        """Run a job to its end; on a full disk it may break down or end in any way but well."""
        self._begin(bundle)
        attempt = self.system.attempt(bundle)
        if attempt.observed is None:
            self.trial.note("broke down on a full disk")
            self._unfinished(bundle, attempt, certain=False)
        else:
            self._ended(bundle, attempt.observed)

    def stop(self, bundle: CaseBundle, event: EventName | None, occurrence: int) -> None:
        """Run a job and stop it at one of its events, if it has so many."""
        self._begin(bundle)
        attempt = self.system.stop(bundle, event, occurrence)
        if attempt.observed is None:
            if attempt.events and not attempt.broke_down:
                self.trial.note(f"stopped at {attempt.events[-1][0]}")
            self._unfinished(bundle, attempt, certain=not attempt.broke_down)
        else:
            self._ended(bundle, attempt.observed)

    def kill(self, bundle: CaseBundle, seconds: float) -> None:
        """Run a job and kill the candidate's process, if it runs for so long."""
        self._begin(bundle)
        attempt = self.system.kill(bundle, seconds)
        if attempt.observed is None:
            self.trial.note("killed")
            self._unfinished(bundle, attempt, certain=False)
        else:
            self._ended(bundle, attempt.observed)

    def settle(self, except_for: CaseBundle | None = None) -> None:
        """Run again the job whose progress is unknown, unless it is ``except_for``."""
        unsettled = self.uncertain
        if unsettled is not None and (except_for is None or not _same(unsettled, except_for)):
            self.run(unsettled)

    def _begin(self, bundle: CaseBundle) -> None:
        self.trial.note(*classes_of_case(bundle))
        self.trial.last_expected = self.trial.last_observed = None

    def _ended(self, bundle: CaseBundle, observed: Observed) -> None:
        reference = self._reference.copy() if self.system.full else self._reference
        expected = reference.run(self.system.at_present(bundle))
        assert expected.observed is not None, "the reference was not stopped"
        self.trial.last_expected = expected.observed
        completed = observed.outcome.status == "completed"
        if self.system.full and not completed and _end(observed) != _end(expected.observed):
            self.trial.note("ended by a full disk")
            self._unfinished(bundle, Attempt(None, observed.events), certain=False)
            return
        self._reference = reference
        self.uncertain = None
        status, error = _end(observed)
        self.trial.note(f"job {status} with {error}" if error else f"job {status}")
        self.judge.has_run(bundle, expected, observed.events, certain=True)
        self.judge.outcome_is_right(bundle, expected.observed, observed)

    def _unfinished(self, bundle: CaseBundle, attempt: Attempt, *, certain: bool) -> None:
        """Bring the reference's system to where the candidate told that it is."""
        self.uncertain = None if certain else bundle
        present = self.system.at_present(bundle)
        far = self.judge.progress(attempt.events)
        expected = Attempt(None, ())
        if any(far):
            whole = self._reference.copy().run(present)
            self.judge.run_is_permitted(bundle, whole, attempt.events)
            reached = [
                at
                for at in range(len(whole.events))
                if any(self.judge.progress(whole.events[: at + 1]))
                and self.judge.progress(whole.events[: at + 1]) <= far
            ]
            if reached:
                expected = self._reference.run(present, stop_at=reached[-1])
        self.judge.has_run(bundle, expected, attempt.events, certain)


def _end(observed: Observed) -> tuple[Status, ErrorName | None]:
    outcome = observed.outcome
    return outcome.status, outcome.error.name if outcome.error else None


def _same(one: CaseBundle, other: CaseBundle) -> bool:
    return bundle_digest(one) == bundle_digest(other)
