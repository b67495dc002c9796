"""One piece of input: split, convert, check and hash its records; touches nothing shared."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from candidates.polars.fastload import fields
from candidates.polars.fastload.insertion import Insertion, Rows, joined_rows
from candidates.polars.fastload.records import Bounds, Positions
from candidates.polars.fastload.steps import AMP_LOST_CODE, BAD_RECORD_CODE
from candidates.polars.job import Job
from candidates.polars.storage.hash_maps import Amps, RowHashes
from specs.fastload.plan import MAX_RECORD_BYTES, Load
from specs.sql.tables import TableDefinition

RECORD_COLUMN = "_record"
"""The record of each row, kept where error table 2 holds records (edition seed)."""

INPUT_COLUMN = "_input"
"""Beside the record its input's position in the load, kept where there are several inputs."""

_SLICES = 8
"""Into how many a piece is cut that cannot be parsed as it is."""

_TEXT_RECORDS = 1_000
"""So few records are read as text and not cut any further."""

_ODD_RECORDS = 20_000
"""So few are not cut any further either where every slice of them has an odd one."""


class Piece(NamedTuple):
    """Some records of one input, one after the other."""

    data: bytes
    records: int
    input: int
    first_record: int


_Read = tuple[Rows, Positions, Positions]
"""The rows of the good records, which those are, and which records are bad."""


class Processed(NamedTuple):
    """A piece after converting, checking and hashing.

    ``starts`` and ``ends`` bound the records that are sent, of which ``first_sent`` is the first
    (counted in the piece); ``offsets`` is where each record of the piece starts, and its end.
    ``rows_at`` and ``errors_at`` say which sent record each row and each
    error is of; ``bad`` which records are bad ones. ``amps`` is None where blocks go to AMPs
    and not rows: for a NoPI table that has an AMP left.
    """

    piece: Piece
    first_sent: int
    offsets: Positions
    starts: Positions
    ends: Positions
    frame: pl.DataFrame
    rows_at: Positions
    row_hash: RowHashes
    amps: Amps | None
    errors: pl.DataFrame
    errors_at: Positions
    bad: Positions


