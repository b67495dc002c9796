"""The same case twice: a loader that does not do the same again proves nothing when it is right."""

from __future__ import annotations

import dataclasses

from hypothesis.errors import UnsatisfiedAssumption

from properties.engine.counterexample import Failure
from properties.engine.observed import Observed
from properties.engine.recording import Recording
from properties.engine.registry import ScenarioProperty
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from properties.engines import engine_of
from specs.contract.directories import CaseBundle

NOT_THE_SAME = "not the same twice on the same case"
RUNS = ("one run", "another run")


def try_scenario(claimed: ScenarioProperty, trial: Trial, scenario: Scenario) -> None:
    """Check a scenario; one that is tried thoroughly also runs twice more on fresh systems.

    Raises `Difference`.
    """
    claimed.check(trial, scenario)
    if trial.thorough:
        runs_the_same_twice(trial, scenario.bundle)


def runs_the_same_twice(trial: Trial, bundle: CaseBundle) -> None:
    """Two runs of a case end alike but for what the rules leave free. Raises `Difference`."""
    engine = engine_of(bundle.case)
    if engine is None:
        return  # a script alone: what is free depends on what it says
    trial.recording = Recording()
    trial.sides = RUNS
    trial.last_expected = trial.last_observed = None
    first = _run(trial, bundle)
    trial.last_expected, trial.last_observed = first, None
    second = _run(trial, bundle)
    if (first is None) != (second is None):
        raise Difference(f"{NOT_THE_SAME}: it declined it in one of two runs only")
    if first is not None and second is not None:
        found = engine.agree(bundle, first, second)
        if found.differences:
            raise Difference(f"{NOT_THE_SAME}: {'; '.join(found.differences)}")


def is_unsteady(difference: Difference) -> bool:
    """Whether it says already that two runs of a case were not the same."""
    return str(difference).startswith(NOT_THE_SAME)


def other_run_beside(failure: Failure, other: Observed | None) -> Failure:
    """A failure that did not come again: what the case left then stands beside what it left."""
    return dataclasses.replace(
        failure,
        difference=Difference(f"{NOT_THE_SAME}, once in this way: {failure.difference}"),
        expected=other if other is not None else failure.expected,
        sides=(RUNS[1], RUNS[0]) if other is not None else failure.sides,
    )


def _run(trial: Trial, bundle: CaseBundle) -> Observed | None:
    try:
        return trial.run(bundle)
    except UnsatisfiedAssumption:
        return None
