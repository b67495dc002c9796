"""The processes that a call starts, and those that they start: all ended before it is over."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_SET_CHILD_SUBREAPER = 36
_PATIENCE = 10.0
"""Seconds that a killed process may take to be gone."""

_RESOURCE_TRACKER = b"multiprocessing.resource_tracker"


def adopt_orphans() -> None:
    """Become the parent of every descendant that loses its own, on Linux.

    So a program is found at the end whatever session it moved to and whoever started it.
    """
    if sys.platform == "linux":
        # a kernel or sandbox without it leaves less to be found, which is no reason to stop
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_session(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads a session of its own, with its group, and wait for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # its number stays its group's own until it has been waited for
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)


def end_all() -> None:
    """Kill all descendants of this process, on Linux, and wait until they are gone.

    multiprocessing's resource tracker goes by itself when this process does; until then it is
    needed to give semaphores back.
    """
    deadline = time.monotonic() + _PATIENCE
    while (left := _descendants()) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.01)


def _descendants() -> list[int]:
    """Processes that come from this one, zombies among them; nothing where there is no /proc."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parent = int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
            if _RESOURCE_TRACKER not in (entry / "cmdline").read_bytes():
                children.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    unseen = [os.getpid()]
    while unseen:
        below = children.get(unseen.pop(), [])
        found += below
        unseen += below
    return found
