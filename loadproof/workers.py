"""Processes that work for a command, and end with it however it ends."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path

from properties.engine.scratch import remove, scratch_root

_scratch: Path | None = None
"""Where a process of the pool makes its scratch directories; None elsewhere."""


@contextmanager
def workers(number: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of processes. Whoever leaves by an exception does not wait for what is under way."""
    scratch = scratch_root()
    pool = ProcessPoolExecutor(
        number,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(str(scratch),),
    )
    try:
        yield pool
    except BaseException:
        # waiting for what is under way could take minutes
        for process in active_children():
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        remove(scratch)


def worker_scratch() -> Path:
    """A new scratch directory; in a worker it is removed with the pool, at the latest."""
    return scratch_root(_scratch)


def _begin(scratch: str) -> None:
    """Prepare a process of the pool: Ctrl-C is its parent's business, and so is what it leaves."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = scratch
    global _scratch
    _scratch = Path(scratch)
