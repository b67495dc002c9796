"""Hash maps: which AMP owns which bucket, before and after a reconfigure (HD-08, HD-18)."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, overload

RowHash: TypeAlias = int
"""32 bits, unsigned."""

HashBucket: TypeAlias = int
"""The first 16 or 20 bits of a row hash."""

Amp: TypeAlias = int
"""An AMP's number, from 0."""


def highest_bucket(bits: int) -> HashBucket:
    """HD-07: HASHBUCKET()."""
    return (1 << bits) - 1


@dataclass(frozen=True)
class HashMap(Sequence[Amp]):
    """The map of a system that began with ``history[0]`` AMPs and was reconfigured to each next.

    As a sequence: the AMP of each bucket, in bucket order.
    """

    bits: int
    history: tuple[int, ...]

    @property
    def amps(self) -> int:
        return self.history[-1]

    def amp(self, bucket: HashBucket) -> Amp:
        """HD-08: HASHAMP(bucket), in 0 .. AMPs - 1."""
        if len(self.history) == 1:
            return (highest_bucket(self.bits) - bucket) % self.amps
        return _owner_of_bucket(_owned_buckets(self.bits, self.history), bucket)

    def amp_of_hash(self, hashed: RowHash) -> Amp:
        """HD-01: the AMP that owns a row hash."""
        return self.amp(hashed >> (32 - self.bits))

    def lowest_bucket(self, amp: Amp) -> HashBucket:
        """HD-15: the lowest bucket that the AMP owns."""
        if len(self.history) == 1:
            return (highest_bucket(self.bits) - amp) % self.amps
        return _owned_buckets(self.bits, self.history)[amp][0]

    def reconfigured(self, amps: int) -> HashMap:
        """HD-18: the map after a change of the number of AMPs; see `_reconfigured_buckets`."""
        if not 1 <= amps <= len(self):
            raise ValueError(f"a system has 1 to {len(self)} AMPs, not {amps}")
        return HashMap(self.bits, (*self.history, amps))

    def __len__(self) -> int:
        return 1 << self.bits

    @overload
    def __getitem__(self, index: int) -> Amp: ...
    @overload
    def __getitem__(self, index: slice) -> list[Amp]: ...
    def __getitem__(self, index: int | slice) -> Amp | list[Amp]:
        if isinstance(index, slice):
            return [self.amp(bucket) for bucket in range(*index.indices(len(self)))]
        return self.amp(range(len(self))[index])

    def __iter__(self) -> Iterator[Amp]:
        return iter(self.owners())

    def owners(self) -> array[int]:
        """The AMP of each bucket, in bucket order."""
        owners = array("i", bytes(4 << self.bits))
        for amp, buckets in enumerate(_owned_buckets(self.bits, self.history)):
            for bucket in buckets:
                owners[bucket] = amp
        return owners


def hash_map(amps: int, bits: int = 20) -> HashMap:
    """HD-08: the map of a new system: bucket b belongs to AMP (highest bucket - b) mod AMPs."""
    return HashMap(bits, (amps,))


def reconfigured_map(current: HashMap, amps: int) -> HashMap:
    """HD-18: `HashMap.reconfigured`."""
    return current.reconfigured(amps)


@lru_cache(maxsize=8)  # a map of 2**20 buckets takes 4 MB
def _owned_buckets(bits: int, history: tuple[int, ...]) -> tuple[array[int], ...]:
    """For each AMP the buckets that it owns, ascending."""
    if len(history) == 1:
        highest, (amps,) = highest_bucket(bits), history
        return tuple(
            array("i", range((highest - amp) % amps, highest + 1, amps)) for amp in range(amps)
        )
    return _reconfigured_buckets(_owned_buckets(bits, history[:-1]), history[-1], 1 << bits)


def _reconfigured_buckets(
    owned: tuple[array[int], ...], amps: int, buckets: int
) -> tuple[array[int], ...]:
    """HD-18: balanced again, and the fewest possible buckets move.

    Each AMP keeps its lowest buckets up to its new share; the AMPs that hold most today get the
    larger shares, ties to the lower number. The freed buckets, ascending, fill the others.
    """
    # CHECK: the new shares differ by at most one.
    held = [len(owned[amp]) if amp < len(owned) else 0 for amp in range(amps)]
    share, larger = divmod(buckets, amps)
    shares = [share] * amps
    for amp in sorted(range(amps), key=lambda amp: (-held[amp], amp))[:larger]:
        shares[amp] += 1
    # PLACE: free what is above the share, then fill what is below it.
    kept = [owned[amp][: shares[amp]] if amp < len(owned) else array("i") for amp in range(amps)]
    freed: list[int] = []
    for amp, mine in enumerate(owned):
        freed += mine[shares[amp] :] if amp < amps else mine
    freed.sort()
    result, used = [], 0
    for amp in range(amps):
        missing = shares[amp] - len(kept[amp])
        if missing:
            added = freed[used : used + missing]
            used += missing
            result.append(array("i", sorted([*kept[amp], *added])))
        else:
            result.append(kept[amp])
    return tuple(result)


def _owner_of_bucket(owned: tuple[array[int], ...], bucket: HashBucket) -> Amp:
    for amp, mine in enumerate(owned):
        position = bisect_left(mine, bucket)
        if position < len(mine) and mine[position] == bucket:
            return amp
    raise ValueError(f"no bucket {bucket} in this hash map")
