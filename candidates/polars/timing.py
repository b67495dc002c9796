"""Where the time goes: seconds per phase, for a benchmark that asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PHASES = ("read", "parse", "convert", "hash", "sort", "duplicates", "write")


class Clock:
    """Adds up each phase's seconds over all threads in ``timings``; without it, does nothing."""

    def __init__(self, timings: dict[str, float] | None = None) -> None:
        self.timings = timings
        self._lock = threading.Lock()

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Count the time in the block under a phase."""
        if self.timings is None:
            yield
            return
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - started
            with self._lock:
                self.timings[phase] = self.timings.get(phase, 0.0) + spent
