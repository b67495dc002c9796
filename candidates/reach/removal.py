"""Removing directories that a candidate could write to, whatever it left in them."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
from pathlib import Path


def remove_tree(directory: Path) -> None:
    """Remove a directory and all below it, however deep; what cannot be removed stays.

    Links are removed, not followed. Never raises for what is in the directory.
    """
    try:
        shutil.rmtree(directory)
    except FileNotFoundError:
        return
    except (OSError, RecursionError):
        with contextlib.suppress(OSError):
            _flatten(directory)
        with contextlib.suppress(RecursionError):
            shutil.rmtree(directory, ignore_errors=True)


def _flatten(directory: Path) -> None:
    """Move all directories below into this one, and make each of them open to us.

    A path may be longer than the system permits, and deeper than we may call ourselves or hold
    directories open; so at any time only two are open, the top and one right in it.
    """
    names = (f"{secrets.token_hex(8)}-{number}" for number in itertools.count())
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    top = os.open(directory, flags)
    try:
        unseen = _open_up(top)
        while unseen:
            place = os.open(unseen.pop(), flags, dir_fd=top)
            try:
                for name in _open_up(place):
                    moved = next(names)
                    os.rename(name, moved, src_dir_fd=place, dst_dir_fd=top)
                    unseen.append(moved)
            finally:
                os.close(place)
    finally:
        os.close(top)


def _open_up(place: int) -> list[str]:
    """The directories right in an open one, each of them made readable and writable."""
    with os.scandir(place) as entries:
        found = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    for name in found:
        with contextlib.suppress(OSError):
            os.chmod(name, 0o700, dir_fd=place)
    return found
