"""The measurement: a sample of mutants, tried, and held against the list of equivalents."""

from __future__ import annotations

import contextlib

from loadproof.mutants.equivalents import equivalents, reason_for, stale
from loadproof.mutants.sites import Subject
from loadproof.mutants.telling import MutationTest
from loadproof.mutants.trying import Tried, try_mutants
from loadproof.progress import Report
from properties.engine.running import Effort


def measure(
    subject: Subject, number: int, effort: Effort, jobs: int, report_progress: Report
) -> MutationTest:
    """Try ``number`` mutants, drawn by the seed of ``effort``, in ``jobs`` processes."""
    chosen = subject.sample(number, effort.seed)
    found: list[Tried] = []
    with contextlib.closing(try_mutants(subject, chosen, effort, jobs)) as tried:
        for one in tried:
            found.append(one)
            report_progress(len(found), len(chosen))
    found.sort(key=lambda one: chosen.index(one.mutant))
    entries = equivalents()
    reasons = {number: reason_for(one.mutant, entries) for number, one in enumerate(found)}
    return MutationTest(
        loader=subject.name,
        profile=effort.profile,
        seed=effort.seed,
        mutants=len(subject.mutants),
        tried=tuple(found),
        argued={number: reason for number, reason in reasons.items() if reason},
        stale=stale(subject, entries),
    )
