"""A trial: running the candidate, and asking the reference, on one example."""

from __future__ import annotations

import math
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from hypothesis.errors import UnsatisfiedAssumption

import reference
from candidates.reach import CandidateError, ReachedCandidate
from candidates.reach.agreement import FaultError, NotKillableError
from properties.engine.full_disk import full_disk
from properties.engine.observed import Event, Observed, read_observed
from properties.engine.pipes import as_pipes
from properties.engine.recording import Recording
from properties.engine.scratch import remove
from specs.contract import (
    Action,
    Description,
    EventError,
    EventName,
    GiveSpaceBack,
    KillJob,
    LetTimePass,
    RunJob,
    StopJob,
    Stopped,
    TakeSpace,
    check_event,
)
from specs.contract.directories import CaseBundle, write_case

EXPECTED_OBSERVED = ("expected", "observed")


class Difference(AssertionError):
    """The candidate did what no rule permits. The message says what was expected and observed."""


class Undecided(Exception):
    """A bounded search over the permitted outcomes ran out: neither right nor wrong is known."""


@dataclass(frozen=True)
class Attempt:
    """One run. ``observed`` is None when it did not come to its own end.

    ``broke_down`` says why, for a candidate that may break down: on a full disk, or as it cannot
    read a script.
    """

    observed: Observed | None
    events: tuple[Event, ...]
    broke_down: str = ""


class Trial:
    """Runs examples of one property against one candidate, and records what it does.

    ``declined`` counts cases that the candidate said it does not support; ``seconds`` is the time
    that it took for its runs. ``thorough``: the example is one of the sample of which more is
    asked, such as the same once more. ``sides`` say what the last two outcomes are.
    """

    def __init__(
        self, candidate: ReachedCandidate, scratch: Path, description: Description
    ) -> None:
        self.candidate = candidate
        self.scratch = scratch
        self.description = description
        self.declined = 0
        self.thorough = True
        self.sides = EXPECTED_OBSERVED
        self.seconds = 0.0
        self.classes: Counter[str] = Counter()
        self.recording = Recording()
        self.last_expected: reference.Result | Observed | None = None
        self.last_observed: Observed | None = None
        self._seen: set[str] = set()
        self._directories: list[Path] = []

    # --- one example ------------------------------------------------------------------------

    def begin(self, *, thorough: bool = True) -> None:
        """Forget what the example before left."""
        self.thorough = thorough
        self.sides = EXPECTED_OBSERVED
        self.recording = Recording()
        self.last_expected = self.last_observed = None
        self._seen.clear()
        self.clean()

    def end(self) -> None:
        """The example was checked to its end: its classes count."""
        self.classes.update(self._seen)
        self.clean()

    def clean(self) -> None:
        for directory in self._directories:
            remove(directory)
        self._directories.clear()

    def note(self, *labels: str) -> None:
        """Say which input classes this example is in."""
        self._seen.update(labels)

    def directory(self, kind: str) -> Path:
        """A new empty directory, removed after the example."""
        directory = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=self.scratch))
        self._directories.append(directory)
        return directory

    # --- the two sides ----------------------------------------------------------------------

    def expect(self, bundle: CaseBundle) -> reference.Result:
        """What the reference makes of a case, from a fresh system."""
        result = self.last_expected = reference.execute(bundle)
        return result

    def system(self) -> CandidateSystem:
        """A new system of the candidate: an empty workspace, removed after the example."""
        return CandidateSystem(self)

    def run(self, bundle: CaseBundle, piped: Collection[str] = ()) -> Observed:
        """Run a case to its end on a new system and read the outcome."""
        return self.system().run(bundle, piped)


