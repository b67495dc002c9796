"""Hash distribution: primary-index value -> row hash -> hash bucket -> AMP (HD-01 to HD-08).

One formula gives every published value (HD-04): ``h = v * 0x9E3779B6 mod (2**32 - 5)``, then the
two 16-bit halves of h change places. What ``v`` is beyond small integers and one character is an
extension of ours; ``hash_vectors.json`` holds both, told apart. Who has a real system's function
hands it as a `HashFunction` to `reference.execute` or to the reference as a candidate.
"""

from __future__ import annotations

import datetime
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import reduce
from importlib.resources import files
from typing import Any

from reference.storage.hash_maps import HashBucket, RowHash
from reference.values.conversion import Value, column_type
from specs.sql.tables import Column
from specs.sql.types import MAX_DECIMAL_PRECISION

HASH_MULTIPLIER = 0x9E3779B6
HASH_PRIME = (1 << 32) - 5
NO_ARGUMENT: RowHash = 0xFFFFFFFF
"""HASHROW() (HD-02)."""

_EPOCH = datetime.datetime(1970, 1, 1)
_MICROSECOND = datetime.timedelta(microseconds=1)
_EXACT = Context(prec=2 * MAX_DECIMAL_PRECISION)


@dataclass(frozen=True)
class HashFunction:
    """A row hash: the hash of one value of a column, and how the hashes of several combine."""

    name: str
    hash_value: Callable[[Value, Column], RowHash]
    combine: Callable[[RowHash, RowHash], RowHash]


def hash_number(number: int) -> RowHash:
    """HD-03, HD-04: the formula that gives every published value."""
    product = number % HASH_PRIME * HASH_MULTIPLIER % HASH_PRIME
    return product >> 16 | (product & 0xFFFF) << 16


def number_of(value: Value, column: Column) -> int:
    """HD-04, HD-06: the integer that stands for a value that is not NULL.

    Raises TypeError when the value is none of the column's type.
    """
    match value:
        case int():
            return value
        case Decimal():
            return int(value.scaleb(column_type(column.type).scale, _EXACT))
        case str():
            text = value.rstrip(" ")
            folded = text if column.case_specific else text.upper()
            return int.from_bytes(folded.encode(), "big")
        case float():
            return int.from_bytes(struct.pack(">d", value + 0.0), "big")
        case datetime.datetime():
            return (value - _EPOCH) // _MICROSECOND
        case datetime.date():
            return (value.year - 1900) * 10_000 + value.month * 100 + value.day
        case datetime.time():
            seconds = (value.hour * 60 + value.minute) * 60 + value.second
            return seconds * 1_000_000 + value.microsecond
        case bytes():
            return int.from_bytes(value.rstrip(b"\0"), "big")
        case _:
            raise TypeError(f"{value!r} is no value of {column.name} {column.type}")


def hash_value(value: Value, column: Column) -> RowHash:
    """HD-02: the hash of one value; NULL gives 0."""
    return 0 if value is None else hash_number(number_of(value, column))


def combine(left: RowHash, right: RowHash) -> RowHash:
    """HD-05: symmetric, and a hash of 0 changes nothing."""
    return (left * right + left + right) & 0xFFFFFFFF


PUBLISHED = HashFunction("published", hash_value, combine)
"""The formula fitted to the published values, with our extension."""


def row_hash(
    values: Sequence[Value], columns: Sequence[Column], function: HashFunction = PUBLISHED
) -> RowHash:
    """HD-01, HD-02, HD-05: HASHROW of the values; of none at all, the highest hash."""
    if not values:
        return NO_ARGUMENT
    return reduce(function.combine, map(function.hash_value, values, columns))


def hash_bucket(hashed: RowHash | None, bits: int = 20) -> HashBucket | None:
    """HD-07: HASHBUCKET: the first ``bits`` bits of the row hash; NULL gives NULL."""
    return None if hashed is None else hashed >> (32 - bits)


@dataclass(frozen=True)
class HashVector:
    """An input and its row hash; ``certainty`` is ``published`` or ``assumed`` (ours)."""

    columns: tuple[Column, ...]
    values: tuple[str | None, ...]
    row_hash: RowHash
    certainty: str


def hash_vectors() -> list[HashVector]:
    """The published values and those of our extension; values are texts in canonical form."""
    documents: list[dict[str, Any]] = json.loads(
        files("reference").joinpath("hash_vectors.json").read_text()
    )
    return [
        HashVector(
            columns=tuple(Column(name=f"c{n}", **c) for n, c in enumerate(document["columns"])),
            values=tuple(document["values"]),
            row_hash=int(document["row_hash"], 16),
            certainty=document["certainty"],
        )
        for document in documents
    ]
