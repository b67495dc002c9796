"""Running one property against one candidate, down to the smallest counterexample."""

from __future__ import annotations

import contextlib
import time
import traceback
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import hypothesis
import msgspec
from hypothesis import HealthCheck, Phase, Verbosity, reject
from hypothesis.errors import Flaky, Unsatisfiable, UnsatisfiedAssumption
from hypothesis.stateful import get_state_machine_test

from candidates.reach import ReachedCandidate
from properties.engine.classes import classes_of_case
from properties.engine.column_types import unknown_column_types
from properties.engine.counterexample import Failure, input_rows, store_counterexample
from properties.engine.fresh_examples import BACKEND
from properties.engine.histories import CheckedHistory
from properties.engine.machine import HistoryMachine
from properties.engine.recording import bundle_digest
from properties.engine.registry import HistoryProperty, Property, ScenarioProperty
from properties.engine.scenario import Scenario
from properties.engine.settings import Settings, settings_of, under_settings
from properties.engine.sizes import (
    FEWEST_RECORDS,
    MOST_RECORDS,
    MOST_RECORDS_UNDER_SETTINGS,
    Growth,
    growths,
)
from properties.engine.threshold import threshold_of
from properties.engine.trial import Difference, Trial, Undecided
from properties.engine.twice import is_unsteady, other_run_beside, try_scenario
from properties.engines import judge_of, sizes_of
from specs.contract import Description, Edition
from specs.contract.directories import CaseBundle
from specs.contract.results import Profile, PropertyResult, PropertyVerdict
from specs.visible import visible

EXAMPLES: dict[Profile, int] = {"quick": 40, "thorough": 400, "soak": 5_000}
SECONDS: dict[Profile, float] = {"quick": 120, "thorough": 1_200, "soak": 14_400}
STEPS: dict[Profile, int] = {"quick": 6, "thorough": 10, "soak": 20}
"""Actions of a history; one may be several, such as a run on a full disk."""
MINIMUM_EXAMPLES = 5
"""A property that checked fewer examples than this says nothing."""
THOROUGH_EXAMPLES = 2
"""Of the first examples of a property more is asked; see `properties.engine.trial.Trial`."""
DECLINES_AN_EXAMPLE = 10
"""After this many declined cases for each example asked for, no more are tried."""
SLOW = 1 / 60
"""A candidate that needs this part of a property's time for one large case gets smaller ones.

Cases are only ever larger than `MOST_RECORDS` after one of that size took less.
"""
SHRINKING_LARGE = 1 / 24
"""The part of a property's time in which a large counterexample is made smaller."""


class _OutOfTime(BaseException):
    pass


class _OutOfPatience(BaseException):
    pass


@dataclass(frozen=True)
class Effort:
    """How hard to try. ``shrink`` False stops at the first counterexample found."""

    profile: Profile = "quick"
    seed: int = 0
    shrink: bool = True

    def examples(self, claimed: Property) -> int:
        return max(MINIMUM_EXAMPLES + 3, round(EXAMPLES[self.profile] * claimed.share))


def run_property(
    claimed: Property,
    candidate: ReachedCandidate,
    description: Description,
    effort: Effort,
    scratch: Path,
    report_directory: Path | None = None,
) -> PropertyResult:
    """Try one property. The smallest counterexample is stored under ``report_directory``.

    Only editions that the candidate follows are tried. Never raises for what a candidate does; a
    fault of the harness itself is the verdict ``harness_error`` with its traceback as the reason.
    """
    lacking = what_is_lacking(claimed, description)
    if lacking:
        return PropertyResult(id=claimed.id, verdict="not_supported", examples=0, reason=lacking)
    trial = Trial(candidate, scratch, description)
    run: _Run
    match claimed:
        case ScenarioProperty():
            run = _ScenarioRun(claimed, trial, effort)
        case HistoryProperty():
            run = _HistoryRun(claimed, trial, effort)
        case _:
            raise TypeError(f"{claimed.id} has neither scenarios nor a machine")
    return run.result(report_directory)


