"""Loaders that use a freedom of the rules pass every HD and FL property."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from engine_samples import with_small_cases
from rich.console import Console

from candidates.permitted import PERMITTED, PermittedLoader, permitted_loader
from candidates.reach import reach
from loadproof.selftest import SelfTest, claims_on, permit
from loadproof.showing import show_selftest
from properties.engine.registry import Property, select
from properties.engine.running import MINIMUM_EXAMPLES, Effort, run_property
from specs.rules import load_catalogue

LARGE = 8
"""One property in so many is tried with large cases too."""


@dataclass(frozen=True)
class FewExamples(Effort):
    """As few as say anything, since the properties are many."""

    def examples(self, claimed: Property) -> int:
        return MINIMUM_EXAMPLES + 1


@pytest.mark.parametrize("loader", PERMITTED, ids=[loader.name for loader in PERMITTED])
def test_it_passes(loader: PermittedLoader, tmp_path: Path) -> None:
    """Each under the rules whose freedom it uses; one that concerns every rule under all."""
    candidate = reach(loader.spec)
    description = candidate.describe()
    refused = {}
    for number, claimed in enumerate(claims_on(loader, loader.rules)):
        if number % LARGE:
            claimed = with_small_cases(claimed, "`loadproof selftest` tries all of them large")
        effort = FewExamples(seed=3, shrink=False)
        result = run_property(claimed, candidate, description, effort, tmp_path)
        if result.verdict in ("differs", "harness_error"):
            refused[claimed.id] = result.reason
    assert refused == {}, loader.sentence


@pytest.mark.parametrize("loader", PERMITTED, ids=[loader.name for loader in PERMITTED])
def test_it_names_rules_of_the_catalogue_and_is_found_by_its_name(loader: PermittedLoader) -> None:
    rules = {rule.id for rule in load_catalogue()}
    assert {*loader.rules, *loader.replaces} <= rules
    assert loader.sentence.endswith(".")
    assert permitted_loader(loader.name) == loader


def test_what_a_loader_replaces_is_told_by_the_rule_it_names(tmp_path: Path) -> None:
    loader = permitted_loader("other-hash-of-undocumented-types")
    (claimed,) = select(rules=loader.replaces)
    candidate = reach(loader.spec)
    result = run_property(claimed, candidate, candidate.describe(), Effort(shrink=False), tmp_path)
    assert result.verdict == "differs"


def test_a_property_that_refuses_a_permitted_loader_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strict = msgspec.structs.replace(
        permitted_loader("other-hash-of-undocumented-types"), replaces=()
    )
    monkeypatch.setattr("loadproof.selftest.permitted_loader", lambda name: strict)
    permission = permit(strict.name, "quick", 0, ("HD-04",))
    assert permission.refused_by == "distribution.hashing.every_value_hashes_by_the_formula"
    told = SelfTest(profile="quick", seed=0, detections=(), permissions=(permission,))
    assert told.refused == (permission,)
    console = Console(width=200, record=True, file=io.StringIO())
    show_selftest(told, console)
    text = console.export_text()
    assert "0 of 1 permitted loaders pass" in text
    assert permission.refused_by in text
