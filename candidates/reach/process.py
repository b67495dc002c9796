"""A candidate in a process of its own, in any language: one JSON document a line each way."""

from __future__ import annotations

import contextlib
import math
import os
import selectors
import signal
import subprocess
import time
import weakref
from collections.abc import Sequence
from pathlib import Path

import msgspec

from candidates.reach.agreement import (
    CandidateError,
    DiedError,
    FaultError,
    NotExecutableError,
    ProtocolError,
    TimedOutError,
    check_description,
    check_outcome,
)
from specs.contract import (
    CandidateMessage,
    ContinueMessage,
    DescribeRequest,
    Description,
    DescriptionReply,
    DoneMessage,
    Emit,
    EventMessage,
    FaultMessage,
    HarnessMessage,
    RunRequest,
    Stopped,
    StopRequest,
)

MAX_LINE_BYTES = 16 * 1024 * 1024
"""Longest line of the protocol, without its line end."""

MESSAGE_TIMEOUT = 60.0
"""Seconds a candidate may be silent when it is its turn."""

RUN_TIMEOUT = 600.0
"""Seconds one run may take, however many events it sends."""

STDERR_LINES = 20
_CHUNK = 65_536
_GRACE = 2.0
"""Seconds for what follows at once: leaving after ``stop``, pipes closing after a kill."""

_decoder: msgspec.json.Decoder[CandidateMessage] = msgspec.json.Decoder(CandidateMessage)


class ProcessCandidate:
    """A ``cmd:`` candidate: started with the first request, then used for many runs.

    A run that is stopped or goes wrong ends with SIGKILL to the program's process group; the
    next request starts a fresh program. ``message_timeout`` and ``run_timeout`` are seconds.
    """

    def __init__(
        self,
        spec: str,
        command: Sequence[str],
        *,
        message_timeout: float = MESSAGE_TIMEOUT,
        run_timeout: float = RUN_TIMEOUT,
    ) -> None:
        self.spec = spec
        self._command = tuple(command)
        self._message_timeout = message_timeout
        self._run_timeout = run_timeout
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
        try:
            request = RunRequest(case=str(case.absolute()), workspace=str(workspace.absolute()))
            program.refuse_unasked()
            self._tell(program, request, run_end, kill_at)
            while True:
                message = self._hear(program, "event, done or fault", run_end, kill_at)
                match message:
                    case EventMessage():
                        program.refuse_unasked()
                        emit(message.name, message.details)
                        self._tell(program, ContinueMessage(), run_end, kill_at)
                    case DoneMessage():
                        break
                    case FaultMessage():
                        raise FaultError(f"{self.spec}: {message.message}")
                    case DescriptionReply():
                        raise program.unexpected(message, "event, done or fault")
            program.refuse_unasked()
        except FaultError:
            raise  # a candidate that can say so can take the next request
        except BaseException:
            self._kill()
            raise
        return check_outcome(workspace.absolute(), self.spec)

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
            self._program = Program(self.spec, self._command)
            try:
                self._tell(self._program, DescribeRequest())
                message = self._hear(self._program, "description")
                if isinstance(message, FaultMessage):
                    raise FaultError(f"{self.spec}: {message.message}")
                if not isinstance(message, DescriptionReply):
                    raise self._program.unexpected(message, "description")
                self._description = check_description(message.description, self.spec)
            except BaseException:
                self._kill()
                raise
        return self._program

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
        run_end: float = math.inf,
        kill_at: float = math.inf,
    ) -> CandidateMessage:
        try:
            deadline = time.monotonic() + self._message_timeout
            line = program.receive(expected, min(deadline, run_end, kill_at))
        except TimeoutError:
            raise self._late(program, expected, run_end, kill_at) from None
        try:
            line.decode("utf-8")
            return _decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise program.unexpected(line, expected, str(error)) from error

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


