"""Data files that nobody meant to load: both loaders do with them what the rules permit, and soon.

A small share of the mutated files runs by default; all 1,000 take a few minutes:

    HOSTILE_FILES=1000 pytest -n 0 -s tests/candidates/test_hostile_files.py
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from hostile_jobs import hostile_job, smaller
from mutations import within_cpu_seconds

from candidates.polars.loader import PolarsLoader
from properties.engine.observed import Observed, read_observed
from properties.relations.fastload.error_limit import (
    captured_rows_are_permitted,
    rows_of_open_blocks,
)
from properties.relations.fastload.faults import FaultyRecord
from properties.relations.fastload.loading import loads_are_right, rows_of_error_table
from properties.relations.fastload.pauses import captured_rows_are_of, tables_are_locked
from properties.relations.shared.stopping import paused_with
from reference import ReferenceSystem
from reference.candidate import ReferenceLoader
from reference.fastload.acquire import receiving_amp
from reference.fastload.analysis import RecordFacts, facts_of
from reference.fastload.records import source_records
from reference.jobs import Paused
from specs.contract import ErrorName
from specs.contract.directories import CaseBundle, write_case
from specs.fastload.plan import Load

MUTATED = int(os.environ.get("HOSTILE_FILES", "60"))


def load_of(bundle: CaseBundle) -> Load:
    (load,) = [step for step in bundle.case.steps if isinstance(step, Load)]
    return load


def readable_facts(bundle: CaseBundle) -> tuple[list[RecordFacts], bool]:
    """What is true of each processed record that can be read, and whether some cannot."""
    number = len(bundle.case.steps) - 1
    run = ReferenceSystem().before_step(bundle, number)
    load = load_of(bundle)
    receiver = receiving_amp(run, load)
    facts: list[RecordFacts] = []
    try:
        for record in source_records(load, run.case, run.files):
            if record.in_range:
                facts.append(facts_of(record, receiver))
    except Paused:
        return facts, True
    return facts, False


def is_permitted(bundle: CaseBundle, observed: Observed) -> str:
    """How the job ended, which is as the rules permit. Raises `Difference` when it is not."""
    load = load_of(bundle)
    facts, damaged = readable_facts(bundle)
    stops = load.inputs[0].on_bad_record == "stop"
    bad = next((at for at, fact in enumerate(facts) if stops and fact.bad), None)
    before = facts[:bad]
    faults = sum(bool(fact.faults) for fact in before)
    reasons: list[ErrorName] = []
    if damaged:
        reasons.append("input_unreadable")
    if bad is not None:
        reasons.append("bad_record")
    if faults >= load.error_limit:
        reasons.append("error_limit_reached")
    if not reasons:
        loads_are_right(bundle, observed)
        return "completed"
    paused_with(observed, *reasons, return_code=12)
    tables_are_locked(load, observed)
    name = load.error_table_1
    captured = rows_of_error_table(observed, name, one=True)
    faulty = [
        FaultyRecord(f.record.data, frozenset((fault.code, fault.field) for fault in f.faults))
        for f in before
        if f.faults
    ]
    captured_rows_are_of(name, faulty, captured)
    error = observed.outcome.error
    assert error is not None
    if error.name == "error_limit_reached":
        lengths = [len(fact.record.data) for fact in before]
        open_rows = rows_of_open_blocks(
            lengths, [bool(f.faults) for f in before], bundle.case.teradata.block_bytes, 7
        )
        captured_rows_are_permitted(name, len(captured), load.error_limit, open_rows)
    return str(error.name)


def observed_of(loader: Any, bundle: CaseBundle, scratch: Path) -> Observed:
    """What a loader leaves of a case."""
    shutil.rmtree(scratch, ignore_errors=True)
    write_case(bundle, scratch / "case")
    loader.run(scratch / "case", scratch / "workspace", lambda name, details: None)
    return read_observed(scratch / "workspace" / "outcome", [])


def test_both_loaders_do_what_the_rules_permit_with_mutated_files(tmp_path: Path) -> None:
    random = Random(1)
    ends: Counter[str] = Counter()
    for number in range(MUTATED):
        bundle = hostile_job(random)
        size = sum(map(len, bundle.files.values()))
        piece_bytes = max(size // random.choice((1, 3, 20)), 1)
        loaders = {"reference": ReferenceLoader(), "polars": PolarsLoader(piece_bytes=piece_bytes)}
        for name, loader in loaders.items():
            try:
                with within_cpu_seconds():
                    observed = observed_of(loader, bundle, tmp_path / "scratch")
                ends[f"{name} {is_permitted(bundle, observed)}"] += 1
            except BaseException as error:
                error.add_note(f"mutated file {number} by {name}, {piece_bytes=}")
                error.add_note(smaller(bundle))
                raise
    print(f"\n{MUTATED} mutated files: {dict(sorted(ends.items()))}")
    for name in ("reference", "polars"):
        assert ends[f"{name} completed"] > MUTATED // 4
        assert ends[f"{name} input_unreadable"] > MUTATED // 60
