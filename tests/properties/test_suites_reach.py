"""The suites on placement and restarts claim their rules and reach what they are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from candidates.reach import reach
from properties.engine.registry import select
from properties.engine.running import Effort, run_property
from specs.rules import load_catalogue

PLACEMENT_RULES = [rule.id for rule in load_catalogue() if rule.family == "HD"]
RESTART_RULES = ["FL-12", "FL-13", "FL-14", "FL-15", "FL-16", "FL-21", "FL-22"]

REACHED = {
    "distribution.hash_map.a_reconfiguration_moves_just_the_rows_whose_bucket_changed_owner": [
        "reconfigure: rows moved"
    ],
    "distribution.hashing.every_value_hashes_by_the_formula": ["key: NULL"],
    "distribution.hashing.several_columns_hash_to_the_fold_of_their_own_hashes": [
        "key: a column that hashes to 0"
    ],
    "fastload.limits.a_load_pauses_at_its_error_limit_when_the_open_blocks_are_done": [
        "error limit: reached",
        "error limit: not reached",
    ],
    "fastload.limits.a_load_that_cannot_go_on_is_paused_and_keeps_what_it_captured": [
        "paused: bad_record",
        "paused: error_limit_reached",
        "paused: end_loading_missing",
    ],
    "fastload.limits.duplicates_and_second_keys_do_not_count_towards_the_error_limit": [
        "error limit: duplicates and second keys only"
    ],
    "fastload.locks.an_error_tables_name_stays_taken_until_it_is_dropped": [
        "error tables: name taken",
        "error tables: dropped or empty",
    ],
    "distribution.no_primary_index.blocks_of_a_load_go_round_the_amps": ["blocks: more than one"],
    "fastload.restarts.a_restart_on_a_changed_input_is_paused": [
        "restart: input changed before the checkpoint"
    ],
    "fastload.restarts.a_stop_at_any_event_and_a_restart_end_like_no_stop": [
        "stopped at block-sent",
        "stopped at checkpoint",
        "stopped at phase",
        "stopped at step-done",
    ],
    "distribution.row_ids.uniqueness_counts_the_rows_of_a_row_hash_as_they_arrive": [
        "row hash: shared by rows"
    ],
    "distribution.uniqueness.just_the_equal_rows_and_second_keys_are_refused": [
        "refused: duplicate_row",
        "refused: upi_violation",
    ],
}
"""What a property has to meet in one quick run, by its own notes."""


@pytest.mark.parametrize("rule", [*PLACEMENT_RULES, *RESTART_RULES])
def test_every_rule_has_a_property_in_both_editions(rule: str) -> None:
    claimed = select(rules=[rule])
    assert claimed, f"{rule} has no property"
    assert {edition for one in claimed for edition in one.editions} == {"vendor", "seed"}


@pytest.mark.parametrize("property_id", REACHED)
def test_a_quick_run_on_the_reference_holds_and_reaches_its_subject(
    property_id: str, tmp_path: Path
) -> None:
    candidate = reach("reference")
    (claimed,) = select(ids=[property_id])
    result = run_property(claimed, candidate, candidate.describe(), Effort(), tmp_path)
    assert (result.verdict, result.reason) == ("holds", "")
    assert set(result.editions) == {"vendor", "seed"}
    for label in REACHED[property_id]:
        assert result.classes.get(label, 0) >= 2, label
