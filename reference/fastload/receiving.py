"""What the AMP that receives a block does with each of its records (FL-06, FL-08, HD-19)."""

from __future__ import annotations

from dataclasses import dataclass

from reference.fastload.records import SourceRecord
from reference.fastload.rows import Fault, RecordReader
from reference.storage.hash_maps import Amp, RowHash
from reference.storage.tables import Placement, Row
from reference.system import System
from specs.contract import Case, ErrorName
from specs.fastload.errors import ERROR_CODES
from specs.fastload.plan import Load

AMP_UNAVAILABLE = Fault("amp_unavailable", ERROR_CODES["amp_unavailable"], None)


@dataclass(frozen=True)
class RecordFacts:
    """What is true of one processed record.

    ``row`` is the typed row, None when its fields have ``faults``; these are all that the record
    may be reported with, the first being the one that the reference reports. A row of a lost AMP
    has both a row and that fault. ``row_hash`` and ``amp`` tell where the row belongs, None
    without a row; ``row_hash`` is None for a NoPI target, whose ``amp`` is that of the block, None
    when all are lost.
    ``bad``: the record itself is bad, so that without NOSTOP it stops the load.
    """

    record: SourceRecord
    row: Row | None
    faults: tuple[Fault, ...] = ()
    bad: bool = False
    row_hash: RowHash | None = None
    amp: Amp | None = None


class ReceivingAmp:
    """Converts, checks and hashes; every AMP does the same, so one stands for all (HD-19)."""

    def __init__(self, system: System, case: Case, load: Load) -> None:
        definition = system.tables[load.target].definition
        self._readers = [RecordReader(definition, load, source) for source in load.inputs]
        self._hash_map = system.hash_map
        lost = {fault.amp for fault in case.faults}
        self._up = frozenset(range(system.hash_map.amps)) - lost
        self._placement = (
            Placement(definition, system.hash_map, system.function)
            if definition.primary_index
            else None
        )

    def bad_record(self, record: SourceRecord) -> ErrorName | None:
        """FL-18, FL-26: why the record is a bad one, or None."""
        return self._readers[record.input].bad_record(record.data)

    def receive(self, record: SourceRecord, block: int | None) -> RecordFacts:
        """One record of a block; ``block`` None leaves a NoPI row's AMP open."""
        # CHECK, CONVERT
        read = self._readers[record.input].read(record.data)
        if read.row is None:
            return RecordFacts(record, None, read.faults, read.bad)
        # PLACE: by row hash, or where the block is.
        if self._placement is None:
            if not self._up:
                return RecordFacts(record, read.row, (AMP_UNAVAILABLE,))
            return RecordFacts(
                record, read.row, amp=None if block is None else self.amp_of_block(block)
            )
        hashed = self._placement.row_hash(read.row)
        owner = self._hash_map.amp_of_hash(hashed)
        faults = () if owner in self._up else (AMP_UNAVAILABLE,)
        return RecordFacts(record, read.row, faults, row_hash=hashed, amp=owner)

    def amp_of_block(self, block: int) -> Amp:
        """HD-14: block i goes to AMP i, wrapping, or to the next one up, of which there is one."""
        amps = self._hash_map.amps
        ring = ((block + step) % amps for step in range(amps))
        return next(amp for amp in ring if amp in self._up)
