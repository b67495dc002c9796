"""A workspace is for one run at a time: two that write it at once would undo each other's work."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

IN_USE = "is in use by another run; let that come to its end, or use another workspace"
"""What to tell, and to do about it."""

_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF, errno.EINVAL, errno.ENOSYS}
"""What file systems without locks answer: there, nobody is kept off."""


@contextlib.contextmanager
def held(directory: Path) -> Iterator[None]:
    """Keep every other run off a workspace that exists; the end of the process lets go as well.

    Raises BlockingIOError while another run holds it, in this process or any other; OSError.
    """
    handle = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        yield
    finally:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)  # also for a child that has inherited the handle
        os.close(handle)
