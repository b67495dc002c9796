"""Rows on AMPs: RowID, uniqueness, SET and MULTISET, unique and missing primary indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from reference.storage.hash_maps import Amp, HashMap, RowHash
from reference.storage.hashing import HashFunction, row_hash
from reference.values.conversion import Value
from reference.values.equality import RowKeys, literal, value_key
from specs.contract import ErrorName
from specs.sql.tables import Column, TableDefinition

Row: TypeAlias = tuple[Value, ...]
"""A row's values in the order of the table's columns."""

UniquenessId: TypeAlias = int
"""Counts from 1 within a row hash (PI) or within an AMP's bucket (NoPI)."""

QUERY_ID = Column(name="QueryID", type="BIGINT")
"""The column under which a request's query id is hashed (HD-12)."""


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row and where it is: its AMP and its RowID (HD-09).

    ``row_hash`` of a NoPI row is its bucket, shifted to where a row hash has its bucket (HD-15).
    """

    amp: Amp
    row_hash: RowHash
    uniqueness: UniquenessId
    values: Row

    @property
    def order(self) -> tuple[Amp, RowHash, UniquenessId]:
        """HD-10: rows are kept by AMP, then in ascending RowID order."""
        return self.amp, self.row_hash, self.uniqueness


@dataclass
class Table:
    """A table and its rows. ``placed`` is False for error tables and the restart log.

    Rows of a table that is not placed are in order of arrival and count as on AMP 0.
    """

    definition: TableDefinition
    rows: list[StoredRow] = field(default_factory=list)
    placed: bool = True

    def append(self, values: Row) -> None:
        """Keep a row of a table that is not placed."""
        self.rows.append(StoredRow(0, 0, len(self.rows) + 1, values))

    def sort(self) -> None:
        """HD-10: rows on an AMP are in ascending RowID order."""
        if self.placed:
            self.rows.sort(key=lambda row: row.order)


class Placement:
    """Gives each new row of a PI table its AMP and its RowID (HD-01, HD-09)."""

    def __init__(
        self,
        definition: TableDefinition,
        hash_map: HashMap,
        function: HashFunction,
        stored: Iterable[StoredRow] = (),
    ) -> None:
        self._keys = RowKeys(definition)
        self._hash_map = hash_map
        self._function = function
        self._highest: dict[RowHash, UniquenessId] = {}
        for row in stored:
            self._highest[row.row_hash] = max(row.uniqueness, self._highest.get(row.row_hash, 0))

    def row_hash(self, values: Row) -> RowHash:
        """HD-01: the hash of the row's primary-index values."""
        return row_hash(self._keys.index_values(values), self._keys.index_columns, self._function)

    def place(self, values: Row) -> StoredRow:
        """HD-01, HD-09: the first row of a row hash gets 1, each later one the highest + 1.

        Equal keys and different keys that collide share one sequence.
        """
        hashed = self.row_hash(values)
        uniqueness = self._highest.get(hashed, 0) + 1
        self._highest[hashed] = uniqueness
        return StoredRow(self._hash_map.amp_of_hash(hashed), hashed, uniqueness, values)


class NoPIPlacement:
    """Appends rows to the AMP that was chosen for them (HD-15)."""

    def __init__(self, hash_map: HashMap, stored: Iterable[StoredRow] = ()) -> None:
        self._hash_map = hash_map
        self._last: dict[Amp, tuple[RowHash, UniquenessId]] = {}
        for row in stored:
            here = (row.row_hash, row.uniqueness)
            self._last[row.amp] = max(here, self._last.get(row.amp, here))

    def place(self, amp: Amp, values: Row) -> StoredRow:
        """HD-15: RowID = a bucket that the AMP owns + uniqueness from 1, in order of arrival."""
        # The bucket in use on this AMP stays in use, so that RowID order stays order of arrival.
        if amp not in self._last:
            lowest = self._hash_map.lowest_bucket(amp)
            self._last[amp] = lowest << (32 - self._hash_map.bits), 0
        bucket_hash, highest = self._last[amp]
        self._last[amp] = bucket_hash, highest + 1
        return StoredRow(amp, bucket_hash, highest + 1, values)


class DuplicateChecks:
    """What an INSERT into a PI table refuses (HD-16)."""

    def __init__(self, table: Table) -> None:
        definition = table.definition
        index = definition.primary_index
        self._keys = RowKeys(definition)
        self._unique = index is not None and index.unique
        self._set = not self._unique and definition.kind == "SET"
        self._seen: set[Hashable] = {self._key(row.values) for row in table.rows}

    def refuse(self, values: Row) -> ErrorName | None:
        """The name of the refusal, or None after noting the row as stored.

        A unique index refuses a second equal key, and with it the duplicate-row check is skipped;
        a SET table refuses a row equal to a stored one; a MULTISET table takes all.
        """
        if not (self._unique or self._set):
            return None
        key = self._key(values)
        if key in self._seen:
            return "upi_violation" if self._unique else "duplicate_row"
        self._seen.add(key)
        return None

    def _key(self, values: Row) -> Hashable:
        return self._keys.of_index(values) if self._unique else self._keys.of_row(values)


