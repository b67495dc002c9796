"""What the engines do to records, rows and hashes: one class whose methods can be overridden."""

from __future__ import annotations

from candidates.polars.fastload.steps import FastLoadSteps


class Steps(FastLoadSteps):
    """What the loader does to records, rows and hashes; every method is a seam.

    A seam is an overridable method: a loader with one planted fault overrides one of them.
    """
