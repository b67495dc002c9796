"""Input files as named pipes: each gives its bytes once, and opening one never hangs."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from candidates.reach.process import MESSAGE_TIMEOUT

PATIENCE = MESSAGE_TIMEOUT
"""Seconds a pipe waits for its first reader: as long as a candidate may be silent."""

_MOMENT = 0.002
"""Seconds between two looks at a pipe."""


@contextlib.contextmanager
def as_pipes(directory: Path, names: Collection[str], patience: float = PATIENCE) -> Iterator[None]:
    """While this lasts, these files of a directory are named pipes that give what was in them.

    Each byte comes once. Whoever opens a pipe after they were all given, or first does so after
    ``patience`` seconds, finds it empty.
    """
    over = threading.Event()
    feeders = [_feeder(directory / name, patience, over) for name in names]
    try:
        yield
    finally:
        over.set()
        for feeder in feeders:
            feeder.join()


def _feeder(path: Path, patience: float, over: threading.Event) -> threading.Thread:
    data = path.read_bytes()
    path.unlink()
    os.mkfifo(path)
    feeder = threading.Thread(target=_feed, args=(path, data, patience, over), daemon=True)
    feeder.start()
    return feeder


def _feed(path: Path, data: bytes, patience: float, over: threading.Event) -> None:
    deadline = time.monotonic() + patience
    pipe = None
    while pipe is None and not over.is_set() and time.monotonic() < deadline:
        try:
            pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody has opened it yet
            over.wait(_MOMENT)
    if pipe is not None:
        with contextlib.suppress(BrokenPipeError):  # the reader has had enough
            _write(pipe, data, over)
        os.close(pipe)
    while not over.wait(_MOMENT):
        # Being both ends for a moment lets everyone go on who waits in `open` for the other end.
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))


def _write(pipe: int, data: bytes, over: threading.Event) -> None:
    """Write it all, the first byte by itself, so that a reader sees that it need not be whole."""
    left = memoryview(data)
    while left and not over.is_set():
        try:
            left = left[os.write(pipe, left if len(left) < len(data) else left[:1]) :]
        except BlockingIOError:  # it is full
            over.wait(_MOMENT)
            continue
        if len(left) == len(data) - 1:
            over.wait(_MOMENT)
