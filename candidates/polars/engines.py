"""The engines of the loader: a new one is a folder and a row here."""

from __future__ import annotations

from candidates.polars.distribution.engine import DISTRIBUTION
from candidates.polars.engine import LoaderEngine
from candidates.polars.fastload.engine import FASTLOAD

ENGINES: tuple[LoaderEngine, ...] = (
    DISTRIBUTION,
    FASTLOAD,
)
