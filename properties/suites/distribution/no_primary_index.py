"""Rows of NoPI tables: which AMP they go to and which RowID they get there."""

from __future__ import annotations

from collections import defaultdict

from properties.engine.observed import Row
from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.distribution.hash_map import whole_map
from properties.relations.distribution.placement import (
    amps_of_numbered,
    blocks_went_round,
    by_amp,
    nopi_row_ids_are_lawful,
    owner_by_map,
    rows_are_on,
    rows_stand_in_order,
)
from properties.relations.fastload.arrival import most_sessions
from properties.relations.shared.answers import answer, completed, placed
from properties.strategies.distribution.hashed_rows import SMALL_MAPS
from properties.strategies.distribution.placed_tables import (
    requested_rows,
    resized_unindexed,
    selected_unindexed,
    unindexed_rows,
    unindexed_rows_with_map,
)
from properties.strategies.distribution.requests import (
    first_steps,
    in_either_edition,
    requests,
    rows_in,
    steps_of,
)
from properties.strategies.fastload.jobs import load_of
from properties.strategies.fastload.typed_loads import grown_unindexed, unindexed_loads
from specs.contract import Capability, Exposure
from specs.distribution.plan import HashMapQuery

NOPI: tuple[Capability, ...] = ("distribution", "distribution/nopi")
PLACEMENT: tuple[Exposure, ...] = ("placement",)


@claim("HD-12", given=in_either_edition(unindexed_rows()), needs=NOPI, exposes=PLACEMENT)
def a_request_goes_to_the_amp_of_its_query_id(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    asked = len(steps_of(scenario.bundle)) - 1
    ids = [query_id for (query_id,) in rows_in(scenario.bundle, "ids.arrow")[1]]
    amps = [amp for (amp,) in answer(observed, asked, "amp", rows=len(ids))]
    amp_of = dict(zip(ids, amps, strict=True))
    expected: dict[int, list[Row]] = defaultdict(list)
    for row, query_id in requested_rows(scenario.bundle):
        expected[amp_of[query_id]].append(row)
    table, placement = placed(observed, "t")
    rows_are_on(table.rows, placement, expected)


@claim("HD-13", given=in_either_edition(selected_unindexed()), needs=NOPI, exposes=PLACEMENT)
def selected_rows_stay_on_the_amp_where_they_were_read(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    source, places = placed(observed, "s")
    read: dict[int, list[Row]] = defaultdict(list)
    for row, (amp, _, _) in sorted(zip(source.rows, places, strict=True), key=lambda pair: pair[1]):
        read[amp].append(row)
    times = len(steps_of(scenario.bundle)) - 3
    table, placement = placed(observed, "t")
    rows_are_on(table.rows, placement, {amp: rows * times for amp, rows in read.items()})


@claim(
    "HD-14",
    given=unindexed_loads(),
    needs=("fastload", "fastload/nopi"),
    exposes=PLACEMENT,
    sizes=grown_unindexed,
)
def blocks_of_a_load_go_round_the_amps(trial: Trial, scenario: Scenario) -> None:
    case = scenario.bundle.case
    lengths = [int(length) for length in scenario.choices["record_bytes"]]
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    in_order = amps_of_numbered(table.rows, placement, len(lengths))
    if len(set(in_order)) > 1:
        trial.note("blocks: more than one")
    blocks_went_round(in_order, lengths, case.teradata.amps, case.teradata.block_bytes)


@claim(
    "HD-15",
    "HD-11",
    given=unindexed_loads(bits=SMALL_MAPS),
    needs=("distribution", "fastload", "fastload/nopi"),
    exposes=PLACEMENT,
    share=0.5,
    sizes=grown_unindexed,
)
def a_load_gives_nopi_rows_a_bucket_of_their_amp_and_numbers_as_they_arrive(
    trial: Trial, scenario: Scenario
) -> None:
    case = scenario.bundle.case
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    asked = completed(trial.run(requests([HashMapQuery()], case.teradata, {})))
    owner = owner_by_map(whole_map(asked, 0))
    nopi_row_ids_are_lawful(placement, owner, case.teradata.hash_bucket_bits)
    rows_stand_in_order(placement)
    if most_sessions(load_of(scenario.bundle), case) == 1:
        arrived: dict[int, list[Row]] = defaultdict(list)
        for row, (amp, _, _) in sorted(zip(table.rows, placement, strict=True)):
            arrived[amp].append(row)  # the first column is the number of the record
        rows_are_on(table.rows, placement, arrived)


@claim("HD-15", given=in_either_edition(unindexed_rows_with_map()), needs=NOPI, exposes=PLACEMENT)
def a_nopi_row_id_is_a_bucket_of_its_amp_and_a_number(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    owners = whole_map(observed, len(steps_of(scenario.bundle)) - 1)
    _, placement = placed(observed, "t")
    bits = scenario.bundle.case.teradata.hash_bucket_bits
    nopi_row_ids_are_lawful(placement, owner_by_map(owners), bits)
    rows_stand_in_order(placement)


@claim(
    "HD-15",
    "HD-18",
    given=in_either_edition(resized_unindexed()),
    needs=(*NOPI, "distribution/reconfigure"),
    exposes=PLACEMENT,
    share=0.5,
)
def rows_are_in_a_bucket_of_their_amp_after_fewer_and_more_amps(
    trial: Trial, scenario: Scenario
) -> None:
    observed = completed(trial.run(scenario.bundle))
    last = len(steps_of(scenario.bundle)) - 1
    table, placement = placed(observed, "t")
    nopi_row_ids_are_lawful(placement, owner_by_map(whole_map(observed, last)), 16)
    rows_stand_in_order(placement)
    fewer, places = placed(completed(trial.run(first_steps(scenario.bundle, last - 1))), "t")
    rows_are_on(table.rows, placement, by_amp(fewer.rows, places))
