"""A loader of ours in this process, for speed. No text of a user's selects it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec

from candidates.reach.agreement import (
    CandidateError,
    FaultError,
    NoFactoryError,
    NotImportableError,
    NotKillableError,
    ProtocolError,
    check_description,
)
from candidates.reach.outcomes import DirectReader, check_outcome
from specs.contract import Description, Emit, EventMessage, Stopped


class InProcess(msgspec.Struct, frozen=True):
    """Where a loader of ours is: ``factory``, a dotted name in ``module``, makes it."""

    module: str
    factory: str

    def __str__(self) -> str:
        return f"{self.module}:{self.factory}"


class InProcessCandidate:
    """A Python candidate in this process; ``spec`` is its name in messages."""

    def __init__(self, spec: str, place: InProcess) -> None:
        self.spec = spec
        self.outcomes = DirectReader(spec)
        self._candidate = self._guarded(f"{place.factory}()", _find_factory(spec, place))
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
        return check_outcome(self.outcomes, workspace.absolute())

    def kill_after(self, seconds: float) -> None:
        raise NotKillableError(
            f"{self.spec}: runs in this process and can be stopped only through emit; "
            "a py: or cmd: candidate has a process to kill"
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


def _find_factory(spec: str, place: InProcess) -> Callable[[], Any]:
    try:
        imported = importlib.import_module(place.module)
    except (Exception, SystemExit) as error:
        raise NotImportableError(
            f"{spec}: module {place.module} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    try:
        found = attrgetter(place.factory)(imported)
    except AttributeError as error:
        raise NoFactoryError(f"{spec}: module {place.module} has no {place.factory}") from error
    if not callable(found):
        raise NoFactoryError(f"{spec}: {place.factory} is {_short(found)}; expected a callable")
    return found  # type: ignore[no-any-return]  # callable, as just checked


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
