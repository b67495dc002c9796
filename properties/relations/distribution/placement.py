"""Where rows stand: on which AMP, in which order, under which RowID (HD-01, HD-09 to HD-15)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from properties.engine.observed import ObservedTable, Placement, Row
from properties.engine.trial import Difference
from properties.relations.distribution.hash_map import Owners
from properties.relations.shared.answers import same_multiset, told_numbers, told_rows

Owner = Callable[[int], int]
"""The AMP of a hash bucket, by the candidate's own map."""

HashedRow = tuple[int, int, int]
"""Row hash, hash bucket and AMP: an answer to HASHROW, HASHBUCKET and HASHAMP."""

NOPI_BUCKET_SHIFT = {20: 12, 16: 16}
"""Bits of ``_row_hash`` below the bucket of a NoPI table's RowID, by width of the bucket."""


def owner_of(hashed: Iterable[HashedRow]) -> Owner:
    """The map as far as these answers show it.

    Raises `Difference` when one bucket has two AMPs (HD-08); the owner it returns does so for a
    bucket that is in none of the answers.
    """
    owners: dict[int, int] = {}
    for row_hash, bucket, amp in hashed:
        if owners.setdefault(bucket, amp) != amp:
            raise Difference(
                f"HASHAMP({bucket}): expected one AMP for every row, observed {owners[bucket]} "
                f"and, for row hash {row_hash:08X}, {amp}"
            )

    def owner(bucket: int) -> int:
        if bucket not in owners:
            raise Difference(
                f"a stored row is in hash bucket {bucket}, which HASHBUCKET gives for no row "
                f"that was inserted (those are in {sorted(owners)})"
            )
        return owners[bucket]

    return owner


def owner_by_map(amps: Sequence[int] | Owners) -> Owner:
    """The owner by a whole map: the AMP of bucket b is ``amps[b]``."""

    def owner(bucket: int) -> int:
        if not 0 <= bucket < len(amps):
            raise Difference(f"hash bucket {bucket}: expected 0 to {len(amps) - 1}")
        return int(amps[bucket])

    return owner


def rows_are_with_their_owner(placement: Iterable[Placement], owner: Owner, bits: int) -> None:
    """HD-01: each row is on the AMP that owns the first ``bits`` bits of its row hash."""
    for amp, row_hash, uniqueness in placement:
        bucket = row_hash >> (32 - bits)
        if amp != owner(bucket):
            raise Difference(
                f"row {row_hash:08X}:{uniqueness} is in hash bucket {bucket}: expected on AMP "
                f"{owner(bucket)}, observed on AMP {amp}"
            )


def rows_stand_in_order(placement: Sequence[Placement]) -> None:
    """HD-10: ascending by AMP and, on each AMP, by RowID."""
    for at, (above, below) in enumerate(pairwise(placement)):
        if above > below:
            raise Difference(
                f"rows {at} and {at + 1}: expected ascending AMP and RowID, "
                f"observed {told_place(above)} before {told_place(below)}"
            )


def row_ids_are_unique(placement: Iterable[Placement]) -> None:
    """HD-10: no two rows of a table have one RowID."""
    seen: dict[tuple[int, int], int] = {}
    for amp, row_hash, uniqueness in placement:
        if (row_hash, uniqueness) in seen:
            raise Difference(
                f"RowID {row_hash:08X}:{uniqueness}: expected once, observed on AMP "
                f"{seen[row_hash, uniqueness]} and again on AMP {amp}"
            )
        seen[row_hash, uniqueness] = amp


def uniqueness_is_without_gaps(placement: Iterable[Placement]) -> None:
    """HD-11: the k rows of one row hash have 1 to k in any order; holds when none was deleted."""
    numbers: dict[int, list[int]] = defaultdict(list)
    for _, row_hash, uniqueness in placement:
        numbers[row_hash].append(uniqueness)
    for row_hash, found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            raise Difference(
                f"row hash {row_hash:08X} with {len(found)} rows: expected the uniqueness numbers "
                f"1 to {len(found)}, observed {told_numbers(sorted(found))}"
            )


