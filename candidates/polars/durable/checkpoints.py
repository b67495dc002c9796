"""Checkpoints of an acquisition: one log file, one frame and one sync for each (FL-13).

A frame holds where the acquisition is (`Progress`), and the rows and error table 1 records since
the frame before it. A frame that a kill or a full disk cut short fails its checksum and is dropped.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import msgspec
import polars as pl

from candidates.polars.durable.workspace import Workspace, write_all

_HEADER = struct.Struct("<II")
LOG_FILE = "checkpoints.log"


class Progress(msgspec.Struct, frozen=True):
    """How far an acquisition is after some records.

    ``records`` and ``skipped`` count over the load; ``input`` is the input's position, and
    ``input_records`` and ``input_bytes`` (uncompressed, line ends included) count in it;
    ``blocks`` have been sent, ``errors`` are in error table 1; ``signature`` is a digest of all
    bytes read.
    """

    records: int = 0
    skipped: int = 0
    input: int = 0
    input_records: int = 0
    input_bytes: int = 0
    blocks: int = 0
    errors: int = 0
    signature: str = ""


class Frame(NamedTuple):
    """One checkpoint: the progress, and what came since the one before."""

    progress: Progress
    rows: pl.DataFrame
    errors: pl.DataFrame


class CheckpointLog:
    """The log of one acquisition, in its job's directory; what is durable in it stays."""

    def __init__(self, workspace: Workspace, directory: Path) -> None:
        self._workspace = workspace
        self._path = directory / LOG_FILE
        self._file: int | None = None

    def append(self, frame: Frame) -> None:
        """Make a checkpoint durable."""
        parts = [msgspec.json.encode(frame.progress), _encode(frame.rows), _encode(frame.errors)]
        body = struct.pack("<II", len(parts[0]), len(parts[1])) + b"".join(parts)
        with self._workspace.writing():
            if self._file is None:
                self._file = self._opened()
            write_all(self._file, _HEADER.pack(len(body), zlib.crc32(body)) + body)
            self._workspace.sync(self._file)

    def frames(self) -> list[bytes]:
        """The durable frames; what a kill cut short is removed from the log."""
        if not self._path.exists():
            return []
        data = self._path.read_bytes()
        bodies, at = [], 0
        while at + _HEADER.size <= len(data):
            size, checksum = _HEADER.unpack_from(data, at)
            body = data[at + _HEADER.size : at + _HEADER.size + size]
            if len(body) < size or zlib.crc32(body) != checksum:
                break
            bodies.append(body)
            at += _HEADER.size + size
        if at < len(data):
            with self._workspace.writing(), self._path.open("r+b") as file:
                file.truncate(at)
        return bodies

    def _opened(self) -> int:
        new = not self._path.exists()
        if new:
            for made in (self._path.parent.parent, self._path.parent):
                made.mkdir(exist_ok=True)
                self._workspace.sync_directory(made.parent)
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        if new:
            self._workspace.sync_directory(self._path.parent)
        return file

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def remove(self) -> None:
        """Forget every checkpoint: the load is over."""
        self.close()
        with self._workspace.writing():
            self._path.unlink(missing_ok=True)


def decode_frame(body: bytes) -> Frame:
    """A frame of the log."""
    first, second = struct.unpack_from("<II", body)
    rows_at = 8 + first
    errors_at = rows_at + second
    return Frame(
        msgspec.json.decode(body[8:rows_at], type=Progress),
        _decode(body[rows_at:errors_at]),
        _decode(body[errors_at:]),
    )


def _encode(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_ipc_stream(stream)
    return stream.getvalue()


def _decode(data: bytes) -> pl.DataFrame:
    return pl.read_ipc_stream(io.BytesIO(data))
