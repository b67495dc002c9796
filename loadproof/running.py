"""Running one real script through a candidate, and holding the outcome against another's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from candidates.reach.outcomes import read_table
from loadproof.script_case import ScriptJob, write_script_case
from loadproof.selection import Chosen
from loadproof.skew import Distribution, distribution_of
from properties.engine.observed import PLACEMENT_COLUMNS
from specs.contract import Outcome
from specs.contract.content import content_digest
from specs.contract.marker import take_directory
from specs.fastload.report import RESTART_LOG, load_reports


@dataclass(frozen=True)
class Ran:
    """An outcome with its readable tables."""

    name: str
    outcome: Outcome
    tables: dict[str, pa.Table]
    amps: int

    def content(self, table: str) -> pa.Table:
        """The table without placement columns."""
        found = self.tables[table]
        return found.select([n for n in found.column_names if n not in PLACEMENT_COLUMNS])

    def distribution(self, table: str) -> Distribution | None:
        """Rows per AMP, or None when the candidate does not expose placement."""
        found = self.tables[table]
        if "_amp" not in found.column_names:
            return None
        return distribution_of(found.column("_amp"), self.amps)

    def error_tables(self) -> list[str]:
        """Names of the error tables that are left and readable."""
        names = [
            n
            for load in load_reports(self.outcome.report)
            for n in (load.error_table_1, load.error_table_2)
        ]
        return [name for name in dict.fromkeys(names) if name in self.tables]

    def targets(self) -> list[str]:
        """Names of the loaded tables that are readable."""
        names = dict.fromkeys(load.target for load in load_reports(self.outcome.report))
        return [name for name in names if name in self.tables]


Note = Callable[[str, dict[str, Any]], None]
"""Called at each durable step of the loader with the event's name and details."""


def claim_workspace(home: Path, compared: Sequence[Chosen]) -> None:
    """Make ``home`` the place of these candidates' cases and workspaces, beside earlier ones.

    Raises `specs.contract.marker.NotOursError` when it holds anything else, and OSError.
    """
    take_directory(
        home,
        "workspace",
        directories=[_case_in(home, one).name for one in compared],
        lent=[_workspace_in(home, one).name for one in compared],
    )


def run_job(chosen: Chosen, job: ScriptJob, home: Path, note: Note) -> Ran:
    """Run a job in a candidate's workspace under ``home`` (an unfinished one goes on).

    A candidate that is not ours gets copies of the data files. Raises `CandidateError`, OSError.
    """
    case, workspace = _case_in(home, chosen), _workspace_in(home, chosen)
    write_script_case(job, case, copied=chosen.foreign)
    workspace.mkdir(exist_ok=True)
    candidate = chosen.reach()
    try:
        directory = candidate.run(case, workspace, note)
    finally:
        candidate.close()
    outcome = candidate.outcomes.document(directory)
    tables = {
        name: read_table(candidate.outcomes, directory, files)
        for name, files in outcome.tables.items()
        if files
    }
    return Ran(chosen.name, outcome, tables, job.case.teradata.amps)


def _case_in(home: Path, chosen: Chosen) -> Path:
    return home / f"case-{chosen.folder}"


def _workspace_in(home: Path, chosen: Chosen) -> Path:
    return home / f"workspace-{chosen.folder}"


def differences(left: Ran, right: Ran) -> list[str]:
    """In words, everything in which two outcomes of one case differ; empty when they agree."""
    found = []
    for what in ("status", "return_code"):
        a, b = getattr(left.outcome, what), getattr(right.outcome, what)
        if a != b:
            found.append(f"{what}: {left.name} {a}, {right.name} {b}")
    names = [run.outcome.error.name if run.outcome.error else "none" for run in (left, right)]
    if names[0] != names[1]:
        found.append(f"error: {left.name} {names[0]}, {right.name} {names[1]}")
    if len(load_reports(left.outcome.report)) != len(load_reports(right.outcome.report)):
        found.append(
            f"loads told: {left.name} {len(load_reports(left.outcome.report))}, "
            f"{right.name} {len(load_reports(right.outcome.report))}"
        )
    for a_load, b_load in zip(
        load_reports(left.outcome.report), load_reports(right.outcome.report), strict=False
    ):
        if a_load.counts != b_load.counts:
            found.append(
                f"counts of {a_load.target}: {left.name} {a_load.counts}, "
                f"{right.name} {b_load.counts}"
            )
    for name in sorted({*left.tables, *right.tables} - {RESTART_LOG}):
        found += _table_differences(name, left, right)
    return found


def _table_differences(name: str, left: Ran, right: Ran) -> list[str]:
    for here, other in ((left, right), (right, left)):
        if name not in here.tables:
            return [f"table {name}: {other.name} left it, {here.name} did not"]
    a, b = left.content(name), right.content(name)
    if content_digest(a) == content_digest(b):
        return []
    told = f"table {name}: {left.name} {a.num_rows:,} rows, {right.name} {b.num_rows:,} rows"
    only = [_first_only(x, y) for x, y in ((a, b), (b, a))]
    for run, row in zip((left, right), only, strict=True):
        if row is not None:
            told += f"; only in {run.name}: {row}"
    return [told]


def _first_only(here: pa.Table, other: pa.Table) -> dict[str, Any] | None:
    """The first row of a table that the other does not hold as often."""
    left = Counter(map(str, other.to_pylist()))
    for row in here.to_pylist():
        if left[str(row)] == 0:
            return dict(row)
        left[str(row)] -= 1
    return None