def insert_hashed(
    table: Table, rows: Iterable[Row], hash_map: HashMap, function: HashFunction
) -> list[tuple[int, ErrorName]]:
    """HD-01, HD-09, HD-16: rows one by one into a PI table; (position, error) of the refused."""
    checks = DuplicateChecks(table)
    placement = Placement(table.definition, hash_map, function, table.rows)
    refused: list[tuple[int, ErrorName]] = []
    for position, values in enumerate(rows):
        # CHECK
        error = checks.refuse(values)
        if error:
            # RECORD
            refused.append((position, error))
            continue
        # PLACE
        table.rows.append(placement.place(values))
    table.sort()
    return refused


def insert_single_rows(
    table: Table, rows: Iterable[Row], query_id: int, hash_map: HashMap, function: HashFunction
) -> None:
    """HD-12: into a NoPI table, each row a request of its own: AMP by the hash of its query id."""
    # PLACE
    placement = NoPIPlacement(hash_map, table.rows)
    for position, values in enumerate(rows):
        amp = hash_map.amp_of_hash(row_hash([query_id + position], [QUERY_ID], function))
        table.rows.append(placement.place(amp, values))
    table.sort()


def insert_array(
    table: Table, rows: Iterable[Row], query_id: int, hash_map: HashMap, function: HashFunction
) -> None:
    """HD-12: into a NoPI table, all rows in one request: one AMP by the hash of the query id."""
    # PLACE
    placement = NoPIPlacement(hash_map, table.rows)
    amp = hash_map.amp_of_hash(row_hash([query_id], [QUERY_ID], function))
    table.rows.extend(placement.place(amp, values) for values in rows)
    table.sort()


def insert_local(table: Table, rows: Sequence[StoredRow], hash_map: HashMap) -> None:
    """HD-13: INSERT .. SELECT into a NoPI table: each row stays on the AMP where it was read."""
    # PLACE
    placement = NoPIPlacement(hash_map, table.rows)
    table.rows.extend([placement.place(row.amp, row.values) for row in rows])
    table.sort()


def delete_rows(table: Table, column_name: str | None, value: str | None) -> None:
    """DELETE: all rows, or those equal to a literal, or (``value`` None) those that are NULL.

    The column is one of the table and the value a literal of its type.
    """
    if column_name is None:
        table.rows.clear()
        return
    # CONVERT
    column = table.definition.column(column_name)
    position = table.definition.columns.index(column)
    wanted = value_key(None if value is None else literal(value, column), column)
    # RECORD
    table.rows[:] = [row for row in table.rows if value_key(row.values[position], column) != wanted]


def reconfigure(table: Table, hash_map: HashMap) -> None:
    """HD-18: move the rows whose bucket changed owner; RowIDs of a PI table never change.

    NoPI rows stay where they are, unless their AMP is gone: then they are appended, in RowID
    order, to that AMP's number modulo the new number of AMPs. Where an AMP has lost the bucket
    that they are in, they get new RowIDs there in the same order (HD-15).
    """
    # CHECK
    if not table.placed:
        return
    # PLACE
    if table.definition.primary_index:
        table.rows[:] = [
            StoredRow(hash_map.amp_of_hash(row.row_hash), row.row_hash, row.uniqueness, row.values)
            for row in table.rows
        ]
    else:
        staying = [row for row in table.rows if row.amp < hash_map.amps]
        leaving = [row for row in table.rows if row.amp >= hash_map.amps]
        kept = [row for row in staying if hash_map.amp_of_hash(row.row_hash) == row.amp]
        renumbered = [row for row in staying if hash_map.amp_of_hash(row.row_hash) != row.amp]
        placement = NoPIPlacement(hash_map, kept)
        table.rows[:] = kept + [
            placement.place(row.amp % hash_map.amps, row.values) for row in renumbered + leaving
        ]
    table.sort()


@dataclass(frozen=True)
class Distribution:
    """HD-17: rows per AMP, largest first, and how skewed they are over all AMPs of the system."""

    rows_per_amp: tuple[tuple[Amp, int], ...]
    largest_over_mean: float
    coefficient_of_variation: float


def distribution(table: Table, hash_map: HashMap, function: HashFunction) -> Distribution:
    """HD-17: HASHAMP(HASHBUCKET(HASHROW(primary index))) of each row, counted.

    A table without a primary index is counted by the AMPs where its rows are.
    """
    # PLACE
    if table.definition.primary_index:
        hashed = Placement(table.definition, hash_map, function).row_hash
        counts = Counter(hash_map.amp_of_hash(hashed(row.values)) for row in table.rows)
    else:
        counts = Counter(row.amp for row in table.rows)
    # RECORD
    ordered = tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    total, amps = len(table.rows), hash_map.amps
    if not total:
        return Distribution((), 0.0, 0.0)
    squares = sum(count * count for count in counts.values())
    # mean = total / amps, variance = squares / amps - mean ** 2, kept whole until the last step
    variation = ((squares * amps - total * total) ** 0.5) / total
    return Distribution(ordered, ordered[0][1] * amps / total, variation)
