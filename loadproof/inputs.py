"""A user's files as the inputs of a case: linked or copied, and the same after a loader as before.

A loader of our own reads the file itself, by a link. Anybody else's gets a copy, which it may do
with as it likes. Whatever a loader does, each file is looked at before and after.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from candidates.reach.agreement import CandidateError

_CLONE = 0x40049409
"""FICLONE: the ioctl by which a file gets the blocks of another, where the file system can."""

_Identity = tuple[int, ...]


class ChangedInputError(CandidateError):
    """A loader ran, and a file of its user is not what it was before."""


def lay_out(source: Path, target: Path, *, copied: bool) -> None:
    """Make ``target`` a copy of a user's file or a link to it; a pipe is always linked.

    Raises OSError.
    """
    if source.is_fifo():
        target.symlink_to(_in_every_process(source))
    elif copied:
        copy_file(source, target)
    else:
        target.symlink_to(source.absolute())


def copy_file(source: Path, target: Path) -> None:
    """Copy a file with its times and permissions, sharing its blocks where that can be done."""
    with source.open("rb") as given, target.open("xb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), _CLONE, given.fileno())
        except OSError:  # another file system, or one that cannot share
            shutil.copyfileobj(given, copy, 1 << 20)
    shutil.copystat(source, target)


@contextlib.contextmanager
def unchanged(files: Collection[Path], candidate: str) -> Iterator[None]:
    """Look at these files before and after a candidate runs.

    Raises `ChangedInputError` with each that is not the same file, as long and as old as before;
    it tells the candidate's own error too.
    """
    before = {path: _identity(path) for path in dict.fromkeys(files)}
    try:
        yield
    except CandidateError as error:
        if told := _changes(before, candidate):
            raise ChangedInputError(f"{error}\n{told}") from error
        raise
    if told := _changes(before, candidate):
        raise ChangedInputError(told)


def _changes(before: dict[Path, _Identity | None], candidate: str) -> str:
    return "\n".join(
        f"{path} changed while {candidate} ran: a loader must leave its user's files alone; "
        "restore it, and trust nothing of this run"
        for path, identity in before.items()
        if _identity(path) != identity
    )


def _identity(path: Path) -> _Identity | None:
    """What tells a file from any other and from itself at another time; None when it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    same_file = (found.st_dev, found.st_ino, stat.S_IFMT(found.st_mode))
    if stat.S_ISFIFO(found.st_mode):
        return same_file  # who reads or writes a pipe changes its times
    # the change time cannot be set back, so a rewritten file does not pass for the old one
    return (*same_file, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _in_every_process(pipe: Path) -> Path:
    """The pipe under a name that means the same in another process, unlike ``/dev/fd/63``."""
    if pipe.is_symlink() and str(pipe.readlink()).startswith("/proc/self/"):
        pipe = pipe.readlink()
    return Path(os.path.realpath(pipe.parent)) / pipe.name
