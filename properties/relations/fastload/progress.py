"""What a load's events say: which records were sent, from where a restart went on (FL-13)."""

from __future__ import annotations

from collections.abc import Sequence

from properties.engine.observed import Event
from properties.engine.trial import Difference


def blocks_of(events: Sequence[Event]) -> list[tuple[int, int]]:
    """(first record, number of records) of each block sent, in order of the events."""
    return [
        (details["first_record"], details["records"])
        for name, details in events
        if name == "block-sent"
    ]


def last_checkpoint(events: Sequence[Event]) -> int:
    """Records read up to the last checkpoint; 0 without one."""
    checkpoints = [details["records"] for name, details in events if name == "checkpoint"]
    return checkpoints[-1] if checkpoints else 0


def phase_reached(events: Sequence[Event]) -> str | None:
    """The last phase that a load entered."""
    phases = [details["phase"] for name, details in events if name == "phase"]
    return phases[-1] if phases else None


def blocks_follow_each_other(
    blocks: Sequence[tuple[int, int]], first_record: int, end: int | None = None
) -> None:
    """FL-06: blocks are runs of records, each after the one before, none left out or repeated.

    ``first_record`` is what the first of them has to begin with; ``end``, when given, the record
    before which the last of them must not stop short.
    """
    expected = first_record
    for first, records in blocks:
        if first != expected or records < 1:
            raise Difference(
                f"block-sent: expected the block from record {expected}, observed {records} "
                f"records from record {first}"
            )
        expected = first + records
    if end is not None and expected < end:
        raise Difference(
            f"block-sent: expected blocks from record {first_record} to before record {end}, "
            f"observed none from record {expected} on"
        )


def checkpoints_are_taken(events: Sequence[Event], every: int, records: int) -> None:
    """FL-13: a load of ``records`` records had a checkpoint after each ``every`` of them.

    One that falls on the very end of the input may be left to the end of the phase.
    """
    taken = {details["records"] for name, details in events if name == "checkpoint"}
    for due in range(every, records, every):
        if due not in taken:
            raise Difference(
                f"CHECKPOINT {every} and {records} records: expected a checkpoint after record "
                f"{due}, observed checkpoints after {sorted(taken) or 'none'}"
            )
