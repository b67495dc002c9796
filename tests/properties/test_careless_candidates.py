"""No verdict can be bought: whoever loads nothing, or not the same twice, keeps no property."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from careless_loaders import CARELESS
from engine_samples import reached

from properties.engine import running
from properties.engine.registry import Property, select
from properties.engine.running import MINIMUM_EXAMPLES, Effort, run_property

SHARES = 4
"""The properties are tried in so many tests, which can run at the same time."""


@dataclass(frozen=True)
class JustEnough(Effort):
    """As few examples as a property can hold with, and a few more."""

    def examples(self, claimed: Property) -> int:
        return MINIMUM_EXAMPLES + 1


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("careless", CARELESS)
def test_no_property_holds_or_breaks_down(
    careless: str, share: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "DECLINES_AN_EXAMPLE", 1)
    candidate = reached(CARELESS[careless]())
    description = candidate.describe()
    told = {
        claimed.id: run_property(
            claimed, candidate, description, JustEnough(shrink=False), tmp_path
        )
        for claimed in select()[share::SHARES]
    }
    unearned = {id: result.verdict for id, result in told.items() if result.verdict == "holds"}
    broken = {id: result.reason for id, result in told.items() if result.verdict == "harness_error"}
    assert (unearned, broken) == ({}, {})
    assert {result.verdict for result in told.values()} <= {
        "differs",
        "not_supported",
        "inconclusive",
    }
