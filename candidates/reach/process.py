"""A candidate in a process of its own, in any language: one JSON document a line each way."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from candidates.reach.agreement import (
    CandidateError,
    FaultError,
    ProtocolError,
    TimedOutError,
    check_description,
)
from candidates.reach.outcome_server import OutcomeLimits
from candidates.reach.outcomes import GuardedReader, check_outcome
from candidates.reach.program import Program
from specs.contract import (
    ContinueMessage,
    DescribeRequest,
    Description,
    DoneMessage,
    Emit,
    EventMessage,
    FaultMessage,
    HarnessMessage,
    RunRequest,
    Stopped,
    StopRequest,
)
from specs.visible import visible

MAX_RUN_BYTES = 256 * 1024 * 1024
"""Most bytes of messages in one run."""

MESSAGE_TIMEOUT = 60.0
"""Seconds a candidate may be silent when it is its turn."""

RUN_TIMEOUT = 600.0
"""Seconds one run may take, however many events it sends."""

TRACEBACK_LINES = 40
"""Last lines of a fault's traceback that are quoted."""

_LONGEST_QUOTE = 2_000
"""Characters of a candidate's own words in one line of a message."""

_GRACE = 2.0
"""Seconds to leave in after ``stop``."""


class _AnyDescription(
    msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="description"
):
    """A description that is yet to be checked, so that the error can quote it."""

    description: Any


_Message = _AnyDescription | EventMessage | DoneMessage | FaultMessage
_decoder: msgspec.json.Decoder[_Message] = msgspec.json.Decoder(_Message)


@dataclass
class _Deadlines:
    """When a run has to be over, and when it is killed: `time.monotonic` moments."""

    run_end: float = math.inf
    kill_at: float = math.inf


class _Running(NamedTuple):
    """A program that has described itself."""

    program: Program
    description: Description


