"""What becomes of mutants: each is a candidate in a process of its own, until a property notices.

The harness beside it, the reference included, is the intact one.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from candidates.reach import CandidateError, InProcess, ReachedCandidate
from candidates.reach.agreement import TimedOutError
from candidates.reach.outcomes import OutcomeReader
from candidates.reach.process import ProcessCandidate
from loadproof.mutants import serving
from loadproof.mutants.sites import Mutant, Subject
from loadproof.workers import worker_scratch, workers
from properties.engine.registry import Property, select
from properties.engine.running import Effort, run_property
from properties.engine.scratch import fresh_directory, remove
from specs.contract import Description, Emit

SECONDS = 20.0
"""Seconds that a mutant may be silent in: more than a start takes on a busy machine."""

RUN_SECONDS = 100.0
"""Seconds that one run of it may take."""

DESCRIBE = "describe"
"""What noticed a mutant that does not even start, or does not describe itself."""

Fate = Literal["killed", "timed_out", "survived"]


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one mutant.

    ``killed_by`` is the property that noticed it, or `DESCRIBE`. ``not_held`` are properties that
    did not notice it, but came to no verdict either, with what they say. ``error`` tells a fault
    of the harness, which notices nothing.
    """

    mutant: Mutant
    fate: Fate = "survived"
    killed_by: str = ""
    message: str = ""
    not_held: dict[str, str] = {}
    properties_tried: int = 0
    seconds: float = 0.0
    error: str = ""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A mutant to be tried: ``place`` is where its loader is.

    ``source`` is that of its module, ``original`` the module's without the change. ``properties``
    are tried in their order, each until it notices.
    """

    mutant: Mutant
    source: str
    original: str
    place: InProcess
    properties: tuple[str, ...]
    effort: Effort
    seconds: float = SECONDS


class PropertyOrder:
    """Properties, those first that are likely to notice the next mutant of a module.

    These are the ones that noticed others of the same module, then those of the engine that its
    name tells, then those that noticed most of all.
    """

    def __init__(self, properties: Sequence[Property]) -> None:
        self._properties = properties
        self._kills: Counter[tuple[str, str]] = Counter()

    def noticed(self, module: str, identity: str) -> None:
        self._kills[module, identity] += 1
        self._kills["", identity] += 1

    def of(self, module: str) -> tuple[str, ...]:
        """The ids of all properties, for a mutant of that module."""

        def rank(claimed: Property) -> tuple[int, bool, int]:
            kills, all_kills = self._kills[module, claimed.id], self._kills["", claimed.id]
            return -kills, claimed.engine not in module.split("."), -all_kills

        return tuple(claimed.id for claimed in sorted(self._properties, key=rank))


def try_mutants(
    subject: Subject, chosen: Sequence[Mutant], effort: Effort, jobs: int
) -> Generator[Tried]:
    """Try each mutant in turn, ``jobs`` at a time; they come as they are ready.

    Who stops taking them ends the processes.
    """
    order = PropertyOrder(select())
    left = list(reversed(chosen))
    with workers(min(jobs, len(chosen))) as pool:
        tasks: dict[Future[Tried], Task] = {}
        while left or tasks:
            while left and len(tasks) < jobs:
                mutant = left.pop()
                task = Task(
                    mutant=mutant,
                    source=subject.mutated(mutant),
                    original=subject.sources[mutant.module].content.decode(),
                    place=subject.place,
                    properties=order.of(mutant.module),
                    effort=effort,
                )
                tasks[_submitted(pool, task)] = task
            ready, _ = wait(tasks, return_when=FIRST_COMPLETED)
            for future in ready:
                task = tasks.pop(future)
                try:
                    tried = future.result()
                except BrokenProcessPool as broken:
                    tried = Tried(mutant=task.mutant, error=str(broken))
                if tried.killed_by:
                    order.noticed(task.mutant.module, tried.killed_by)
                yield tried


def _submitted(pool: ProcessPoolExecutor, task: Task) -> Future[Tried]:
    try:
        return pool.submit(try_mutant, task)
    except BrokenProcessPool as broken:
        future: Future[Tried] = Future()
        future.set_exception(broken)
        return future


def try_mutant(task: Task) -> Tried:
    """Run the task's properties on its mutant until one notices. Raises SyntaxError.

    One that does not hold for the loader without the change has noticed nothing: it is told as a
    fault of the harness, and so is a loader that does not start without the change.
    """
    compile(task.source, task.mutant.module, "exec", dont_inherit=True)
    scratch = worker_scratch()
    try:
        tried = _tried(task, task.source, scratch)
        if tried.killed_by and (why := _wrong_without_change(task, tried.killed_by, scratch)):
            return Tried(mutant=task.mutant, error=f"it is so without the change: {why}")
        return tried
    finally:
        remove(scratch)


def _tried(task: Task, source: str, scratch: Path) -> Tried:
    tried = Tried(mutant=task.mutant)
    with contextlib.closing(_Watched(_reach(task, source, scratch))) as candidate:
        try:
            description = candidate.describe()
        except CandidateError as error:
            fate: Fate = "timed_out" if isinstance(error, TimedOutError) else "killed"
            return replace(tried, fate=fate, killed_by=DESCRIBE, message=str(error))
        by_id = {claimed.id: claimed for claimed in select(ids=task.properties)}
        for number, identity in enumerate(task.properties, 1):
            result = run_property(by_id[identity], candidate, description, task.effort, scratch)
            seconds = round(tried.seconds + result.seconds, 2)
            tried = replace(tried, properties_tried=number, seconds=seconds)
            if candidate.timed_out is not None:
                message = str(candidate.timed_out)
                return replace(tried, fate="timed_out", killed_by=identity, message=message)
            if result.verdict == "differs":
                return replace(tried, fate="killed", killed_by=identity, message=result.reason)
            if result.verdict == "harness_error":
                tried = replace(tried, error=f"{identity}: {result.reason}")
            elif result.verdict != "holds":
                told = f"{result.verdict}: {result.reason}"
                tried = replace(tried, not_held={**tried.not_held, identity: told})
    return tried


_right_without_change: set[tuple[InProcess, str, Effort]] = set()
"""What this process knows to hold for a loader as it stands."""


def _wrong_without_change(task: Task, identity: str, scratch: Path) -> str:
    """Why the loader as it stands fails the property too; empty when it does not."""
    known = (task.place, identity, task.effort)
    if known in _right_without_change:
        return ""
    properties = () if identity == DESCRIBE else (identity,)
    tried = _tried(replace(task, properties=properties), task.original, scratch)
    wrong = tried.error or tried.message
    if not wrong and identity != DESCRIBE:  # which is quick, and an installation may change
        _right_without_change.add(known)
    return wrong


def _reach(task: Task, source: str, scratch: Path) -> ReachedCandidate:
    file = fresh_directory("mutant-", scratch) / "mutated.py"
    file.write_text(source, encoding="utf-8")
    return ProcessCandidate(
        f"mutant of {task.mutant.module}",
        serving.command(task.mutant.module, file, task.place),
        message_timeout=task.seconds,
        run_timeout=RUN_SECONDS / SECONDS * task.seconds,
        outlives_stops=True,
    )


class _Watched:
    """A candidate that, once it has run out of time, is not run again: it would do the same."""

    def __init__(self, candidate: ReachedCandidate) -> None:
        self.spec = candidate.spec
        self.timed_out: TimedOutError | None = None
        self._candidate = candidate

    @property
    def outcomes(self) -> OutcomeReader:
        return self._candidate.outcomes

    def describe(self) -> Description:
        return self._candidate.describe()

    def run(self, case: Path, workspace: Path, emit: Emit) -> Path:
        if self.timed_out is not None:
            raise self.timed_out
        try:
            return self._candidate.run(case, workspace, emit)
        except TimedOutError as error:
            self.timed_out = error
            raise

    def kill_after(self, seconds: float) -> None:
        self._candidate.kill_after(seconds)

    def close(self) -> None:
        self._candidate.close()