def what_is_lacking(claimed: Property, description: Description) -> str:
    """Why a candidate cannot be held to a property, by what it says of itself; or nothing."""
    name = description.name
    missing = [need for need in claimed.needs if need not in description.capabilities]
    if missing:
        lacking = f"{name} does not declare the capability {', '.join(missing)}"
        parsed = any(need.endswith("/script") for need in missing)
        return f"scripts were parsed by loadproof, as {lacking}" if parsed else lacking
    hidden = [shown for shown in claimed.exposes if shown not in description.exposes]
    if hidden:
        return f"{name} does not expose {', '.join(hidden)}"
    if not editions_tried(claimed, description):
        return f"{name} does not follow edition {', '.join(claimed.editions)}"
    return ""


def editions_tried(claimed: Property, description: Description) -> tuple[Edition, ...]:
    """The editions of a property that a candidate follows."""
    followed = description.editions_of(claimed.engine)
    return tuple(edition for edition in claimed.editions if edition in followed)


class _Run(ABC):
    """One property on one candidate, whatever its examples are."""

    def __init__(self, claimed: Property, trial: Trial, effort: Effort) -> None:
        self.claimed = claimed
        self.trial = trial
        self.effort = effort
        self.editions_tried = editions_tried(claimed, trial.description)
        self.checked = 0
        self.left_out = 0
        self.unknown_types: set[str] = set()
        self.undecided: list[str] = []
        self.held: set[bytes] = set()
        self.editions: Counter[str] = Counter()
        self.failure: Failure | None = None
        self.started = time.monotonic()
        self.time_is_up = False
        self.largest = 0

    @abstractmethod
    def hypothesis_test(self, settings: hypothesis.settings, seed: int) -> Callable[[], None]:
        """The test in which Hypothesis makes up the examples."""

    def begin(self) -> None:
        """Before each example. Raises when the time is up, or most cases are declined."""
        self.check_time()
        most_declined = DECLINES_AN_EXAMPLE * self.effort.examples(self.claimed)
        if self.failure is None and self.trial.declined >= most_declined:
            raise _OutOfPatience
        # Once an example has failed nothing more is counted: its smaller ones are tried like it.
        self.trial.begin(thorough=self.checked < THOROUGH_EXAMPLES)

    def check_time(self) -> None:
        """Raises when the time is up."""
        if time.monotonic() - self.started > SECONDS[self.effort.profile]:
            self.time_is_up = True
            raise _OutOfTime

    def leave_out(self, unknown: set[str]) -> None:
        """Count an example that has column types unknown to the candidate, and end it."""
        self.left_out += self.failure is None
        self.unknown_types |= unknown
        reject()

    def failed(self, difference: Difference, scenario: Scenario | None) -> None:
        self.failure = Failure.of(self.trial, difference, scenario)

    @abstractmethod
    def confirm(self) -> None:
        """Look whether the failure comes again; if not, that is what there is to tell."""

    def was_held(self, digest: bytes, edition: Edition) -> None:
        """An example came to its end without a difference."""
        if self.failure is None and digest not in self.held:
            self.checked += 1
            self.editions[edition] += 1
            self.held.add(digest)
            cases = self.trial.recording.cases.values()
            self.largest = max([self.largest, *map(input_rows, cases)])
            self.trial.end()

    def result(self, report_directory: Path | None) -> PropertyResult:
        verdict, reason = self._explore()
        counterexample = None
        if self.failure is not None and verdict == "differs":
            try:
                failure, threshold = self.at_its_threshold(self.failure)
                counterexample = store_counterexample(
                    self.claimed, failure, report_directory, threshold
                )
                reason = counterexample.message if threshold else reason
            except Exception:
                # Found but not told: an error of the harness, and what was found is not lost.
                verdict = "harness_error"
                reason = f"{reason}\n\nNot told in full:\n{traceback.format_exc(limit=-12)}"
        self.trial.clean()
        return PropertyResult(
            id=self.claimed.id,
            verdict=verdict,
            examples=self.checked,
            declined=self.trial.declined,
            left_out=self.left_out,
            editions=dict(self.editions),
            classes=dict(self.trial.classes),
            largest=self.largest,
            seconds=round(time.monotonic() - self.started, 3),
            reason=reason,
            counterexample=counterexample,
        )

    def at_its_threshold(self, failure: Failure) -> tuple[Failure, int | None]:
        """The failure of the shortest beginning of its input, and that beginning's records."""
        return failure, None

    def _explore(self) -> tuple[PropertyVerdict, str]:
        try:
            self._test()()
        except Difference as difference:
            self.confirm()
            found = self.failure.difference if self.failure else difference
            return "differs", visible(str(found), keep="\n")
        except _OutOfTime:
            return self._out_of_time()
        except _OutOfPatience:
            return self._count()
        except Unsatisfiable:
            return self._count()
        except Flaky as flaky:
            if self.time_is_up:  # in the middle of a history, which Hypothesis had seen longer
                return self._out_of_time()
            if self.failure is not None:
                self.failure = other_run_beside(self.failure, self.trial.last_observed)
                return "differs", visible(str(self.failure.difference), keep="\n")
            return "harness_error", str(flaky)
        except Exception:
            return "harness_error", traceback.format_exc(limit=-12)
        return self._count()

    def _out_of_time(self) -> tuple[PropertyVerdict, str]:
        if self.failure is not None:
            return "differs", visible(str(self.failure.difference), keep="\n")
        return "inconclusive", f"time ran out after {self.checked} examples"

    def _count(self) -> tuple[PropertyVerdict, str]:
        left_out = ""
        if self.left_out:
            types = ", ".join(sorted(self.unknown_types))
            left_out = (
                f"{self.left_out} examples were left out, as {self.trial.description.name} does "
                f"not know their column types {types}"
            )
        if self.undecided:
            total = self.checked + len(self.undecided)
            undecided = f"{len(self.undecided)} of {total} examples are undecided"
            return "inconclusive", f"{undecided}: {self.undecided[0]}"
        if self.checked >= MINIMUM_EXAMPLES:
            return "holds", left_out
        if self.trial.declined:
            how_many = f"{self.trial.declined} cases" if self.checked else "every case"
            return "not_supported", f"the candidate declined {how_many} of this property"
        if left_out:
            return "not_supported", left_out
        if not self.checked:
            return "inconclusive", "no example could be generated"
        return "inconclusive", f"only {self.checked} examples; {MINIMUM_EXAMPLES} are the least"

    def _test(self) -> Callable[[], None]:
        phases = [Phase.generate, Phase.shrink] if self.effort.shrink else [Phase.generate]
        settings = hypothesis.settings(
            max_examples=self.effort.examples(self.claimed),
            stateful_step_count=STEPS[self.effort.profile],
            backend=BACKEND,
            database=None,
            deadline=None,
            phases=phases,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        seed = zlib.crc32(f"{self.effort.seed}:{self.claimed.id}".encode())
        return self.hypothesis_test(settings, seed)


class _ScenarioRun(_Run):
    """Examples are scenarios; a check tries each."""

    claimed: ScenarioProperty
    most_records = MOST_RECORDS
    found_large: float | None = None
    """When a large example failed first."""

    def hypothesis_test(self, settings: hypothesis.settings, seed: int) -> Callable[[], None]:
        """First the examples as they are drawn, then those that grow."""
        scenarios = self.claimed.scenarios
        chosen = settings_of(self.trial.description)
        sizes = sizes_of(self.claimed.sizes)

        def small(scenario: Scenario, settings: Settings) -> None:
            self.example(scenario, settings)

        def large(scenario: Scenario, settings: Settings, growth: Growth) -> None:
            growth = growth.at_most(self.most_records)
            if settings:
                growth = growth.at_most(MOST_RECORDS_UNDER_SETTINGS)
            grown = sizes.grow(scenario, growth) if sizes and growth.records else scenario
            if grown is None:
                reject()
            self.large_example(grown, settings, growth.records)

        drawn = hypothesis.seed(seed)(settings(hypothesis.given(scenarios, chosen)(small)))
        if sizes is None:
            return drawn
        # Hypothesis begins with the simplest example of all, which is not large.
        number = 1 + sizes.examples(settings.max_examples)
        fewer = hypothesis.settings(settings, max_examples=number)
        growing = growths(sizes.records[self.effort.profile])
        grown = hypothesis.seed(seed)(fewer(hypothesis.given(scenarios, chosen, growing)(large)))

        def both() -> None:
            drawn()
            with contextlib.suppress(Unsatisfiable):  # nothing that could grow
                grown()

        return both

    def large_example(self, scenario: Scenario, settings: Settings, records: int) -> None:
        """Check an example that takes its time; from here on they are as large as that allows."""
        whole = SECONDS[self.effort.profile]
        if self.found_large and time.monotonic() - self.found_large > whole * SHRINKING_LARGE:
            raise _OutOfTime
        before = self.trial.seconds
        try:
            self.example(scenario, settings)
        except Difference:
            self.found_large = self.found_large or time.monotonic()
            raise
        if self.failure is not None or not records:
            return  # while a counterexample is made smaller, an example stays what it was
        seconds = self.trial.seconds - before
        if seconds > whole * SLOW:
            self.most_records = max(FEWEST_RECORDS, records // 2)
        elif seconds:
            self.most_records = max(self.most_records, int(records * whole * SLOW / seconds))

    def at_its_threshold(self, failure: Failure) -> tuple[Failure, int | None]:
        return threshold_of(self.claimed, self.trial, failure)

    def example(self, scenario: Scenario, settings: Settings) -> None:
        case = scenario.bundle.case
        if case.edition not in self.editions_tried:
            reject()
        scenario = Scenario(under_settings(scenario.bundle, settings), scenario.choices)
        digest = bundle_digest(scenario.bundle) + msgspec.msgpack.encode(
            dict(scenario.choices), order="sorted"
        )
        if digest in self.held:
            self.check_time()
            return  # a strategy of few cases comes to each of them often
        self.begin()
        unknown = unknown_column_types(scenario.bundle, self.trial.description)
        if unknown:
            self.leave_out(unknown)
        choices = [f"with {name.replace('_', ' ')}" for name in scenario.choices]
        choices += [f"setting {name}" for name in settings]
        labels = tuple(dict.fromkeys([*classes_of_case(scenario.bundle), *choices]))
        self.trial.note(*labels)
        for label in labels:
            hypothesis.event(label)
        try:
            try_scenario(self.claimed, self.trial, scenario)
        except Difference as difference:
            self.failed(difference, scenario)
            raise
        except Undecided as undecided:
            self.undecided.append(str(undecided))
            return
        self.was_held(digest, case.edition)

    def confirm(self) -> None:
        failure = self.failure
        if failure is None or failure.scenario is None or is_unsteady(failure.difference):
            return
        self.trial.begin(thorough=self.checked < THOROUGH_EXAMPLES)
        try:
            self.claimed.check(self.trial, failure.scenario)
        except (Exception, UnsatisfiedAssumption):
            return  # it fails again, in whatever way
        self.failure = other_run_beside(failure, self.trial.last_observed)


class _HistoryRun(_Run):
    """Examples are histories; a machine makes up each, and checks it after every action."""

    claimed: HistoryProperty
    settings: Settings = MappingProxyType({})

    def confirm(self) -> None:
        """Hypothesis has repeated the history once already."""

    def hypothesis_test(self, settings: hypothesis.settings, seed: int) -> Callable[[], None]:
        def machine() -> HistoryMachine:
            history = CheckedHistory(self.trial, judge_of(self.claimed.engine))
            self.current = self.claimed.machine(history, self.editions_tried, self.admitted)
            return self.current

        # It asks for a class, but all that it does is call it.
        factory: Any = hypothesis.seed(seed)(machine)
        test: Any = get_state_machine_test(factory, settings=settings)
        make_history = test.hypothesis.inner_test
        chosen = settings_of(self.trial.description)

        def history(data: Any) -> None:
            self.settings = data.draw(chosen)
            self.example(lambda: make_history(data))

        test.hypothesis.inner_test = history
        return test  # type: ignore[no-any-return]  # what it is documented to be

    def admitted(self, bundle: CaseBundle) -> CaseBundle:
        """A job of a history as it runs, under the settings of the history."""
        self.check_time()
        bundle = under_settings(bundle, self.settings)
        unknown = unknown_column_types(bundle, self.trial.description)
        if unknown:
            self.leave_out(unknown)
        return bundle

    def example(self, make_history: Callable[[], None]) -> None:
        self.begin()
        try:
            make_history()
        except Difference as difference:
            self.failed(difference, None)
            raise
        except Undecided as undecided:
            self.undecided.append(str(undecided))
            return
        self.was_held(self.trial.recording.digest(), self.current.edition)