def uniqueness_goes_on_at_the_top(
    kept: Iterable[tuple[Row, Placement]],
    arrivals: Iterable[Row],
    rows: Sequence[Row],
    placement: Sequence[Placement],
) -> None:
    """HD-09: rows that arrive get the numbers after the highest that is stored of their row hash.

    ``kept`` are the rows stored before ``arrivals`` came, ``rows`` all that are there in the end.
    """
    hash_of = {row: row_hash for row, (_, row_hash, _) in zip(rows, placement, strict=True)}
    highest: dict[int, int] = defaultdict(int)
    expected: list[Row] = []
    for row, (_, row_hash, uniqueness) in kept:
        highest[row_hash] = max(highest[row_hash], uniqueness)
        expected.append((*row, row_hash, uniqueness))
    for row in arrivals:
        if row not in hash_of:
            raise Difference(f"row {told_rows([row])}: expected stored, observed nowhere")
        highest[hash_of[row]] += 1
        expected.append((*row, hash_of[row], highest[hash_of[row]]))
    observed = [(*row, *place[1:]) for row, place in zip(rows, placement, strict=True)]
    same_multiset("rows with row hash and uniqueness", expected, observed)


def uniqueness_follows_arrival(
    rows: Sequence[Row], placement: Sequence[Placement], arrivals: Sequence[Row]
) -> None:
    """HD-09, HD-11: per row hash, rows by uniqueness 1, 2, ... are the rows as they arrived.

    ``arrivals`` are the rows that were stored, in input order; a difference in content is told
    too.
    """
    uniqueness_is_without_gaps(placement)
    hash_of = {row: row_hash for row, (_, row_hash, _) in zip(rows, placement, strict=True)}
    expected: dict[int, list[Row]] = defaultdict(list)
    for row in arrivals:
        if row not in hash_of:
            raise Difference(f"row {told_rows([row])}: expected stored, observed nowhere")
        expected[hash_of[row]].append(row)
    stored: dict[int, list[Row]] = defaultdict(list)
    for row, (_, row_hash, _) in sorted(
        zip(rows, placement, strict=True), key=lambda pair: pair[1][2]
    ):
        stored[row_hash].append(row)
    for row_hash, found in stored.items():
        if found != expected[row_hash]:
            raise Difference(
                f"rows of row hash {row_hash:08X} by uniqueness 1, 2, ..: expected in the order of "
                f"arrival, {told_rows(expected[row_hash])}; observed {told_rows(found)}"
            )


def rows_in_reading_order(table: ObservedTable, placement: Sequence[Placement]) -> list[Row]:
    """The rows of a table as a SELECT reads them: by AMP and, on each AMP, by RowID.

    Any balanced map is permitted (HD-08), and so the order in which rows are read is the
    candidate's own.
    """
    in_order = sorted(zip(placement, table.rows, strict=True), key=lambda pair: pair[0])
    return [row for _, row in in_order]


def hashes_are_those_asked_for(
    rows: Sequence[Row], placement: Sequence[Placement], hashes: Mapping[Row, int]
) -> None:
    """HD-01: each row is stored under the row hash that HASHROW gives for it."""
    for row, (_, row_hash, _) in zip(rows, placement, strict=True):
        if row in hashes and row_hash != hashes[row]:
            raise Difference(
                f"row {told_rows([row])}: expected stored under its HASHROW "
                f"{hashes[row]:08X}, observed {row_hash:08X}"
            )


# --- tables without a primary index --------------------------------------------------------------


def nopi_row_ids_are_lawful(placement: Sequence[Placement], owner: Owner, bits: int) -> None:
    """HD-15: on each AMP one bucket that it owns, and uniqueness 1 to k.

    Which of its buckets an AMP uses is free.
    """
    shift = NOPI_BUCKET_SHIFT[bits]
    numbers: dict[int, list[int]] = defaultdict(list)
    buckets: dict[int, int] = {}
    for amp, row_hash, uniqueness in placement:
        bucket = row_hash >> shift
        if row_hash & ((1 << shift) - 1):
            raise Difference(
                f"NoPI row {told_place((amp, row_hash, uniqueness))}: expected nothing but a "
                f"bucket in the row hash's first {bits} bits, observed {row_hash:08X}"
            )
        if owner(bucket) != amp:
            raise Difference(
                f"NoPI row {told_place((amp, row_hash, uniqueness))}: expected a bucket that AMP "
                f"{amp} owns, observed {bucket}, which AMP {owner(bucket)} owns"
            )
        if buckets.setdefault(amp, bucket) != bucket:
            raise Difference(
                f"AMP {amp}: expected one bucket for its NoPI rows, observed "
                f"{buckets[amp]} and {bucket}"
            )
        numbers[amp].append(uniqueness)
    for amp, found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            raise Difference(
                f"AMP {amp} with {len(found)} NoPI rows: expected the uniqueness numbers "
                f"1 to {len(found)}, observed {told_numbers(sorted(found))}"
            )


