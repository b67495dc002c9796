"""Running one property against one candidate, down to the smallest counterexample."""

from __future__ import annotations

import hashlib
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import msgspec
from hypothesis import HealthCheck, Phase, Verbosity, reject
from hypothesis.errors import Flaky, Unsatisfiable

from candidates.reach import ReachedCandidate
from properties.engine.classes import classes_of
from properties.engine.counterexample import Failure, store_counterexample
from properties.engine.fresh_examples import BACKEND
from properties.engine.registry import Property, Scenario
from properties.engine.trial import Difference, Trial
from specs.contract import Description
from specs.contract.directories import arrow_bytes
from specs.contract.visible import visible
from specs.results import Profile, PropertyResult, PropertyVerdict

EXAMPLES: dict[Profile, int] = {"quick": 40, "thorough": 400, "soak": 5_000}
SECONDS: dict[Profile, float] = {"quick": 120, "thorough": 1_200, "soak": 14_400}
MINIMUM_EXAMPLES = 5
"""A property that checked fewer examples than this says nothing."""
DECLINES_AN_EXAMPLE = 10
"""After this many declined cases for each example asked for, no more are tried."""


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
    return _Run(claimed, candidate, description, effort, scratch).result(report_directory)


def what_is_lacking(claimed: Property, description: Description) -> str:
    """Why a candidate cannot be held to a property, by what it says of itself; or nothing."""
    name = description.name
    missing = [need for need in claimed.needs if need not in description.capabilities]
    if missing:
        return f"{name} does not declare the capability {', '.join(missing)}"
    hidden = [shown for shown in claimed.exposes if shown not in description.exposes]
    if hidden:
        return f"{name} does not expose {', '.join(hidden)}"
    if not set(claimed.editions) & set(description.editions_of(claimed.engine)):
        return f"{name} does not follow edition {', '.join(claimed.editions)}"
    return ""


class _Run:
    def __init__(
        self,
        claimed: Property,
        candidate: ReachedCandidate,
        description: Description,
        effort: Effort,
        scratch: Path,
    ) -> None:
        self.claimed = claimed
        self.followed = description.editions_of(claimed.engine)
        self.effort = effort
        self.trial = Trial(candidate, scratch)
        self.checked = 0
        self.held: set[bytes] = set()
        self.editions: Counter[str] = Counter()
        self.failure: Failure | None = None
        self.started = time.monotonic()

    def example(self, scenario: Scenario) -> None:
        if time.monotonic() - self.started > SECONDS[self.effort.profile]:
            raise _OutOfTime
        most_declined = DECLINES_AN_EXAMPLE * self.effort.examples(self.claimed)
        if self.failure is None and self.trial.declined >= most_declined:
            raise _OutOfPatience
        if scenario.bundle.case.edition not in self.followed:
            reject()
        digest = _digest(scenario)
        if digest in self.held:
            return  # a strategy of few cases comes to each of them often
        self.trial.begin()
        labels = classes_of(scenario)
        self.trial.note(*labels)
        for label in labels:
            hypothesis.event(label)
        try:
            self.claimed.check(self.trial, scenario)
        except Difference as difference:
            self.failure = Failure(
                scenario, difference, self.trial.last_expected, self.trial.last_observed
            )
            raise
        if self.failure is None:
            self.checked += 1
            self.editions[scenario.bundle.case.edition] += 1
            self.held.add(digest)
            self.trial.end()

    def result(self, report_directory: Path | None) -> PropertyResult:
        verdict, reason = self._explore()
        counterexample = None
        if self.failure is not None and verdict == "differs":
            try:
                counterexample = store_counterexample(self.claimed, self.failure, report_directory)
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
            editions=dict(self.editions),
            classes=dict(self.trial.classes),
            seconds=round(time.monotonic() - self.started, 3),
            reason=reason,
            counterexample=counterexample,
        )

    def _explore(self) -> tuple[PropertyVerdict, str]:
        try:
            self._hypothesis_test()()
        except Difference as difference:
            return "differs", visible(str(difference), keep="\n")
        except _OutOfTime:
            if self.failure is not None:
                return "differs", visible(str(self.failure.difference), keep="\n")
            return "inconclusive", f"time ran out after {self.checked} examples"
        except _OutOfPatience:
            return self._count()
        except Unsatisfiable:
            return self._count()
        except Flaky as flaky:
            if self.failure is not None:
                told = visible(str(self.failure.difference), keep="\n")
                return "differs", f"not the same twice on the same case: {told}"
            return "harness_error", str(flaky)
        except Exception:
            return "harness_error", traceback.format_exc(limit=-12)
        return self._count()

    def _count(self) -> tuple[PropertyVerdict, str]:
        if self.checked >= MINIMUM_EXAMPLES:
            return "holds", ""
        if self.trial.declined:
            how_many = f"{self.trial.declined} cases" if self.checked else "every case"
            return "not_supported", f"the candidate declined {how_many} of this property"
        if not self.checked:
            return "inconclusive", "no example could be generated"
        return "inconclusive", f"only {self.checked} examples; {MINIMUM_EXAMPLES} are the least"

    def _hypothesis_test(self) -> Callable[[], None]:
        phases = [Phase.generate, Phase.shrink] if self.effort.shrink else [Phase.generate]
        settings = hypothesis.settings(
            max_examples=self.effort.examples(self.claimed),
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

        def test(scenario: Scenario) -> None:
            self.example(scenario)

        given = hypothesis.given(self.claimed.scenarios)(test)
        return hypothesis.seed(seed)(settings(given))


def _digest(scenario: Scenario) -> bytes:
    """The same for scenarios that ask the same of a candidate."""
    bundle = scenario.bundle
    tables = {name: arrow_bytes(rows) for name, rows in bundle.tables.items()}
    asked = (bundle.case, dict(bundle.files), tables, dict(scenario.choices))
    return hashlib.sha256(msgspec.msgpack.encode(asked, order="sorted")).digest()
