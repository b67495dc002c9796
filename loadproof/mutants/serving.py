"""The program of a mutant, and the command that starts it.

It speaks the process protocol for a loader of ours, one module of which has another source; every
other module is as it stands. So the mutant is in this process alone, and the harness, which may
use the same modules, is not changed.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from candidates.reach import InProcess, worker
from specs.contract import Stopped

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


class StoppingEmit(worker.Emit):
    """Ends a stopped run as in the harness's own process: most of the time goes into starts."""

    def leave(self) -> None:
        self.refused = "the run was stopped"  # and so is every event that may still come
        raise Stopped(self.refused)


def command(module: str, source: Path, place: InProcess) -> tuple[str, ...]:
    """The command that serves the loader at ``place``, ``module`` made of the file ``source``."""
    # wherever our own packages were found, they are found there too
    boot = "import sys; sys.path[:] = sys.argv[5:]; "
    boot += "from loadproof.mutants.serving import main; sys.exit(main(*sys.argv[1:5]))"
    told = (module, str(source), place.module, place.factory)
    paths = (path or os.getcwd() for path in sys.path)
    return (sys.executable, "-P", "-c", boot, *told, *paths)


def main(module: str, source: str, loader: str, factory: str) -> int:
    """Serve until there is nothing more to come; the exit code."""
    _limit(resource.RLIMIT_DATA, MOST_MEMORY)
    _limit(resource.RLIMIT_FSIZE, LARGEST_FILE)
    sys.meta_path.insert(0, MutatedFinder(module, Path(source).read_bytes()))
    return worker.answer(worker.own_pipes(), loader, factory, StoppingEmit)


def _limit(what: int, most: int) -> None:
    soft, hard = resource.getrlimit(what)
    if soft == resource.RLIM_INFINITY or soft > most:
        resource.setrlimit(what, (most, hard))
