"""A job that was stopped anywhere and started again ends like one that never stopped."""

from __future__ import annotations

from dataclasses import replace

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.stops import stop_at_events, stopped_and_restarted
from properties.engine.trial import Difference, Trial
from properties.relations.distribution.placement import (
    amps_of_numbered,
    blocks_went_round,
    row_ids_are_unique,
    rows_stand_in_order,
    uniqueness_follows_arrival,
    uniqueness_is_without_gaps,
)
from properties.relations.fastload.accounting import ACCOUNTS, counts_of, report_on
from properties.relations.fastload.arrival import keys_are_placed_alike
from properties.relations.fastload.loading import expected_loads, loads_are_right
from properties.relations.fastload.progress import (
    blocks_follow_each_other,
    blocks_of,
    checkpoints_are_taken,
    last_checkpoint,
    phase_reached,
)
from properties.relations.shared.answers import completed, placed, table_of
from properties.relations.shared.content import rows_are
from properties.relations.shared.stopping import paused_with
from properties.strategies.fastload.jobs import fastload_scenarios, load_of
from properties.strategies.fastload.stopped_jobs import (
    CHECKPOINTED,
    STOPPABLE,
    UNCHECKPOINTED,
    WITHIN_ACQUISITION,
    changed_inputs,
    mended_inputs,
    stopped_jobs,
    stopped_loads,
    with_bad_record,
    with_changed_record,
)
from properties.strategies.fastload.typed_loads import (
    colliding_loads,
    grown_collisions,
    grown_unindexed,
    unindexed_loads,
)
from specs.contract import Capability, Exposure
from specs.fastload.report import RESTART_LOG

RESTART: tuple[Capability, ...] = ("fastload", "fastload/restart")
NOPI: tuple[Capability, ...] = (*RESTART, "fastload/nopi")
EVENTS: tuple[Exposure, ...] = (*ACCOUNTS, "events")


@claim(
    "FL-13",
    given=stopped_jobs(),
    needs=RESTART,
    exposes=EVENTS,
    promises=[
        "stopped at phase",
        "stopped at block-sent",
        "stopped at checkpoint",
        "stopped at step-done",
    ],
)
def a_stop_at_any_event_and_a_restart_end_like_no_stop(trial: Trial, scenario: Scenario) -> None:
    observed = stopped_and_restarted(trial, scenario)
    loads_are_right(scenario.bundle, observed)


@claim(
    "FL-13",
    given=stopped_jobs(stops=2),
    needs=RESTART,
    exposes=EVENTS,
    promises=[
        "stopped at phase",
        "stopped at block-sent",
        "stopped at checkpoint",
        "stopped at completed",
    ],
)
def two_stops_and_two_restarts_end_like_no_stop(trial: Trial, scenario: Scenario) -> None:
    observed = stopped_and_restarted(trial, scenario)
    loads_are_right(scenario.bundle, observed)


@claim(
    "FL-13",
    given=stopped_jobs(replace(STOPPABLE, indexes=("nopi",))),
    needs=NOPI,
    exposes=EVENTS,
    share=0.5,
)
def a_stopped_and_restarted_load_without_index_ends_like_no_stop(
    trial: Trial, scenario: Scenario
) -> None:
    observed = stopped_and_restarted(trial, scenario)
    loads_are_right(scenario.bundle, observed)


@claim(
    "FL-13",
    given=stopped_jobs(
        replace(STOPPABLE, loads=(2,), around=True, records=(0, 6)), at=WITHIN_ACQUISITION
    ),
    needs=RESTART,
    exposes=EVENTS,
    share=0.5,
)
def a_restart_keeps_what_earlier_steps_and_loads_did(trial: Trial, scenario: Scenario) -> None:
    loads_are_right(scenario.bundle, stopped_and_restarted(trial, scenario))


