"""Where a loader's time goes, for loaders that tell it: parse, convert, hash, sort, write, ..."""

from __future__ import annotations

import importlib
import time
from typing import Any

from asv_benchmarks.expected import check_outcome
from asv_benchmarks.measuring import Setting
from asv_benchmarks.store_sales import write_case
from candidates.reach import BUILT_IN
from candidates.reach.outcomes import DirectReader
from properties.engine.scratch import borrowed
from specs.contract.directories import OUTCOME_DIRECTORY


def phases_of(setting: Setting) -> dict[str, float]:
    """Seconds by phase of one checked run; empty for a loader that does not tell.

    Only a built-in loader can, in this process: when it has an attribute ``timings`` and fills a
    dict put there with seconds by phase, summed over its threads. ``whole`` is the time of the run
    by the clock, so phases that overlap add up to more.
    """
    place = BUILT_IN.get(setting.spec)
    if place is None:
        return {}
    candidate: Any = getattr(importlib.import_module(place.module), place.factory)()
    if not hasattr(candidate, "timings"):
        return {}
    timings: dict[str, float] = {}
    candidate.timings = timings
    with borrowed(setting.data.targets) as scratch:
        case = write_case(scratch / "case", setting.data.file(setting.form), setting.amps)
        workspace = scratch / "target"
        workspace.mkdir()
        start = time.perf_counter()
        candidate.run(case, workspace, lambda name, details: None)
        whole = time.perf_counter() - start
        check_outcome(
            workspace / OUTCOME_DIRECTORY,
            setting.data.expected,
            setting.candidate,
            DirectReader(setting.spec),
        )
    return {**timings, "whole": whole} if timings else {}
