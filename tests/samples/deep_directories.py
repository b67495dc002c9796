"""Directories deeper than recursion or a path's length goes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from properties.engine.scratch import remove

DEPTH = 2_000


def deepen(directory: Path, name: str = "deeper", depth: int = DEPTH) -> None:
    """Make folders of this name in each other."""
    here = os.open(directory, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


@contextlib.contextmanager
def deepened(directory: Path) -> Iterator[Path]:
    """The directory with deep folders in it; they are removed at the end, as pytest cannot."""
    deepen(directory)
    try:
        yield directory
    finally:
        remove(directory)
