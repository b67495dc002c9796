"""A candidate's program, spoken to by lines; all that it starts ends with it."""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from pathlib import Path

from candidates.reach import supervisor
from candidates.reach.agreement import (
    CandidateError,
    DiedError,
    NotExecutableError,
    ProtocolError,
)
from candidates.reach.streams import Lines, StderrEnd, SupervisorMessages

MAX_LINE_BYTES = 16 * 1024 * 1024
"""Longest line of the protocol, without its line end."""

MARK = "LOADPROOF_CANDIDATE"
"""Environment variable by which the processes of one candidate are known."""

_CHUNK = 65_536
_GRACE = 2.0
"""Seconds for what follows at once: leaving after ``stop``, pipes closing after a kill."""

_START = 60.0
"""Seconds that a supervisor gets to start a program."""

_END = 5.0
"""Seconds that a supervisor gets to end all that its program started."""


class Program:
    """A running program in a session of its own, spoken to by lines.

    Every wait ends at a deadline, a `time.monotonic` moment, with the built-in `TimeoutError`.
    Its stderr is read whenever we wait for it, and the end of it kept. A supervisor stands between
    (`candidates.reach.supervisor`): it ends the program with all its descendants when it is told
    to, and when this process is gone. Linux; on other systems that have ``waitid`` a descendant
    that leaves the program's process group is not ended.
    """

    def __init__(self, spec: str, command: Sequence[str]) -> None:
        self._spec = spec
        self._lines = Lines()
        self._stderr_end = StderrEnd()
        self._supervisor = SupervisorMessages()
        token = secrets.token_hex(16)
        self._control, theirs = socket.socketpair()
        with theirs:
            arguments = [supervisor.__file__, str(theirs.fileno()), *command]
            try:
                self._popen = subprocess.Popen(
                    [sys.executable, "-I", "-S", *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    bufsize=0,
                    start_new_session=True,
                    pass_fds=[theirs.fileno()],
                    env={**os.environ, MARK: token},
                )
            except (OSError, ValueError) as error:
                self._control.close()
                raise self._not_executable(command, str(error)) from error
        # the last resort, for a harness that forgets to close
        held = (self._popen, self._control, token, os.getpid())
        self._finalizer = weakref.finalize(self, _end, *held)
        self._pipes = [
            pipe for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr) if pipe
        ]
        self._stdin, self._stdout, self._stderr = (pipe.fileno() for pipe in self._pipes)
        self._selector = selectors.DefaultSelector()
        try:
            self._await_start(command)
        except BaseException:
            self.kill()
            raise

    @property
    def received(self) -> int:
        """Bytes of the lines that were received."""
        return self._lines.received

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
        while (line := self._lines.take()) is None:
            self._limit_unread(expected)
            if self._stdout not in self._selector.get_map():
                raise self._gone(expected)
            heard = self._pump(deadline)
            if not heard and self.has_ended():
                raise self._gone(expected)
        return line

    def refuse_unasked(self) -> None:
        """Raise `ProtocolError` when the program has written a line unasked."""
        with contextlib.suppress(TimeoutError):
            self._pump(time.monotonic())
        if self._lines:
            line = self._lines.peek(MAX_LINE_BYTES).split(b"\n", 1)[0]
            raise self.unexpected(line, "nothing before it is asked again")

    def wait(self, deadline: float) -> None:
        """Wait until the program has left. Raises `TimeoutError`."""
        while not self.has_ended():
            self._pump(deadline, 0.01)
            self._lines.drop()

    def has_ended(self) -> bool:
        """Whether the program is no more, as far as its supervisor has reported."""
        return self._supervisor.program_has_ended

    def exit_code(self, seconds: float = _GRACE) -> int | None:
        """The exit code of a program that is about to leave; None when it does not, or died."""
        with contextlib.suppress(TimeoutError):
            self.wait(time.monotonic() + seconds)
        return self._supervisor.status

    def unexpected(self, line: bytes, expected: str, reason: str = "not its turn") -> ProtocolError:
        """The error for a line that breaks the protocol."""
        shown = repr(line if len(line) <= 200 else line[:200] + b"...")[1:]
        return ProtocolError(
            f"{self._spec}: expected {expected}, found the line {shown} ({reason})"
            f"{self.last_words()}"
        )

    def last_words(self) -> str:
        """The end of stderr, ready to be appended to a message."""
        return str(self._stderr_end)

    def kill(self) -> None:
        """SIGKILL the program and all that it started, wait for their end, close the pipes."""
        self._finalizer()
        with contextlib.suppress(TimeoutError):
            self._drain(time.monotonic() + _GRACE)
        self._selector.close()
        for pipe in self._pipes:
            pipe.close()
        self._control.close()

    def _await_start(self, command: Sequence[str]) -> None:
        self._control.setblocking(False)
        for descriptor in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(descriptor, False)
        for waited in (self._stdout, self._stderr, self._control.fileno()):
            self._selector.register(waited, selectors.EVENT_READ)
        deadline = time.monotonic() + _START
        try:
            while not (message := self._supervisor.take()):
                self._pump(deadline)
        except TimeoutError:
            raise self._not_executable(command, "its supervisor does not answer") from None
        if message != "started":
            number = int(message.rpartition(" ")[2]) if message.startswith("refused") else 0
            raise self._not_executable(command, os.strerror(number))

    def _not_executable(self, command: Sequence[str], why: str) -> NotExecutableError:
        return NotExecutableError(
            f"{self._spec}: {command[0]!r} cannot be started: {why}; "
            "expected an executable file or a program on the PATH"
        )

    def _pump(self, deadline: float, slice_seconds: float = 0.2) -> bool:
        """Read once what is there, waiting a little; whether anything was heard."""
        remaining = deadline - time.monotonic()
        ready = self._selector.select(max(0.0, min(remaining, slice_seconds)))
        for key, _ in ready:
            try:
                chunk = os.read(key.fd, _CHUNK)
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                self._selector.unregister(key.fd)
            if key.fd == self._stdout:
                self._lines.add(chunk)
            elif key.fd == self._stderr:
                self._stderr_end.add(chunk)
            else:
                self._supervisor.add(chunk)
        if remaining <= 0:
            raise TimeoutError
        return bool(ready)

    def _limit_unread(self, expected: str) -> None:
        if len(self._lines) > MAX_LINE_BYTES:
            reason = f"more than {MAX_LINE_BYTES} bytes without a line end or a pause"
            raise self.unexpected(self._lines.peek(_CHUNK), expected, reason)

    def _drain(self, deadline: float) -> None:
        """Read the pipes to their end: when it comes, no process that holds them is alive."""
        while self._selector.get_map():
            self._pump(deadline)
            self._lines.drop()

    def _gone(self, expected: str) -> CandidateError:
        with contextlib.suppress(TimeoutError):
            self.wait(time.monotonic() + _GRACE)
        if not self.has_ended():
            return ProtocolError(
                f"{self._spec}: closed its stdin or stdout but runs on; "
                f"expected: {expected}{self.last_words()}"
            )
        self.kill()
        return DiedError(
            f"{self._spec}: died with {self._how()}; expected: {expected}{self.last_words()}"
        )

    def _how(self) -> str:
        status = self._supervisor.status
        if status is None:
            return "the process that supervises it, which it may have killed"
        if status >= 0:
            return f"exit code {status}"
        return f"signal {-status} ({signal_name(-status)})"


