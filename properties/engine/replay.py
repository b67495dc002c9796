"""Replaying a stored counterexample against a candidate."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import msgspec
from hypothesis.errors import UnsatisfiedAssumption

from candidates.reach import Terms
from properties.engine.column_types import unknown_column_types
from properties.engine.counterexample import Failure, addressed, store_counterexample
from properties.engine.histories import CheckedHistory
from properties.engine.history_directory import StoredHistory, read_history
from properties.engine.registry import (
    HistoryProperty,
    Property,
    ScenarioProperty,
    select,
)
from properties.engine.running import editions_tried, what_is_lacking
from properties.engine.scenario import Scenario
from properties.engine.scratch import remove, scratch_root
from properties.engine.trial import Difference, Trial, Undecided
from properties.engine.twice import try_scenario
from properties.engines import judge_of
from specs.contract import Description
from specs.contract.directories import CaseBundle, DirectoryError
from specs.contract.results import PropertyResult
from specs.visible import visible


def replay(
    directory: Path | str,
    candidate: str,
    *,
    python: str | None = None,
    timeout: float | None = None,
) -> PropertyResult:
    """Try one stored counterexample again; ``python``, ``timeout`` as in `candidates.reach.Terms`.

    A history is repeated action by action; of any other the property's check runs again. Raises
    `DirectoryError` for a directory that is none, `candidates.reach.CandidateError` when the
    candidate cannot be reached.
    """
    stored, cases = read_history(directory)
    found = select(ids=[stored.property])
    if not found:
        raise DirectoryError(
            f"{directory}: it names the property {stored.property}, which is unknown"
        )
    (claimed,) = found
    if isinstance(claimed, ScenarioProperty) and stored.given is None:
        raise DirectoryError(f"{directory}: it names no given case, which {claimed.id} needs")
    terms = Terms(python, timeout)
    reached = terms.reach(candidate)
    scratch = scratch_root()
    try:
        description = reached.describe()
        lacking = _what_is_lacking(claimed, cases, description)
        if lacking:
            return PropertyResult(
                id=claimed.id, verdict="not_supported", examples=0, reason=lacking
            )
        result = _try_again(claimed, Trial(reached, scratch, description), stored, cases)
    finally:
        reached.close()
        remove(scratch)
    if result.counterexample is None:
        return result
    told = addressed(result.counterexample, claimed.id, str(directory), candidate, candidate, terms)
    return msgspec.structs.replace(result, counterexample=told)


def _what_is_lacking(
    claimed: Property, cases: Mapping[str, CaseBundle], description: Description
) -> str:
    """Why a candidate cannot be held to these cases, by what it says of itself; or nothing."""
    lacking = what_is_lacking(claimed, description)
    if lacking:
        return lacking
    for bundle in cases.values():
        if bundle.case.edition not in editions_tried(claimed, description):
            return f"{description.name} does not follow edition {bundle.case.edition}"
        unknown = unknown_column_types(bundle, description)
        if unknown:
            return f"{description.name} does not know the column types {', '.join(sorted(unknown))}"
    return ""


def _try_again(
    claimed: Property, trial: Trial, stored: StoredHistory, cases: Mapping[str, CaseBundle]
) -> PropertyResult:
    result = partial(PropertyResult, id=claimed.id)
    scenario = Scenario(cases[stored.given], stored.choices) if stored.given else None
    try:
        match claimed:
            case ScenarioProperty() if scenario is not None:
                try_scenario(claimed, trial, scenario)
            case HistoryProperty():
                history = CheckedHistory(trial, judge_of(claimed.engine))
                for action in stored.actions:
                    history.perform(action, cases)
            case _:
                raise TypeError(f"{claimed.id} has neither scenarios nor a machine")
    except Difference as difference:
        failure = Failure.of(trial, difference, scenario)
        told = store_counterexample(claimed, failure, None)
        return result(
            verdict="differs",
            examples=1,
            reason=visible(str(difference), keep="\n"),
            counterexample=told,
        )
    except Undecided as undecided:
        return result(verdict="inconclusive", examples=0, reason=str(undecided))
    except UnsatisfiedAssumption:
        reason = "the candidate declined this case"
        return result(verdict="not_supported", examples=0, reason=reason)
    edition = next(iter(cases.values())).case.edition
    return result(verdict="holds", examples=1, editions={edition: 1})
