"""What a hash map may be: any balanced one, changed by as few buckets as possible."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from properties.engine.observed import Observed
from properties.engine.trial import Difference
from properties.relations.shared.answers import answer_column

Owners: TypeAlias = npt.NDArray[np.int64]
"""The AMP of each bucket, in bucket order; a 20-bit system has a million."""


def whole_map(observed: Observed, step: int) -> Owners:
    """The answer to a question for the whole map. Raises `Difference` when an AMP is NULL."""
    column = answer_column(observed, step, "amp")
    if not pa.types.is_integer(column.type):
        raise Difference(f"hash map: expected whole numbers as AMPs, observed {column.type}")
    if column.null_count:
        raise Difference(
            f"hash map: expected an AMP for every bucket, {column.null_count} are NULL"
        )
    return np.asarray(column, dtype=np.int64)


def map_is_balanced(owners: Owners, amps: int, bits: int) -> None:
    """HD-08: every bucket has one AMP of the system, and counts differ by at most one."""
    if len(owners) != 1 << bits:
        raise Difference(
            f"hash map of {bits}-bit buckets: expected {1 << bits} of them, observed {len(owners)}"
        )
    for bucket in np.flatnonzero((owners < 0) | (owners >= amps))[:1]:
        raise Difference(
            f"HASHAMP({bucket}): expected an AMP from 0 to {amps - 1}, observed {owners[bucket]}"
        )
    counts = np.bincount(owners, minlength=amps)
    fewest, most = int(counts.argmin()), int(counts.argmax())
    if counts[most] - counts[fewest] > 1:
        raise Difference(
            f"hash map of {amps} AMPs: expected bucket counts that differ by at most 1, observed "
            f"{counts[fewest]} on AMP {fewest} and {counts[most]} on AMP {most}"
        )


def fewest_moves(before: Owners, amps: int) -> int:
    """HD-18: how many buckets at least change owner until a map of ``amps`` AMPs is balanced."""
    held = np.bincount(before, minlength=amps)[:amps]
    share, larger = divmod(len(before), amps)
    # Each AMP keeps up to its share; ``larger`` of those that hold more may keep one bucket more.
    kept = int(np.minimum(held, share).sum())
    return len(before) - kept - min(larger, int((held > share).sum()))


def as_few_buckets_moved_as_possible(before: Owners, after: Owners, amps: int) -> None:
    """HD-18: no more buckets changed owner than an even map needs; which ones is free."""
    moved = int((before != after).sum())
    least = fewest_moves(before, amps)
    if moved > least:
        raise Difference(
            f"from {before.max() + 1} to {amps} AMPs: expected {least} buckets to change owner, "
            f"the fewest possible, observed {moved}"
        )
