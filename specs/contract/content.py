"""A table's content as one text: equal for equal rows in any order, in any Arrow encoding.

Each cell is hashed with its column's place, a row is the sum of its cells, mixed; the rows are
added up as exact integers. A sum keeps a doubled row apart from a single one, which XOR would not.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

ROWS_AT_A_TIME = 131_072
"""Rows digested together: bounds the memory and does not touch the result."""

BYTES_AT_A_TIME = 1 << 22
"""Bytes of one text column digested together, unless one single text is longer."""

_U64 = npt.NDArray[np.uint64]
_MASK = (1 << 64) - 1
_FIRST_LANE, _SECOND_LANE = 0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F
_NULL_CELL = 0x8532_A7D1_46F0_93BD
_BASE = 0x5851_F42D_4C95_7F2D
_BASE_INVERSE = pow(_BASE, -1, 1 << 64)


class ContentError(TypeError):
    """A column of a type that no table of a case or an outcome has."""


def content_digest(table: pa.Table) -> str:
    """Order-independent digest of a table's typed rows, 64 hexadecimal digits.

    It covers names, types and order of the columns and the multiset of rows; NULL, an empty text
    and blanks all differ. Equal for rows in another order, other chunking, dictionary, large and
    view encodings of a text, and decimals of another width or precision but equal scale. A FLOAT
    counts by its bits, save that every NaN is one. Raises `ContentError` for nested types and
    decimals beyond 38 digits.
    """
    types = [_type_text(field) for field in table.schema]
    first = second = 0
    for batch in table.to_batches(max_chunksize=ROWS_AT_A_TIME):
        rows = _row_hashes(batch)
        first += _exact_sum(_mix(rows ^ np.uint64(_FIRST_LANE)))
        second += _exact_sum(_mix(rows ^ np.uint64(_SECOND_LANE)))
    columns = list(zip(table.column_names, types, strict=True))
    return hashlib.sha256(repr((columns, table.num_rows, first, second)).encode()).hexdigest()


def _type_text(field: pa.Field) -> str:
    """What the digest tells apart by type: all text is text, decimals go by scale alone."""
    kind: Any = field.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if _is_text(kind):
        return "text"
    if _is_bytes(kind):
        return "bytes"
    if pa.types.is_decimal(kind):
        return f"decimal scale {kind.scale}"
    if pa.types.is_primitive(kind) or pa.types.is_null(kind):
        return str(kind)
    raise ContentError(f"column {field.name}: {kind} is no type of a loaded table")


def _row_hashes(batch: pa.RecordBatch) -> _U64:
    rows = np.zeros(batch.num_rows, dtype=np.uint64)
    for place, (field, column) in enumerate(zip(batch.schema, batch.columns, strict=True)):
        key = _place_key(place)
        cells = _mix(_words(column, field.name) ^ np.uint64(key))
        if column.null_count:
            valid = column.is_valid().to_numpy(zero_copy_only=False)
            cells[~valid] = (key * _BASE + _NULL_CELL) & _MASK
        rows += cells
    return rows


def _words(column: Any, name: str) -> _U64:
    """A 64-bit word for each cell; what stands in a NULL's place does not matter."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _words(column.dictionary_decode(), name)
    if pa.types.is_null(kind):
        return np.zeros(len(column), dtype=np.uint64)
    if _is_text(kind) or _is_bytes(kind):
        return _byte_words(column.cast(pa.large_binary()))
    if pa.types.is_decimal(kind):
        return _decimal_words(column, name)
    if pa.types.is_floating(kind):
        return _float_words(column)
    if pa.types.is_boolean(kind):
        column = column.cast(pa.uint8())
    width = column.type.bit_width // 8
    values = np.frombuffer(column.buffers()[1], dtype=f"i{width}")
    return values[column.offset : column.offset + len(column)].astype(np.int64).view(np.uint64)


def _decimal_words(column: Any, name: str) -> _U64:
    """Two's complement halves of the unscaled integer; the high one is folded into the low."""
    if not pa.types.is_decimal128(column.type):
        try:
            column = column.cast(pa.decimal128(38, column.type.scale))
        except pa.ArrowInvalid as error:
            raise ContentError(f"column {name}: a decimal of more than 38 digits") from error
    halves = np.frombuffer(column.buffers()[1], dtype=np.uint64)
    halves = halves[2 * column.offset : 2 * (column.offset + len(column))]
    return halves[0::2] ^ (halves[1::2] * np.uint64(_BASE))


def _float_words(column: Any) -> _U64:
    values = column.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False).copy()
    values[np.isnan(values)] = np.nan
    words: _U64 = values.view(np.uint64)
    return words


def _byte_words(column: Any) -> _U64:
    """A polynomial hash of each cell's bytes, all cells at once by differences of prefix sums."""
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int64)
    offsets = offsets[column.offset : column.offset + len(column) + 1]
    if len(column) > 1 and offsets[-1] - offsets[0] > BYTES_AT_A_TIME:
        half = len(column) // 2
        return np.concatenate([_byte_words(column[:half]), _byte_words(column[half:])])
    if not len(column) or offsets[-1] == offsets[0]:
        return np.zeros(len(column), dtype=np.uint64)
    data = np.frombuffer(column.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    starts = offsets - offsets[0]
    powers, inverses = _powers(_BASE, len(data)), _powers(_BASE_INVERSE, len(data))
    prefix = np.zeros(len(data) + 1, dtype=np.uint64)
    np.cumsum(_BYTE_WORDS[data] * powers[:-1], out=prefix[1:])
    words = (prefix[starts[1:]] - prefix[starts[:-1]]) * inverses[starts[:-1]]
    return _mix(words + np.diff(starts).astype(np.uint64))


def _powers(base: int, count: int) -> _U64:
    """base**0 .. base**count, modulo 2**64."""
    powers = np.full(count + 1, base, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


def _mix(words: _U64) -> _U64:
    """splitmix64's finalizer, a bijection; works in place on an array that the caller gives up."""
    words ^= words >> np.uint64(30)
    words *= np.uint64(0xBF58_476D_1CE4_E5B9)
    words ^= words >> np.uint64(27)
    words *= np.uint64(0x94D0_49BB_1331_11EB)
    words ^= words >> np.uint64(31)
    return words


def _exact_sum(words: _U64) -> int:
    low = int((words & np.uint64(0xFFFF_FFFF)).sum(dtype=np.uint64))
    return low + (int((words >> np.uint64(32)).sum(dtype=np.uint64)) << 32)


def _place_key(place: int) -> int:
    return int.from_bytes(hashlib.sha256(f"column {place}".encode()).digest()[:8], "big")


def _is_text(kind: Any) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_bytes(kind: Any) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


_BYTE_WORDS: _U64 = _mix(np.arange(1, 257, dtype=np.uint64) * np.uint64(_FIRST_LANE))
