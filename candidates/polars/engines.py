"""The engines of the loader. A new one is a folder, a row here, and its steps beside the others."""

from __future__ import annotations

from candidates.polars.distribution.engine import DISTRIBUTION
from candidates.polars.distribution.steps import DistributionSteps
from candidates.polars.engine import LoaderEngine
from candidates.polars.fastload.engine import FASTLOAD
from candidates.polars.fastload.steps import FastLoadSteps

ENGINES: tuple[LoaderEngine, ...] = (
    DISTRIBUTION,
    FASTLOAD,
)


class Steps(FastLoadSteps, DistributionSteps):
    """What the loader does to records, rows and hashes; every method is a seam.

    A loader with one planted fault is one that overrides one of them.
    """
