"""AMPs that are lost while a load runs: which rows go with them, who gets their blocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Hashable, Mapping, Sequence

import reference
from properties.engine.observed import Observed
from properties.engine.trial import Difference
from properties.relations.fastload.loading import ExpectedLoad
from properties.relations.shared.answers import placed, told_numbers
from reference.fastload.acquire import AMP_UNAVAILABLE
from reference.values.equality import index_key


def amps_of_keys(expected: ExpectedLoad, observed: Observed) -> Mapping[Hashable, int]:
    """The AMP of every index key in the loaded table, as the candidate has placed it.

    Any balanced map is permitted (HD-08), so which rows an AMP holds is the candidate's own; they
    are learned from the same load with every AMP up. Raises `Difference` without placement.
    """
    table, placement = placed(observed, expected.definition.name)
    return {
        index_key(row, expected.definition): amp
        for row, (amp, _, _) in zip(table.rows, placement, strict=True)
    }


def with_lost_rows(
    expected: ExpectedLoad, lost: Collection[int], amp_of: Mapping[Hashable, int]
) -> ExpectedLoad:
    """What is expected when these AMPs are lost: their rows belong into error table 1."""

    def fact_without_amp(fact: reference.RecordFacts) -> reference.RecordFacts:
        if fact.row is None or amp_of[index_key(fact.row, expected.definition)] not in lost:
            return fact
        return dataclasses.replace(fact, faults=(AMP_UNAVAILABLE,))

    return dataclasses.replace(expected, facts=[fact_without_amp(fact) for fact in expected.facts])


def with_every_row_lost(expected: ExpectedLoad) -> ExpectedLoad:
    """What is expected when no AMP is left to take a row or a block."""
    facts = [
        fact if fact.row is None else dataclasses.replace(fact, faults=(AMP_UNAVAILABLE,))
        for fact in expected.facts
    ]
    return dataclasses.replace(expected, facts=facts)


def blocks_went_to_the_next_amp_up(
    amps_of_blocks: Sequence[int], amps: int, lost: Collection[int]
) -> None:
    """Block i went to AMP s + i, wrapping, for some s; one for a lost AMP to the next that is up.

    ``amps_of_blocks`` is the AMP of each block in input order; some AMP is up.
    """

    def next_up(amp: int) -> int:
        ring = ((amp + step) % amps for step in range(amps))
        return next(here for here in ring if here not in lost)

    permitted = [
        [next_up(start + block) for block in range(len(amps_of_blocks))] for start in range(amps)
    ]
    if list(amps_of_blocks) not in permitted:
        gone = " and ".join(f"AMP {amp} is lost" for amp in sorted(lost))
        raise Difference(
            f"blocks of a load on {amps} AMPs, {gone}: expected them to go round, those for a "
            f"lost AMP to the next one that is up, as in {told_numbers(permitted[0])}; "
            f"observed {told_numbers(amps_of_blocks)}"
        )
