"""Whatever a loader answers, a property holds or tells a difference: none ever breaks down."""

from __future__ import annotations

import traceback
from dataclasses import replace
from functools import cache
from pathlib import Path

import hypothesis
import pytest
from absurd_answers import (
    Absurd,
    Absurdity,
    absurdities_of_descriptions,
    absurdities_of_events,
    absurdities_of_outcomes,
    absurdities_of_tables,
)
from engine_samples import reached
from hypothesis import HealthCheck, Phase
from hypothesis.errors import UnsatisfiedAssumption

from candidates.reach import CandidateError
from properties.engine.fresh_examples import BACKEND
from properties.engine.registry import ScenarioProperty, select
from properties.engine.running import Effort, run_property
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial, Undecided
from properties.engine.twice import try_scenario

ABSURDITIES = [*absurdities_of_outcomes(), *absurdities_of_events(), *absurdities_of_tables()]
PROPERTIES = [
    replace(claimed, sizes="an answer is as absurd to a small case")
    for claimed in select()
    if isinstance(claimed, ScenarioProperty)
]
TURNS = 8
"""Each property meets one of so many absurdities; in so many properties each comes up once."""
SHARES = 4


@cache
def example_of(identity: str) -> Scenario:
    """One of a property's examples, not the smallest."""
    claimed = next(one for one in PROPERTIES if one.id == identity)
    found: list[Scenario] = []
    settings = hypothesis.settings(
        max_examples=3,
        backend=BACKEND,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )

    def keep(scenario: Scenario) -> None:
        found.append(scenario)

    hypothesis.seed(1)(settings(hypothesis.given(claimed.scenarios)(keep)))()
    return found[-1]


@pytest.mark.parametrize("share", range(SHARES))
def test_no_check_breaks_down(share: int, tmp_path: Path) -> None:
    broken, tried, differing = [], set(), set()
    for at, claimed in enumerate(PROPERTIES):
        if at % SHARES != share:
            continue
        for absurdity in ABSURDITIES[at % TURNS :: TURNS]:
            candidate = reached(Absurd(absurdity))
            trial = Trial(candidate, tmp_path, candidate.describe())
            trial.thorough = False
            tried.add(str(absurdity))
            try:
                try_scenario(claimed, trial, example_of(claimed.id))
            except Difference:
                differing.add(str(absurdity))
            except (Undecided, UnsatisfiedAssumption):
                pass
            except Exception:
                broken.append(f"{claimed.id}, {absurdity}:\n{traceback.format_exc(limit=-4)}")
            trial.clean()
    assert broken == [], "\n".join(broken[:10])
    assert len(differing) > len(tried) // 3, "much of what is absurd is noticed"


@pytest.mark.parametrize("absurdity", absurdities_of_descriptions(), ids=str)
def test_an_absurd_description_is_refused_or_answered_for(
    absurdity: Absurdity, tmp_path: Path
) -> None:
    class Few(Effort):
        def examples(self, claimed: object) -> int:
            return 2

    candidate = reached(Absurd(absurdity))
    try:
        description = candidate.describe()
    except CandidateError:
        return  # told before anything is tried
    for claimed in (PROPERTIES[0], PROPERTIES[-1]):
        result = run_property(claimed, candidate, description, Few(shrink=False), tmp_path)
        assert result.verdict not in ("holds", "harness_error"), result.reason