class CandidateSystem:
    """One system of the candidate, from its first job on. Every action on it is recorded.

    The input files in ``piped`` are named pipes. Every run raises `Difference` for a candidate
    that breaks down, unless the disk is full, or that says something which the contract does not
    allow; and `UnsatisfiedAssumption` for one that declines the case.
    """

    def __init__(self, trial: Trial) -> None:
        self.workspace = trial.directory("workspace")
        self.actions: list[Action] = trial.recording.new_system()
        self._trial = trial
        self._file_bytes: int | None = None
        self._passed = timedelta()

    @property
    def can_be_killed(self) -> bool:
        """Whether the candidate has a process of its own."""
        try:
            self._trial.candidate.kill_after(math.inf)
        except NotKillableError:
            return False
        return True

    @property
    def full(self) -> bool:
        """Whether the disk is full."""
        return self._file_bytes is not None

    def run(self, bundle: CaseBundle, piped: Collection[str] = ()) -> Observed:
        """Run a case to its end and read the outcome; the disk is not full."""
        observed = self.attempt(bundle, piped).observed
        assert observed is not None, "only a full disk keeps a run from its end"
        return observed

    def attempt(self, bundle: CaseBundle, piped: Collection[str] = ()) -> Attempt:
        """Run a case to its end, or as far as the candidate comes on a full disk."""
        self.actions.append(RunJob(case=self._trial.recording.name_of(bundle)))
        return self._attempt(bundle, None, piped)

    def attempt_wrong_script(self, bundle: CaseBundle) -> Attempt:
        """Run a case whose script nobody can read: the candidate may say so as a fault of it."""
        self.actions.append(RunJob(case=self._trial.recording.name_of(bundle)))
        return self._attempt(bundle, None, may_fault=True)

    def stop(
        self, bundle: CaseBundle, event: EventName | None = None, occurrence: int = 0
    ) -> Attempt:
        """Run a case and stop the candidate at an event; see `specs.contract.StopJob`."""
        name = self._trial.recording.name_of(bundle)
        stop = StopJob(case=name, event=event, occurrence=occurrence)
        self.actions.append(stop)
        return self._attempt(bundle, stop)

    def kill(self, bundle: CaseBundle, seconds: float) -> Attempt:
        """Run a case and kill the candidate's process; see `specs.contract.KillJob`.

        Raises `candidates.reach.agreement.NotKillableError` for a candidate in this process.
        """
        self._trial.candidate.kill_after(seconds)
        name = self._trial.recording.name_of(bundle)
        self.actions.append(KillJob(case=name, seconds=seconds))
        return self._attempt(bundle, None)

    def take_space(self, file_bytes: int) -> None:
        """From here on no file of the candidate's can grow beyond that many bytes."""
        self._file_bytes = file_bytes
        self.actions.append(TakeSpace(file_bytes=file_bytes))

    def give_space_back(self) -> None:
        """The disk has room again."""
        self._file_bytes = None
        self.actions.append(GiveSpaceBack())

    def let_time_pass(self, seconds: int) -> None:
        """The virtual clock goes on: jobs that run later see it in their ``now``."""
        self._passed += timedelta(seconds=seconds)
        self.actions.append(LetTimePass(seconds=seconds))

    def at_present(self, bundle: CaseBundle) -> CaseBundle:
        """The case as it runs now, later than written by the time that has passed."""
        if not self._passed:
            return bundle
        now = datetime.fromisoformat(bundle.case.now) + self._passed
        told = now.isoformat().replace("+00:00", "Z")
        case = msgspec.structs.replace(bundle.case, now=told)
        return CaseBundle(case, bundle.files, bundle.tables)

    def _attempt(
        self,
        bundle: CaseBundle,
        stop: StopJob | None,
        piped: Collection[str] = (),
        *,
        may_fault: bool = False,
    ) -> Attempt:
        trial = self._trial
        events: list[tuple[str, dict[str, Any]]] = []

        def emit(name: str, details: Mapping[str, Any]) -> None:
            try:
                events.append((name, dict(check_event(name, details))))
            except EventError as error:
                raise Difference(f"the candidate told an event that is none: {error}") from error
            if stop is not None and _is_over(stop, events):
                raise Stopped(f"stopped at {name}")

        directory = trial.directory("case")
        write_case(self.at_present(bundle), directory, tables=trial.description.input_tables)
        started = time.monotonic()
        try:
            with as_pipes(directory / "files", piped), full_disk(trial.candidate, self._file_bytes):
                outcome = trial.candidate.run(directory, self.workspace, emit)
        except Stopped:
            return Attempt(None, tuple(events))
        except CandidateError as error:
            if self.full or (may_fault and isinstance(error, FaultError)):
                return Attempt(None, tuple(events), str(error))
            raise Difference(f"the candidate broke down: {error}") from error
        finally:
            trial.seconds += time.monotonic() - started
        try:
            observed = read_observed(outcome, events, trial.candidate.outcomes)
        except CandidateError as error:
            raise Difference(f"the outcome cannot be read: {error}") from error
        except Exception as error:
            # What is read directly can be Arrow and still be nonsense: a name twice, text that is
            # not UTF-8. The libraries have no common class for that.
            why = f"{type(error).__name__}: {error}"
            raise Difference(f"the outcome cannot be read: {why}") from error
        refusal = observed.outcome.error
        if refusal is not None and refusal.name == "unsupported_case":
            trial.declined += 1
            raise UnsatisfiedAssumption("the candidate declined this case")
        trial.last_observed = observed
        return Attempt(observed, tuple(events))


def _is_over(stop: StopJob, events: list[tuple[str, dict[str, Any]]]) -> bool:
    """Whether the last of these events is the one at which the job is stopped."""
    name = events[-1][0]
    if stop.event not in (None, name):
        return False
    told = [each for each, _ in events if stop.event in (None, each)]
    return len(told) > stop.occurrence
