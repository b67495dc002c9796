"""Fields of records: splitting at delimiters, bad records, the typed and the exact reading.

Both readings give one column per DEFINE field, named ``f0``, ``f1``, .. in record order, with
NULL for an empty field. The typed reading lets polars parse numbers straight from the bytes; it is
taken only where that certainly means the same as the exact one (``None`` says: read as text).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from candidates.polars.columns.values import Mask
from candidates.polars.fastload.records import (
    CARRIAGE_RETURN,
    LINE_FEED,
    Bounds,
    Positions,
    bytes_of,
    gather_bytes,
)

INVALID = "invalid{}"
"""Name of the column that says which texts of a field are not UTF-8; there only if some are."""

_TAB = 9
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Fields(NamedTuple):
    """The good records' fields, and which of the records are bad.

    ``good``: positions of the good records among those given; ``bad``: of the bad ones.
    """

    frame: pl.DataFrame
    good: Positions
    bad: Positions


def field_name(position: int) -> str:
    """Column name of the field at that position of DEFINE."""
    return f"f{position}"


def text_fields(
    data: bytes, records: Bounds, delimiter: bytes, longest: Sequence[int], max_record: int
) -> Fields:
    """Every field as text. ``longest``: most bytes of each field, in order (FL-18).

    A record is bad when it is longer than ``max_record`` bytes, has another number of fields, or
    has a field that is too long.
    """
    buffer = bytes_of(data)
    count = len(longest)
    delimiters = find_delimiters(buffer, delimiter)
    first = np.searchsorted(delimiters, records.starts)
    # A delimiter that only a stripped CR completes is none.
    last = np.searchsorted(delimiters, records.ends - len(delimiter), side="right")
    found = np.maximum(last - first, 0)
    candidate = (found == count - 1) & (records.ends - records.starts <= max_record)
    which = np.flatnonzero(candidate)
    inner = delimiters[first[which, None] + np.arange(count - 1)]
    starts = np.hstack([records.starts[which, None], inner + len(delimiter)])
    ends = np.hstack([inner, records.ends[which, None]])
    fitting = (ends - starts <= np.array(longest)).all(axis=1)
    good = which[fitting]
    bad = np.setdiff1d(np.arange(len(records.starts)), good, assume_unique=True)
    bounds = Bounds(starts[fitting].ravel(), ends[fitting].ravel())
    return Fields(_text_frame(data, bounds, count), good, bad)


def typed_fields(
    data: bytes,
    records: int,
    delimiter: bytes,
    longest: Sequence[int],
    max_record: int,
    types: Sequence[pl.DataType],
) -> pl.DataFrame | None:
    """All records' fields parsed as ``types``, or None when they have to be read as text.

    ``data`` holds exactly the records, each ending in a line feed.
    """
    if not _regular(data, records, delimiter, longest, max_record):
        return None
    # polars reads 1e3 as a decimal, which FastLoad does not.
    if any(isinstance(kind, pl.Decimal) for kind in types) and _may_hold_an_exponent(data):
        return None
    schema = {field_name(i): kind for i, kind in enumerate(types)}
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            schema=schema,
            separator=delimiter.decode(),
            quote_char=None,
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.height != records or (
        b" " in data and not _only_empty_is_null(data, delimiter, frame)
    ):
        return None
    for column in frame.iter_columns():
        if column.dtype == pl.Float64 and not column.is_finite().all():
            return None
    return frame


def find_delimiters(buffer: NDArray[np.uint8], delimiter: bytes) -> Positions:
    """Where each delimiter starts; from left to right, none overlapping the one before."""
    found = buffer == delimiter[0]
    for i, byte in enumerate(delimiter[1:], start=1):
        found[:-i] &= buffer[i:] == byte
        found[-i:] = False
    positions = np.flatnonzero(found)
    width = len(delimiter)
    if width == 1 or (np.diff(positions) >= width).all():
        return positions
    # Overlapping matches: from each that nothing before it overlaps, follow the chain of the
    # next one that starts at its end or later, doubling the length of the jumps.
    jump = np.append(np.searchsorted(positions, positions + width), len(positions))
    taken = np.zeros(len(positions) + 1, dtype=np.bool_)
    taken[:-1] = np.diff(positions, prepend=-width) >= width
    for _ in range(len(positions).bit_length()):
        taken[jump[np.flatnonzero(taken)]] = True
        jump = jump[jump]
    return positions[taken[:-1]]


def invalid_utf8(buffer: NDArray[np.uint8]) -> Mask:
    """True where a broken UTF-8 character begins, and at each byte that belongs to no character."""
    padded = np.append(buffer, np.zeros(3, dtype=np.uint8))
    second, size = padded[1:-2], len(buffer)
    continues = (padded & 0xC0) == 0x80
    following = np.select([buffer >= 0xF0, buffer >= 0xE0, buffer >= 0xC0], [3, 2, 1], 0)
    wrong: Mask = (buffer == 0xC0) | (buffer == 0xC1) | (buffer > 0xF4)
    wrong |= (buffer == 0xE0) & (second < 0xA0)
    wrong |= (buffer == 0xED) & (second > 0x9F)
    wrong |= (buffer == 0xF0) & (second < 0x90)
    wrong |= (buffer == 0xF4) & (second > 0x8F)
    for i in (1, 2, 3):
        wrong |= (following >= i) & ~continues[i : i + size]
    # Only a whole character claims its bytes: what follows a broken one is broken too.
    expected = np.zeros(size + 3, dtype=np.bool_)
    for i in (1, 2, 3):
        expected[i : i + size] |= (following >= i) & ~wrong
    wrong |= continues[:size] & ~expected[:size]
    return wrong


def _text_frame(data: bytes, bounds: Bounds, count: int) -> pl.DataFrame:
    """The fields of whole records, row by row, as one text column per field."""
    invalid: Mask | None = None
    if not data.isascii():
        wrong = invalid_utf8(bytes_of(data))
        if wrong.any():
            sums = np.concatenate([[0], np.cumsum(wrong)])
            invalid = sums[bounds.ends] > sums[bounds.starts]
            # An invalid text stays as an empty one that is not NULL; its mark tells it apart.
            bounds = Bounds(bounds.starts, np.where(invalid, bounds.starts, bounds.ends))
    null = bounds.starts == bounds.ends
    if invalid is not None:
        null &= ~invalid
    flat = gather_bytes(data, bounds, null)
    text = pa.LargeStringArray.from_buffers(
        len(flat), flat.buffers()[1], flat.buffers()[2], flat.buffers()[0]
    )
    series = pl.from_arrow(text)
    assert isinstance(series, pl.Series)
    columns = [series.gather_every(count, i).alias(field_name(i)) for i in range(count)]
    if invalid is not None and invalid.any():
        marks = invalid.reshape(-1, count)
        columns += [pl.Series(INVALID.format(i), marks[:, i]) for i in range(count)]
    return pl.DataFrame(columns)


def _regular(
    data: bytes, records: int, delimiter: bytes, longest: Sequence[int], max_record: int
) -> bool:
    """Whether no record is bad, and polars' splitting and skipping of blanks is like ours."""
    if len(longest) < 2 or not records or len(delimiter) != 1 or delimiter[0] > 127:
        return False
    # polars takes tabs for blanks, a byte order mark for none of the data, and one CR off any
    # number; a record with too many fields it refuses, so the right total is right everywhere.
    if (delimiter[0] != _TAB and b"\t" in data) or data.startswith(_BYTE_ORDER_MARK):
        return False
    buffer = bytes_of(data)
    separators = buffer == delimiter[0]
    if np.count_nonzero(separators) != records * (len(longest) - 1):
        return False
    feeds = buffer == LINE_FEED
    if b"\r" in data:
        returns = np.flatnonzero(buffer == CARRIAGE_RETURN)
        if len(returns) != records or not feeds[returns + 1].all():
            return False
    separators |= feeds
    if sum(longest) + len(longest) <= max_record and run_shorter_than(separators, min(longest)):
        return True
    return _fields_fit(separators, longest, max_record)


