"""Replaying a stored counterexample against a candidate."""

from __future__ import annotations

from pathlib import Path

from hypothesis.errors import UnsatisfiedAssumption

from candidates.reach import Terms
from properties.engine.counterexample import (
    Failure,
    addressed,
    read_scenario,
    store_counterexample,
)
from properties.engine.registry import select
from properties.engine.running import what_is_lacking
from properties.engine.scratch import remove, scratch_root
from properties.engine.trial import Difference, Trial
from specs.contract.directories import DirectoryError
from specs.contract.visible import visible
from specs.results import PropertyResult


def replay(
    directory: Path | str,
    candidate: str,
    *,
    python: str | None = None,
    timeout: float | None = None,
) -> PropertyResult:
    """Run one stored scenario; ``python`` and ``timeout`` as in `candidates.reach.Terms`.

    Raises `DirectoryError` for a directory that is none, `candidates.reach.CandidateError` when
    the candidate cannot be reached.
    """
    property_id, scenario = read_scenario(directory)
    found = select(ids=[property_id])
    if not found:
        raise DirectoryError(f"{directory}: it names the property {property_id}, which is unknown")
    edition = scenario.bundle.case.edition
    terms = Terms(python, timeout)
    reached = terms.reach(candidate)
    scratch = scratch_root()
    trial = Trial(reached, scratch)
    try:
        description = reached.describe()
        lacking = what_is_lacking(found[0], description)
        if not lacking and edition not in description.editions_of(found[0].engine):
            lacking = f"{description.name} does not follow edition {edition}"
        if lacking:
            return PropertyResult(
                id=property_id, verdict="not_supported", examples=0, reason=lacking
            )
        found[0].check(trial, scenario)
    except Difference as difference:
        failure = Failure(scenario, difference, trial.last_expected, trial.last_observed)
        told = store_counterexample(found[0], failure, None)
        told = addressed(told, property_id, str(directory), candidate, candidate, terms)
        return PropertyResult(
            id=property_id,
            verdict="differs",
            examples=1,
            reason=visible(str(difference), keep="\n"),
            counterexample=told,
        )
    except UnsatisfiedAssumption:
        reason = "the candidate declined this case"
        return PropertyResult(id=property_id, verdict="not_supported", examples=0, reason=reason)
    finally:
        reached.close()
        remove(scratch)
    return PropertyResult(id=property_id, verdict="holds", examples=1, editions={edition: 1})