class ProcessCandidate:
    """A candidate behind a program: started with the first request, then used for many runs.

    A run that is stopped or goes wrong ends with SIGKILL to the program and all that it started;
    the next request starts a fresh program. ``message_timeout`` and ``run_timeout`` are seconds.
    ``not_there``: exit codes by which a program says, after a fault message in place of its
    description, that there is no candidate for it to speak for. ``outlives_stops``: the program
    is known to end a stopped run as a loader in this process does, by an exception; it answers
    with a fault message, and goes on to the next request.
    """

    def __init__(
        self,
        spec: str,
        command: Sequence[str],
        *,
        message_timeout: float = MESSAGE_TIMEOUT,
        run_timeout: float = RUN_TIMEOUT,
        limits: OutcomeLimits | None = None,
        not_there: Mapping[int, type[CandidateError]] | None = None,
        outlives_stops: bool = False,
    ) -> None:
        self.spec = spec
        self.outcomes = GuardedReader(spec, limits)
        self._command = tuple(command)
        self._message_timeout = message_timeout
        self._run_timeout = run_timeout
        self._not_there = not_there or {}
        self._outlives_stops = outlives_stops
        self._kill_after: float | None = None
        self._running: _Running | None = None

    def describe(self) -> Description:
        """The answer to ``describe``, asked once per started program. Raises `CandidateError`."""
        return self._started().description

    def run(self, case: Path, workspace: Path, emit: Emit) -> Path:
        """Run a case; see `candidates.reach.ReachedCandidate.run`."""
        program = self._started().program
        deadlines = _Deadlines(run_end=time.monotonic() + self._run_timeout)
        self._set_kill(deadlines)
        most = program.received + MAX_RUN_BYTES
        left = False
        try:
            request = RunRequest(case=str(case.absolute()), workspace=str(workspace.absolute()))
            program.refuse_unasked()
            self._send(program, request, deadlines)
            while True:
                message = self._receive(program, "event, done or fault", _IN_A_RUN, deadlines)
                if isinstance(message, FaultMessage):
                    raise self._fault(message)
                if not isinstance(message, EventMessage):
                    break
                if program.received > most:
                    raise ProtocolError(
                        f"{self.spec}: more than {MAX_RUN_BYTES:,} bytes of messages in one run"
                    )
                program.refuse_unasked()
                try:
                    emit(message.name, message.details)
                except Stopped:
                    left = self._outlives_stops and self._leaves_run(program)
                    raise
                self._set_kill(deadlines)
                self._send(program, ContinueMessage(), deadlines)
            program.refuse_unasked()
        except FaultError:
            raise  # a candidate that can say so can take the next request
        except BaseException:
            if not left:
                self._kill()
            raise
        return check_outcome(self.outcomes, workspace.absolute())

    def kill_after(self, seconds: float) -> None:
        """SIGKILL the program that long after the next run's request; it is up by then.

        Called while a run's event is handled: that long after the event.
        """
        self._kill_after = seconds

    def close(self) -> None:
        """Ask the program to stop, and kill what is left of it after a moment."""
        if self._running is not None:
            program = self._running.program
            with contextlib.suppress(CandidateError, TimeoutError):
                program.send(_encode(StopRequest()), time.monotonic() + _GRACE)
                program.wait(time.monotonic() + _GRACE)
            self._kill()

    def _started(self) -> _Running:
        if self._running is None:
            self.outcomes.prepare()
            program = Program(self.spec, self._command)
            try:
                self._running = _Running(program, self._describe(program))
            except BaseException:
                program.kill()
                raise
        return self._running

    def _describe(self, program: Program) -> Description:
        deadlines = _Deadlines()
        self._send(program, DescribeRequest(), deadlines)
        message = self._receive(program, "description", _AT_FIRST, deadlines)
        if isinstance(message, FaultMessage):
            raise self._no_candidate(program, message)
        assert isinstance(message, _AnyDescription)  # one of _AT_FIRST
        return check_description(message.description, self.spec)

    def _leaves_run(self, program: Program) -> bool:
        """Whether the program ends its run when it is told to."""
        deadlines = _Deadlines()
        try:
            self._send(program, StopRequest(), deadlines)
            self._receive(program, "fault", (FaultMessage,), deadlines)
        except CandidateError:
            return False
        return True

    def _set_kill(self, deadlines: _Deadlines) -> None:
        if self._kill_after is not None:
            deadlines.kill_at = time.monotonic() + self._kill_after
            self._kill_after = None

    def _no_candidate(self, program: Program, message: FaultMessage) -> CandidateError:
        error = self._fault(message)
        kind = self._not_there.get(program.exit_code() or 0) if self._not_there else None
        return kind(str(error)) if kind else error

    def _fault(self, message: FaultMessage) -> FaultError:
        lines = message.traceback.splitlines()[-TRACEBACK_LINES:]
        first = f"{self.spec}: {visible(message.message[:_LONGEST_QUOTE])}"
        return FaultError("\n  ".join([first, *(visible(line[:_LONGEST_QUOTE]) for line in lines)]))

    def _send(self, program: Program, message: HarnessMessage, deadlines: _Deadlines) -> None:
        try:
            program.send(_encode(message), self._next(deadlines))
        except TimeoutError:
            raise self._late(program, "reading its stdin", deadlines) from None

    def _receive(
        self,
        program: Program,
        expected: str,
        kinds: tuple[type[_Message], ...],
        deadlines: _Deadlines,
    ) -> _Message:
        try:
            line = program.receive(expected, self._next(deadlines))
        except TimeoutError:
            raise self._late(program, expected, deadlines) from None
        try:
            line.decode("utf-8")
            message = _decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise program.unexpected(line, expected, str(error)) from error
        if not isinstance(message, kinds):
            raise program.unexpected(line, expected)
        return message

    def _next(self, deadlines: _Deadlines) -> float:
        """The moment until which to wait for one message."""
        message_end = time.monotonic() + self._message_timeout
        return min(message_end, deadlines.run_end, deadlines.kill_at)

    def _late(
        self, program: Program, expected: str, deadlines: _Deadlines
    ) -> Stopped | TimedOutError:
        now = time.monotonic()
        if now >= deadlines.kill_at:
            return Stopped("killed at the moment asked for")
        if now >= deadlines.run_end:
            limit = f"the run took longer than {self._run_timeout:g} s (run time-out)"
        else:
            limit = f"no answer within {self._message_timeout:g} s (message time-out)"
        return TimedOutError(f"{self.spec}: {limit}; expected: {expected}{program.last_words()}")

    def _kill(self) -> None:
        if self._running is not None:
            self._running.program.kill()
            self._running = None


_AT_FIRST = (_AnyDescription, FaultMessage)
_IN_A_RUN = (EventMessage, DoneMessage, FaultMessage)


def _encode(message: HarnessMessage) -> bytes:
    return msgspec.json.encode(message) + b"\n"
