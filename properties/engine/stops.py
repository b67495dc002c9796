"""Stopping a candidate at events of its own, and restarting it."""

from __future__ import annotations

from pathlib import Path

from properties.engine.observed import Observed
from properties.engine.registry import Scenario
from properties.engine.trial import Difference, Trial
from properties.relations.fastload.progress import Event
from properties.relations.shared.answers import completed

Events = tuple[Event, ...]


def stopped_and_restarted(
    trial: Trial, scenario: Scenario, whole: Observed | None = None
) -> Observed:
    """What a job leaves that was stopped at each of its scenario's picks and then left to end."""
    workspace = trial.workspace()
    stop_at_events(trial, scenario, workspace, whole)
    return trial.run(scenario.bundle, workspace)


def stop_at_events(
    trial: Trial, scenario: Scenario, workspace: Path, whole: Observed | None = None
) -> list[Events]:
    """Stop the job once for each of the scenario's picks; the events of each attempt.

    The scenario is one of `properties.strategies.fastload.stopped_jobs`. ``whole`` is a run of it
    without a stop, by default made here. Raises `Difference` for a candidate that tells no event.
    """
    events = (whole or completed(trial.run(scenario.bundle))).events
    if not events:
        raise Difference("expected an event after each durable step, observed no event at all")
    wanted = scenario.choices.get("stop_at")
    eligible = [at for at, (name, _) in enumerate(events) if name == wanted] or range(len(events))
    attempts: list[Events] = []
    for pick in scenario.choices["stops"]:
        attempt = trial.attempt(
            scenario.bundle, workspace, stop_at=eligible[int(pick) % len(eligible)]
        )
        if attempt.events:
            trial.note(f"stopped at {attempt.events[-1][0]}")
        attempts.append(attempt.events)
    return attempts
