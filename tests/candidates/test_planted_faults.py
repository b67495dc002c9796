"""Every planted fault is caught under its own rule, and every HD and FL rule has two of them."""

from __future__ import annotations

import importlib
import inspect
from collections import Counter
from pathlib import Path

import pytest
from faults_by_property import FAILED_BY

from candidates.faulty import FAULTS, PlantedFault, fault
from candidates.faulty.planting import planted
from candidates.polars.loader import PolarsLoader
from candidates.reach import reach
from loadproof.selftest import detect
from properties.engine.registry import HistoryProperty, all_properties, select
from properties.engine.running import Effort, run_property
from specs.rules import load_catalogue

_LINES = 20
"""Most lines of a planted fault's class: it is a few lines over a right loader."""


@pytest.mark.parametrize("planted_fault", FAULTS, ids=[f.name for f in FAULTS])
def test_it_is_caught_under_its_own_rule(planted_fault: PlantedFault) -> None:
    detection = detect(planted_fault.name, "quick", seed=0, shrink=False)
    assert not detection.error
    assert detection.caught_by, f"{planted_fault.sentence} Nothing under {planted_fault.rule} fails"
    assert "broke down" not in detection.message, "a fault is a wrong outcome, not an exception"


def test_every_property_is_failed_by_a_fault_of_its_rules() -> None:
    assert set(FAILED_BY) == {claimed.id for claimed in all_properties()}, (
        "name a planted fault for each new property"
    )


@pytest.mark.parametrize("identity", sorted(FAILED_BY))
def test_it_is_failed_by_the_fault_named_for_it(identity: str, tmp_path: Path) -> None:
    (claimed,) = select(ids=[identity])
    planted_fault = fault(FAILED_BY[identity])
    assert planted_fault.rule in claimed.rules
    candidate = reach(planted_fault.spec)
    result = run_property(claimed, candidate, candidate.describe(), Effort(shrink=False), tmp_path)
    assert result.verdict == "differs", f"{planted_fault.sentence} {claimed.sentence} still holds"


OF_HISTORIES = [f for f in FAULTS if f.spec.module.endswith("fl.histories")]


@pytest.mark.parametrize("planted_fault", OF_HISTORIES, ids=[f.name for f in OF_HISTORIES])
def test_a_fault_of_several_jobs_is_found_by_histories_alone(
    planted_fault: PlantedFault, tmp_path: Path
) -> None:
    (claimed,) = (p for p in select(rules=[planted_fault.rule]) if isinstance(p, HistoryProperty))
    candidate = reach(planted_fault.spec)
    effort = Effort("thorough", shrink=False)
    result = run_property(claimed, candidate, candidate.describe(), effort, tmp_path)
    assert result.verdict == "differs", planted_fault.sentence
    assert "broke down" not in result.reason


def test_every_rule_of_hash_distribution_and_fastload_has_two() -> None:
    number = Counter(planted_fault.rule for planted_fault in FAULTS)
    rules = [rule.id for rule in load_catalogue() if rule.id.startswith(("HD", "FL"))]
    assert [rule for rule in rules if number[rule] < 2] == []
    assert set(number) <= set(rules)


@pytest.mark.parametrize("planted_fault", FAULTS, ids=[f.name for f in FAULTS])
def test_it_is_a_few_lines_with_one_sentence_that_its_spec_reaches(
    planted_fault: PlantedFault,
) -> None:
    sentence = planted_fault.sentence
    assert sentence.endswith(".")
    assert ". " not in sentence
    assert fault(planted_fault.name) == planted_fault
    assert reach(planted_fault.spec).describe().contract
    place = planted_fault.spec
    subject = importlib.import_module(place.module)
    assert len(inspect.getsource(getattr(subject, place.factory)).splitlines()) <= _LINES


def test_two_faults_cannot_have_one_name() -> None:
    class TriggersAreOverlooked(PolarsLoader):
        """Another one."""

    with pytest.raises(ValueError, match="triggers-are-overlooked"):
        planted("FL-04")(TriggersAreOverlooked)
