"""Error table 1 as a matching: each faulty record once, under one of its faults."""

from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement, permutations

import pytest

from properties.engine.trial import Difference
from properties.relations.fastload.faults import FaultyRecord, each_faulty_record_is_there_once

ONE, TWO = (2679, "f"), (3604, "g")
RECORDS = (
    FaultyRecord(b"a", frozenset({ONE})),
    FaultyRecord(b"a", frozenset({TWO})),
    FaultyRecord(b"a", frozenset({ONE, TWO})),
    FaultyRecord(b"b", frozenset({ONE})),
)
ROWS = tuple((parcel, *mark) for parcel in (b"a", b"b") for mark in (ONE, TWO))


def is_permitted(
    expected: tuple[FaultyRecord, ...], observed: tuple[tuple[bytes, int, str], ...]
) -> bool:
    """Written anew: some order of the records fits the rows one by one."""
    return len(expected) == len(observed) and any(
        all(
            record.record == parcel and (code, field) in record.permitted
            for record, (parcel, code, field) in zip(order, observed, strict=True)
        )
        for order in permutations(expected)
    )


def test_exactly_the_permitted_outcomes_are_accepted() -> None:
    tried = Counter[bool]()
    for size in range(5):
        for expected in combinations_with_replacement(RECORDS, size):
            for number in range(max(size - 1, 0), min(size + 1, 4) + 1):
                for observed in combinations_with_replacement(ROWS, number):
                    right = is_permitted(expected, observed)
                    tried[right] += 1
                    if right:
                        each_faulty_record_is_there_once("e1", expected, observed)
                    else:
                        with pytest.raises(Difference):
                            each_faulty_record_is_there_once("e1", expected, observed)
    assert tried[True] > 60
    assert tried[False] > 1_000


def test_a_parcel_is_the_record_as_sent() -> None:
    expected = [FaultyRecord(b"x|\xff \r", frozenset({ONE}))]
    each_faulty_record_is_there_once("e1", expected, [(b"x|\xff \r", *ONE)])
    for parcel in (b"x|\xff ", b"x|\xff \r\n", "x|\xff \r", None, b""):
        with pytest.raises(Difference, match="DataParcel"):
            each_faulty_record_is_there_once("e1", expected, [(parcel, *ONE)])


def test_only_what_is_over_64_000_bytes_is_cut() -> None:
    mark = (2673, None)
    for length in (63_999, 64_000, 64_001):
        expected = [FaultyRecord(b"x" * length, frozenset({mark}))]
        kept = min(length, 64_000)
        each_faulty_record_is_there_once("e1", expected, [(b"x" * kept, *mark)])
        for wrong in {kept - 1, length, 64_001} - {kept}:
            with pytest.raises(Difference, match=r"\(6.... bytes\)"):
                each_faulty_record_is_there_once("e1", expected, [(b"x" * wrong, *mark)])


def test_messages_say_what_was_permitted() -> None:
    record = FaultyRecord(b"7|x", frozenset({ONE, TWO}))
    with pytest.raises(Difference, match=r"b'7\|x': expected in 1 rows, observed in 0"):
        each_faulty_record_is_there_once("e1", [record], [])
    with pytest.raises(Difference, match=r"one of \(2679, 'f'\), \(3604, 'g'\), observed \(2616"):
        each_faulty_record_is_there_once("e1", [record], [(b"7|x", 2616, "f")])
