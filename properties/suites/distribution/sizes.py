"""Any size: where the rows of very large loads are, by the published hash alone."""

from __future__ import annotations

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.fastload.built import (
    built_result,
    rows_are_placed_as_built,
    target_is_as_built,
)
from properties.relations.shared.answers import completed
from properties.strategies.fastload.built_loads import (
    HUGE_LOADS,
    built_loads,
    scenario_parameters,
)


@claim(
    "HD-01",
    "HD-09",
    "FL-30",
    given=built_loads(indexes=("nupi", "upi")),
    needs=("fastload",),
    exposes=("content", "placement"),
    share=0.4,
    sizes=HUGE_LOADS,
)
def rows_of_a_load_of_any_size_are_placed_by_their_row_hash(
    trial: Trial, scenario: Scenario
) -> None:
    result = built_result(*scenario_parameters(scenario))
    observed = completed(trial.run(scenario.bundle))
    target_is_as_built(result, observed)
    rows_are_placed_as_built(result, observed, scenario.bundle.case.teradata.hash_bucket_bits)
