"""Rows of NoPI tables: which AMP they go to and which RowID they get there."""

from __future__ import annotations

from collections import defaultdict

from properties.observed import Row
from properties.registry import Scenario, claim
from properties.relations.answers import answer_column, completed, placed
from properties.relations.hash_map import whole_map
from properties.relations.placement import (
    blocks_went_round,
    nopi_row_ids_are_lawful,
    owner_by_map,
    rows_are_on,
    rows_stand_in_order,
)
from properties.strategies.distribution import (
    requested_rows,
    selected_unindexed,
    unindexed_rows,
    unindexed_rows_with_map,
)
from properties.strategies.requests import in_either_edition, rows_in, steps_of
from properties.strategies.typed_loads import unindexed_loads
from properties.trial import Difference, Trial
from specs.contract import Capability, Exposure

NOPI: tuple[Capability, ...] = ("distribute", "distribute/nopi")
PLACEMENT: tuple[Exposure, ...] = ("placement",)


@claim("HD-12", given=in_either_edition(unindexed_rows()), needs=NOPI, exposes=PLACEMENT)
def a_request_goes_to_the_amp_of_its_query_id(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    asked = len(steps_of(scenario.bundle)) - 1
    ids = [query_id for (query_id,) in rows_in(scenario.bundle, "ids.arrow")[1]]
    amp_of = dict(zip(ids, answer_column(observed, asked, "amp").to_pylist(), strict=True))
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


@claim("HD-14", given=unindexed_loads(), needs=("fastload", "fastload/nopi"), exposes=PLACEMENT)
def blocks_of_a_load_go_round_the_amps(trial: Trial, scenario: Scenario) -> None:
    case = scenario.bundle.case
    lengths = [int(length) for length in scenario.choices["record_bytes"]]
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    amps = {row[0]: amp for row, (amp, _, _) in zip(table.rows, placement, strict=True)}
    missing = [number for number in range(len(lengths)) if number not in amps]
    if missing or len(table.rows) != len(lengths):
        raise Difference(
            f"table t: expected records 0 to {len(lengths) - 1} once each, observed "
            f"{len(table.rows)} rows without {missing}"
        )
    if len(set(amps.values())) > 1:
        trial.note("blocks: more than one")
    in_order = [amps[number] for number in range(len(lengths))]
    blocks_went_round(in_order, lengths, case.cluster.amps, case.block_bytes)


@claim("HD-15", given=in_either_edition(unindexed_rows_with_map()), needs=NOPI, exposes=PLACEMENT)
def a_nopi_row_id_is_a_bucket_of_its_amp_and_a_number(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    owners = whole_map(observed, len(steps_of(scenario.bundle)) - 1)
    _, placement = placed(observed, "t")
    bits = scenario.bundle.case.cluster.hash_bucket_bits
    nopi_row_ids_are_lawful(placement, owner_by_map(owners), bits)
    rows_stand_in_order(placement)
