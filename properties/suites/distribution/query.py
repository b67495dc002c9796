"""The distribution query, and that both ways of hashing place a row alike."""

from __future__ import annotations

from properties.engine.observed import Row
from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.distribution.query import counts_are, figures_are
from properties.relations.shared.answers import answer, completed, placed, same_multiset
from properties.strategies.distribution.placed_tables import (
    distributions,
    inserted_instead,
    tables_there_before,
)
from properties.strategies.distribution.requests import in_either_edition, steps_of
from properties.strategies.fastload.typed_loads import (
    grown_distinct_rows,
    insert_of_load,
    loaded_distinct_rows,
)
from specs.contract import Exposure
from specs.distribution.plan import Reconfigure

PLACEMENT: tuple[Exposure, ...] = ("placement",)


@claim(
    "HD-17", given=in_either_edition(distributions()), needs=("distribution",), exposes=PLACEMENT
)
def the_distribution_counts_each_amps_rows_largest_first(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    at = len(steps_of(scenario.bundle)) - 1
    _, placement = placed(observed, "t")
    counted = answer(observed, at, "amp", "rows")
    counts_are(counted, [amp for amp, _, _ in placement], _amps(scenario))


@claim("HD-17", given=in_either_edition(distributions()), needs=("distribution",))
def the_figures_of_skew_are_over_all_amps(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    at = len(steps_of(scenario.bundle)) - 1
    counts = [count for _, count in answer(observed, at, "amp", "rows")]
    metadata = observed.answers[at].schema.metadata or {}
    told = {
        key.decode(errors="replace"): value.decode(errors="replace")
        for key, value in metadata.items()
    }
    figures_are(told, counts, _amps(scenario))


@claim(
    "HD-01",
    "HD-19",
    given=loaded_distinct_rows(),
    needs=("distribution", "fastload"),
    exposes=PLACEMENT,
    sizes=grown_distinct_rows,
)
def a_load_places_a_row_as_an_insert_does(trial: Trial, scenario: Scenario) -> None:
    inserted = _placed_rows(trial, Scenario(insert_of_load(scenario)))
    loaded = _placed_rows(trial, scenario)
    same_multiset("loaded rows with AMP and row hash, as inserted one by one", inserted, loaded)


@claim(
    "HD-12",
    "HD-09",
    given=in_either_edition(tables_there_before()),
    needs=("distribution", "distribution/nopi"),
    exposes=PLACEMENT,
    share=0.5,
)
def a_table_that_is_there_holds_its_rows_as_if_inserted_one_by_one(
    trial: Trial, scenario: Scenario
) -> None:
    rows = []
    for bundle in (inserted_instead(scenario.bundle), scenario.bundle):
        table, placement = placed(completed(trial.run(bundle)), "t")
        rows.append([(*row, *place) for row, place in zip(table.rows, placement, strict=True)])
    inserted, there = rows
    same_multiset("rows that were there, with AMP and RowID as if inserted", inserted, there)


def _placed_rows(trial: Trial, scenario: Scenario) -> list[Row]:
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    return [(*row, *place[:2]) for row, place in zip(table.rows, placement, strict=True)]


def _amps(scenario: Scenario) -> int:
    amps = scenario.bundle.case.teradata.amps
    for step in steps_of(scenario.bundle):
        if isinstance(step, Reconfigure):
            amps = step.amps
    return amps
