"""The measured power of detection: every planted fault against the properties of its own rule.

And its other side: loaders that use a freedom of a rule, which every property has to permit.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Generator, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import msgspec
from msgspec.structs import replace

from candidates.faulty import FAULTS, PlantedFault, fault
from candidates.permitted import PERMITTED, PermittedLoader, permitted_loader
from candidates.reach import InProcess, reach
from loadproof.workers import worker_scratch, workers
from properties.engine.registry import Property, select
from properties.engine.running import Effort, run_property
from properties.engine.scratch import remove
from specs.contract.results import Profile, PropertyResult


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


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one permitted loader.

    ``refused_by`` is the first property under the rules whose freedom it uses that failed, and
    was wrong to; empty when all held. ``error`` tells a fault of the harness.
    """

    loader: str
    rules: tuple[str, ...]
    sentence: str
    refused_by: str = ""
    message: str = ""
    properties_tried: int = 0
    seconds: float = 0.0
    error: str = ""


class SelfTest(msgspec.Struct, frozen=True, kw_only=True):
    """All detections and permissions of a selftest."""

    profile: Profile
    seed: int
    detections: tuple[Detection, ...]
    permissions: tuple[Permission, ...] = ()

    @property
    def missed(self) -> tuple[Detection, ...]:
        return tuple(d for d in self.detections if not d.caught_by)

    @property
    def refused(self) -> tuple[Permission, ...]:
        """Permitted loaders that do not pass."""
        return tuple(p for p in self.permissions if p.refused_by or p.error)

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


def selected_permitted(rules: Sequence[str], names: Sequence[str]) -> tuple[PermittedLoader, ...]:
    """The permitted loaders that use a freedom of these rules; none when faults are named.

    Those that concern every rule are left to the harness's own tests: they meet every property.
    """
    if names:
        return ()
    wanted = set(rules)
    return tuple(p for p in PERMITTED if p.rules and (not rules or wanted & set(p.rules)))


def selftest(
    faults: Sequence[PlantedFault], permitted: Sequence[PermittedLoader], effort: Effort, jobs: int
) -> Generator[Detection | Permission]:
    """Try each fault and each permitted loader in one of ``jobs`` processes.

    Detections and permissions come as they are ready. Who stops taking them ends the processes.
    """
    with workers(min(jobs, len(faults) + len(permitted))) as pool:
        futures: dict[Future[Any], Detection | Permission] = {}
        for loader in permitted:
            permission = Permission(
                loader=loader.name, rules=loader.rules, sentence=loader.sentence
            )
            told = pool.submit(permit, loader.name, effort.profile, effort.seed, loader.rules)
            futures[told] = permission
        for planted in faults:
            detection = Detection(fault=planted.name, rule=planted.rule, sentence=planted.sentence)
            found = pool.submit(detect, planted.name, effort.profile, effort.seed, effort.shrink)
            futures[found] = detection
        for future in as_completed(futures):
            try:
                yield future.result()
            except BrokenProcessPool as broken:
                yield replace(futures[future], error=str(broken))


def permit(name: str, profile: Profile, seed: int, rules: Sequence[str]) -> Permission:
    """Run the properties of ``rules`` on a permitted loader until one does not hold."""
    loader = permitted_loader(name)
    told = Permission(loader=loader.name, rules=loader.rules, sentence=loader.sentence)
    tried = _tried(loader.spec, claims_on(loader, rules), Effort(profile, seed))
    with contextlib.closing(tried):
        for number, seconds, result in tried:
            told = replace(told, properties_tried=number, seconds=seconds)
            if result.verdict == "differs":
                return replace(told, refused_by=result.id, message=result.reason)
            if result.verdict != "holds":
                return replace(told, error=f"{result.id} is {result.verdict}: {result.reason}")
    return told


def claims_on(loader: PermittedLoader, rules: Sequence[str] = ()) -> tuple[Property, ...]:
    """The properties of ``rules`` (none: all) without those of what the loader replaces."""
    return tuple(c for c in select(rules=rules) if not set(c.rules) <= set(loader.replaces))


def detect(name: str, profile: Profile, seed: int, shrink: bool) -> Detection:
    """Run the properties of a fault's own rule until one fails."""
    planted = fault(name)
    told = Detection(fault=planted.name, rule=planted.rule, sentence=planted.sentence)
    tried = _tried(planted.spec, select(rules=[planted.rule]), Effort(profile, seed, shrink))
    with contextlib.closing(tried):
        for number, seconds, result in tried:
            told = replace(told, properties_tried=number, seconds=seconds)
            if result.verdict == "harness_error":
                return replace(told, error=f"{result.id}: {result.reason}")
            if result.verdict == "differs":
                return replace(
                    told,
                    caught_by=result.id,
                    examples=result.examples + 1,
                    rows=result.counterexample.size if result.counterexample else 0,
                    message=result.reason,
                )
    return told


def _tried(
    spec: InProcess, claims: Sequence[Property], effort: Effort
) -> Generator[tuple[int, float, PropertyResult]]:
    """Each property's result on a loader, with how many were tried so far and their seconds."""
    candidate = reach(spec)
    scratch = worker_scratch()
    seconds = 0.0
    try:
        description = candidate.describe()
        for number, claimed in enumerate(claims, 1):
            result = run_property(claimed, candidate, description, effort, scratch)
            seconds += result.seconds
            yield number, round(seconds, 2), result
    finally:
        candidate.close()
        remove(scratch)