def signal_name(number: int) -> str:
    """The name of a signal, where it has one."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unnamed"


def _end(popen: subprocess.Popen[bytes], control: socket.socket, token: str, owner: int) -> None:
    """Let the supervisor end everything; when it cannot, end what carries the mark.

    A program that ends its supervisor first is found by its mark alone: what it started without
    our environment is then out of reach. None of this is a sandbox.
    """
    if os.getpid() != owner:
        return  # a fork of the process that started it
    with contextlib.suppress(OSError):
        popen.send_signal(signal.SIGCONT)  # the program may have stopped it
        control.settimeout(_END)
        control.sendall(b".")
        while control.recv(_CHUNK):  # its end: all are gone
            pass
    try:
        popen.wait(_GRACE)
    except subprocess.TimeoutExpired:
        popen.kill()
        popen.wait()
    if popen.returncode != 0:
        _kill_marked(f"{MARK}={token}".encode(), time.monotonic() + _GRACE)


def _kill_marked(mark: bytes, deadline: float) -> None:
    """SIGKILL each process whose environment has the mark, until there is none."""
    while time.monotonic() < deadline:
        marked = [process for process in _processes() if mark in _environment(process)]
        for process in marked:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        if not marked:
            return


def _processes() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return []


def _environment(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return b""
