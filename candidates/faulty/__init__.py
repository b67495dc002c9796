"""Loaders with one known fault each: a few lines over a right loader, one sentence, one rule.

Every HD and FL rule has at least two. A loader cannot break all that the rules say, since the
harness reads scripts itself and gives the loader a plan; these parts have no fault:

- FL-23 and FL-24, the diagnosis of wrong scripts: planted are a loader that trusts the text of the
  script beside the plan, and loaders that do what the sample script says;
- FL-05, FL-19 and FL-20, the scripts that are refused (statements other than INSERT, a field that
  is not defined or no VARCHAR, nested conversions and arithmetic): such a script becomes no case;
- FL-23, TENACITY and SLEEP: a system runs one job at a time.
"""

from __future__ import annotations

from candidates.faulty.fl import (
    accounting,
    conversion,
    duplicates,
    error_tables,
    histories,
    limits,
    locks,
    lost_amps,
    phases,
    records,
    refusals,
    restarts,
    scripts,
    sizes,
    sources,
)
from candidates.faulty.hd import hash_maps, hashing, inserts, no_primary_index, row_ids
from candidates.faulty.planting import PlantedFault, planted_faults

__all__ = ["FAULTS", "SUBJECTS", "PlantedFault", "fault"]

SUBJECTS = (
    *(hashing, hash_maps, row_ids, no_primary_index, inserts, refusals, duplicates, phases),
    *(error_tables, lost_amps, conversion, records, accounting, limits, restarts, locks, sources),
    *(scripts, histories, sizes),
)
"""The modules that plant faults."""

FAULTS: tuple[PlantedFault, ...] = planted_faults()


def fault(name: str) -> PlantedFault:
    """The planted fault of that name. Raises KeyError."""
    return {planted.name: planted for planted in FAULTS}[name]
