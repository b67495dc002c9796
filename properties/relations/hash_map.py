"""What a hash map may be: any balanced one, changed by as few buckets as possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from properties.trial import Difference


def map_is_balanced(owners: Sequence[int | None], amps: int, bits: int) -> None:
    """HD-08: every bucket has one AMP of the system, and counts differ by at most one."""
    if len(owners) != 1 << bits:
        raise Difference(
            f"hash map of {bits}-bit buckets: expected {1 << bits} of them, observed {len(owners)}"
        )
    counts = Counter(owners)
    for amp in counts:
        if amp is None or not 0 <= amp < amps:
            bucket = list(owners).index(amp)
            raise Difference(
                f"HASHAMP({bucket}): expected an AMP from 0 to {amps - 1}, observed {amp}"
            )
    fewest = min(range(amps), key=lambda amp: counts[amp])
    most = max(range(amps), key=lambda amp: counts[amp])
    if counts[most] - counts[fewest] > 1:
        raise Difference(
            f"hash map of {amps} AMPs: expected bucket counts that differ by at most 1, observed "
            f"{counts[fewest]} on AMP {fewest} and {counts[most]} on AMP {most}"
        )


def fewest_moves(before: Sequence[int], amps: int) -> int:
    """HD-18: how many buckets at least change owner until a map of ``amps`` AMPs is balanced."""
    held = Counter(before)
    share, larger = divmod(len(before), amps)
    # Each AMP keeps up to its share; ``larger`` of those that hold more may keep one bucket more.
    kept = sum(min(held[amp], share) for amp in range(amps))
    with_more = sum(held[amp] > share for amp in range(amps))
    return len(before) - kept - min(larger, with_more)


def as_few_buckets_moved_as_possible(
    before: Sequence[int], after: Sequence[int], amps: int
) -> None:
    """HD-18: no more buckets changed owner than an even map needs; which ones is free."""
    moved = sum(old != new for old, new in zip(before, after, strict=True))
    least = fewest_moves(before, amps)
    if moved > least:
        raise Difference(
            f"from {max(before) + 1} to {amps} AMPs: expected {least} buckets to change owner, "
            f"the fewest possible, observed {moved}"
        )
