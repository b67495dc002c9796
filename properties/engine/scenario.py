"""Scenarios: the examples of a property."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from properties.engine.sizes import Growth
from specs.contract.directories import CaseBundle


@dataclass(frozen=True)
class Scenario:
    """A case and what the property does with it (``choices``: JSON values, e.g. a stop)."""

    bundle: CaseBundle
    choices: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        # Hypothesis makes one of every failing example; files can be long
        return f"Scenario({', '.join(self.bundle.files)}; {dict(self.choices)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # Without it Hypothesis prints a dataclass field by field, whatever its repr
        printer.text(repr(self))


Grow = Callable[[Scenario, Growth], Scenario | None]
"""Makes a large scenario out of a small one; see `properties.engine.sizes.Sizes`."""
