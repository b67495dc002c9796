"""A trial: running the candidate, and asking the reference, on one scenario."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis.errors import UnsatisfiedAssumption

import reference
from candidates.reach import CandidateError, ReachedCandidate
from properties.engine.observed import Observed, read_observed
from properties.engine.pipes import as_pipes
from properties.engine.scratch import remove
from specs.contract import Stopped
from specs.contract.directories import CaseBundle, write_case


class Difference(AssertionError):
    """The candidate did what no rule permits. The message says what was expected and observed."""


@dataclass(frozen=True)
class Attempt:
    """One run. ``observed`` is None when the run was stopped at the event asked for."""

    observed: Observed | None
    events: tuple[tuple[str, Mapping[str, Any]], ...]


class Trial:
    """Runs scenarios of one property against one candidate; a fresh workspace for every run.

    ``declined`` counts cases that the candidate said it does not support.
    """

    def __init__(self, candidate: ReachedCandidate, scratch: Path) -> None:
        self.candidate = candidate
        self.scratch = scratch
        self.declined = 0
        self.classes: Counter[str] = Counter()
        self.last_expected: reference.Result | None = None
        self.last_observed: Observed | None = None
        self._seen: set[str] = set()
        self._directories: list[Path] = []

    # --- one example ------------------------------------------------------------------------

    def begin(self) -> None:
        """Forget what the example before left."""
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

    # --- the two sides ----------------------------------------------------------------------

    def expect(self, bundle: CaseBundle) -> reference.Result:
        """What the reference makes of a case, from a fresh system."""
        self.last_expected = reference.execute(bundle)
        return self.last_expected

    def workspace(self) -> Path:
        """A new empty workspace directory, removed after the example."""
        return self._fresh("workspace")

    def run(
        self, bundle: CaseBundle, workspace: Path | None = None, piped: Collection[str] = ()
    ) -> Observed:
        """Run a case to its end (``workspace`` None: a fresh one) and read the outcome."""
        observed = self.attempt(bundle, workspace or self.workspace(), None, piped).observed
        assert observed is not None, "only an attempt with stop_at can be stopped"
        return observed

    def attempt(
        self,
        bundle: CaseBundle,
        workspace: Path,
        stop_at: int | None,
        piped: Collection[str] = (),
    ) -> Attempt:
        """Run a case; with ``stop_at`` n, stop the candidate at its n-th event (from 0).

        The input files in ``piped`` are named pipes.
        """
        events: list[tuple[str, dict[str, Any]]] = []

        def emit(name: str, details: Mapping[str, Any]) -> None:
            events.append((name, dict(details)))
            if stop_at is not None and len(events) > stop_at:
                raise Stopped(f"stopped at event {stop_at} ({name})")

        directory = self._fresh("case")
        write_case(bundle, directory)
        try:
            with as_pipes(directory / "files", piped):
                outcome = self.candidate.run(directory, workspace, emit)
        except Stopped:
            return Attempt(None, tuple(events))
        except CandidateError as error:
            raise Difference(f"the candidate broke down: {error}") from error
        try:
            observed = read_observed(outcome, events, self.candidate.outcomes)
        except CandidateError as error:
            raise Difference(f"the outcome cannot be read: {error}") from error
        except Exception as error:
            # What is read directly can be Arrow and still be nonsense: a name twice, text that is
            # not UTF-8. The libraries have no common class for that.
            why = f"{type(error).__name__}: {error}"
            raise Difference(f"the outcome cannot be read: {why}") from error
        refusal = observed.outcome.error
        if refusal is not None and refusal.name == "unsupported_case":
            self.declined += 1
            raise UnsatisfiedAssumption("the candidate declined this case")
        self.last_observed = observed
        return Attempt(observed, tuple(events))

    def _fresh(self, kind: str) -> Path:
        directory = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=self.scratch))
        self._directories.append(directory)
        return directory
