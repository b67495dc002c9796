"""What the engines do to records, rows and hashes: one class whose methods can be overridden."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from candidates.polars.fastload.steps import FastLoadSteps
from specs.sql.naming import spelled_alike

_Step = TypeVar("_Step", bound=msgspec.Struct)


class Steps(FastLoadSteps):
    """What the loader does to records, rows and hashes; every method is a seam.

    A seam is an overridable method: a loader with one planted fault overrides one of them.
    """

    def with_known_names(self, step: _Step, names: Iterable[str]) -> _Step:
        """A step of a job with each table in the letter case in which the system has it."""
        return spelled_alike(step, names)
