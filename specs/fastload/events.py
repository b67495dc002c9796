"""What a FastLoad tells while it runs: each event is sent after the durable step it names."""

from __future__ import annotations

from typing import Literal

from specs.document import Event

Phase = Literal["acquisition", "application"]


class PhaseBegun(Event, frozen=True, kw_only=True, tag="phase"):
    """BEGIN LOADING took effect (``acquisition``), or END LOADING did (``application``)."""

    phase: Phase


class BlockSent(Event, frozen=True, kw_only=True, tag="block-sent"):
    """A block of ``records`` records has reached its AMP (FL-06).

    ``block`` counts the blocks of the load from 0; ``first_record`` is the number of the block's
    first record within the load, counted from 0 or from 1 throughout a job.
    """

    block: int
    first_record: int
    records: int


class CheckpointTaken(Event, frozen=True, kw_only=True, tag="checkpoint"):
    """The first ``records`` records of the load are never acquired again (FL-13)."""

    records: int


class PartWritten(Event, frozen=True, kw_only=True, tag="part-written"):
    """Phase 2 has written a part of the target, such as the rows of one AMP (FL-07)."""

    part: int
