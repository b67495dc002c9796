"""The distribution query's answer: rows per AMP, largest first, and two figures of skew (HD-17)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from properties.engine.trial import Difference

LARGEST_OVER_MEAN = "largest_over_mean"
COEFFICIENT_OF_VARIATION = "coefficient_of_variation"

LEAST_TOLERANCE, MOST_TOLERANCE = 1e-9, 0.005
"""A figure is text and may be rounded, at the third fraction digit at the earliest."""


def counts_are(answered: Sequence[tuple[int, int]], amps_of_rows: Iterable[int], amps: int) -> None:
    """Each AMP with rows is listed once with their number, largest first, then by AMP."""
    counts = Counter(amps_of_rows)
    expected = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    if list(answered) != expected:
        raise Difference(
            f"distribution over {amps} AMPs as (amp, rows): expected {expected}, "
            f"observed {list(answered)}"
        )


def skew_of(counts: Iterable[int], amps: int) -> tuple[float, float]:
    """Largest count over mean, and coefficient of variation, over all AMPs; 0, 0 without rows."""
    numbers = list(counts)
    numbers += [0] * (amps - len(numbers))
    total = sum(numbers)
    if not total:
        return 0.0, 0.0
    mean = Fraction(total, amps)
    variance = sum((n - mean) ** 2 for n in numbers) / amps
    return float(max(numbers) / mean), math.sqrt(variance) / float(mean)


def figures_are(answered: Mapping[str, str], counts: Iterable[int], amps: int) -> None:
    """Both figures are there and right, but for the rounding of their text."""
    largest, variation = skew_of(counts, amps)
    for name, value in ((LARGEST_OVER_MEAN, largest), (COEFFICIENT_OF_VARIATION, variation)):
        if name not in answered:
            there = ", ".join(sorted(answered)) or "nothing"
            raise Difference(f"distribution: expected {name} in the metadata, observed {there}")
        text = answered[name]
        try:
            found = Decimal(text)
        except InvalidOperation:
            raise Difference(f"{name}: expected decimal text, observed {text!r}") from None
        if not found.is_finite() or abs(float(found) - value) > _tolerance(found, value):
            raise Difference(f"{name}: expected {value:.9g} over {amps} AMPs, observed {text}")


def _tolerance(written: Decimal, value: float) -> float:
    exponent = written.as_tuple().exponent
    assert isinstance(exponent, int), "a finite number has an exponent"
    half_of_last_digit = 0.5 * 10.0 ** min(exponent, 0)
    least = LEAST_TOLERANCE * max(1.0, value)
    return max(least, min(half_of_last_digit * (1 + 1e-9), MOST_TOLERANCE))
