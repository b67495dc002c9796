"""Any size: loads whose right result is known by how they are built, up to very many records."""

from __future__ import annotations

from properties.engine.observed import Observed
from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.fastload.accounting import ACCOUNTS
from properties.relations.fastload.built import (
    BuiltResult,
    accounts_are_as_built,
    built_result,
    error_table_1_is_as_built,
    error_table_2_is_as_built,
    target_is_as_built,
)
from properties.relations.shared.answers import completed
from properties.strategies.fastload.built_loads import (
    HUGE_LOADS,
    built_loads,
    scenario_parameters,
)


def _is_as_built(trial: Trial, scenario: Scenario) -> tuple[BuiltResult, Observed]:
    result = built_result(*scenario_parameters(scenario))
    observed = completed(trial.run(scenario.bundle))
    stored = target_is_as_built(result, observed)
    error_table_1_is_as_built(result, observed)
    error_table_2_is_as_built(result, stored, observed)
    accounts_are_as_built(result, observed)
    return result, observed


@claim(
    "FL-30",
    "FL-02",
    "FL-08",
    "FL-11",
    given=built_loads(indexes=("nupi",)),
    needs=["fastload"],
    exposes=ACCOUNTS,
    share=0.4,
    sizes=HUGE_LOADS,
)
def a_load_of_any_size_leaves_just_what_its_records_make(trial: Trial, scenario: Scenario) -> None:
    _is_as_built(trial, scenario)


@claim(
    "FL-30",
    "FL-09",
    given=built_loads(indexes=("upi",)),
    needs=["fastload"],
    exposes=ACCOUNTS,
    share=0.4,
    sizes=HUGE_LOADS,
)
def a_load_of_any_size_into_a_unique_index_tells_of_every_second_key(
    trial: Trial, scenario: Scenario
) -> None:
    _is_as_built(trial, scenario)


@claim(
    "FL-30",
    "FL-03",
    given=built_loads(indexes=("nopi",)),
    needs=["fastload", "fastload/nopi"],
    exposes=ACCOUNTS,
    share=0.25,
    sizes=HUGE_LOADS,
)
def a_load_of_any_size_into_a_table_without_index_keeps_what_the_edition_says(
    trial: Trial, scenario: Scenario
) -> None:
    _is_as_built(trial, scenario)


@claim(
    "FL-30",
    "FL-26",
    given=built_loads(indexes=("nupi", "upi"), files=(2, 3), members=(0, 1, 2, 3)),
    needs=["fastload"],
    exposes=ACCOUNTS,
    share=0.4,
    sizes=HUGE_LOADS,
)
def a_load_of_any_size_from_several_files_and_gzip_members_is_whole(
    trial: Trial, scenario: Scenario
) -> None:
    _is_as_built(trial, scenario)
