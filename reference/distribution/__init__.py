"""Hash distribution: requests against hash-distributed tables."""

from reference.distribution.requests import run_step

__all__ = ["run_step"]
