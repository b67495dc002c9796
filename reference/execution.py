"""A whole case in memory: run it, or tell what is true of each record that a load processes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO

from reference import exchange
from reference.distribution import requests as distribute
from reference.distribution.requests import ReadRows, RowsFile
from reference.fastload import job as fastload
from reference.fastload.receiving import ReceivingAmp, RecordFacts
from reference.fastload.records import source_records
from reference.storage.hash_maps import Amp, RowHash
from reference.storage.hashing import PUBLISHED, HashFunction
from reference.storage.tables import Row, Table, UniquenessId
from reference.system import Answer, InputFiles, JobEnded, Journal, Run, System, new_system
from specs.contract import RESTART_LOG, Case, ErrorName, LoadReport, Status
from specs.contract.directories import CaseBundle
from specs.fastload.plan import FastLoadPlan, Load
from specs.sql.tables import TableDefinition


@dataclass(frozen=True)
class ReferenceTable:
    """A table at the end of a case, rows in the order in which they are kept.

    ``placement`` is (AMP, row hash, uniqueness id) of each row; None for error tables and the
    restart log. ``readable`` is False, and there are no rows, when a paused job locks the table.
    """

    definition: TableDefinition
    rows: list[Row]
    placement: list[tuple[Amp, RowHash, UniquenessId]] | None
    readable: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        return self.definition.column_names


@dataclass(frozen=True)
class Result:
    """How a case ends; ``error`` is the error's name, ``answers`` are by the step's position."""

    status: Status
    error: ErrorName | None
    code: int | None
    message: str
    return_code: int
    loads: tuple[LoadReport, ...]
    tables: dict[str, ReferenceTable]
    locked: tuple[str, ...]
    answers: dict[int, Answer]


def execute(bundle: CaseBundle, hash_function: HashFunction = PUBLISHED) -> Result:
    """Run a case in memory, on an empty system of its size."""
    system, run = begin(bundle, hash_function), Run()
    run_plan(system, run, bundle.case, BundleFiles(bundle), rows_reader(bundle), _ignore)
    return Result(
        status=run.status,
        error=run.error.name if run.error else None,
        code=run.error.code if run.error else None,
        message=run.error.message if run.error else "",
        return_code=run.return_code,
        loads=run.reports,
        tables={name: reference_table(*t) for name, t in tables_at_end(system).items()},
        locked=system.locked,
        answers=run.answers,
    )


def analyse(
    bundle: CaseBundle, load_step: int, hash_function: HashFunction = PUBLISHED
) -> list[RecordFacts]:
    """What is true of each processed record of the load at that position in the plan.

    The steps before it are run first. Records that RECORD skips are left out; those after a bad
    record that stops the load, or after ERRLIMIT, are not. Raises `JobEnded` when a step before
    the load, or reading its inputs, ends the job; TypeError when the step is no load.
    """
    case = bundle.case
    step = case.plan.steps[load_step]
    if not isinstance(step, Load):
        raise TypeError(f"step {load_step} is {type(step).__name__}, not a load")
    system, run, files = begin(bundle, hash_function), Run(), BundleFiles(bundle)
    run_plan(system, run, case, files, rows_reader(bundle), _ignore, until=load_step)
    if run.ended:
        raise run.ended
    receiver = ReceivingAmp(system, case, step)
    return [
        receiver.receive(record, block=None)
        for record in source_records(step, case, files)
        if record.processed
    ]


def begin(bundle: CaseBundle, hash_function: HashFunction) -> System:
    """A system of the case's size that holds the case's tables."""
    system = new_system(bundle.case, hash_function)
    for name, rows in bundle.tables.items():
        exchange.take_over(system, name, rows)
    return system


def run_plan(
    system: System,
    run: Run,
    case: Case,
    files: InputFiles,
    read_rows: ReadRows,
    journal: Journal,
    until: int | None = None,
) -> None:
    """Run the plan's steps from the run's next one on; ``run`` tells how it ended.

    ``until`` ends before that step. Steps after one that is refused or pauses are not run.
    """
    for position, step in enumerate(case.plan.steps[:until]):
        if position < run.step:
            continue
        try:
            if isinstance(case.plan, FastLoadPlan):
                fastload.run_step(system, run, case, step, files, journal)  # type: ignore[arg-type]  # of this plan
            else:
                distribute.run_step(system, run, step, read_rows)  # type: ignore[arg-type]  # likewise
        except JobEnded as ended:
            run.ended = ended
            return
        run.step = position + 1
        journal("step-done", {"step": position})


def tables_at_end(system: System) -> dict[str, tuple[Table, bool]]:
    """Every table that exists, the restart log included, and whether it can be read.

    A paused job locks its target and error table 2; error table 1 stays readable (FL-14).
    """
    locked = system.locked
    tables = {
        name: (table, name not in locked or name == locked[1])
        for name, table in system.tables.items()
    }
    log = system.restart_log()
    if log:
        tables[RESTART_LOG] = (log, True)
    return tables


def reference_table(table: Table, readable: bool) -> ReferenceTable:
    """A table as `Result` shows it."""
    rows = table.rows if readable else []
    return ReferenceTable(
        table.definition,
        [row.values for row in rows],
        [row.order for row in rows] if table.placed else None,
        readable,
    )


class BundleFiles:
    """The bundle's input files (`reference.system.InputFiles`)."""

    def __init__(self, bundle: CaseBundle) -> None:
        self._files = bundle.files

    def exists(self, name: str) -> bool:
        return name in self._files

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        try:
            return io.BytesIO(self._files[name])
        except KeyError:
            raise FileNotFoundError(name) from None


def rows_reader(bundle: CaseBundle) -> ReadRows:
    """Reads the bundle's Arrow files."""
    files: Mapping[str, bytes] = bundle.files

    def read(name: str, definition: TableDefinition | None) -> RowsFile:
        return exchange.rows_file(exchange.arrow_of_bytes(name, files.get(name)), definition)

    return read


def _ignore(event: str, details: dict[str, Any]) -> None:
    """The journal of a run that nobody watches."""