@claim("FL-13", given=stopped_jobs(), needs=RESTART, exposes=(*EVENTS, "placement"), share=0.5)
def a_restarted_load_leaves_lawful_row_ids(trial: Trial, scenario: Scenario) -> None:
    bundle = scenario.bundle
    whole = completed(trial.run(bundle))
    observed = completed(stopped_and_restarted(trial, scenario, whole))
    (expected,) = expected_loads(bundle)
    table, placement = placed(observed, expected.load.target)
    rows_stand_in_order(placement)
    row_ids_are_unique(placement)
    uniqueness_is_without_gaps(placement)
    keys_are_placed_alike(
        expected.definition,
        placed(whole, expected.load.target),
        (table, placement),
        "after a restart",
    )


@claim(
    "FL-13",
    "HD-11",
    given=stopped_loads(colliding_loads(sessions=(1,))),
    needs=RESTART,
    exposes=(*EVENTS, "placement"),
    share=0.5,
    sizes=grown_collisions,
)
def with_one_session_a_restarted_load_numbers_rows_in_input_order(
    trial: Trial, scenario: Scenario
) -> None:
    table, placement = placed(completed(stopped_and_restarted(trial, scenario)), "t")
    uniqueness_follows_arrival(table.rows, placement, [tuple(r) for r in scenario.choices["rows"]])


@claim(
    "FL-13",
    "HD-14",
    given=stopped_loads(unindexed_loads()),
    needs=NOPI,
    exposes=(*EVENTS, "placement"),
    share=0.5,
    sizes=grown_unindexed,
)
def blocks_of_a_restarted_load_go_round_the_amps(trial: Trial, scenario: Scenario) -> None:
    case = scenario.bundle.case
    system = trial.system()
    whole = completed(trial.run(scenario.bundle))
    (before,) = stop_at_events(trial, scenario, system, whole)
    table, placement = placed(completed(system.run(scenario.bundle)), "t")
    lengths = [int(length) for length in scenario.choices["record_bytes"]]
    amps = amps_of_numbered(table.rows, placement, len(lengths))
    # Where a restart goes on with the round is free, as is the cut of the blocks.
    done = last_checkpoint(before)
    blocks_went_round(amps[:done], lengths[:done], case.teradata.amps, case.teradata.block_bytes)
    blocks_went_round(amps[done:], lengths[done:], case.teradata.amps, case.teradata.block_bytes)


@claim(
    "FL-13",
    given=stopped_jobs(CHECKPOINTED),
    needs=RESTART,
    exposes=EVENTS,
    promises=["stopped at block-sent", "stopped at checkpoint"],
)
def a_restart_goes_on_right_after_the_last_checkpoint(trial: Trial, scenario: Scenario) -> None:
    _restart_begins_where_it_should(trial, scenario)


@claim(
    "FL-13",
    given=stopped_jobs(UNCHECKPOINTED, at=WITHIN_ACQUISITION),
    needs=RESTART,
    exposes=EVENTS,
    share=0.5,
    promises=["stopped at block-sent"],
)
def a_restart_without_checkpoints_starts_over(trial: Trial, scenario: Scenario) -> None:
    _restart_begins_where_it_should(trial, scenario)


@claim(
    "FL-17",
    "FL-13",
    given=stopped_jobs(replace(CHECKPOINTED, ranges=True), at=WITHIN_ACQUISITION),
    needs=RESTART,
    exposes=EVENTS,
    share=0.5,
)
def a_restarted_load_keeps_to_its_range_and_counts_what_it_skipped(
    trial: Trial, scenario: Scenario
) -> None:
    loads_are_right(scenario.bundle, stopped_and_restarted(trial, scenario))


