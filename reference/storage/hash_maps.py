"""Hash maps: which AMP owns which bucket, before and after a reconfigure (HD-08, HD-18)."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

RowHash: TypeAlias = int
"""32 bits, unsigned."""

HashBucket: TypeAlias = int
"""The first 16 or 20 bits of a row hash."""

Amp: TypeAlias = int
"""An AMP's number, from 0."""

Owners: TypeAlias = "array[int]"
"""The AMP of each bucket, in bucket order."""


def highest_bucket(bits: int) -> HashBucket:
    """HD-07: HASHBUCKET()."""
    return (1 << bits) - 1


@dataclass(frozen=True)
class HashMap:
    """The map of a system that began with ``history[0]`` AMPs and was reconfigured to each next."""

    bits: int
    history: tuple[int, ...]

    @property
    def amps(self) -> int:
        return self.history[-1]

    @property
    def owners(self) -> Owners:
        """HD-08: the AMP of each bucket."""
        return _owners(self.bits, self.history)

    def amp_of_hash(self, hashed: RowHash) -> Amp:
        """HD-01: the AMP that owns a row hash."""
        return self.owners[hashed >> (32 - self.bits)]

    def lowest_bucket(self, amp: Amp) -> HashBucket:
        """HD-15: the lowest bucket that the AMP owns."""
        return self.owners.index(amp)

    def reconfigured(self, amps: int) -> HashMap:
        """HD-18: the map after a change of the number of AMPs. Raises ValueError for 0."""
        if not 1 <= amps <= 1 << self.bits:
            raise ValueError(f"a system has 1 to {1 << self.bits} AMPs, not {amps}")
        return HashMap(self.bits, (*self.history, amps))


def hash_map(amps: int, bits: int = 20) -> HashMap:
    """HD-08: the map of a new system."""
    return HashMap(bits, (amps,))


@lru_cache(maxsize=8)  # of 2**20 buckets, each takes 4 MB
def _owners(bits: int, history: tuple[int, ...]) -> Owners:
    if len(history) == 1:
        return owners_in_new_map(history[0], bits)
    return owners_after_reconfigure(_owners(bits, history[:-1]), history[-1])


def owners_in_new_map(amps: int, bits: int) -> Owners:
    """HD-08: bucket b belongs to AMP (highest bucket - b) mod AMPs."""
    buckets = 1 << bits
    whole_rounds = array("i", range(amps - 1, -1, -1)) * -(-buckets // amps)
    return whole_rounds[-buckets:]  # they end with AMP 0, which owns the highest bucket


def owners_after_reconfigure(owners: Owners, amps: int) -> Owners:
    """HD-18: balanced again, and the fewest possible buckets move.

    Each AMP keeps its lowest buckets up to its new share; the AMPs that hold most today get the
    larger shares, ties to the lower number. The freed buckets, ascending, fill the others.
    """
    # CHECK: the new shares differ by at most one.
    held = Counter(owners)
    share, larger_shares = divmod(len(owners), amps)
    room = [share] * amps
    for amp in sorted(range(amps), key=lambda amp: (-held[amp], amp))[:larger_shares]:
        room[amp] += 1
    # PLACE: each AMP's lowest buckets stay; the others are free.
    free: list[HashBucket] = []
    for bucket, amp in enumerate(owners):
        if amp < amps and room[amp]:
            room[amp] -= 1
        else:
            free.append(bucket)
    # PLACE: the free ones go to the AMPs that have room left.
    moved = owners[:]
    takers = (amp for amp in range(amps) for _ in range(room[amp]))
    for bucket, amp in zip(free, takers, strict=True):
        moved[bucket] = amp
    return moved
