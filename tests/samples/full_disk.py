"""A disk that gets full at a chosen moment, below one directory and for this process alone."""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest


class FullDisk:
    """Lets some operations that want space under ``root`` succeed, and fails all that follow.

    Operations are the creation of files and directories, writes, syncs and renames; removing is
    always possible. ``room``: how many succeed (None: all), ``done`` how many there have been,
    ``last_write`` at which of them the last write was.
    ``short``: a full disk has still room for names, and for half of the bytes of the first write
    that finds it full.
    """

    def __init__(self, root: Path, *, room: int | None = None, short: bool = False) -> None:
        self.root = str(root)
        self.room = room
        self.short = short
        self.done = self.last_write = 0
        self._halved = False
        self._files: set[int] = set()

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Put the disk in the way of this process's writes, until the patch is undone."""
        for module, name, replacement in (
            *((builtins, "open", self._open), (io, "open", self._open)),
            *((os, "open", self._open_file), (os, "close", self._close)),
            *((os, "write", self._write), (os, "replace", self._replace)),
            (os, "mkdir", self._guarded(os.mkdir)),
            *((os, "fsync", self._synced(os.fsync)), (os, "fdatasync", self._synced(os.fdatasync))),
        ):
            patch.setattr(module, name, replacement)

    def needs_space(self) -> None:
        """One more operation. Raises OSError when the disk is full."""
        self.done += 1
        if self.full and not self.short:
            self._fail()

    def taken(self, data: memoryview) -> int:
        """How many of these bytes are written. Raises OSError."""
        self.done += 1
        self.last_write = self.done
        if not self.full:
            return len(data)
        if not self.short or self._halved or len(data) < 2:
            self._fail()
        self._halved = True
        return len(data) // 2

    @property
    def full(self) -> bool:
        return self.room is not None and self.done > self.room

    def _fail(self) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _holds(self, path: Any) -> bool:
        return not isinstance(path, int) and os.fspath(path).startswith(self.root)

    def _guarded(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(path: Any, *rest: Any, **named: Any) -> Any:
            if self._holds(path):
                self.needs_space()
            return call(path, *rest, **named)

        return guarded

    def _synced(self, call: Callable[[int], None]) -> Callable[[int], None]:
        def synced(file: int) -> None:
            self.needs_space()
            call(file)

        return synced

    def _replace(self, source: Any, target: Any, *, real: Callable[..., None] = os.replace) -> None:
        if self._holds(target):
            self.needs_space()
        real(source, target)

    def _open_file(
        self, path: Any, flags: int, *rest: Any, real: Callable[..., int] = os.open, **named: Any
    ) -> int:
        writes = flags & (os.O_WRONLY | os.O_RDWR) and self._holds(path)
        if writes:
            self.needs_space()
        file = real(path, flags, *rest, **named)
        if writes:
            self._files.add(file)
        return file

    def _close(self, file: int, *, real: Callable[[int], None] = os.close) -> None:
        self._files.discard(file)
        real(file)

    def _write(self, file: int, data: Any, *, real: Callable[..., int] = os.write) -> int:
        if file not in self._files:
            return real(file, data)
        view = memoryview(data)
        return real(file, view[: self.taken(view)])

    def _open(
        self,
        path: Any,
        mode: str = "r",
        *rest: Any,
        real: Callable[..., Any] = io.open,
        **named: Any,
    ) -> Any:
        if "b" not in mode or mode.startswith("r") or not self._holds(path):
            return real(path, mode, *rest, **named)
        self.needs_space()
        return io.BufferedWriter(_File(self, path, mode.replace("b", "")))


class _File(io.FileIO):
    def __init__(self, disk: FullDisk, path: Any, mode: str) -> None:
        super().__init__(os.fspath(path), mode)
        self._disk = disk

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        return super().write(view[: self._disk.taken(view)])
