"""Phase 1, acquisition: blocks of records to AMPs, which convert, check, hash and hand on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from reference.fastload.loading import AcquiredRow, Loading, Position
from reference.fastload.records import SourceRecord, source_records
from reference.fastload.rows import (
    Fault,
    RecordLayout,
    RejectedRecord,
    read_row,
    record_layout,
)
from reference.jobs import Paused
from reference.storage.hash_maps import Amp, HashMap
from reference.storage.tables import Placement, Table
from reference.system import JobRun
from specs.fastload.error_tables import DATA_PARCEL_BYTES
from specs.fastload.errors import ERROR_CODES
from specs.fastload.plan import Input, Load

AMP_UNAVAILABLE = Fault("amp_unavailable", ERROR_CODES["amp_unavailable"], None)

RELEASE_FIRST = "release the load first (BEGIN LOADING + END LOADING alone)"
RUN_IT_AGAIN = (
    "mend the input behind the last checkpoint and run the same script again; to change the "
    f"script, {RELEASE_FIRST} and let the new script drop its tables"
)
"""What to do about a paused load (FL-14): a changed script is another job, which its locks stop."""


def acquire(run: JobRun, load: Load, loading: Loading) -> None:
    """FL-06, FL-13: acquire what comes after the last checkpoint. Raises `Paused`."""
    errors = run.system.tables[loading.error_table_1]
    return_to_checkpoint(loading, errors)
    receiver = receiving_amp(run, load)
    records = source_records(load, run.case, run.files)
    skip_acquired(records, loading.checkpoint)
    here, every = loading.checkpoint, load.checkpoint
    for block in blocks(records, run.case.teradata.block_bytes, every):
        if block.in_range:
            send_block(run, load, loading, block, here.blocks, receiver)
        here = after_block(here, block, errors)
        if is_checkpoint(here.records, every):
            loading.checkpoint = here
            run.commit("checkpoint", records=here.records)
    end_acquisition(run, load, loading, here)


# --- checkpoints ---------------------------------------------------------------------------------


def is_checkpoint(records: int, every: int | None) -> bool:
    """FL-13: CHECKPOINT n takes one after every n records; CHECKPOINT 0 takes none."""
    return every is not None and every > 0 and records % every == 0


def return_to_checkpoint(loading: Loading, errors: Table) -> None:
    """FL-13: forget what was acquired after the last checkpoint."""
    checkpoint = loading.checkpoint
    loading.acquired = [
        row for row in loading.acquired if row.record.load_number <= checkpoint.records
    ]
    del errors.rows[checkpoint.errors :]


def skip_acquired(records: Iterator[SourceRecord], checkpoint: Position) -> None:
    """FL-13: pass over the records before the checkpoint.

    Raises `Paused` when they are not those that were read then.
    """
    before = islice(records, checkpoint.records)
    if digest_after(before) != checkpoint.digest:
        raise Paused(
            "input_changed",
            f"the first {checkpoint.records} records are not those that were read before the "
            f"checkpoint; bring the input back and run the same script again, or {RELEASE_FIRST}",
        )


def digest_after(records: Iterable[SourceRecord], digest: bytes = b"") -> bytes:
    """FL-13: every byte counts, line ends too, and from which input it came."""
    for record in records:
        before = b"%b%d:" % (digest, record.input)
        digest = hashlib.sha256(before + record.line).digest()
    return digest


# --- blocks --------------------------------------------------------------------------------------


@dataclass
class Block:
    """FL-06: records of one input that travel together, or that RECORD skips together.

    ``size`` is in bytes, without line ends; ``room`` is what the records take of a block's bytes.
    """

    records: list[SourceRecord] = field(default_factory=list)
    size: int = 0
    room: int = 0

    @property
    def in_range(self) -> bool:
        return self.records[0].in_range

    def add(self, record: SourceRecord) -> None:
        self.records.append(record)
        self.size += len(record.data)
        self.room += room_of(record)

    def has_room(self, record: SourceRecord, block_bytes: int) -> bool:
        """Whether the record can travel along; in an empty block any record can."""
        if not self.records:
            return True
        first = self.records[0]
        alike = (first.input, first.in_range) == (record.input, record.in_range)
        return alike and self.room + room_of(record) <= block_bytes


def room_of(record: SourceRecord) -> int:
    """FL-06: an empty record takes room too, or a block of nothing else would never be full."""
    return max(len(record.data), 1)


def blocks(records: Iterable[SourceRecord], block_bytes: int, every: int | None) -> Iterator[Block]:
    """FL-06: the records in blocks as large as may be, none beyond a checkpoint (FL-13)."""
    block = Block()
    for record in records:
        if not block.has_room(record, block_bytes):
            yield block
            block = Block()
        block.add(record)
        if is_checkpoint(record.load_number, every):
            yield block
            block = Block()
    if block.records:
        yield block


def after_block(here: Position, block: Block, errors: Table) -> Position:
    """How far the acquisition is after a block."""
    return Position(
        records=block.records[-1].load_number,
        skipped=here.skipped + (0 if block.in_range else len(block.records)),
        blocks=here.blocks + block.in_range,
        errors=len(errors.rows),
        digest=digest_after(block.records, here.digest),
    )


# --- the AMP that receives a block ---------------------------------------------------------------


@dataclass(frozen=True)
class ReceivingAmp:
    """What an AMP knows of the load; every AMP does the same, so one stands for all (HD-19).

    ``placement`` is None for a NoPI target; ``up`` are the AMPs that are not lost.
    """

    layouts: tuple[RecordLayout, ...]
    placement: Placement | None
    hash_map: HashMap
    up: frozenset[Amp]


def receiving_amp(run: JobRun, load: Load) -> ReceivingAmp:
    """For a load of the system and the case; AMPs of the case's faults are lost (FL-08)."""
    system = run.system
    definition = system.tables[load.target].definition
    indexed = definition.primary_index is not None
    lost = {fault.amp for fault in run.case.faults}
    return ReceivingAmp(
        tuple(record_layout(definition, load, source) for source in load.inputs),
        Placement(definition, system.hash_map, system.function) if indexed else None,
        system.hash_map,
        frozenset(range(system.hash_map.amps)) - lost,
    )


