"""A load whose right result is known by how it is built, compared column by column (FL-30)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from properties.engine.observed import Observed, ObservedTable
from properties.engine.trial import Difference
from properties.relations.fastload.accounting import accounts_add_up, counts_are, report_on
from properties.relations.shared import content
from properties.relations.shared.answers import table_of
from properties.strategies.fastload.built_loads import (
    Built,
    BuiltRecords,
    Numbers,
    built_records,
    definition_of_built,
)
from specs.fastload.error_tables import error_table_1_schema

MOST_TOLD = 3

BAD_CHARACTER, UPI_VIOLATION = 2679, 2794
KEY_FIELD = "f_k"

_SHIFT = 32
"""A row is one number: its key and, in the lower bits, which record it is."""


@dataclass(frozen=True)
class BuiltResult:
    """What a built load leaves. Rows are numbers, see `_codes`, in ascending order."""

    built: Built
    records: BuiltRecords

    @cached_property
    def sound(self) -> Numbers:
        """The rows that arrive at their AMPs."""
        found = self.records.sound
        return np.sort(_codes(self.records.keys[found], self.records.tags[found]))

    @cached_property
    def distinct(self) -> Numbers:
        return np.unique(self.sound)

    @property
    def drops_duplicates(self) -> bool:
        """FL-02, FL-03: whether of equal rows one stays."""
        return self.built.index != "nopi" or self.built.edition == "seed"


def built_result(built: Built, records: int) -> BuiltResult:
    """The right result of a built load."""
    return BuiltResult(built, built_records(records))


def _codes(keys: Numbers, tags: Numbers) -> Numbers:
    return (keys << _SHIFT) | tags


# --- the parts of an outcome -----------------------------------------------------------------


def target_is_as_built(result: BuiltResult, observed: Observed) -> Numbers:
    """FL-30: the target holds just the rows that the records make; returns them."""
    table = table_of(observed, "t")
    content.columns_are_those_of(definition_of_built(result.built), table)
    rows = _rows_of("table t", table, len(result.records.tags))
    if result.built.index == "upi":
        _one_of_each_key("table t", result.sound, rows)
    else:
        expected = result.distinct if result.drops_duplicates else result.sound
        _same_rows("table t", expected, rows)
    return rows


def error_table_1_is_as_built(result: BuiltResult, observed: Observed) -> None:
    """FL-30: error table 1 holds just the records whose key is no number, each once."""
    faulty = result.records.texts.filter(pa.array(~result.records.sound))
    found = _error_table(observed, "t_e1")
    _same_texts("error table t_e1", faulty, _parcels("error table t_e1", found))
    _marks_are("error table t_e1", found, BAD_CHARACTER)


def error_table_2_is_as_built(result: BuiltResult, stored: Numbers, observed: Observed) -> None:
    """FL-30, FL-09: error table 2 holds each other row of a key that is ``stored``, at least once.

    What is there beyond that counts among the duplicates otherwise, so the number is free.
    """
    name = "error table t_e2"
    if result.built.index != "upi":
        if "t_e2" in observed.tables and table_of(observed, "t_e2").arrow.num_rows:
            raise Difference(f"{name} of a table without unique index: expected none or no row")
        return
    if "t_e2" not in observed.tables:
        rows = np.zeros(0, dtype=np.int64)
    elif result.built.edition == "seed":
        found = _error_table(observed, "t_e2")
        _marks_are(name, found, UPI_VIOLATION)
        rows = _rows_of_texts(name, result, _parcels(name, found))
    else:
        table = table_of(observed, "t_e2")
        content.columns_are_those_of(definition_of_built(result.built), table)
        rows = _rows_of(name, table, len(result.records.tags))
    expected = np.setdiff1d(result.distinct, stored)
    _are_of(name, np.unique(rows), expected)
    missing = np.setdiff1d(expected, rows)
    if len(missing):
        raise Difference(f"{name}: missing {_told(missing)}, whose keys other rows have")
    _each_at_most_as_often(name, rows, result.sound)


def accounts_are_as_built(result: BuiltResult, observed: Observed) -> None:
    """FL-11, FL-30: the counts are those of the records and of the tables."""
    report = report_on("t", observed)
    records = len(result.records.tags)
    accounts_add_up(report)
    counts_are(
        report,
        read=records,
        skipped=0,
        error_table_1=records - len(result.sound),
        applied=table_of(observed, "t").arrow.num_rows,
        error_table_2=table_of(observed, "t_e2").arrow.num_rows if "t_e2" in observed.tables else 0,
    )


# --- placement -----------------------------------------------------------------------------------


def rows_are_placed_as_built(result: BuiltResult, observed: Observed, bits: int) -> None:
    """HD-01, HD-04, HD-09: each row is under the hash of its key, one AMP has all of a bucket.

    Rows of one row hash are numbered without gaps. Which AMP has a bucket is free (HD-08).
    """
    table = table_of(observed, "t").arrow
    keys, amps, row_hash, uniqueness = (
        _integers("table t", table, name) for name in ("k", "_amp", "_row_hash", "_uniqueness")
    )
    wrong = np.flatnonzero(row_hash != published_hashes(keys))
    if len(wrong):
        at = int(wrong[0])
        raise Difference(
            f"table t, {len(wrong)} rows under another row hash, the first with key {keys[at]}: "
            f"expected {int(published_hashes(keys[at : at + 1])[0]):08X}, observed "
            f"{int(row_hash[at]):08X}"
        )
    outside = np.flatnonzero((amps < 0) | (amps >= result.built.amps))
    if len(outside):
        raise Difference(
            f"key {keys[outside[0]]}: expected on an AMP from 0 to {result.built.amps - 1}, "
            f"observed on AMP {amps[outside[0]]}"
        )
    buckets = row_hash >> (32 - bits)
    places = np.unique(np.stack([buckets, amps]), axis=1)
    twice = np.flatnonzero(np.diff(places[0]) == 0)
    if len(twice):
        bucket = int(places[0][twice[0]])
        raise Difference(
            f"hash bucket {bucket}: expected on one AMP, observed on AMP "
            f"{places[1][twice[0]]} and AMP {places[1][twice[0] + 1]}"
        )
    order = np.lexsort((uniqueness, row_hash))
    hashes, numbers = row_hash[order], uniqueness[order]
    first = np.concatenate([[True], np.diff(hashes) != 0])[: len(hashes)]
    starts = np.flatnonzero(first)[np.cumsum(first) - 1] if len(hashes) else first
    expected = np.arange(len(hashes)) - starts + 1
    gaps = np.flatnonzero(numbers != expected)
    if len(gaps):
        at = int(gaps[0])
        raise Difference(
            f"row hash {int(hashes[at]):08X}: expected a row with the uniqueness number "
            f"{expected[at]}, observed {numbers[at]}"
        )


def published_hashes(keys: Numbers) -> Numbers:
    """HD-03, HD-04: the row hash of integers from 0 to 2**32 - 1."""
    product = keys.astype(np.uint64) * np.uint64(0x9E3779B6) % np.uint64((1 << 32) - 5)
    swapped = (product >> np.uint64(16)) | ((product & np.uint64(0xFFFF)) << np.uint64(16))
    return swapped.astype(np.int64)


# --- columns as numbers --------------------------------------------------------------------------


def _rows_of(what: str, table: ObservedTable, records: int) -> Numbers:
    """The rows of a table as numbers, in ascending order."""
    keys = _integers(what, table.arrow, "k")
    names = table.arrow.column("s").cast(pa.string())
    plain = pc.match_substring_regex(names, "^r[0-9]{1,9}$").fill_null(False)
    wrong = np.flatnonzero(~np.asarray(plain))
    if len(wrong):
        raise Difference(f"{what}: unexpected {names[int(wrong[0])].as_py()!r} in column s")
    tags = np.asarray(pc.utf8_slice_codeunits(names, 1).cast(pa.int64()), dtype=np.int64)
    outside = np.flatnonzero((keys < 0) | (keys >= records) | (tags >= records))
    if len(outside):
        at = int(outside[0])
        raise Difference(f"{what}: unexpected row of key {keys[at]}, s 'r{tags[at]}'")
    groups = BuiltRecords(tags, keys, np.ones(len(tags), dtype=np.bool_)).groups
    unlike = _unlike(table.arrow.column("g").combine_chunks(), groups)
    if len(unlike):
        at = int(unlike[0])
        raise Difference(
            f"{what}, row of key {keys[at]}, s 'r{tags[at]}', column g: expected "
            f"{groups[at].as_py()}, observed {table.arrow.column('g')[at].as_py()}"
        )
    return np.sort(_codes(keys, tags))


def _unlike(found: pa.Array, expected: pa.Array) -> Numbers:
    if isinstance(found, pa.ChunkedArray):
        found = pa.concat_arrays(found.chunks) if found.num_chunks else expected[:0]
    nulls = np.asarray(found.is_null()) != np.asarray(expected.is_null())
    values = np.asarray(pc.fill_null(found, 0)) != np.asarray(pc.fill_null(expected, 0))
    return np.flatnonzero(nulls | values)


def _integers(what: str, table: pa.Table, name: str) -> Numbers:
    if name not in table.column_names:
        raise Difference(f"{what}: expected a column {name}")
    column = table.column(name)
    if column.null_count:
        raise Difference(f"{what}, column {name}: unexpected NULL in {column.null_count} rows")
    return np.asarray(column.cast(pa.int64()), dtype=np.int64)


def _error_table(observed: Observed, name: str) -> pa.Table:
    """An error table of records; one that is gone has no rows."""
    if name not in observed.tables:
        return error_table_1_schema().empty_table()
    table = table_of(observed, name)
    content.columns_are(f"error table {name}", error_table_1_schema(), table)
    return table.arrow


def _parcels(what: str, found: pa.Table) -> NDArray[np.object_]:
    return np.array(found.column("DataParcel").to_pylist(), dtype=object)


def _marks_are(what: str, found: pa.Table, code: int) -> None:
    right = pc.and_(
        pc.equal(found.column("ErrorCode"), code),
        pc.equal(found.column("ErrorFieldName").cast(pa.string()), KEY_FIELD),
    ).fill_null(False)
    wrong = np.flatnonzero(~np.asarray(right))
    if len(wrong):
        row = found.slice(int(wrong[0]), 1).to_pylist()[0]
        raise Difference(
            f"{what}, DataParcel {row['DataParcel']!r}: expected ErrorCode {code} and "
            f"ErrorFieldName {KEY_FIELD}, observed {row['ErrorCode']} and {row['ErrorFieldName']}"
        )


def _rows_of_texts(what: str, result: BuiltResult, parcels: NDArray[np.object_]) -> Numbers:
    """The rows of records, as numbers in ascending order."""
    records = result.records
    codes = _codes(records.keys, records.tags)
    of_text = dict(zip(records.texts.to_pylist(), codes.tolist(), strict=True))
    found = [of_text.get(parcel.decode("utf-8", "replace")) for parcel in parcels]
    if None in found:
        raise Difference(f"{what}: unexpected DataParcel {parcels[found.index(None)]!r}")
    return np.sort(np.array(found, dtype=np.int64))


# --- comparing -----------------------------------------------------------------------------------


def _same_rows(what: str, expected: Numbers, found: Numbers) -> None:
    """Both hold the same numbers, each as often; both are in ascending order."""
    if np.array_equal(expected, found):
        return
    missing, extra = _beyond(expected, found), _beyond(found, expected)
    raise Difference(f"{what}: missing {_told(missing)}; unexpected {_told(extra)}")


def _same_texts(what: str, expected: pa.Array, found: NDArray[np.object_]) -> None:
    wanted = np.sort(np.array([text.encode() for text in expected.to_pylist()], dtype=object))
    observed = np.sort(found)
    if len(wanted) == len(observed) and bool((wanted == observed).all()):
        return
    missing, extra = _beyond(wanted, observed), _beyond(observed, wanted)
    raise Difference(
        f"{what}: expected {len(wanted)} rows, observed {len(observed)}; "
        f"missing {_told(missing, repr)}; unexpected {_told(extra, repr)}"
    )


def _one_of_each_key(what: str, sound: Numbers, found: Numbers) -> None:
    keys = found >> _SHIFT
    twice = np.flatnonzero(np.diff(keys) == 0)
    if len(twice):
        raise Difference(
            f"{what} with a unique index: expected one row of the key {keys[twice[0]]}, "
            f"observed {_told(found[keys == keys[twice[0]]])}"
        )
    _are_of(what, found, sound)
    expected = np.unique(sound >> _SHIFT)
    missing = np.setdiff1d(expected, keys)
    if len(missing):
        raise Difference(
            f"{what}: expected a row of each of {len(expected)} keys, observed none of "
            f"{len(missing)} of them, as of {missing[0]}"
        )


def _are_of(what: str, found: Numbers, permitted: Numbers) -> None:
    extra = np.setdiff1d(found, permitted)
    if len(extra):
        raise Difference(f"{what}: unexpected {_told(extra)}")


def _each_at_most_as_often(what: str, found: Numbers, most: Numbers) -> None:
    extra = _beyond(found, most)
    if len(extra):
        raise Difference(
            f"{what}: expected each row as often as it was sent, beyond that {_told(extra)}"
        )


def _beyond(some: NDArray[np.generic], others: NDArray[np.generic]) -> list[object]:
    """What ``some`` holds more often than ``others``."""
    left = dict(zip(*np.unique(others, return_counts=True), strict=True))
    return [
        value
        for value, times in zip(*np.unique(some, return_counts=True), strict=True)
        for _ in range(int(times) - int(left.get(value, 0)))
    ]


def _told_row(code: object) -> str:
    number = int(str(code))
    return f"(key {number >> _SHIFT}, s 'r{number & ((1 << _SHIFT) - 1)}')"


def _told(rows: object, tell: Callable[[object], str] = _told_row) -> str:
    """The first few of some rows, and how many there are more."""
    found = list(rows)  # type: ignore[call-overload]
    told = [tell(row) for row in found[:MOST_TOLD]]
    if len(found) > MOST_TOLD:
        told.append(f"... {len(found) - MOST_TOLD:,} more")
    return ", ".join(told) or "nothing"
