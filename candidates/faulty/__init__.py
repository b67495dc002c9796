"""Loaders with one known fault each: a few lines over a right loader, one sentence, one rule.

Every HD and FL rule has at least two. These parts have no fault:

- FL-24, the words in which a wrong script is diagnosed: a loader may tell it as it likes;
- FL-23, TENACITY and SLEEP: a system runs one job at a time.
"""

from __future__ import annotations

import importlib
import pkgutil

from candidates.faulty.planting import PlantedFault, planted_faults

__all__ = ["FAULTS", "PlantedFault", "fault"]

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_module.name)

FAULTS: tuple[PlantedFault, ...] = planted_faults()
"""Those of every module in this package, however deep."""


def fault(name: str) -> PlantedFault:
    """The planted fault of that name. Raises KeyError."""
    return {planted.name: planted for planted in FAULTS}[name]
