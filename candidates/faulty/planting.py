"""How a fault is planted: a class over the right loader, registered under the rule it breaks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from candidates.polars.loader import PolarsLoader
from candidates.reach import InProcess

_Loader = TypeVar("_Loader", bound=type[PolarsLoader])
_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class PlantedFault(msgspec.Struct, frozen=True):
    """A loader that breaks one rule. ``spec`` reaches it."""

    name: str
    rule: str
    sentence: str
    spec: InProcess


_planted: dict[str, PlantedFault] = {}


def planted(rule: str) -> Callable[[_Loader], _Loader]:
    """Register a faulty loader under the rule it breaks; its docstring is the sentence.

    Raises ValueError when two faults have one name.
    """

    def register(loader: _Loader) -> _Loader:
        name = _WORD_START.sub("-", loader.__name__).lower()
        if name in _planted:
            raise ValueError(f"two planted faults are named {name}; rename one")
        sentence = " ".join((inspect.getdoc(loader) or "").split())
        spec = InProcess(loader.__module__, loader.__name__)
        _planted[name] = PlantedFault(name, rule, sentence, spec)
        return loader

    return register


def planted_faults() -> tuple[PlantedFault, ...]:
    """All that are registered so far, in order of rule and name."""
    return tuple(sorted(_planted.values(), key=lambda fault: (fault.rule, fault.name)))
