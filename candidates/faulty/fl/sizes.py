"""Right on ten records, wrong on ten thousand: each goes wrong beyond some size (FL-30)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
import pyarrow.compute as pc

from candidates.faulty.changing import (
    ChangedCase,
    ChangedOutcome,
    InformedLoader,
    Left,
    loads_of,
    with_text,
)
from candidates.faulty.planting import planted
from candidates.polars.columns.values import Mask
from candidates.polars.fastload.fields import Fields
from candidates.polars.fastload.records import Bounds
from candidates.polars.settings import Settings
from specs.contract import Emit
from specs.contract.directories import CaseBundle
from specs.fastload.plan import Input
from specs.fastload.report import Counts
from specs.sql.tables import Column

_NEAR_BYTES = 65_536

# --- so many records -----------------------------------------------------------------------------


class _OtherLines(ChangedCase):
    """Some records of each input are left out, by their number."""

    lost: ClassVar[slice]

    def change(self, bundle: CaseBundle) -> CaseBundle:
        def without(text: bytes) -> bytes:
            lines = text.split(b"\n")
            ended = lines.pop() if lines[-1] == b"" else None
            del lines[self.lost]
            return b"\n".join(lines if ended is None else [*lines, ended])

        return with_text(bundle, without)


@planted("FL-30")
class RecordsAfterThe24th(_OtherLines):
    """Every record after the 24th of each input is left out."""

    lost = slice(24, None)


@planted("FL-30")
class Record101(_OtherLines):
    """The 101st record of each input is left out."""

    lost = slice(100, 101)


@planted("FL-30")
class Record4097(_OtherLines):
    """The 4,097th record of each input is left out."""

    lost = slice(4_096, 4_097)


@planted("FL-30")
class Record65537(_OtherLines):
    """The 65,537th record of each input is left out."""

    lost = slice(65_536, 65_537)


@planted("FL-02")
class DuplicatesAmongSeventeen(InformedLoader):
    """Of rows with one row hash only the first 17 are looked at for duplicates."""

    def duplicate_rows(self, rows: pl.DataFrame, columns: Sequence[Column]) -> Mask:
        found = super().duplicate_rows(rows, columns)
        found[17:] = False
        return found


@planted("FL-11")
class AppliedInTenBits(InformedLoader):
    """The rows applied are counted up to 1,024, and then from 1 again."""

    def counts(
        self, read: int, skipped: int, error_1: int, error_2: int, applied: int, duplicates: int
    ) -> Counts:
        wrapped = (applied - 1) % 1_024 + 1 if applied else 0
        return super().counts(read, skipped, error_1, error_2, wrapped, duplicates)


@planted("FL-08")
class ErrorRowsInOneByte(ChangedOutcome):
    """Error table 1 holds 255 rows, whatever comes after the 255th error."""

    def change(self, left: Left) -> None:
        for load in self.loads:
            rows = left.rows(load.error_table_1)
            if rows is not None and rows.num_rows > 255:
                left.set_rows(load.error_table_1, rows.slice(0, 255))


# --- so many bytes, pieces, files ----------------------------------------------------------------


@planted("FL-30")
class RecordOver65536Bytes(ChangedCase):
    """The record that lies over byte 65,536 of an input is left out."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        def without(text: bytes) -> bytes:
            if len(text) <= _NEAR_BYTES:
                return text
            start = text.rfind(b"\n", 0, _NEAR_BYTES) + 1
            return text[:start] + text[text.find(b"\n", _NEAR_BYTES) + 1 or len(text) :]

        return with_text(bundle, without)


class _OfPieces(InformedLoader):
    """Some records of a piece become neither a row nor an error."""

    typed_parse = False
    input_bytes = 0

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        files = case / "files"
        self.input_bytes = sum(file.stat().st_size for file in files.rglob("*") if file.is_file())
        super().run(case, workspace, emit)

    @property
    def piece_bytes(self) -> int:
        return int(self.case.settings.get("piece_bytes", Settings().piece_bytes))

    def lost(self, data: bytes, count: int) -> slice:
        """Which of the records of a piece are lost."""
        raise NotImplementedError

    def split_fields(self, data: bytes, bounds: Bounds, item: Input) -> Fields:
        fields = super().split_fields(data, bounds, item)
        lost = np.zeros(len(bounds.starts), dtype=np.bool_)
        lost[self.lost(data, len(lost))] = True
        kept = fields.frame.filter(~lost[fields.good])
        return Fields(kept, fields.good[~lost[fields.good]], fields.bad[~lost[fields.bad]])


@planted("FL-30")
class EndOfAPiece(_OfPieces):
    """The last record of a whole piece of input is lost."""

    def lost(self, data: bytes, count: int) -> slice:
        return slice(count - 1, count if len(data) >= self.piece_bytes else count - 1)


@planted("FL-30")
class LastShortPiece(_OfPieces):
    """When several pieces were read, the first record of the last, short one is lost."""

    def lost(self, data: bytes, count: int) -> slice:
        return slice(0, int(len(data) < self.piece_bytes < self.input_bytes))


@planted("FL-30")
class EndOfTheSecondFile(ChangedCase):
    """The last record of the second file is lost when the file holds 100 records or more."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        names = [item.file for load in loads_of(bundle.case) for item in load.inputs[1:2]]
        second = CaseBundle(bundle.case, {name: bundle.files[name] for name in names})
        shorter = with_text(second, lambda text: text if text.count(b"\n") < 100 else _less(text))
        return CaseBundle(bundle.case, {**bundle.files, **shorter.files}, bundle.tables)


@planted("FL-26")
class StartOfTheSecondMember(ChangedCase):
    """What a second gzip member begins with is lost up to its first line end."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        files = {name: _without_second_start(data) for name, data in bundle.files.items()}
        return CaseBundle(bundle.case, files, bundle.tables)


def _less(text: bytes) -> bytes:
    return text[: text.rstrip(b"\n").rfind(b"\n") + 1]


def _without_second_start(data: bytes) -> bytes:
    stream = zlib.decompressobj(31)
    try:
        first = stream.decompress(data)
        second = gzip.decompress(stream.unused_data) if stream.unused_data else b""
    except (OSError, EOFError, zlib.error):
        return data
    return gzip.compress(first + second[second.find(b"\n") + 1 :], 1) if second else data


# --- so many AMPs --------------------------------------------------------------------------------


@planted("FL-30")
class LastOf64Amps(ChangedOutcome):
    """On 64 AMPs or more the rows of the AMPs from the 64th on are lost."""

    def change(self, left: Left) -> None:
        for name, rows in left.placed_tables():
            if name in [load.target for load in self.loads]:
                left.set_rows(name, rows.filter(pc.less(rows["_amp"], 63)))