@claim(
    "FL-13",
    given=fastload_scenarios(replace(CHECKPOINTED, ranges=True)),
    needs=RESTART,
    exposes=EVENTS,
    share=0.5,
)
def a_checkpoint_is_taken_after_every_n_records(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    load = load_of(scenario.bundle)
    assert load.checkpoint, "these jobs have CHECKPOINT"
    read = counts_of(report_on(load.target, observed)).read
    checkpoints_are_taken(observed.events, load.checkpoint, read)


@claim(
    "FL-13",
    given=changed_inputs(),
    needs=RESTART,
    exposes=EVENTS,
    share=0.5,
    promises=["restart: input changed before the checkpoint"],
)
def a_restart_on_a_changed_input_is_paused(trial: Trial, scenario: Scenario) -> None:
    system = trial.system()
    events = stop_at_events(trial, scenario, system)[-1]
    done, record = last_checkpoint(events), int(scenario.choices["changed_record"])
    if phase_reached(events) != "acquisition" or record >= done:
        return  # what changed had not been read for good
    trial.note("restart: input changed before the checkpoint")
    changed = with_changed_record(scenario.bundle, record)
    paused_with(system.run(changed), "input_changed")
    # With its input back the load goes on.
    loads_are_right(scenario.bundle, system.run(scenario.bundle))


@claim("FL-13", "FL-15", given=mended_inputs(), needs=RESTART, exposes=ACCOUNTS)
def a_load_paused_at_a_bad_record_goes_on_with_the_mended_input(
    trial: Trial, scenario: Scenario
) -> None:
    system = trial.system()
    damaged = with_bad_record(scenario.bundle, int(scenario.choices["bad_record"]))
    paused_with(system.run(damaged), "bad_record")
    loads_are_right(scenario.bundle, system.run(scenario.bundle))


@claim("FL-13", given=fastload_scenarios(STOPPABLE), needs=RESTART, exposes=EVENTS, share=0.5)
def a_completed_job_run_again_answers_the_same(trial: Trial, scenario: Scenario) -> None:
    system = trial.system()
    first = completed(system.run(scenario.bundle))
    loads_are_right(scenario.bundle, first)
    again = completed(system.run(scenario.bundle))
    if again.outcome.report != first.outcome.report:
        raise Difference(
            f"the completed job run again: expected the same report, {first.outcome.report}; "
            f"observed {again.outcome.report}"
        )
    if sorted(again.tables) != sorted(first.tables):
        raise Difference(
            f"the completed job run again: expected the tables {', '.join(sorted(first.tables))}, "
            f"observed {', '.join(sorted(again.tables))}"
        )
    for name in first.tables:
        rows_are(f"table {name}, run again", table_of(first, name).rows, table_of(again, name).rows)


@claim("FL-22", given=stopped_jobs(), needs=RESTART, exposes=EVENTS, share=0.5)
def a_restart_goes_on_with_its_own_error_tables(trial: Trial, scenario: Scenario) -> None:
    observed = stopped_and_restarted(trial, scenario)
    error = observed.outcome.error
    if error is not None and error.name == "error_table_exists":
        raise Difference(
            f"a restart: expected to go on with the error tables that the job itself made, "
            f"observed {observed.outcome.status} with {error.name}: {error.message}"
        )
    loads_are_right(scenario.bundle, observed)


@claim("FL-21", given=stopped_jobs(), needs=RESTART, exposes=EVENTS, share=0.5)
def the_log_is_gone_after_a_restart_that_succeeded(trial: Trial, scenario: Scenario) -> None:
    observed = completed(stopped_and_restarted(trial, scenario))
    if RESTART_LOG in observed.tables:
        rows = table_of(observed, RESTART_LOG).rows
        raise Difference(f"{RESTART_LOG}: expected gone after success, observed {rows}")


def _restart_begins_where_it_should(trial: Trial, scenario: Scenario) -> None:
    undisturbed = completed(trial.run(scenario.bundle))
    whole = blocks_of(undisturbed.events)
    base = whole[0][0] if whole else 0
    if base not in (0, 1):
        raise Difference(f"block-sent: expected the first block from record 0 or 1, not {base}")
    blocks_follow_each_other(whole, base)
    system = trial.system()
    (before,) = stop_at_events(trial, scenario, system, undisturbed)
    after = completed(system.run(scenario.bundle)).events
    if phase_reached(before) == "application":
        resumed = blocks_of(after)
        if resumed:
            raise Difference(
                f"a restart of phase 2: expected no block sent again, observed {resumed}"
            )
        return
    end = sum(whole[-1]) if whole else base
    blocks_follow_each_other(blocks_of(after), base + last_checkpoint(before), end)
