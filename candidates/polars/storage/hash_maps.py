"""Hash maps: which AMP owns which hash bucket, and how the map follows the number of AMPs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Amps = NDArray[np.int32]
RowHashes = NDArray[np.uint32]


class HashMap:
    """The AMP of each bucket (HD-08).

    A new system's map is arithmetic: bucket b belongs to AMP (highest bucket - b) mod AMPs.
    ``owners`` (int32, one per bucket) is set only after a reconfiguration.
    """

    def __init__(self, amps: int, bits: int, owners: Amps | None = None) -> None:
        self.amps = amps
        self.bits = bits
        self._owners = owners

    @property
    def highest_bucket(self) -> int:
        return (1 << self.bits) - 1

    def amp_of_bucket(self, buckets: NDArray[np.uint32]) -> Amps:
        """HASHAMP of each bucket."""
        if self._owners is not None:
            return self._owners[buckets]
        return ((np.uint32(self.highest_bucket) - buckets) % np.uint32(self.amps)).astype(np.int32)

    def owners(self) -> Amps:
        """The AMP of every bucket, in bucket order."""
        return self.amp_of_bucket(np.arange(1 << self.bits, dtype=np.uint32))

    def lowest_buckets(self) -> NDArray[np.uint32]:
        """For each AMP the lowest bucket that it owns."""
        if self._owners is None:
            highest = np.uint32(self.highest_bucket)
            return (highest - np.arange(self.amps, dtype=np.uint32)) % np.uint32(self.amps)
        return np.unique(self._owners, return_index=True)[1].astype(np.uint32)

    def reconfigured(self, amps: int) -> HashMap:
        """The map for another number of AMPs: balanced, and the fewest buckets move (HD-18).

        Each AMP keeps its lowest buckets up to its share; freed buckets, ascending, fill the
        AMPs below their share, ascending. AMPs that hold most today get the larger shares.
        """
        owners = self.owners()
        buckets = len(owners)
        held = np.bincount(owners, minlength=max(amps, self.amps))
        share = np.zeros(len(held), dtype=np.int64)
        share[:amps] = buckets // amps
        most_first = np.lexsort((np.arange(amps), -held[:amps]))
        share[most_first[: buckets % amps]] += 1
        order = np.argsort(owners, kind="stable")
        first = np.cumsum(held) - held
        rank = np.empty(buckets, dtype=np.int64)
        rank[order] = np.arange(buckets) - first[owners[order]]
        freed = np.flatnonzero(rank >= share[owners])
        missing = np.maximum(share - held, 0)
        moved = owners.copy()
        moved[freed] = np.repeat(np.arange(len(held), dtype=np.int32), missing)
        return HashMap(amps, self.bits, moved)