def send_block(
    run: JobRun, load: Load, loading: Loading, block: Block, number: int, receiver: ReceivingAmp
) -> None:
    """FL-06: the block's records to their AMPs, up to one that stops the load. Raises `Paused`."""
    errors = run.system.tables[loading.error_table_1]
    sent = Block()
    pause = None
    for record in block.records:
        # CHECK, CONVERT, PLACE
        received = receive(record, number, receiver)
        if isinstance(received, RejectedRecord):
            fault = received.faults[0]
            source = load.inputs[record.input]
            if received.bad and source.on_bad_record == "stop":
                pause = bad_record_pause(source, record, fault)
                break
            # RECORD
            errors.append((record.data[:DATA_PARCEL_BYTES], fault.code, fault.field))
        else:
            loading.acquired.append(received)
        sent.add(record)
    if sent.records:
        run.job.count(blocks=1, bytes=sent.size)
        run.tell(
            "block-sent",
            block=number,
            first_record=sent.records[0].load_number,
            records=len(sent.records),
        )
        check_error_limit(load, errors)
    if pause:
        raise pause


def bad_record_pause(source: Input, record: SourceRecord, fault: Fault) -> Paused:
    """FL-18, FL-26: a bad record stops the load unless NOSTOP lets it travel on."""
    return Paused(
        "bad_record",
        f"{source.file}, record {record.number}: {fault.name}, and the script has no NOSTOP; "
        + RUN_IT_AGAIN,
    )


def receive(
    record: SourceRecord, block: int, receiver: ReceivingAmp
) -> AcquiredRow | RejectedRecord:
    """FL-06, FL-08: a record of a block, accepted on the AMP where its row belongs, or rejected."""
    # CHECK, CONVERT
    row = read_row(record, receiver.layouts[record.input])
    if isinstance(row, RejectedRecord):
        return row
    # PLACE: by row hash, or where the block is.
    if receiver.placement:
        hashed = receiver.placement.row_hash(row)
        amp = receiver.hash_map.amp_of_hash(hashed)
    else:
        hashed, amp = 0, amp_of_block(block, receiver)
    if amp not in receiver.up:
        return RejectedRecord((AMP_UNAVAILABLE,), row=row)
    return AcquiredRow(record, row, amp, hashed)


def amp_of_block(block: int, receiver: ReceivingAmp) -> Amp:
    """HD-14: block i goes to AMP i, wrapping, or to the next one that is up, if any is."""
    amps = receiver.hash_map.amps
    ring = ((block + step) % amps for step in range(amps))
    return next((amp for amp in ring if amp in receiver.up), block % amps)


def check_error_limit(load: Load, errors: Table) -> None:
    """FL-12: the open block is finished, then the job stops. Raises `Paused`."""
    captured = len(errors.rows)
    if captured >= load.error_limit:
        raise Paused(
            "error_limit_reached",
            f"{load.error_table_1} holds {captured} rows and ERRLIMIT is {load.error_limit}; "
            + RUN_IT_AGAIN,
        )


# --- END LOADING ---------------------------------------------------------------------------------


def end_acquisition(run: JobRun, load: Load, loading: Loading, here: Position) -> None:
    """FL-07: END LOADING begins phase 2 and is itself a checkpoint. Raises `Paused` without it."""
    if not load.end_loading:
        raise Paused(
            "end_loading_missing",
            f"the script ends before END LOADING, so {load.target} stays locked; to change the "
            f"script, {RELEASE_FIRST}",
            return_code=0,
        )
    loading.checkpoint = here
    loading.phase = "application"
    run.commit("phase", phase=loading.phase)
