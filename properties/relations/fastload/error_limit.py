"""ERRLIMIT: how many rows a paused load may have captured in error table 1 (FL-12)."""

from __future__ import annotations

from collections.abc import Sequence

from properties.engine.trial import Difference


def rows_of_open_blocks(
    lengths: Sequence[int], faulty: Sequence[bool], block_bytes: int, sessions: int
) -> int:
    """Most rows that the sessions' open blocks can still capture, one block each.

    ``lengths`` are the records' bytes, in input order. A block is a run of records of at most
    ``block_bytes`` bytes, or one longer record.
    """
    most = first = size = errors = 0
    for last, length in enumerate(lengths):
        size += length
        errors += faulty[last]
        while size > block_bytes and first < last:
            size -= lengths[first]
            errors -= faulty[first]
            first += 1
        most = max(most, errors)
    return most * sessions


def captured_rows_are_permitted(name: str, captured: int, limit: int, open_rows: int) -> None:
    """A load that stopped at ERRLIMIT captured at least ``limit`` rows, at most the open more."""
    if not limit <= captured <= limit + open_rows:
        raise Difference(
            f"error table {name} of a load that stopped at ERRLIMIT {limit}: expected {limit} to "
            f"{limit + open_rows} rows (the blocks open then can hold {open_rows} more), observed "
            f"{captured}"
        )
