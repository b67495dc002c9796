"""Files that are read wrongly (FL-26)."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from candidates.faulty.changing import ChangedCase, InformedLoader, loads_of, with_text
from candidates.faulty.planting import planted
from candidates.polars.fastload.records import LINE_FEED, Bounds, bytes_of
from specs.contract import Emit
from specs.contract.directories import CaseBundle, read_case_document
from specs.contract.input_files import GZIP_MAGIC
from specs.fastload.plan import MAX_RECORD_BYTES


@planted("FL-26")
class LastRecordNeedsItsLineEnd(ChangedCase):
    """The last record is lost when its line end is missing."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        return with_text(bundle, lambda text: text[: text.rfind(b"\n") + 1])


@planted("FL-26")
class LongRecordsAreCut(ChangedCase):
    """A record over 64,000 bytes is cut silently."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        def cut(text: bytes) -> bytes:
            return b"\n".join(line[:MAX_RECORD_BYTES] for line in text.split(b"\n"))

        return with_text(bundle, cut)


@planted("FL-26")
class CarriageReturnIsKept(InformedLoader):
    """A carriage return before the line feed is kept as a part of the record."""

    typed_parse = False

    def split_records(self, data: bytes) -> Bounds:
        feeds = np.flatnonzero(bytes_of(data) == LINE_FEED)
        return Bounds(super().split_records(data).starts, feeds)


@planted("FL-26")
class MissingFileIsEmpty(ChangedCase):
    """A file that is not there is taken for an empty one."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        names = [item.file for load in loads_of(bundle.case) for item in load.inputs]
        files = {**dict.fromkeys(names, b""), **bundle.files}
        return CaseBundle(bundle.case, files, bundle.tables)


@planted("FL-26")
class SourceIsReadTwice(InformedLoader):
    """A source is read once to see whether it is there, and again to load it."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        for load in loads_of(read_case_document(case)):
            for item in load.inputs:
                with contextlib.suppress(OSError):
                    (case / "files" / item.file).read_bytes()
        super().run(case, workspace, emit)


class _OtherUnpacking(ChangedCase):
    """Compressed files are unpacked otherwise."""

    unpack: Callable[[bytes], bytes]

    def change(self, bundle: CaseBundle) -> CaseBundle:
        files = {
            name: gzip.compress(type(self).unpack(data), 1)
            if data.startswith(GZIP_MAGIC) or name.endswith(".gz")
            else data
            for name, data in bundle.files.items()
        }
        return CaseBundle(bundle.case, files, bundle.tables)


def _first_member(data: bytes) -> bytes:
    """What the first gzip member of some bytes holds, as far as it goes."""
    stream, text = zlib.decompressobj(31), b""
    try:
        text = stream.decompress(data)
    except zlib.error:
        return text
    return text + stream.flush()


@planted("FL-26")
class FirstGzipMemberOnly(_OtherUnpacking):
    """A file of several gzip members is read to the end of the first, broken or not."""

    unpack = staticmethod(_first_member)


@planted("FL-26")
class GzipReadAsText(_OtherUnpacking):
    """A compressed file is read as text."""

    unpack = staticmethod(bytes)
