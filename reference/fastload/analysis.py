"""What is true of each record that a load processes, whatever its blocks and error limit."""

from __future__ import annotations

from dataclasses import dataclass

from reference.execution import ReferenceSystem
from reference.fastload.acquire import ReceivingAmp, receive, receiving_amp
from reference.fastload.begin import check_inputs, target_table
from reference.fastload.records import SourceRecord, source_records
from reference.fastload.rows import Fault, RejectedRecord
from reference.storage.hash_maps import Amp, RowHash
from reference.storage.hashing import PUBLISHED, HashFunction
from reference.storage.tables import Row
from specs.contract.directories import CaseBundle
from specs.fastload.plan import Load


@dataclass(frozen=True)
class RecordFacts:
    """What is true of one processed record.

    ``row`` is the typed row, None when its fields have ``faults``; these are all that the record
    may be reported with, the first being the one that the reference reports. A row of a lost AMP
    has both a row and that fault. ``row_hash`` and ``amp`` tell where the row belongs, None
    without a row and for a NoPI target, whose rows go where their blocks go.
    ``bad``: the record itself is bad, so that without NOSTOP it stops the load.
    """

    record: SourceRecord
    row: Row | None
    faults: tuple[Fault, ...] = ()
    bad: bool = False
    row_hash: RowHash | None = None
    amp: Amp | None = None


def analyse(
    bundle: CaseBundle,
    load_step: int,
    hash_function: HashFunction = PUBLISHED,
    system: ReferenceSystem | None = None,
) -> list[RecordFacts]:
    """What is true of each processed record of the load at that position in the plan.

    The steps before it are run first, on a copy of ``system``, by default on an empty system of
    the case's size. Records that RECORD skips are left out; those after a bad record that stops
    the load, or after ERRLIMIT, are not. Raises `JobEnded` when a step before the load, its target
    or columns, or reading its inputs, ends the job; TypeError when the step is no load.
    """
    run = (system or ReferenceSystem(hash_function)).before_step(bundle, load_step)
    step = run.system.spelled(run.job.plan.steps[load_step])
    if not isinstance(step, Load):
        raise TypeError(f"step {load_step} is {type(step).__name__}, not a load")
    check_inputs(target_table(run.system, step).definition, step)
    receiver = receiving_amp(run, step)
    return [
        facts_of(record, receiver)
        for record in source_records(step, run.case, run.files)
        if record.in_range
    ]


def facts_of(record: SourceRecord, receiver: ReceivingAmp) -> RecordFacts:
    """The facts of one record, as if it were the first of its load."""
    received = receive(record, 0, receiver)
    if isinstance(received, RejectedRecord):
        row, faults, bad = received.row, received.faults, received.bad
    else:
        row, faults, bad = received.values, (), False
    if row is None or receiver.placement is None:
        return RecordFacts(record, row, faults, bad)
    hashed = receiver.placement.row_hash(row)
    amp = receiver.hash_map.amp_of_hash(hashed)
    return RecordFacts(record, row, faults, bad, hashed, amp)
