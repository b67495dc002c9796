"""Hash distribution as an engine of the loader."""

from __future__ import annotations

from candidates.polars.distribution.requests import Distribution
from candidates.polars.engine import LoaderEngine
from specs.distribution.engine import DISTRIBUTION as SPEC

DISTRIBUTION = LoaderEngine(spec=SPEC, parts=("nopi", "reconfigure"), runner=Distribution)
