"""A candidate in a process of its own, in any language: one JSON document a line each way."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
"""Last lines of a fault's traceback that are told."""

_LONGEST_TOLD = 2_000
"""Characters of a candidate's own words in one line of a message."""

_GRACE = 2.0
"""Seconds to leave in after ``stop``."""


class _AnyDescription(
    msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="description"
):
    """A description that is yet to be checked, so that what is wrong with it can be told."""

    description: Any


_Message = _AnyDescription | EventMessage | DoneMessage | FaultMessage
_decoder: msgspec.json.Decoder[_Message] = msgspec.json.Decoder(_Message)


class ProcessCandidate:
    """A candidate behind a program: started with the first request, then used for many runs.

    A run that is stopped or goes wrong ends with SIGKILL to the program and all that it started;
    the next request starts a fresh program. ``message_timeout`` and ``run_timeout`` are seconds.
    ``not_there``: exit codes by which a program says, after a fault message in place of its
    description, that there is no candidate for it to speak for.
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
    ) -> None:
        self.spec = spec
        self.outcomes = GuardedReader(spec, limits)
        self._command = tuple(command)
        self._message_timeout = message_timeout
        self._run_timeout = run_timeout
        self._not_there = not_there or {}
        self._kill_after: float | None = None
        self._program: Program | None = None
        self._description: Description | None = None

    def describe(self) -> Description:
        """The answer to ``describe``, asked once per started program. Raises `CandidateError`."""
        self._running()
        assert self._description is not None  # a program runs only after it described itself
        return self._description

    def run(self, case: Path, workspace: Path, emit: Emit) -> Path:
        """Run a case; see `candidates.reach.ReachedCandidate.run`."""
        program = self._running()
        started = time.monotonic()
        run_end = started + self._run_timeout
        kill_at = math.inf if self._kill_after is None else started + self._kill_after
        self._kill_after = None
        most = program.received + MAX_RUN_BYTES
        try:
            request = RunRequest(case=str(case.absolute()), workspace=str(workspace.absolute()))
            program.refuse_unasked()
            self._tell(program, request, run_end, kill_at)
            while True:
                message = self._hear(program, "event, done or fault", _IN_A_RUN, run_end, kill_at)
                if isinstance(message, FaultMessage):
                    raise self._fault(message)
                if not isinstance(message, EventMessage):
                    break
                if program.received > most:
                    raise ProtocolError(
                        f"{self.spec}: more than {MAX_RUN_BYTES:,} bytes of messages in one run"
                    )
                program.refuse_unasked()
                emit(message.name, message.details)
                self._tell(program, ContinueMessage(), run_end, kill_at)
            program.refuse_unasked()
        except FaultError:
            raise  # a candidate that can say so can take the next request
        except BaseException:
            self._kill()
            raise
        return check_outcome(self.outcomes, workspace.absolute())

    def kill_after(self, seconds: float) -> None:
        """SIGKILL the program that long after the next run's request; it is up by then."""
        self._kill_after = seconds

    def close(self) -> None:
        """Ask the program to stop, and kill what is left of it after a moment."""
        if self._program is not None:
            with contextlib.suppress(CandidateError, TimeoutError):
                self._program.send(_encode(StopRequest()), time.monotonic() + _GRACE)
                self._program.wait(time.monotonic() + _GRACE)
            self._kill()

    def _running(self) -> Program:
        if self._program is None:
            self.outcomes.prepare()
            self._program = Program(self.spec, self._command)
            try:
                self._tell(self._program, DescribeRequest())
                message = self._hear(self._program, "description", _AT_FIRST)
                if isinstance(message, FaultMessage):
                    raise self._no_candidate(self._program, message)
                assert isinstance(message, _AnyDescription)
                self._description = check_description(message.description, self.spec)
            except BaseException:
                self._kill()
                raise
        return self._program

    def _no_candidate(self, program: Program, message: FaultMessage) -> CandidateError:
        error = self._fault(message)
        kind = self._not_there.get(program.exit_code() or 0) if self._not_there else None
        return kind(str(error)) if kind else error

    def _fault(self, message: FaultMessage) -> FaultError:
        lines = message.traceback.splitlines()[-TRACEBACK_LINES:]
        told = [f"{self.spec}: {visible(message.message[:_LONGEST_TOLD])}"]
        return FaultError("\n  ".join([*told, *(visible(line[:_LONGEST_TOLD]) for line in lines)]))

    def _tell(
        self,
        program: Program,
        message: HarnessMessage,
        run_end: float = math.inf,
        kill_at: float = math.inf,
    ) -> None:
        try:
            deadline = time.monotonic() + self._message_timeout
            program.send(_encode(message), min(deadline, run_end, kill_at))
        except TimeoutError:
            raise self._late(program, "reading its stdin", run_end, kill_at) from None

    def _hear(
        self,
        program: Program,
        expected: str,
        kinds: tuple[type[_Message], ...],
        run_end: float = math.inf,
        kill_at: float = math.inf,
    ) -> _Message:
        try:
            deadline = time.monotonic() + self._message_timeout
            line = program.receive(expected, min(deadline, run_end, kill_at))
        except TimeoutError:
            raise self._late(program, expected, run_end, kill_at) from None
        try:
            line.decode("utf-8")
            message = _decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise program.unexpected(line, expected, str(error)) from error
        if not isinstance(message, kinds):
            raise program.unexpected(line, expected)
        return message

    def _late(
        self, program: Program, expected: str, run_end: float, kill_at: float
    ) -> BaseException:
        now = time.monotonic()
        if now >= kill_at:
            return Stopped("killed at the moment asked for")
        if now >= run_end:
            limit = f"the run took longer than {self._run_timeout:g} s (run time-out)"
        else:
            limit = f"no answer within {self._message_timeout:g} s (message time-out)"
        return TimedOutError(f"{self.spec}: {limit}; expected: {expected}{program.last_words()}")

    def _kill(self) -> None:
        if self._program is not None:
            self._program.kill()
            self._program = None


_AT_FIRST = (_AnyDescription, FaultMessage)
_IN_A_RUN = (EventMessage, DoneMessage, FaultMessage)


def _encode(message: HarnessMessage) -> bytes:
    return msgspec.json.encode(message) + b"\n"
