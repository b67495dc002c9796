"""Rows between the two phases: kept in memory up to a budget, else spilled as sorted runs.

Rows leave in parts. A part is a range of (AMP, row hash), so all rows of a row hash are in one;
parts in order give the whole table in RowID order.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from candidates.polars.storage.hash_maps import Amps, RowHashes

Keys = NDArray[np.uint64]
"""AMP << 32 | row hash: the order in which rows leave."""

_32 = np.uint64(32)
SPILLED = ".spill"
"""How the names of spilled runs end."""


class PlacedRows(NamedTuple):
    """Rows with their AMP and row hash."""

    frame: pl.DataFrame
    amps: Amps
    row_hash: RowHashes


class Run(Protocol):
    """Some of the rows; ``ordered`` if each part is in (AMP, row hash, arrival) order."""

    ordered: bool

    def part(self, number: int) -> tuple[Keys, pl.DataFrame]:
        """The rows of one part with their keys; rows of equal keys in order of arrival."""


def part_bounds(amps: int, parts: int, *, within_amps: bool) -> Keys:
    """First key of each part but the first; ``within_amps``: an AMP's rows may be divided."""
    ends = [number * (amps << 32) // parts for number in range(1, parts)]
    if not within_amps:
        ends = sorted({end >> 32 << 32 for end in ends} - {0})
    return np.array(ends, dtype=np.uint64)


def sorted_keys(amps: Amps, row_hash: RowHashes) -> tuple[Keys, pl.Series]:
    """The keys in order and, for each, which row it is; equal keys stay in order of arrival."""
    return _sorted(amps.astype(np.uint64) << _32 | row_hash)


def _sorted(keys: Keys) -> tuple[Keys, pl.Series]:
    count = len(keys)
    arrival_bits = max(count - 1, 1).bit_length()
    if not count or int(keys.max()).bit_length() + arrival_bits > 64:
        stable = np.argsort(keys, kind="stable")
        return keys[stable], pl.Series(stable, dtype=pl.UInt32)
    # One sort of plain integers, several times as fast as an argsort.
    packed = keys << np.uint64(arrival_bits)
    packed |= np.arange(count, dtype=np.uint64)
    packed.sort()
    order = packed.astype(np.uint32) & np.uint32((1 << arrival_bits) - 1)
    return packed >> np.uint64(arrival_bits), pl.Series(order)


class RowStore:
    """The rows of the acquisition phase, as they arrive.

    Rows are sorted by the piece, while its columns fit into the processor's cache; a part is then
    gathered from slices that are small again: ``rows_sorted_together`` wait for each other.
    ``budget``: bytes of rows kept in memory; a fuller store writes them to ``directory`` as a run,
    under ``writing``, which names a failing write. Spilled runs are scratch: a restart of the job
    writes them again.
    """

    def __init__(
        self,
        directory: Path,
        budget: int,
        bounds: Keys,
        rows_sorted_together: int,
        writing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.directory = directory
        self.budget = budget
        self.bounds = bounds
        self.rows_sorted_together = rows_sorted_together
        self.rows = 0
        self._writing = writing
        self._spilled: list[_SpilledRun] = []
        self._sorted: list[_MemoryRun] = []
        self._waiting: list[PlacedRows] = []
        self._waiting_rows = 0
        self._bytes = 0

    @property
    def parts(self) -> int:
        return len(self.bounds) + 1

    @property
    def spilled(self) -> int:
        """How many runs are on disk."""
        return len(self._spilled)

    def append(self, frame: pl.DataFrame, amps: Amps, row_hash: RowHashes) -> None:
        """Take rows, in order of arrival."""
        if not frame.height:
            return
        self.rows += frame.height
        self._waiting.append(PlacedRows(frame, amps, row_hash))
        self._waiting_rows += frame.height
        if self._waiting_rows >= self.rows_sorted_together:
            self._sort_waiting()
        if self._bytes > self.budget:
            self._spill()

    def finish(self) -> list[Run]:
        """All runs, in order of arrival."""
        self._sort_waiting()
        return [*self._spilled, *self._sorted]

    def _sort_waiting(self) -> None:
        if not self._waiting:
            return
        frames, amps, row_hash = zip(*self._waiting, strict=True)
        keys, order = sorted_keys(np.concatenate(amps), np.concatenate(row_hash))
        frame = pl.concat(frames).rechunk()[order]
        self._sorted.append(_MemoryRun(keys, frame, self.bounds))
        self._bytes += int(frame.estimated_size()) + keys.nbytes
        self._waiting, self._waiting_rows = [], 0

    def _spill(self) -> None:
        path = self.directory / f"run-{len(self._spilled):04}{SPILLED}"
        sections = []
        with self._writing():
            self.directory.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                for number in range(self.parts):
                    start = file.tell()
                    slices = [run.part(number) for run in self._sorted]
                    for keys, _ in slices:
                        file.write(keys.tobytes())
                    middle = file.tell()
                    frame = pl.concat([frame for _, frame in slices])
                    stream = io.BytesIO()
                    frame.write_ipc_stream(stream, compression="uncompressed")
                    file.write(stream.getbuffer())
                    sections.append((start, middle, file.tell()))
        self._spilled.append(_SpilledRun(path, sections))
        self._sorted, self._bytes = [], 0


def merged_part(runs: list[Run], number: int) -> PlacedRows:
    """One part of all runs together, in (AMP, row hash, arrival) order."""
    slices = [run.part(number) for run in runs]
    if len(slices) == 1 and runs[0].ordered:
        return _placed(*slices[0])
    keys = np.concatenate([keys for keys, _ in slices])
    frame = pl.concat([frame for _, frame in slices]).rechunk()
    ordered, order = _sorted(keys)
    return _placed(ordered, frame[order])


class _MemoryRun:
    ordered = True

    def __init__(self, keys: Keys, frame: pl.DataFrame, bounds: Keys) -> None:
        self._keys = keys
        self._frame = frame
        inner = np.searchsorted(keys, bounds)
        self._edges = np.concatenate([[0], inner, [len(keys)]]).tolist()

    def part(self, number: int) -> tuple[Keys, pl.DataFrame]:
        first, end = self._edges[number : number + 2]
        return self._keys[first:end], self._frame.slice(first, end - first)


class _SpilledRun:
    ordered = False

    def __init__(self, path: Path, sections: list[tuple[int, int, int]]) -> None:
        self._path = path
        self._sections = sections

    def part(self, number: int) -> tuple[Keys, pl.DataFrame]:
        start, middle, end = self._sections[number]
        with self._path.open("rb") as file:
            file.seek(start)
            keys = np.frombuffer(file.read(middle - start), dtype=np.uint64)
            frame = pl.read_ipc_stream(io.BytesIO(file.read(end - middle)))
        return keys, frame


def _placed(keys: Keys, frame: pl.DataFrame) -> PlacedRows:
    return PlacedRows(frame, (keys >> _32).astype(np.int32), keys.astype(np.uint32))
