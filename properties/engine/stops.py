"""Stopping a job at events of its own, and restarting it."""

from __future__ import annotations

from collections import Counter

from properties.engine.observed import Event, Observed
from properties.engine.scenario import Scenario
from properties.engine.trial import CandidateSystem, Difference, Trial
from properties.relations.shared.answers import completed


def stopped_and_restarted(
    trial: Trial, scenario: Scenario, whole: Observed | None = None
) -> Observed:
    """What a job leaves that was stopped at each of its scenario's stops and then left to end."""
    system = trial.system()
    stop_at_events(trial, scenario, system, whole)
    return system.run(scenario.bundle)


def stop_at_events(
    trial: Trial, scenario: Scenario, system: CandidateSystem, whole: Observed | None = None
) -> list[tuple[Event, ...]]:
    """Stop the job at each of the scenario's ``stops``; the events of each attempt.

    A stop is a `specs.contract.StopJob` without its case. So that each takes place, an event that
    the job does not have means any event, and an occurrence counts modulo how many there are.
    ``whole`` is a run without a stop, by default made here. Raises `Difference` for a candidate
    that tells no event.
    """
    events = (whole or completed(trial.run(scenario.bundle))).events
    if not events:
        raise Difference("expected an event after each durable step, observed no event at all")
    told = Counter(name for name, _ in events)
    attempts: list[tuple[Event, ...]] = []
    for stop in scenario.choices["stops"]:
        event = stop["event"] if told[stop["event"]] else None
        occurrence = int(stop["occurrence"]) % (told[event] if event else len(events))
        attempt = system.stop(scenario.bundle, event, occurrence)
        if attempt.events:
            trial.note(f"stopped at {attempt.events[-1][0]}")
        attempts.append(attempt.events)
    return attempts
