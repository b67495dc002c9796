"""ERRLIMIT's bounds, a load's progress, and what a paused load must leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest

from properties.engine.trial import Difference
from properties.relations.fastload.error_limit import (
    captured_rows_are_permitted,
    rows_of_open_blocks,
)
from properties.relations.fastload.faults import FaultyRecord
from properties.relations.fastload.pauses import captured_rows_are_of
from properties.relations.fastload.progress import (
    blocks_follow_each_other,
    blocks_of,
    checkpoints_are_taken,
    last_checkpoint,
    phase_reached,
)

# ERRLIMIT


def blocks(faulty: Sequence[bool], lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Every way to cut the records into blocks, as the faulty records of each block."""
    if not faulty:
        yield []
    for records in range(1, len(faulty) + 1):
        if records == 1 or sum(lengths[:records]) <= size:
            for rest in blocks(faulty[records:], lengths[records:], size):
                yield [sum(faulty[:records]), *rest]


def captured_by_loaders(cut: list[int], limit: int, sessions: int) -> Iterator[int]:
    """Rows in error table 1 after a loader stopped: the blocks done, then those still open.

    Blocks are handed out in order; some of the last ``sessions`` of them are open when the
    limit is reached, and are finished.
    """
    for handed_out in range(1, len(cut) + 1):
        tail = range(max(0, handed_out - sessions), handed_out)
        for still_open in product((False, True), repeat=len(tail)):
            opened = {at for at, is_open in zip(tail, still_open, strict=True) if is_open}
            done = sum(cut[at] for at in range(handed_out) if at not in opened)
            everything = sum(cut[:handed_out])
            if done < limit <= everything:
                yield everything


@pytest.mark.parametrize("sessions", [1, 2, 3])
@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("lengths", [(1,) * 6, (2, 1, 2, 3, 1, 9), (5, 5, 5, 5, 5, 5)])
def test_every_loader_that_finishes_its_open_blocks_is_within_the_bound(
    lengths: tuple[int, ...], limit: int, sessions: int
) -> None:
    size = 3
    for faulty in product((False, True), repeat=6):
        open_rows = rows_of_open_blocks(lengths, faulty, size, sessions)
        for cut in blocks(faulty, lengths, size):
            for captured in captured_by_loaders(cut, limit, sessions):
                captured_rows_are_permitted("e1", captured, limit, open_rows)


@pytest.mark.parametrize("sessions", [1, 2])
def test_the_bound_is_reached_but_for_one(sessions: int) -> None:
    # Blocks of three faulty records each: with one row below the limit all sessions are open.
    cut = [1, *[3] * sessions]
    faulty, lengths = [True] * sum(cut), [1] * sum(cut)
    assert rows_of_open_blocks(lengths, faulty, 3, sessions) == 3 * sessions
    assert max(captured_by_loaders(cut, 2, sessions)) == 2 - 1 + 3 * sessions


@pytest.mark.parametrize(("captured", "permitted"), [(1, False), (2, True), (5, True), (6, False)])
def test_fewer_and_more_are_refused(captured: int, permitted: bool) -> None:
    if permitted:
        captured_rows_are_permitted("e1", captured, 2, 3)
        return
    with pytest.raises(Difference, match="expected 2 to 5 rows"):
        captured_rows_are_permitted("e1", captured, 2, 3)


def test_a_long_record_is_a_block_of_its_own() -> None:
    assert rows_of_open_blocks([99, 99], [True, True], 10, 1) == 1
    assert rows_of_open_blocks([], [], 10, 4) == 0


# CAPTURED ROWS


def test_captured_rows_are_some_of_the_faulty_records_each_once() -> None:
    marks = frozenset({(2679, "f")})
    faulty = [FaultyRecord(b"x", marks), FaultyRecord(b"x", marks), FaultyRecord(b"y", marks)]
    for x, y, z in product(range(4), range(3), range(2)):
        rows = [(b"x", 2679, "f")] * x + [(b"y", 2679, "f")] * y + [(b"z", 2679, "f")] * z
        if x <= 2 and y <= 1 and not z:
            captured_rows_are_of("e1", faulty, rows)
        else:
            with pytest.raises(Difference):
                captured_rows_are_of("e1", faulty, rows)
    with pytest.raises(Difference):
        captured_rows_are_of("e1", faulty, [(b"x", 2665, "f")])


# PROGRESS


EVENTS = (
    ("phase", {"phase": "acquisition"}),
    ("block-sent", {"block": 0, "first_record": 1, "records": 2}),
    ("checkpoint", {"records": 2}),
    ("block-sent", {"block": 1, "first_record": 3, "records": 1}),
)


def test_events_tell_blocks_checkpoint_and_phase() -> None:
    assert blocks_of(EVENTS) == [(1, 2), (3, 1)]
    assert last_checkpoint(EVENTS) == 2
    assert last_checkpoint(()) == 0
    assert phase_reached(EVENTS) == "acquisition"
    assert phase_reached(()) is None


@pytest.mark.parametrize("records", [1, 2, 3])
def test_blocks_may_be_cut_anyhow_but_leave_no_gap_and_repeat_nothing(records: int) -> None:
    starts = range(1, records + 2)
    spans = [(first, count) for first in starts for count in range(records + 2)]
    for count in range(1, records + 1):
        for chosen in product(spans, repeat=count):
            sent = [record for first, n in chosen for record in range(first, first + n)]
            permitted = sent == list(range(1, len(sent) + 1)) and all(n for _, n in chosen)
            if permitted:
                blocks_follow_each_other(chosen, 1)
            else:
                with pytest.raises(Difference):
                    blocks_follow_each_other(chosen, 1)


def test_a_checkpoint_is_due_after_every_n_records_but_the_last() -> None:
    def events(*records: int) -> list[tuple[str, dict[str, int]]]:
        return [("checkpoint", {"records": n}) for n in records]

    checkpoints_are_taken(events(2, 4), 2, 5)
    checkpoints_are_taken(events(2, 4), 2, 4)
    checkpoints_are_taken(events(2), 2, 4)
    checkpoints_are_taken(events(1, 2, 3, 4), 2, 5)
    checkpoints_are_taken(events(), 2, 2)
    for records in ((2,), (4,), (), (3, 5)):
        with pytest.raises(Difference, match="CHECKPOINT 2 and 5 records"):
            checkpoints_are_taken(events(*records), 2, 5)