def by_amp(rows: Sequence[Row], placement: Sequence[Placement]) -> dict[int, list[Row]]:
    """The rows of each AMP by ascending uniqueness."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row, (amp, _, _) in sorted(zip(rows, placement, strict=True), key=lambda pair: pair[1][2]):
        found[amp].append(row)
    return found


def rows_stayed(
    before: Mapping[int, Sequence[Row]], after: Mapping[int, Sequence[Row]], amps: int
) -> None:
    """HD-18: NoPI rows are still on their AMP, in their order, where there are ``amps`` AMPs now.

    Rows of AMPs that are gone may stand behind them.
    """
    for amp in sorted(after):
        if not 0 <= amp < amps:
            raise Difference(f"NoPI rows on AMP {amp}: expected on AMPs 0 to {amps - 1}")
    for amp in range(amps):
        stayed, found = list(before.get(amp, ())), list(after.get(amp, ()))
        if found[: len(stayed)] != stayed:
            raise Difference(
                f"NoPI rows of AMP {amp}, which is still there: expected first "
                f"{told_rows(stayed)}, observed {told_rows(found)}"
            )


def rows_are_on(
    rows: Sequence[Row], placement: Sequence[Placement], expected: Mapping[int, Sequence[Row]]
) -> None:
    """HD-12, HD-13: each AMP holds these rows, by ascending uniqueness in this order."""
    found = by_amp(rows, placement)
    for amp in sorted({*found, *expected}):
        wanted = list(expected.get(amp, ()))
        if found[amp] != wanted:
            raise Difference(
                f"AMP {amp} by uniqueness: expected {told_rows(wanted)}, "
                f"observed {told_rows(found[amp])}"
            )


def amps_of_numbered(rows: Sequence[Row], placement: Sequence[Placement], number: int) -> list[int]:
    """The AMP of each of the rows 0 to ``number`` - 1, whose first column is their number.

    Raises `Difference` unless each of them is there once.
    """
    amps = {row[0]: amp for row, (amp, _, _) in zip(rows, placement, strict=True)}
    missing = [at for at in range(number) if at not in amps]
    if missing or len(rows) != number:
        raise Difference(
            f"expected the records 0 to {number - 1} once each, observed {len(rows)} rows "
            f"without {told_numbers(missing)}"
        )
    return [amps[at] for at in range(number)]


def blocks_went_round(
    amps_of_records: Sequence[int], record_bytes: Sequence[int], amps: int, block_bytes: int
) -> None:
    """HD-14: whole blocks of consecutive records went to AMPs s, s + 1, ... and round, for some s.

    ``amps_of_records`` is the AMP of each record in input order. How the input is cut is free,
    but no block of more than one record is longer than ``block_bytes``.
    """
    if amps == 1:
        return  # every cut gives the same placement
    start = 0
    for at in range(1, len(amps_of_records) + 1):
        here = amps_of_records[start]
        if at < len(amps_of_records) and amps_of_records[at] == here:
            continue
        # Neighbouring blocks go to different AMPs, so a run of one AMP is exactly one block.
        length = sum(record_bytes[start:at])
        if at - start > 1 and length > block_bytes:
            raise Difference(
                f"records {start + 1} to {at} of {length} bytes are all on AMP {here}: expected "
                f"blocks of at most {block_bytes} bytes, each on the AMP after the one before"
            )
        if at < len(amps_of_records) and amps_of_records[at] != (here + 1) % amps:
            raise Difference(
                f"records {start + 1} to {at} are on AMP {here}: expected the block from record "
                f"{at + 1} on AMP {(here + 1) % amps}, observed on AMP {amps_of_records[at]}"
            )
        start = at


def told_place(place: tuple[Any, ...]) -> str:
    """``AMP 1, 79B69E37:2``."""
    amp, row_hash, uniqueness = place
    return f"AMP {amp}, {row_hash:08X}:{uniqueness}"