class PieceProcessor:
    """Turns pieces into rows and errors, one by one and each on its own."""

    def __init__(self, job: Job, load: Load, definition: TableDefinition) -> None:
        self.steps = job.steps
        self.edition = job.case.edition
        self.definition = definition
        self.hash_map = job.system.hash_map
        self.lost = [fault.amp for fault in job.case.faults]
        self.no_amp_left = set(self.lost).issuperset(range(self.hash_map.amps))
        self.keep_records = (
            self.edition == "seed"
            and definition.primary_index is not None
            and definition.primary_index.unique
        )
        self.items = load.inputs
        self.text_path_pieces = 0
        self._lock = threading.Lock()
        self.insertions = [Insertion(self.steps, load, item, definition) for item in load.inputs]

    def process(self, piece: Piece) -> Processed:
        """Convert, check and hash a piece; may run in any thread."""
        with self.steps.clock.timed("read"):
            bounds = self.steps.split_records(piece.data)
        first, end = self._window(piece)
        sent = Bounds(bounds.starts[first:end], bounds.ends[first:end])
        rows, good, bad = self._rows(piece, sent)
        frame, rows_at = rows.frame, good
        found = [_errors(bad, np.full(len(bad), BAD_RECORD_CODE), None)] if len(bad) else []
        if rows.faulty is not None:
            found.append(_errors(good[rows.faulty], rows.codes, rows.names))
            frame, rows_at = frame.filter(~rows.faulty), good[~rows.faulty]
        row_hash: RowHashes = np.zeros(len(rows_at), dtype=np.uint32)
        amps: Amps | None = None
        if self.definition.primary_index:
            with self.steps.clock.timed("hash"):
                row_hash = self.steps.row_hash(frame, self.definition)
                amps = self.steps.amp_of(row_hash, self.hash_map)
        elif self.no_amp_left:
            # No AMP can take a block, so every row is lost, whichever AMP it is put on.
            amps = np.zeros(len(rows_at), dtype=np.int32)
        if amps is not None and self.lost:
            lost = np.isin(amps, self.lost)
            found.append(_errors(rows_at[lost], np.full(int(lost.sum()), AMP_LOST_CODE), None))
            frame, rows_at = frame.filter(~lost), rows_at[~lost]
            row_hash, amps = row_hash[~lost], amps[~lost]
        errors, errors_at = self._error_rows(piece, sent, found)
        if self.keep_records:
            records = self.steps.parcels(piece.data, _taken(sent, rows_at))
            frame = frame.with_columns(records.alias(RECORD_COLUMN))
            if len(self.items) > 1:
                frame = frame.with_columns(pl.lit(piece.input, pl.Int32).alias(INPUT_COLUMN))
        return Processed(
            piece=piece,
            first_sent=first,
            offsets=np.append(bounds.starts, len(piece.data)),
            starts=sent.starts,
            ends=sent.ends,
            frame=frame,
            rows_at=rows_at,
            row_hash=row_hash,
            amps=amps,
            errors=errors,
            errors_at=errors_at,
            bad=bad,
        )

    def _window(self, piece: Piece) -> tuple[int, int]:
        """The piece's records that RECORD sends: the first, and the end."""
        low, high = self.steps.record_window(self.items[piece.input], self.edition)
        first = min(max(low - piece.first_record, 0), piece.records)
        end = piece.records if high is None else min(high - piece.first_record, piece.records)
        return first, max(first, end)

    def _error_rows(
        self, piece: Piece, sent: Bounds, found: Sequence[pl.DataFrame]
    ) -> tuple[pl.DataFrame, Positions]:
        """Error table 1's rows in record order, and which record each is of."""
        if not found:
            return empty_errors(), np.zeros(0, dtype=np.int64)
        ordered = pl.concat(found).sort("at", maintain_order=True)
        at = ordered["at"].to_numpy()
        parcels = self.steps.parcels(piece.data, _taken(sent, at))
        return ordered.select(parcels, "ErrorCode", "ErrorFieldName"), at

    def _rows(self, piece: Piece, sent: Bounds) -> _Read:
        """The rows of the good records, which those are, and which records are bad."""
        count = len(sent.starts)
        data = piece.data
        if count != piece.records:
            data, sent = _lines(data, sent)
        if not (self.steps.typed_parse and count):
            return self._text_rows(piece.input, data, sent)
        return self._typed_rows(piece.input, data, count) or self._mixed_rows(
            piece.input, data, sent
        )

    def _typed_rows(self, of_input: int, data: bytes, count: int) -> _Read | None:
        insertion, clock = self.insertions[of_input], self.steps.clock
        with clock.timed("parse"):
            parsed = fields.typed_fields(
                data,
                count,
                insertion.item.delimiter.encode(),
                insertion.longest,
                MAX_RECORD_BYTES,
                insertion.types,
            )
        if parsed is None:
            return None
        with clock.timed("convert"):
            return insertion.rows(parsed), np.arange(count), np.zeros(0, dtype=np.int64)

    def _text_rows(self, of_input: int, data: bytes, sent: Bounds) -> _Read:
        insertion, clock = self.insertions[of_input], self.steps.clock
        with self._lock:
            self.text_path_pieces += 1
        with clock.timed("parse"):
            split = self.steps.split_fields(data, sent, insertion.item)
        with clock.timed("convert"):
            return insertion.rows(split.frame), split.good, split.bad

    def _mixed_rows(self, of_input: int, data: bytes, sent: Bounds) -> _Read:
        """Records among which there are odd ones: a few of them send only the slices around them
        down the slower path, many of them all."""
        count = len(sent.starts)
        if count <= _TEXT_RECORDS:
            return self._text_rows(of_input, data, sent)
        step = -(-count // _SLICES)
        firsts = range(0, count, step)
        slices = [
            _lines(data, Bounds(sent.starts[at : at + step], sent.ends[at : at + step]))
            for at in firsts
        ]
        typed = [self._typed_rows(of_input, own, len(within.starts)) for own, within in slices]
        if count <= _ODD_RECORDS and not any(typed):
            return self._text_rows(of_input, data, sent)
        rows, good, bad = zip(
            *(
                read or self._mixed_rows(of_input, own, within)
                for read, (own, within) in zip(typed, slices, strict=True)
            ),
            strict=True,
        )
        return (
            joined_rows(rows),
            np.concatenate([own + at for own, at in zip(good, firsts, strict=True)]),
            np.concatenate([own + at for own, at in zip(bad, firsts, strict=True)]),
        )


def empty_errors() -> pl.DataFrame:
    """Error table 1 without rows."""
    return pl.DataFrame(
        schema={"DataParcel": pl.Binary(), "ErrorCode": pl.Int32(), "ErrorFieldName": pl.String()}
    )


def _errors(
    at: Positions, codes: NDArray[np.integer[Any]], names: pl.Series | None
) -> pl.DataFrame:
    if names is None:
        names = pl.Series([None], dtype=pl.String).new_from_index(0, len(at))
    return pl.DataFrame(
        [
            pl.Series("at", at, dtype=pl.Int64),
            pl.Series("ErrorCode", codes.astype(np.int32)),
            names.alias("ErrorFieldName"),
        ]
    )


def _taken(bounds: Bounds, at: Positions) -> Bounds:
    return Bounds(bounds.starts[at], bounds.ends[at])


def _lines(data: bytes, records: Bounds) -> tuple[bytes, Bounds]:
    """The lines of neighbouring records, and the records' bounds in them."""
    if not len(records.starts):
        return b"", records
    first = int(records.starts[0])
    end = data.index(b"\n", int(records.ends[-1])) + 1
    return data[first:end], Bounds(records.starts - first, records.ends - first)
