"""All that the engines do to records, rows and hashes, in one class of seams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from candidates.polars.distribution.steps import DistributionSteps
from candidates.polars.fastload.steps import FastLoadSteps
from specs.sql.naming import spelled_alike

_Step = TypeVar("_Step", bound=msgspec.Struct)


class Steps(FastLoadSteps, DistributionSteps):
    """What the loader does to records, rows and hashes; every method is a seam.

    A loader with one planted fault is one that overrides one of them.
    """

    def with_known_names(self, step: _Step, names: Iterable[str]) -> _Step:
        """A step of a job with each table in the letter case in which the system has it."""
        return spelled_alike(step, names)
