"""Client of the process that reads the outcomes of foreign candidates (`outcome_server`)."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Literal

import msgspec

from candidates.reach.outcome_server import READY, OutcomeLimits, Request
from candidates.reach.program import signal_name

_START_SECONDS = 60.0


class ReadingRefused(Exception):
    """What was to be read is not as it must be; the message says what."""


class ReaderProcess:
    """Starts with the first request, or before it with `start`; ends with this process.

    A reading that kills it, or takes too long, is refused; the next one meets a fresh process.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._service: _Service | None = None

    def start(self) -> None:
        """Start it, if it does not run, without waiting until it is up."""
        with self._lock:
            self._running()

    def document(self, directory: Path, name: str, limits: OutcomeLimits) -> bytearray:
        """The JSON text of an outcome's document. Raises `ReadingRefused`."""
        return self._ask("document", directory, name, limits)

    def file(self, directory: Path, name: str, limits: OutcomeLimits) -> bytearray:
        """A file of an outcome as an Arrow IPC stream. Raises `ReadingRefused`."""
        return self._ask("file", directory, name, limits)

    def _ask(
        self, what: Literal["document", "file"], directory: Path, name: str, limits: OutcomeLimits
    ) -> bytearray:
        request = Request(what=what, directory=str(directory), name=name, limits=limits)
        with self._lock:
            service = self._running()
            try:
                sign, payload = service.answer(request)
            except TimeoutError:
                service.end()
                message = f"{name}: reading it took more than {limits.seconds:g} s"
                raise ReadingRefused(message) from None
            except EOFError:
                service.end()
                message = f"{name}: the process that read it died with {service.how()}"
                raise ReadingRefused(message) from None
            except BaseException:
                service.end()  # in the middle of an answer that will not be read
                raise
        if sign != b"+":
            raise ReadingRefused(payload.decode("utf-8", "replace"))
        return payload

    def _running(self) -> _Service:
        if self._service is None or not self._service.is_ours_and_alive():
            self._service = _Service()
        return self._service


class _Service:
    """One process for as long as it lives."""

    def __init__(self) -> None:
        # wherever our own packages were found, they are found there too
        boot = "import sys; sys.path[:] = sys.argv[1:]; "
        boot += "from candidates.reach.outcome_server import main; sys.exit(main())"
        self._owner = os.getpid()
        self._up = False
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-c", boot, *(place or os.getcwd() for place in sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        self.end = weakref.finalize(self, _end, self._popen, self._owner)
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._stdin, self._stdout = self._popen.stdin.fileno(), self._popen.stdout.fileno()
        os.set_blocking(self._stdout, False)

    def is_ours_and_alive(self) -> bool:
        return self._owner == os.getpid() and self.end.alive and self._popen.poll() is None

    def answer(self, request: Request) -> tuple[bytes, bytearray]:
        """The sign and payload of the reply. Raises TimeoutError, and EOFError when it died."""
        if not self._up:
            try:
                self._receive(len(READY), time.monotonic() + _START_SECONDS)
            except (EOFError, TimeoutError):
                raise RuntimeError(
                    "the process that reads outcomes does not start; "
                    "`python -m candidates.reach.outcome_server` tells why"
                ) from None
            self._up = True
        deadline = time.monotonic() + request.limits.seconds
        line = memoryview(msgspec.json.encode(request) + b"\n")
        while line:
            try:
                line = line[os.write(self._stdin, line) :]
            except BrokenPipeError:
                raise EOFError from None
        head = self._receive(9, deadline)
        return bytes(head[:1]), self._receive(int.from_bytes(head[1:], "big"), deadline)

    def how(self) -> str:
        """How the process ended."""
        code = self._popen.returncode
        return f"exit code {code}" if code >= 0 else f"signal {-code} ({signal_name(-code)})"

    def _receive(self, size: int, deadline: float) -> bytearray:
        buffer = bytearray(size)
        rest = memoryview(buffer)
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            while rest:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise TimeoutError
                if selector.select(remaining):
                    count = os.readv(self._stdout, [rest])
                    if not count:
                        raise EOFError
                    rest = rest[count:]
        return buffer


def _end(popen: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() != owner:
        return  # a fork of the process that started it
    popen.kill()
    popen.wait()
    for pipe in (popen.stdin, popen.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
