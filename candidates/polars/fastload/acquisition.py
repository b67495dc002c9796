"""Phase 1 (FL-06): records in blocks to AMPs: read, convert, check, hash, count, checkpoint."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import polars as pl

from candidates.polars.durable.checkpoints import CheckpointLog, Frame, Progress, decode_frame
from candidates.polars.durable.runs import RowStore
from candidates.polars.endings import Paused
from candidates.polars.fastload.messages import SAME_SCRIPT_AGAIN
from candidates.polars.fastload.pieces import Piece, PieceProcessor, Processed, empty_errors
from candidates.polars.fastload.reading import UnreadableInput, read_pieces
from candidates.polars.fastload.records import Positions, portions
from candidates.polars.job import Job
from specs.contract.directories import DirectoryError
from specs.contract.input_files import InputChanged
from specs.fastload.plan import Load
from specs.sql.tables import TableDefinition

_MOST_RECORDS = 1 << 19
"""Records of a piece, which bounds the memory where they are very short."""

_Numbered = tuple[int, bytes]
"""A piece of an input: the input's position in the load, and whole records of it."""

_T = TypeVar("_T")


class Acquisition:
    """The acquisition of one load into ``store``; error table 1 gathers in ``errors``.

    Pieces are processed by threads and committed in input order, so nothing depends on which
    thread is faster.
    """

    def __init__(
        self,
        job: Job,
        load: Load,
        definition: TableDefinition,
        store: RowStore,
        log: CheckpointLog,
    ) -> None:
        self.job = job
        self.steps = job.steps
        self.load = load
        self.definition = definition
        self.store = store
        self.log = log
        self.emit = job.emit
        self.amps = job.system.hash_map.amps
        self.block_bytes = job.case.teradata.block_bytes
        self.processor = PieceProcessor(job, load, definition)
        self.progress = Progress()
        self.durable_records = 0
        self.errors: list[pl.DataFrame] = []
        self.bytes = 0
        self._filled = -1
        self._pieces_sent = 0
        self._signature = hashlib.sha256()
        self._pending_rows: list[pl.DataFrame] = []
        self._pending_errors = 0

    # --- the whole -----------------------------------------------------------------------------

    def run(self) -> None:
        """Acquire everything. Raises `Paused` where the job stops."""
        source = self._read()
        source = itertools.chain(self._resume(source), source)
        with contextlib.closing(self._processed(self._pieces(source))) as pieces:
            for processed in pieces:
                self._commit(processed)
        if self.steps.error_limit_reached(self.progress.errors, self.load):
            raise self._limit_reached()

    def error_rows(self) -> pl.DataFrame:
        """Error table 1 so far."""
        return pl.concat(self.errors) if self.errors else empty_errors()

    def _processed(self, pieces: Iterator[Piece]) -> Generator[Processed]:
        first = next(pieces, None)
        if first is None:
            return
        second = next(pieces, None)
        if second is None:
            yield self.processor.process(first)
            return
        workers = self.job.settings.workers
        with ThreadPoolExecutor(workers) as pool:
            waiting: deque[Future[Processed]] = deque()
            try:
                for piece in _chained(first, second, pieces):
                    waiting.append(pool.submit(self.processor.process, piece))
                    # One waits for its turn while each worker has one; that bounds the memory.
                    if len(waiting) > workers:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _pieces(self, source: Iterator[_Numbered]) -> Iterator[Piece]:
        number, record = self.progress.input, self.progress.input_records
        for of_input, data in source:
            if of_input != number:
                number, record = of_input, 0
            for portion, count in portions(data, _MOST_RECORDS):
                yield Piece(portion, count, number, record)
                record += count

    def _read(self) -> Iterator[_Numbered]:
        """The inputs, one after the other, each opened once: it may be a pipe. Raises `Paused`."""
        for number, item in enumerate(self.load.inputs):
            try:
                for data in read_pieces(self.job.input(item.file), self.job.settings.piece_bytes):
                    yield number, data
            except InputChanged as error:
                raise Paused(
                    "input_changed", f"input {item.file}: {error}; let it be {SAME_SCRIPT_AGAIN}"
                ) from error
            except (DirectoryError, FileNotFoundError, UnreadableInput) as error:
                raise unreadable(item.file, error) from error

    # --- one piece after the other -------------------------------------------------------------

    def _commit(self, processed: Processed) -> None:
        """Count, cut blocks, and keep what precedes the point where the job stops, if it does."""
        piece, before = processed.piece, self.progress
        due = self.steps.checkpoint_due(before.records, before.records + piece.records, self.load)
        # A checkpoint closes the open block, so that a restart cuts the same blocks again.
        forced = np.array(due, dtype=np.int64) - before.records - processed.first_sent
        forced = np.unique(np.clip(forced, 0, len(processed.starts)))
        # An empty record takes room too, or a block of nothing else would never be full.
        lengths = np.maximum(processed.ends - processed.starts, 1)
        blocks, filled = self.steps.cut_blocks(lengths, self.block_bytes, self._filled, forced)
        blocks += before.blocks - (self._filled >= 0)
        stop, ending = self._stop(processed, blocks)
        at = 0
        for number in [records - before.records for records in due]:
            if stop is not None and number > processed.first_sent + stop:
                break
            self._keep(processed, blocks, at, number)
            self._checkpoint()
            at = number
        last = piece.records if stop is None else processed.first_sent + stop
        self._keep(processed, blocks, at, last)
        self._filled = filled
        if ending is not None:
            raise ending
        self.emit(
            "block-sent",
            {
                "block": self._pieces_sent,
                "first_record": before.records + 1,
                "records": piece.records,
            },
        )
        self._pieces_sent += 1

    def _stop(self, processed: Processed, blocks: Positions) -> tuple[int | None, Paused | None]:
        """After how many sent records the job stops in this piece, and why."""
        item = self.load.inputs[processed.piece.input]
        bad = None
        if item.on_bad_record == "stop" and len(processed.bad):
            bad = int(processed.bad[0])
        limit = self._block_of_limit(processed, blocks, bad)
        if limit is not None:
            # A block that is still open at the end of the piece is finished with the next one.
            end = int(np.searchsorted(blocks, limit, side="right"))
            if end < len(blocks) and (bad is None or end <= bad):
                return end, self._limit_reached()
        if bad is not None:
            number = processed.piece.first_record + processed.first_sent + bad + 1
            return bad, Paused(
                "bad_record",
                f"record {number} of {item.file} cannot be split into the {len(item.fields)} "
                f"fields of DEFINE (delimiter {item.delimiter!r}); mend the input "
                f"{SAME_SCRIPT_AGAIN}",
            )
        return None, None

    def _block_of_limit(
        self, processed: Processed, blocks: Positions, bad: int | None
    ) -> int | None:
        """The block in which error table 1 reaches the limit (FL-12)."""
        before = self.progress
        if self.steps.error_limit_reached(before.errors, self.load):
            return before.blocks - 1
        errors_at = processed.errors_at
        if bad is not None:
            errors_at = errors_at[errors_at < bad]
        if not self.steps.error_limit_reached(before.errors + len(errors_at), self.load):
            return None
        nth = min(max(self.load.error_limit - before.errors, 1), len(errors_at))
        return int(blocks[errors_at[nth - 1]])

    def _keep(self, processed: Processed, blocks: Positions, start: int, end: int) -> None:
        """Take over the piece's records ``start`` to ``end`` (counted in the piece)."""
        piece, first, offsets = processed.piece, processed.first_sent, processed.offsets
        sent = len(processed.starts)
        low, high = (min(max(at - first, 0), sent) for at in (start, end))
        rows = slice(*np.searchsorted(processed.rows_at, [low, high]).tolist())
        failed = slice(*np.searchsorted(processed.errors_at, [low, high]).tolist())
        frame, errors = processed.frame[rows], processed.errors[failed]
        row_hash = processed.row_hash[rows]
        if processed.amps is not None:
            amps = processed.amps[rows]
        else:
            amps = self.steps.nopi_amp(
                blocks[processed.rows_at[rows]], self.amps, self.processor.lost
            )
        if self.load.checkpoint:
            self._pending_rows.append(
                frame.with_columns(
                    pl.Series("_amp", amps, dtype=pl.Int32),
                    pl.Series("_row_hash", row_hash, dtype=pl.UInt32),
                )
            )
            self._signature.update(piece.data[offsets[start] : offsets[end]])
        with self.steps.clock.timed("sort"):
            self.store.append(frame, amps, row_hash)
        if errors.height:
            self.errors.append(errors)
        self.bytes += int((processed.ends[low:high] - processed.starts[low:high]).sum())
        same_input = piece.input == self.progress.input
        self.progress = Progress(
            records=self.progress.records + end - start,
            skipped=self.progress.skipped + (end - start) - (high - low),
            input=piece.input,
            input_records=piece.first_record + end,
            input_bytes=(self.progress.input_bytes if same_input else 0)
            + int(offsets[end] - offsets[start]),
            blocks=int(blocks[high - 1]) + 1 if high > low else self.progress.blocks,
            errors=self.progress.errors + errors.height,
        )

    def _limit_reached(self) -> Paused:
        return Paused(
            "error_limit_reached",
            f"error table 1 ({self.load.error_table_1}) reached the limit of "
            f"{self.load.error_limit} rows; mend the input {SAME_SCRIPT_AGAIN}",
        )

    # --- checkpoints -----------------------------------------------------------------------------

    def _checkpoint(self) -> None:
        rows = pl.concat(self._pending_rows)
        errors = self.errors[self._pending_errors :]
        self.progress = _signed(self.progress, self._signature.hexdigest())
        self.log.append(Frame(self.progress, rows, pl.concat(errors) if errors else empty_errors()))
        self._pending_rows, self._pending_errors = [], len(self.errors)
        self.durable_records = self.progress.records
        self.emit("checkpoint", {"records": self.progress.records})

    def _resume(self, source: Iterator[_Numbered]) -> list[_Numbered]:
        """Take over what is durable, after seeing that the input still has those bytes.

        Gives back what was read beyond them.
        """
        for body in self.steps.resume_from(self.log.frames):
            frame = decode_frame(body)
            self.progress = frame.progress
            amps, row_hash = (frame.rows[c].to_numpy() for c in ("_amp", "_row_hash"))
            self.store.append(frame.rows.drop("_amp", "_row_hash"), amps, row_hash)
            if frame.errors.height:
                self.errors.append(frame.errors)
        self._pending_errors = len(self.errors)
        self.durable_records = self.progress.records
        at, left = self.progress, self.progress.input_bytes
        beyond: list[_Numbered] = []
        while left and (numbered := next(source, None)):
            number, data = numbered
            if number > at.input:
                break
            seen = data if number < at.input else data[:left]
            self._signature.update(seen)
            left -= len(seen) if number == at.input else 0
            beyond = [(number, data[len(seen) :])] if len(seen) < len(data) else []
        if at.records and self._signature.hexdigest() != at.signature:
            raise Paused(
                "input_changed",
                f"the first {self.progress.records} records, which were read before the last "
                f"checkpoint, are not in the input any more; put them back {SAME_SCRIPT_AGAIN}",
            )
        return beyond


def unreadable(file: str, error: Exception) -> Paused:
    """The pause of a load whose input cannot be read to its end."""
    return Paused(
        "input_unreadable",
        f"input {file}: {error}; make the whole file readable {SAME_SCRIPT_AGAIN}",
    )


def _signed(progress: Progress, signature: str) -> Progress:
    values = {name: getattr(progress, name) for name in Progress.__struct_fields__}
    return Progress(**{**values, "signature": signature})


def _chained(first: _T, second: _T, rest: Iterator[_T]) -> Iterator[_T]:
    yield first
    yield second
    yield from rest
