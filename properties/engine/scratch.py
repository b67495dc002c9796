"""Scratch directories: made in memory where there is room, remembered, removed whatever is in them.

A candidate is free in what it leaves in its workspace: folders thousands deep, or without
permissions. None of it outlives the run.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from candidates.reach.removal import remove_tree

SHARED_MEMORY = Path("/dev/shm")
ROOM = 1 << 30
"""Bytes that shared memory must have left to be used."""

_made: set[Path] = set()


def scratch_root(parent: Path | None = None) -> Path:
    """A new directory for workspaces, in memory where the system has room for it."""
    if parent is None and SHARED_MEMORY.is_dir():
        with contextlib.suppress(OSError):
            if shutil.disk_usage(SHARED_MEMORY).free > ROOM:
                parent = SHARED_MEMORY
    return fresh_directory("loadproof-", parent)


def fresh_directory(prefix: str, parent: Path | None = None) -> Path:
    """A new directory that only its user may enter, by default where temporary files go.

    It is removed with `remove_all` unless `keep` says otherwise. Raises OSError.
    """
    name = f"{prefix}{os.getpid()}-{secrets.token_hex(8)}"
    directory = Path(parent or tempfile.gettempdir()) / name
    # remembered before it is there, so that a signal between the two leaves nothing
    _made.add(directory)
    directory.mkdir(mode=0o700)
    return directory


@contextlib.contextmanager
def borrowed(directory: Path) -> Iterator[Path]:
    """A directory that is made anew, whatever a killed run left of it, and removed at the end."""
    remove(directory)
    _made.add(directory)
    directory.mkdir(mode=0o700)
    try:
        yield directory
    finally:
        remove(directory)


def keep(directory: Path) -> None:
    """Leave a fresh directory where it is when everything else is removed."""
    _made.discard(directory)


def remove_all() -> None:
    """Remove every directory made here that is neither removed nor kept."""
    for directory in list(_made):
        remove(directory)


def remove(directory: Path) -> None:
    """Remove a directory with all in it; what cannot be removed stays. Links are not followed."""
    remove_tree(directory)
    _made.discard(directory)
