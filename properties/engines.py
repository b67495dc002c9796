"""The engines whose properties are tested; a new one is its folders and a line in `ENGINES`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from properties.engine.judging import HistoryJudge
from properties.engine.scenario import Grow, Scenario
from properties.engine.sizes import Growth, Sizes
from properties.relations.fastload.agreement import two_runs_agree
from properties.relations.fastload.grids import accounts_grid
from properties.relations.fastload.history import FastLoadHistory
from properties.relations.shared.agreement import RunsAgree, outcomes_agree
from properties.strategies.distribution.classes import (
    classes_of_requests,
    column_types_of_requests,
)
from properties.strategies.distribution.growth import grown_requests
from properties.strategies.fastload.classes import classes_of_job, column_types_of_job
from properties.strategies.fastload.growth import grown_job
from specs.contract import Case
from specs.contract.directories import CaseBundle
from specs.contract.results import Grid
from specs.distribution.engine import DISTRIBUTION
from specs.document import JobReport
from specs.engine import Engine
from specs.fastload.engine import FASTLOAD


@dataclass(frozen=True)
class EngineProperties:
    """What the harness has to know of an engine to try it and to tell what it found.

    ``classes``: the input classes that a case of the engine is in; ``column_types``: the types that
    its steps name beyond those of its tables' columns; ``grids``: its report as tables for people;
    ``agree``: what differs between two outcomes of one case, and what of it is permitted;
    ``judge``: makes what judges a history of its jobs, None where nothing does yet; ``grow``: makes
    a large scenario out of a small one, None where nothing does yet.
    """

    engine: Engine
    classes: Callable[[CaseBundle], Iterable[str]]
    column_types: Callable[[CaseBundle], Iterable[str]]
    grids: Callable[[JobReport | None], Iterable[Grid]]
    agree: RunsAgree
    judge: Callable[[], HistoryJudge] | None = None
    grow: Grow | None = None


def _no_grids(report: JobReport | None) -> Iterable[Grid]:
    return ()


ENGINES: tuple[EngineProperties, ...] = (
    EngineProperties(
        DISTRIBUTION,
        classes_of_requests,
        column_types_of_requests,
        _no_grids,
        outcomes_agree,
        grow=grown_requests,
    ),
    EngineProperties(
        FASTLOAD,
        classes_of_job,
        column_types_of_job,
        accounts_grid,
        two_runs_agree,
        FastLoadHistory,
        grown_job,
    ),
)


def engine_of(case: Case) -> EngineProperties | None:
    """The engine of a case's plan; None for a case that holds a script alone."""
    return next((known for known in ENGINES if isinstance(case.plan, known.engine.plan)), None)


def sizes_of(sizes: Sizes[Scenario] | Grow | str | None) -> Sizes[Scenario] | None:
    """How large the scenarios of a property become; None where they do not grow.

    ``sizes`` is what the property says of it: a reason why not, how they grow, or nothing.
    """
    match sizes:
        case str():
            return None
        case None:
            return Sizes(_grown)
        case Sizes():
            return sizes
        case grow:
            return Sizes(grow)


def _grown(scenario: Scenario, growth: Growth) -> Scenario | None:
    """The scenario as those of its case's engine grow."""
    engine = engine_of(scenario.bundle.case)
    return engine.grow(scenario, growth) if engine and engine.grow else None


def judge_of(engine: str) -> HistoryJudge:
    """A new judge of a history of jobs of an engine. Raises LookupError where there is none."""
    for known in ENGINES:
        if known.engine.name == engine and known.judge is not None:
            return known.judge()
    raise LookupError(f"{engine} has no judge of histories; name one in properties/engines.py")


def grids_of_report(report: JobReport | None) -> list[Grid]:
    """A report as tables for people."""
    return [grid for known in ENGINES for grid in known.grids(report)]
