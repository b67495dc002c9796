"""A full disk, as a candidate meets it: no file of its process can grow beyond some bytes."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator

from candidates.reach import ReachedCandidate


@contextlib.contextmanager
def full_disk(candidate: ReachedCandidate, file_bytes: int | None) -> Iterator[None]:
    """While this lasts, every write beyond ``file_bytes`` of a file fails; None: no limit.

    The limit is that of this process, in which a loader of ours runs. A process of the candidate's
    own inherits it, so one that is up already is left before and after. In Python a write that
    fails raises OSError; elsewhere the process may get SIGXFSZ.
    """
    if file_bytes is None:
        yield
        return
    candidate.close()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        candidate.close()
