"""The program of a mutant: ``serving.py MODULE SOURCE FACTORY_MODULE:FACTORY``.

It speaks the process protocol for a loader of ours, one module of which comes from the file
``SOURCE``; every other module is as it stands. So the mutant is in this process alone, and the
harness, which may use the same modules, is not changed.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

MOST_MEMORY = 4 << 30
"""Bytes of data that a mutant may have: an endless loop may well fill a list."""

LARGEST_FILE = 1 << 28
"""Bytes of a file that it writes."""


class _MutatedModule(importlib.machinery.SourceFileLoader):
    """Loads a module from its own place, but from other text."""

    def __init__(self, name: str, path: str, source: bytes) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.get_filename(fullname), "exec", dont_inherit=True)


class MutatedFinder(importlib.abc.MetaPathFinder):
    """An import hook, asked first: one module has another source."""

    def __init__(self, module: str, source: bytes) -> None:
        self._module = module
        self._source = source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _MutatedModule(fullname, spec.origin, self._source)
        return spec


def main(arguments: Sequence[str]) -> int:
    """Serve until there is nothing more to come; the exit code."""
    module, source, place = arguments
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from candidates.reach.worker import answer, own_pipes

    _limit(resource.RLIMIT_DATA, MOST_MEMORY)
    _limit(resource.RLIMIT_FSIZE, LARGEST_FILE)
    sys.meta_path.insert(0, MutatedFinder(module, Path(source).read_bytes()))
    loader, _, factory = place.partition(":")
    return answer(own_pipes(), loader, factory)


def _limit(what: int, most: int) -> None:
    soft, hard = resource.getrlimit(what)
    if soft == resource.RLIM_INFINITY or soft > most:
        resource.setrlimit(what, (most, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
