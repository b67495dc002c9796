"""A loader that refuses, or pauses, is right only if it does not do so always."""

from __future__ import annotations

from properties.engine.trial import Trial
from properties.relations.fastload.loading import (
    error_table_1_is_right,
    expected_loads,
    target_is_right,
)
from properties.relations.shared.answers import completed
from specs.contract.directories import CaseBundle


def twin_loads(trial: Trial, twin: CaseBundle) -> None:
    """For examples that are tried thoroughly: the job with nothing in its way completes and loads.

    Raises `Difference`.
    """
    if not trial.thorough:
        return
    trial.note("also loaded: the same with nothing in its way")
    trial.expect(twin)
    observed = completed(trial.run(twin))
    for expected in expected_loads(twin):
        target_is_right(expected, observed)
        error_table_1_is_right(expected, observed)
