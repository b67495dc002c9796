"""A candidate that tells no events, or no report or a wrong one, is never an error of ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from engine_samples import Loader, reached, with_small_cases

from properties.engine.registry import Property, select
from properties.engine.running import Effort, run_property
from specs.contract import Emit, Outcome
from specs.contract.directories import (
    OUTCOME_DIRECTORY,
    read_outcome_document,
    write_outcome_document,
)
from specs.fastload.report import FastLoadReport, load_reports

CLAIMED = [
    with_small_cases(claimed, "what is not told does not depend on size")
    for claimed in select(suites=["fastload"])
    if len(claimed.exposes) > 1
]
"""The properties that look at more than content, with small examples alone."""


@dataclass(frozen=True)
class FewExamples(Effort):
    """No more than break a property down, since the properties are many."""

    def examples(self, claimed: Property) -> int:
        return 3


class Silent(Loader):
    """The reference, which keeps its events to itself and changes what it leaves."""

    def __init__(self, events: frozenset[str], change: Callable[[Outcome], Outcome]) -> None:
        super().__init__()
        self._events = events
        self._change = change

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        def quietly(name: str, details: dict[str, object]) -> None:
            if name in self._events:
                emit(name, details)

        super().run(case, workspace, quietly)
        directory = workspace / OUTCOME_DIRECTORY
        write_outcome_document(self._change(read_outcome_document(directory)), directory)


EVENTS = frozenset({"phase", "block-sent", "checkpoint", "part-written", "step-done", "completed"})


def as_it_is(outcome: Outcome) -> Outcome:
    return outcome


def without_report(outcome: Outcome) -> Outcome:
    return msgspec.structs.replace(outcome, report=None)


def without_counts(outcome: Outcome) -> Outcome:
    loads = tuple(
        msgspec.structs.replace(load, counts=None, target="somebody else's")
        for load in load_reports(outcome.report)
    )
    return msgspec.structs.replace(outcome, report=FastLoadReport(loads=loads))


SILENT = {
    "no events": (frozenset(), as_it_is),
    "only steps": (frozenset({"step-done"}), as_it_is),
    "no report": (EVENTS, without_report),
    "another report": (EVENTS, without_counts),
}


@pytest.mark.parametrize("silence", SILENT)
def test_no_property_breaks_down(silence: str, tmp_path: Path) -> None:
    candidate = reached(Silent(*SILENT[silence]))
    description = candidate.describe()
    broken, differing = {}, set()
    for claimed in CLAIMED:
        effort = FewExamples(shrink=False)
        result = run_property(claimed, candidate, description, effort, tmp_path)
        if result.verdict == "harness_error":
            broken[claimed.id] = result.reason
        if result.verdict == "differs":
            differing.add(claimed.id)
    assert broken == {}
    assert differing, "what is not told is missed by some property"
