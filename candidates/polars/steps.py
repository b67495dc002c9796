"""All that the engines do to records, rows and hashes, in one class of seams."""

from __future__ import annotations

from candidates.polars.distribution.steps import DistributionSteps
from candidates.polars.fastload.steps import FastLoadSteps


class Steps(FastLoadSteps, DistributionSteps):
    """What the loader does to records, rows and hashes; every method is a seam.

    A loader with one planted fault is one that overrides one of them.
    """
