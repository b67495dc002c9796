"""Replaying a stored counterexample against a candidate."""

from __future__ import annotations

import shutil
from pathlib import Path

from hypothesis.errors import UnsatisfiedAssumption

from candidates.reach import reach
from properties.counterexample import read_scenario, store_counterexample
from properties.engine import scratch_root
from properties.registry import select
from properties.trial import Difference, Trial
from specs.directories import DirectoryError
from specs.results import PropertyResult


def replay(directory: Path | str, candidate: str) -> PropertyResult:
    """Run one stored scenario. Raises `DirectoryError` for a directory that is none."""
    property_id, scenario = read_scenario(directory)
    found = select(ids=[property_id])
    if not found:
        raise DirectoryError(f"{directory}: it names the property {property_id}, which is unknown")
    scratch = scratch_root()
    reached = reach(candidate)
    trial = Trial(reached, scratch)
    try:
        found[0].check(trial, scenario)
    except Difference as difference:
        told = store_counterexample(found[0], scenario, difference, trial, None)
        return PropertyResult(
            id=property_id,
            verdict="differs",
            examples=1,
            reason=str(difference),
            counterexample=told,
        )
    except UnsatisfiedAssumption:
        reason = "the candidate declined this case"
        return PropertyResult(id=property_id, verdict="not_supported", examples=0, reason=reason)
    finally:
        reached.close()
        shutil.rmtree(scratch, ignore_errors=True)
    edition = scenario.bundle.case.edition
    return PropertyResult(id=property_id, verdict="holds", examples=1, editions={edition: 1})
