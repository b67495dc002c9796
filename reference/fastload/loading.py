"""What is kept of a load between BEGIN LOADING and the end of END LOADING."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from reference.fastload.records import SourceRecord
from reference.storage.hash_maps import Amp, RowHash
from reference.storage.tables import Row
from specs.fastload.events import Phase
from specs.fastload.report import RESTART_LOG_DEFINITION
from specs.sql.tables import TableDefinition


class AcquiredRow(NamedTuple):
    """A row that phase 1 brought to its AMP (FL-06), and the record that it was.

    ``row_hash`` is 0 for a NoPI target.
    """

    record: SourceRecord
    values: Row
    amp: Amp
    row_hash: RowHash


@dataclass(frozen=True)
class Position:
    """How far an acquisition is (FL-13).

    ``records``, ``skipped`` and ``blocks`` count over the load; ``errors`` is the length of error
    table 1; ``digest`` tells whether the records read so far are still the same.
    """

    records: int = 0
    skipped: int = 0
    blocks: int = 0
    errors: int = 0
    digest: bytes = b""


@dataclass
class Loading:
    """A load that has begun and not ended (`reference.jobs.OpenLoad`).

    ``checkpoint`` is how far its acquisition is durable; ``acquired`` are the rows of phase 1 in
    order of arrival.
    """

    target: str
    error_table_1: str
    error_table_2: str
    phase: Phase = "acquisition"
    checkpoint: Position = Position()
    acquired: list[AcquiredRow] = field(default_factory=list)

    @property
    def tables(self) -> tuple[str, ...]:
        """FL-14: the target and both error tables."""
        return self.target, self.error_table_1, self.error_table_2

    @property
    def readable(self) -> tuple[str, ...]:
        """FL-14: error table 1."""
        return (self.error_table_1,)

    @property
    def log(self) -> TableDefinition:
        """FL-21."""
        return RESTART_LOG_DEFINITION

    @property
    def log_row(self) -> Row:
        """FL-21: the target, the phase, the records up to the last checkpoint."""
        return self.target, self.phase, self.checkpoint.records
