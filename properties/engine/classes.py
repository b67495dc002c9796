"""Input classes: which kinds of input an example is, so that a run can tell what it has tried."""

from __future__ import annotations

from properties.engines import engine_of
from properties.strategies.shared.classes import classes_of_system
from specs.contract.directories import CaseBundle


def classes_of_case(bundle: CaseBundle) -> tuple[str, ...]:
    """Labels of the input classes that one case is in, each once: short human phrases."""
    engine = engine_of(bundle.case)
    labels = [*classes_of_system(bundle.case), *(engine.classes(bundle) if engine else ())]
    return tuple(dict.fromkeys(labels))
