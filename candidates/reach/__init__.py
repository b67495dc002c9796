"""The ways to reach a candidate: a built-in name, ``py:module:factory``, ``cmd:program args``.

A built-in loader is an object in this process: ``in_process.py``. Any other is a program that
speaks the process protocol, one JSON document a line::

    process.py     the harness's side of the protocol: requests, replies, time-outs
    program.py     the program: its pipes, limits, its end; ``streams.py`` keeps what came from it
    supervisor.py  a process between the two: starts the program, ends it and its descendants
    worker.py      the program of a ``py:`` loader: the user's Python, the standard library alone

What a candidate leaves is read through ``outcomes.py``: directly for a built-in loader, for any
other by a second pair, since reading may crash or never end::

    outcome_client.py  sends each request to the reading process, and restarts it when it died
    outcome_server.py  the reading process: checks a document or a file in full, then hands it out

``agreement.py`` checks descriptions and names the ways in which a candidate can fail;
``removal.py`` removes the directories that it was given.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Protocol

import msgspec

from candidates.reach import worker
from candidates.reach.agreement import (
    CandidateError,
    NoFactoryError,
    NotImportableError,
    UnknownCandidateError,
)
from candidates.reach.in_process import InProcess, InProcessCandidate
from candidates.reach.outcome_server import OutcomeLimits
from candidates.reach.outcomes import OutcomeReader
from candidates.reach.process import MESSAGE_TIMEOUT, RUN_TIMEOUT, ProcessCandidate
from specs.contract import Description, Emit

__all__ = [
    "BUILT_IN",
    "DEFAULT_TERMS",
    "CandidateError",
    "InProcess",
    "OutcomeLimits",
    "ReachedCandidate",
    "Terms",
    "reach",
    "spec_of",
]

BUILT_IN: dict[str, InProcess] = {
    "polars": InProcess("candidates.polars.loader", "factory"),
    "reference": InProcess("reference.candidate", "factory"),
}
"""Name of each built-in loader -> where it is, as text, so that none is imported."""


class ReachedCandidate(Protocol):
    """A candidate in reach, the same to its user however it is reached. Close it after use.

    ``outcomes`` reads what its runs leave, also after it was closed.
    """

    spec: str

    @property
    def outcomes(self) -> OutcomeReader: ...

    def describe(self) -> Description:
        """What the candidate says about itself, validated. Raises a `CandidateError`."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> Path:
        """Run a case directory; the outcome directory, its document and files checked.

        ``emit`` is called at each durable step; what it raises stops the candidate and comes
        through, `specs.contract.Stopped` above all. Raises a `CandidateError`.
        """

    def kill_after(self, seconds: float) -> None:
        """SIGKILL the candidate that long after the next run's start; the run raises `Stopped`.

        A run that ends earlier is not disturbed. Raises `NotKillableError` for a candidate in
        this process.
        """

    def close(self) -> None:
        """Let go of the candidate; its process, and all that it started, is gone afterwards."""


def spec_of(text: str) -> str:
    """The text itself when it is a built-in name, a ``py:`` or a ``cmd:`` spec.

    Raises `UnknownCandidateError`; whether there is such a candidate is not checked.
    """
    match text.split(":"):
        case [name] if name in BUILT_IN:
            return text
        case ["py", module, factory] if module and factory:
            return text
        case ["cmd", *program] if "".join(program).strip():
            return text
    raise UnknownCandidateError(
        f"{text!r} names no candidate; give one of {', '.join(BUILT_IN)}, "
        "py:package.module:factory, or cmd:program with arguments"
    )


def reach(
    spec: str | InProcess,
    *,
    python: str | None = None,
    message_timeout: float = MESSAGE_TIMEOUT,
    run_timeout: float = RUN_TIMEOUT,
    limits: OutcomeLimits | None = None,
) -> ReachedCandidate:
    """Reach the candidate that ``spec`` names; a process starts with the first request.

    A ``py:`` loader runs under the interpreter ``python``, by default under ours, in a process of
    its own. The time-outs, in seconds, bound the silence of a ``py:`` or ``cmd:`` candidate and one
    whole run; ``limits`` bound what it may leave. `InProcess` places are for loaders of ours.
    Raises `UnknownCandidateError`, and for loaders of ours `NotImportableError`, `NoFactoryError`
    and `FaultError` (the factory raised); others are found, or not, with the first request.
    """
    if isinstance(spec, InProcess):
        return InProcessCandidate(str(spec), spec)
    if spec_of(spec) in BUILT_IN:
        return InProcessCandidate(spec, BUILT_IN[spec])
    way, _, rest = spec.partition(":")
    not_there: dict[int, type[CandidateError]] = {}
    if way == "py":
        command = [python or sys.executable, worker.__file__, rest]
        not_there = {worker.NOT_IMPORTABLE: NotImportableError, worker.NO_FACTORY: NoFactoryError}
    else:
        try:
            command = shlex.split(rest)
        except ValueError as error:
            raise UnknownCandidateError(f"{spec}: {error}; quote as in a shell") from error
    return ProcessCandidate(
        spec,
        command,
        message_timeout=message_timeout,
        run_timeout=run_timeout,
        limits=limits,
        not_there=not_there,
    )


class Terms(msgspec.Struct, frozen=True):
    """What a user says of how a ``py:`` or ``cmd:`` candidate is to run; it can travel as JSON.

    ``python``: the interpreter of a ``py:`` loader. ``timeout``: seconds that a run may take, and
    that the candidate may be silent in.
    """

    python: str | None = None
    timeout: float | None = None

    def reach(self, spec: str) -> ReachedCandidate:
        """As `reach`, on these terms."""
        if self.timeout is None:
            return reach(spec, python=self.python)
        return reach(
            spec, python=self.python, message_timeout=self.timeout, run_timeout=self.timeout
        )


DEFAULT_TERMS = Terms()
