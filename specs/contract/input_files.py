"""Input files of a case as they lie on a disk: compressed or not, and the same while being read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"
"""First bytes of a gzip file, which an input may be under any name (FL-26)."""


class InputChanged(OSError):
    """An input file that was written to, replaced or removed while it was read."""


def check_unchanged(path: Path, before: os.stat_result) -> None:
    """FL-26: a file is read as it was when it was opened; a pipe is given as it comes.

    ``before`` is its status from then. Raises `InputChanged`, which says what has changed.
    """
    if not stat.S_ISREG(before.st_mode):
        return
    try:
        after = path.stat()
    except FileNotFoundError:
        raise InputChanged("it was removed while it was read") from None
    if (after.st_dev, after.st_ino) != (before.st_dev, before.st_ino):
        raise InputChanged("another file took its place while it was read")
    if after.st_size != before.st_size:
        sizes = f"from {before.st_size:,} to {after.st_size:,} bytes"
        raise InputChanged(f"its size changed {sizes} while it was read")
    if after.st_mtime_ns != before.st_mtime_ns:
        raise InputChanged("it was written to while it was read")