class Program:
    """A running program in a process group of its own, spoken to by lines.

    Every wait ends at a deadline, a `time.monotonic` moment, with the built-in `TimeoutError`.
    Its stderr is read whenever we wait for it, and the end of it kept. Linux, and other systems
    that have ``waitid``.
    """

    def __init__(self, spec: str, command: Sequence[str]) -> None:
        self._spec = spec
        try:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise NotExecutableError(
                f"{spec}: {command[0]!r} cannot be started: {error}; "
                "expected an executable file or a program on the PATH"
            ) from error
        self._pipes = [
            pipe for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr) if pipe
        ]
        self._stdin, self._stdout, self._stderr = (pipe.fileno() for pipe in self._pipes)
        self._selector = selectors.DefaultSelector()
        for descriptor in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(descriptor, False)
        for descriptor in (self._stdout, self._stderr):
            self._selector.register(descriptor, selectors.EVENT_READ)
        self._unread = bytearray()
        self._stderr_end = bytearray()
        # the last resort, for a harness that forgets to close
        self._finalizer = weakref.finalize(self, _kill_group, self._popen)

    def send(self, line: bytes, deadline: float) -> None:
        """Write a line. Raises `DiedError`, `ProtocolError` or `TimeoutError`."""
        rest = memoryview(line)
        while rest:
            try:
                rest = rest[os.write(self._stdin, rest) :]
            except BlockingIOError:
                # only a program that does not read what it asked for lets the pipe fill up
                self._pump(deadline, 0.01)
                self._limit_unread("reading its stdin")
            except BrokenPipeError:
                raise self._gone("reading its stdin") from None

    def receive(self, expected: str, deadline: float) -> bytes:
        """The next line, without its end. Raises as `send`; ``expected`` is for the message."""
        searched = 0
        while (end := self._unread.find(b"\n", searched)) < 0:
            searched = len(self._unread)
            self._limit_unread(expected)
            if self._stdout not in self._selector.get_map():
                raise self._gone(expected)
            heard = self._pump(deadline)
            if not heard and self._has_exited():
                raise self._gone(expected)
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        return line

    def refuse_unasked(self) -> None:
        """Raise `ProtocolError` when the program has written anything that nobody asked for."""
        with contextlib.suppress(TimeoutError):
            self._pump(time.monotonic())
        if self._unread:
            line = bytes(self._unread).split(b"\n", 1)[0]
            raise self.unexpected(line, "nothing before it is asked again")

    def wait(self, deadline: float) -> None:
        """Wait until the program has left. Raises `TimeoutError`."""
        while not self._has_exited():
            self._pump(deadline, 0.01)
            self._unread.clear()

    def unexpected(
        self, found: bytes | CandidateMessage, expected: str, reason: str = "not its turn"
    ) -> ProtocolError:
        """The error for a line that breaks the protocol."""
        line = found if isinstance(found, bytes) else msgspec.json.encode(found)
        shown = repr(line if len(line) <= 200 else line[:200] + b"...")[1:]
        return ProtocolError(
            f"{self._spec}: expected {expected}, found the line {shown} ({reason})"
            f"{self.last_words()}"
        )

    def last_words(self) -> str:
        """The end of stderr, ready to be appended to a message."""
        lines = self._stderr_end.decode("utf-8", "replace").splitlines()[-STDERR_LINES:]
        return "".join(f"\n  stderr: {line[:500]}" for line in lines)

    def kill(self) -> None:
        """SIGKILL the process group, reap the program, close the pipes."""
        self._finalizer()
        with contextlib.suppress(TimeoutError):
            self._drain(time.monotonic() + _GRACE)
        self._selector.close()
        for pipe in self._pipes:
            pipe.close()

    def _pump(self, deadline: float, slice_seconds: float = 0.2) -> bool:
        """Read once what is there, waiting a little; whether anything was heard."""
        remaining = deadline - time.monotonic()
        ready = self._selector.select(max(0.0, min(remaining, slice_seconds)))
        for key, _ in ready:
            chunk = os.read(key.fd, _CHUNK)
            if not chunk:
                self._selector.unregister(key.fd)
            elif key.fd == self._stdout:
                self._unread += chunk
            else:
                self._stderr_end += chunk
                del self._stderr_end[:-_CHUNK]
        if remaining <= 0:
            raise TimeoutError
        return bool(ready)

    def _limit_unread(self, expected: str) -> None:
        if len(self._unread) > MAX_LINE_BYTES:
            reason = f"more than {MAX_LINE_BYTES} bytes without a line end or a pause"
            raise self.unexpected(bytes(self._unread[:_CHUNK]), expected, reason)

    def _drain(self, deadline: float) -> None:
        """Read both pipes to their end: when it comes, nobody of the group is alive."""
        while self._selector.get_map():
            self._pump(deadline)
            self._unread.clear()

    def _has_exited(self) -> bool:
        # WNOWAIT leaves the program unreaped until `kill`, so its group's id stays its own
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._popen.pid, options) is not None

    def _gone(self, expected: str) -> CandidateError:
        deadline = time.monotonic() + _GRACE
        with contextlib.suppress(TimeoutError):
            self.wait(deadline)
        if not self._has_exited():
            return ProtocolError(
                f"{self._spec}: closed its stdin or stdout but runs on; "
                f"expected: {expected}{self.last_words()}"
            )
        self.kill()
        code = self._popen.returncode
        how = f"exit code {code}" if code >= 0 else f"signal {-code} ({_signal_name(-code)})"
        return DiedError(f"{self._spec}: died with {how}; expected: {expected}{self.last_words()}")


def _encode(message: HarnessMessage) -> bytes:
    return msgspec.json.encode(message) + b"\n"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unnamed"


def _kill_group(popen: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(popen.pid, signal.SIGKILL)
    popen.wait()
