"""Phase 1: blocks of records to AMPs, which convert, check, hash and hand on (FL-06)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from reference.fastload.receiving import ReceivingAmp
from reference.fastload.records import SourceRecord, source_records
from reference.system import (
    AcquiredRow,
    Checkpoint,
    InputFiles,
    Journal,
    LoadJob,
    Paused,
    Run,
    System,
)
from specs.contract import Case
from specs.fastload.plan import Load
from specs.sql.tables import DATA_PARCEL_BYTES

RUN_IT_AGAIN = (
    "mend the input behind the last checkpoint and run the same script again; to change the "
    "script, release the load first (BEGIN LOADING + END LOADING alone) and let the new script "
    "drop its tables"
)
"""What to do about a paused load (FL-14): a changed script is another job, which its locks stop."""


class Acquisition:
    """One load's phase 1, from its checkpoint to the end of its inputs.

    ``run`` leaves the acquired rows in the job and the error rows in error table 1; it raises
    `Paused` when the load has to stop.
    """

    def __init__(
        self, system: System, run: Run, case: Case, load: Load, job: LoadJob, files: InputFiles
    ) -> None:
        self._job = job
        self._load = load
        self._case = case
        self._work = run.work
        self._files = files
        self._errors = system.tables[job.error_table_1]
        self._receiver = ReceivingAmp(system, case, load)
        self._signature = hashlib.sha256()
        self._position = Checkpoint()
        self._block: list[SourceRecord] = []
        self._block_bytes = 0

    def run(self, journal: Journal) -> Checkpoint:
        """FL-06, FL-13: acquire what comes after the last checkpoint; how far that is."""
        self._return_to_checkpoint()
        for record in self._remaining_records():
            self._acquire(record, journal)
            if self._checkpoint_is_due():
                self._send_block(journal)
                self._take_checkpoint(journal)
        self._send_block(journal)
        return self._here()

    def _return_to_checkpoint(self) -> None:
        """FL-13: forget what was acquired after the last checkpoint."""
        checkpoint = self._job.checkpoint
        del self._job.acquired[checkpoint.rows :]
        del self._errors.rows[checkpoint.errors :]
        self._position = replace(checkpoint)

    def _remaining_records(self) -> Iterator[SourceRecord]:
        """The inputs' records after the checkpoint. Raises `Paused` when those before changed."""
        done = self._job.checkpoint.records
        unchanged = done == 0
        for record in source_records(self._load, self._case, self._files):
            if self._load.checkpoint:
                self._sign(record)
            if not unchanged and record.load_number == done:
                unchanged = self._signature.hexdigest() == self._job.checkpoint.signature
                if not unchanged:
                    raise self._input_changed()
            elif record.load_number > done:
                yield record
        if not unchanged:
            raise self._input_changed()  # there are fewer records now

    def _sign(self, record: SourceRecord) -> None:
        """FL-13: every byte counts, line ends too, and from which input it came."""
        self._signature.update(f"{record.input}:{len(record.line)}:".encode())
        self._signature.update(record.line)

    def _acquire(self, record: SourceRecord, journal: Journal) -> None:
        # CHECK: a bad record stops the load unless NOSTOP lets it travel on.
        self._position.records = record.load_number
        if not record.processed:
            self._position.skipped += 1
            return
        source = self._load.inputs[record.input]
        bad = source.on_bad_record == "stop" and self._receiver.bad_record(record)
        if bad:
            self._send_block(journal)
            raise Paused(
                "bad_record",
                f"{source.file}, record {record.number}: {bad}, and the script has no NOSTOP; "
                + RUN_IT_AGAIN,
            )
        # PLACE: into the open block, or into a new one when it is full or of another input.
        # An empty record takes room too, or a block of nothing else would never be full.
        room = max(len(record.data), 1)
        full = self._block_bytes + room > self._case.block_bytes
        if self._block and (full or self._block[0].input != record.input):
            self._send_block(journal)
        self._block.append(record)
        self._block_bytes += room

    def _send_block(self, journal: Journal) -> None:
        """FL-06: the receiving AMP reads the block's records and hands each row to its AMP."""
        block, self._block = self._block, []
        size, self._block_bytes = self._block_bytes, 0
        if not block:
            return
        number = self._position.blocks
        for record in block:
            # CONVERT
            facts = self._receiver.receive(record, number)
            # RECORD
            if facts.faults:
                fault = facts.faults[0]
                self._errors.append((record.data[:DATA_PARCEL_BYTES], fault.code, fault.field))
                continue
            # PLACE
            assert facts.row is not None
            assert facts.amp is not None
            self._job.acquired.append(
                AcquiredRow(facts.amp, facts.row_hash or 0, facts.row, record.input, record.data)
            )
        self._position.blocks = number + 1
        self._work["blocks"] += 1
        self._work["bytes"] += size
        journal(
            "block-sent",
            {"block": number, "first_record": block[0].load_number, "records": len(block)},
        )
        self._check_error_limit()

    def _check_error_limit(self) -> None:
        """FL-12: the open block is finished, then the job stops. Raises `Paused`."""
        captured = len(self._errors.rows)
        if captured >= self._load.error_limit:
            raise Paused(
                "error_limit_reached",
                f"{self._job.error_table_1} holds {captured} rows and ERRLIMIT is "
                f"{self._load.error_limit}; {RUN_IT_AGAIN}",
            )

    def _checkpoint_is_due(self) -> bool:
        every = self._load.checkpoint
        return bool(every) and self._position.records % (every or 1) == 0

    def _take_checkpoint(self, journal: Journal) -> None:
        """FL-13: what was acquired up to here is never acquired again."""
        self._job.checkpoint = self._here()
        journal("checkpoint", {"records": self._job.checkpoint.records})

    def _here(self) -> Checkpoint:
        return replace(
            self._position,
            rows=len(self._job.acquired),
            errors=len(self._errors.rows),
            signature=self._signature.hexdigest(),
        )

    def _input_changed(self) -> Paused:
        return Paused(
            "input_changed",
            f"the first {self._job.checkpoint.records} records are not those that were read "
            "before the checkpoint; bring the input back and run the same script again, or release "
            "the load first (BEGIN LOADING + END LOADING alone)",
        )
