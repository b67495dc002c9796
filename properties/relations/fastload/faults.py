"""Error table 1: every faulty record exactly once, under any one of its faults (FL-08, FL-10)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from properties.engine.observed import Row
from properties.engine.telling import cell
from properties.engine.trial import Difference
from properties.relations.shared.answers import told_rows
from specs.fastload.error_tables import DATA_PARCEL_BYTES

Mark = tuple[int, str | None]
"""ErrorCode and ErrorFieldName."""


class FaultyRecord(NamedTuple):
    """A record that belongs into error table 1, and all marks that it may have there."""

    record: bytes
    permitted: frozenset[Mark]


def each_faulty_record_is_there_once(
    name: str, expected: Iterable[FaultyRecord], observed: Iterable[Row]
) -> None:
    """The rows of error table ``name`` can be paired one to one with the faulty records.

    A row fits a record when its DataParcel is the record as sent, cut only after 64,000 bytes,
    and its code and field are one of the record's permitted marks.
    """
    wanted: dict[bytes, list[frozenset[Mark]]] = defaultdict(list)
    for faulty in expected:
        wanted[faulty.record[:DATA_PARCEL_BYTES]].append(faulty.permitted)
    found: dict[bytes, list[Mark]] = defaultdict(list)
    for parcel, code, field in observed:
        found[parcel].append((code, field))
    for parcel in {**wanted, **found}:
        marks, records = found[parcel], wanted[parcel]
        if len(marks) != len(records):
            raise Difference(
                f"error table {name}, DataParcel {told_parcel(parcel)}: expected in "
                f"{len(records)} rows, observed in {len(marks)}"
                + (f": {told_rows(marks)}" if marks else "")
            )
        alone = _without_partner(marks, records)
        if alone is not None:
            permitted = sorted(frozenset().union(*records), key=str)
            raise Difference(
                f"error table {name}, DataParcel {told_parcel(parcel)}: expected ErrorCode and "
                f"ErrorFieldName to be one of {told_rows(permitted)}, observed "
                f"{told_rows([marks[alone]])}"
            )


def told_parcel(parcel: bytes) -> str:
    """A record as a person reads it; of a long one the ends and the length."""
    if not isinstance(parcel, bytes) or len(parcel) <= 200:
        return cell(parcel)
    return f"{cell(parcel[:60])}..{cell(parcel[-20:])} ({len(parcel)} bytes)"


def _without_partner(marks: Sequence[Mark], records: Sequence[frozenset[Mark]]) -> int | None:
    """The position of a mark that no pairing serves, or None when all can be paired.

    Augmenting paths between marks and kinds of records, of which there are few: thousands of equal
    records are one kind.
    """
    room = Counter(records)
    taken: dict[frozenset[Mark], Counter[Mark]] = {kind: Counter() for kind in room}

    def pair(mark: Mark, tried: set[frozenset[Mark]]) -> bool:
        for kind in room:
            if kind in tried or mark not in kind:
                continue
            tried.add(kind)
            if taken[kind].total() < room[kind]:
                taken[kind][mark] += 1
                return True
            for other in [each for each, times in taken[kind].items() if times and each != mark]:
                if pair(other, tried):
                    taken[kind][other] -= 1
                    taken[kind][mark] += 1
                    return True
        return False

    return next((at for at, mark in enumerate(marks) if not pair(mark, set())), None)