def _may_hold_an_exponent(data: bytes) -> bool:
    """Whether an e stands between a digit or point and a digit or sign, in whatever field."""
    if b"e" not in data and b"E" not in data:
        return False
    buffer = bytes_of(data)
    found = np.flatnonzero((buffer | 0x20) == ord("e"))
    found = found[(found > 0) & (found < len(buffer) - 1)]
    before, after = buffer[found - 1], buffer[found + 1]
    number = (before - ord("0") < 10) | (before == ord("."))
    return bool((number & ((after - ord("0") < 10) | np.isin(after, list(b"+-")))).any())


def _only_empty_is_null(data: bytes, delimiter: bytes, frame: pl.DataFrame) -> bool:
    """Whether no field of blanks was taken for NULL, where a number wants digits."""
    buffer = bytes_of(data)
    separators = (buffer == delimiter[0]) | (buffer == LINE_FEED)
    empty = np.count_nonzero(separators[1:] & separators[:-1]) + int(separators[0])
    nulls = sum(column.null_count() for column in frame.iter_columns())
    return bool(nulls == empty)


def _fields_fit(separators: Mask, longest: Sequence[int], max_record: int) -> bool:
    ends = np.flatnonzero(separators)
    lengths = np.diff(ends, prepend=-1).reshape(-1, len(longest)) - 1
    if (lengths.sum(axis=1) + len(longest) - 1 > max_record).any():
        return False
    return bool((lengths <= np.array(longest)).all())


def run_shorter_than(separators: Mask, length: int) -> bool:
    """Whether certainly no more than ``length`` bytes without a separator follow each other.

    One look at eight bytes at a time, so False may also mean that they have to be measured.
    """
    packed = np.packbits(separators)
    bare = np.flatnonzero(packed == 0)
    # A longer run covers at least `whole` groups of eight without a separator, side by side.
    whole = (length + 1 - 7) // 8
    if whole < 1:
        return False
    if len(bare) < whole:
        return True
    side_by_side = bare[whole - 1 :] - bare[: len(bare) - whole + 1] == whole - 1
    first = bare[: len(bare) - whole + 1][side_by_side]
    # With the bare bits of the groups before and after, that is how long it is.
    before = np.where(first > 0, _TRAILING_BARE[packed[np.maximum(first - 1, 0)]], 0)
    after = _LEADING_BARE[packed[np.minimum(first + whole, len(packed) - 1)]]
    return bool((8 * whole + before + after <= length).all())


# Of a group without any separator the run goes on beyond it, who knows how far.
_ENDLESS = 1 << 20
_LEADING_BARE = np.array([_ENDLESS] + [8 - group.bit_length() for group in range(1, 256)])
_TRAILING_BARE = np.array([_ENDLESS] + [(g & -g).bit_length() - 1 for g in range(1, 256)])
