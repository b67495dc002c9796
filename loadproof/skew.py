"""The answer of the distribution query (HD-17), with a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

BAR = 40
MOST_LINES = 24


@dataclass(frozen=True)
class Distribution:
    """Rows per AMP, AMPs without rows included; ``counts[amp]`` is that AMP's rows."""

    counts: Sequence[int]

    @property
    def mean(self) -> float:
        return sum(self.counts) / len(self.counts)

    @property
    def largest_over_mean(self) -> float:
        """1.0 is even; 0.0 for an empty table."""
        return max(self.counts) / self.mean if any(self.counts) else 0.0

    @property
    def coefficient_of_variation(self) -> float:
        """Standard deviation over mean; 0.0 for an empty table."""
        if not any(self.counts):
            return 0.0
        variance = sum((count - self.mean) ** 2 for count in self.counts) / len(self.counts)
        return math.sqrt(variance) / self.mean


def distribution_of(amps_of_rows: pa.ChunkedArray, amps: int) -> Distribution:
    """Count rows per AMP from the ``_amp`` column of a table."""
    counts = [0] * amps
    for entry in pc.value_counts(amps_of_rows).to_pylist():
        counts[entry["values"]] = entry["counts"]
    return Distribution(counts)


def picture(distribution: Distribution) -> list[str]:
    """Lines of text: rows per AMP, largest first, and the skew figures."""
    largest = max(distribution.counts, default=0)
    order = sorted(range(len(distribution.counts)), key=lambda a: (-distribution.counts[a], a))
    lines = [" AMP        #row"]
    for amp in order[:MOST_LINES]:
        count = distribution.counts[amp]
        bar = "█" * round(BAR * count / largest) if largest else ""
        lines.append(f"{amp:>4} {count:>11,} {bar}")
    if len(order) > MOST_LINES:
        least = distribution.counts[order[-1]]
        lines.append(f"   … {len(order) - MOST_LINES} more AMPs, the smallest with {least:,} rows")
    lines.append(
        f"skew: largest/mean {distribution.largest_over_mean:.3f}, "
        f"coefficient of variation {distribution.coefficient_of_variation:.4f}"
    )
    return lines
