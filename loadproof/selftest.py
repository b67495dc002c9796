"""The measured power of detection: every planted fault against the properties of its own rule."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import msgspec

from candidates.faulty import FAULTS, PlantedFault, fault
from candidates.reach import reach
from properties.engine import Effort, run_property, scratch_root
from properties.registry import select
from specs.results import Profile


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one planted fault.

    ``caught_by`` is the first property under the fault's own rule that failed, empty when none
    did; ``examples`` those tried before it failed; ``rows`` the input rows of the smallest case.
    ``error`` tells a fault of the harness, which is never a catch.
    """

    fault: str
    rule: str
    sentence: str
    caught_by: str = ""
    examples: int = 0
    rows: int = 0
    message: str = ""
    properties_tried: int = 0
    seconds: float = 0.0
    error: str = ""


class SelfTest(msgspec.Struct, frozen=True, kw_only=True):
    """All detections of a selftest."""

    profile: Profile
    seed: int
    detections: tuple[Detection, ...]

    @property
    def missed(self) -> tuple[Detection, ...]:
        return tuple(d for d in self.detections if not d.caught_by)

    @property
    def median_rows(self) -> float:
        """Median size of the counterexamples, in input rows; 0 when nothing was caught."""
        sizes = [d.rows for d in self.detections if d.caught_by]
        return statistics.median(sizes) if sizes else 0.0


def selected_faults(rules: Sequence[str], names: Sequence[str]) -> tuple[PlantedFault, ...]:
    """The planted faults of these rules and names (none given: all). ValueError when empty."""
    found = tuple(
        planted
        for planted in FAULTS
        if (not rules or planted.rule in rules) and (not names or planted.name in names)
    )
    if not found:
        raise ValueError(
            f"no planted fault matches --rule {', '.join(rules) or '(any)'} and "
            f"--fault {', '.join(names) or '(any)'}; known faults of a rule: "
            "`loadproof explain RULE`"
        )
    return found


def selftest(faults: Sequence[PlantedFault], effort: Effort, jobs: int) -> Iterator[Detection]:
    """Try each fault in a process of its own pool; detections come as they are ready."""
    context = get_context("spawn")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        futures = {
            pool.submit(detect, planted.name, effort.profile, effort.seed, effort.shrink): planted
            for planted in faults
        }
        for future in as_completed(futures):
            try:
                yield future.result()
            except BrokenProcessPool as broken:
                lost = futures[future]
                yield Detection(
                    fault=lost.name, rule=lost.rule, sentence=lost.sentence, error=str(broken)
                )


def detect(name: str, profile: Profile, seed: int, shrink: bool) -> Detection:
    """Run the properties of a fault's own rule until one fails."""
    planted = fault(name)
    candidate = reach(planted.spec)
    scratch = scratch_root()
    description = candidate.describe()
    told = Detection(fault=planted.name, rule=planted.rule, sentence=planted.sentence)
    tried, seconds = 0, 0.0
    try:
        for claimed in select(rules=[planted.rule]):
            effort = Effort(profile, seed, shrink)
            result = run_property(claimed, candidate, description, effort, scratch)
            tried += 1
            seconds += result.seconds
            told = msgspec.structs.replace(told, properties_tried=tried, seconds=round(seconds, 2))
            if result.verdict == "harness_error":
                return msgspec.structs.replace(told, error=f"{claimed.id}: {result.reason}")
            if result.verdict == "differs":
                return msgspec.structs.replace(
                    told,
                    caught_by=claimed.id,
                    examples=result.examples + 1,
                    rows=result.counterexample.size if result.counterexample else 0,
                    message=result.reason,
                )
        return told
    finally:
        candidate.close()
        shutil.rmtree(scratch, ignore_errors=True)
