"""The ways to reach a candidate: a built-in name, ``py:module:factory``, ``cmd:program args``."""

from __future__ import annotations

import importlib
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

import msgspec

from candidates.reach.agreement import (
    CandidateError,
    FaultError,
    NoFactoryError,
    NotImportableError,
    NotKillableError,
    ProtocolError,
    UnknownCandidateError,
    check_description,
    check_outcome,
)
from candidates.reach.process import MESSAGE_TIMEOUT, RUN_TIMEOUT, ProcessCandidate
from specs.contract import Description, Emit, EventMessage, Stopped

__all__ = [
    "BUILT_IN",
    "CandidateError",
    "InProcessCandidate",
    "ReachedCandidate",
    "reach",
    "spec_of",
]

BUILT_IN: dict[str, str] = {
    "polars": "py:candidates.polars.loader:factory",
    "reference": "py:reference.candidate:factory",
}
"""Name of each loader that comes with us -> how it is reached; text, so nobody is imported."""


class ReachedCandidate(Protocol):
    """A candidate in reach, the same to its user however it is reached. Close it after use."""

    spec: str

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
        """Let go of the candidate; its process, if it has one, is gone afterwards."""


def spec_of(name: str, built_in: Mapping[str, str] = BUILT_IN) -> str:
    """The ``py:`` or ``cmd:`` spec that a name stands for; a spec stands for itself.

    Raises `UnknownCandidateError`; whether anybody is there is not looked at.
    """
    spec = built_in.get(name, name)
    match spec.split(":"):
        case ["py", module, factory] if module and factory:
            return spec
        case ["cmd", *program] if "".join(program).strip():
            return spec
    raise UnknownCandidateError(
        f"{name!r} names no candidate; give one of {', '.join(built_in)}, "
        "py:package.module:factory, or cmd:program with arguments"
    )


def reach(
    spec: str,
    *,
    built_in: Mapping[str, str] = BUILT_IN,
    message_timeout: float = MESSAGE_TIMEOUT,
    run_timeout: float = RUN_TIMEOUT,
) -> ReachedCandidate:
    """Reach the candidate that ``spec`` names; a ``cmd:`` program starts with the first request.

    ``built_in`` maps names to specs; the time-outs, in seconds, bound a ``cmd:`` program's
    silence and one whole run. Raises `UnknownCandidateError`, `NotImportableError`,
    `NoFactoryError`, `FaultError` (the factory raised) and `NotExecutableError`.
    """
    way, _, rest = spec_of(spec, built_in).partition(":")
    if way == "py":
        return InProcessCandidate(spec, *rest.split(":"))
    try:
        command = shlex.split(rest)
    except ValueError as error:
        raise UnknownCandidateError(f"{spec}: {error}; quote as in a shell") from error
    return ProcessCandidate(spec, command, message_timeout=message_timeout, run_timeout=run_timeout)


class InProcessCandidate:
    """A Python candidate in this process, reached by ``py:module:factory``."""

    def __init__(self, spec: str, module: str, factory: str) -> None:
        self.spec = spec
        self._candidate = self._guarded(f"{factory}()", _find_factory(spec, module, factory))
        for method in ("describe", "run"):
            if not callable(getattr(self._candidate, method, None)):
                raise NoFactoryError(
                    f"{spec}: the factory returned {_short(self._candidate)}, "
                    f"which has no method {method}; expected a candidate"
                )

    def describe(self) -> Description:
        description = self._guarded("describe()", self._candidate.describe)
        return check_description(description, self.spec)

    def run(self, case: Path, workspace: Path, emit: Emit) -> Path:
        raised: list[BaseException] = []

        def checked_emit(name: str, details: dict[str, Any]) -> None:
            if raised:  # a killed candidate gets no further, whatever it catches
                raise raised[0]
            try:
                self._check_event(name, details)
                emit(name, details)
            except BaseException as error:
                raised.append(error)
                raise

        def call() -> Any:
            return self._candidate.run(case.absolute(), workspace.absolute(), checked_emit)

        try:
            returned = self._guarded("run()", call)
        except CandidateError:
            # what a candidate's clean-up raises after it was stopped is no fault of its own
            if raised:
                raise raised[0] from None
            raise
        if raised and isinstance(raised[0], Stopped):
            raise ProtocolError(
                f"{self.spec}: caught Stopped, which emit raised to stop it, and went on; "
                "let it pass"
            )
        if raised:
            raise raised[0]
        if returned is not None:
            raise ProtocolError(
                f"{self.spec}: run() returned {_short(returned)}; expected None, "
                "with the outcome in the workspace"
            )
        return check_outcome(workspace.absolute(), self.spec)

    def kill_after(self, seconds: float) -> None:
        raise NotKillableError(
            f"{self.spec}: runs in this process and can be stopped only through emit; "
            "reach it as cmd:python -m candidates.reach.serve py:module:factory to kill it"
        )

    def close(self) -> None:
        pass

    def _guarded(self, what: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (CandidateError, Stopped, KeyboardInterrupt):
            raise
        except (Exception, SystemExit) as error:
            raise FaultError(
                f"{self.spec}: {what} raised {type(error).__name__}: {error}"
            ) from error

    def _check_event(self, name: Any, details: Any) -> None:
        try:
            message = {"type": "event", "name": name, "details": details}
            msgspec.json.encode(msgspec.convert(message, EventMessage))
        except (msgspec.MsgspecError, TypeError) as error:
            raise ProtocolError(
                f"{self.spec}: emit({name!r}, {_short(details)}) is no event: {error}"
            ) from error


def _find_factory(spec: str, module: str, factory: str) -> Callable[[], Any]:
    # A console script does not look for modules where it was called; its user does. Last in
    # line, so that nothing there shadows an installed package.
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.append(os.getcwd())
    try:
        imported = importlib.import_module(module)
    except KeyboardInterrupt:
        raise
    except (Exception, SystemExit) as error:
        raise NotImportableError(
            f"{spec}: module {module} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    try:
        found = attrgetter(factory)(imported)
    except AttributeError as error:
        raise NoFactoryError(f"{spec}: module {module} has no {factory}") from error
    if not callable(found):
        raise NoFactoryError(f"{spec}: {factory} is {_short(found)}; expected a callable")
    return found  # type: ignore[no-any-return]  # callable, as just checked


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
