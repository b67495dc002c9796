"""Running one real script through a candidate."""

from __future__ import annotations

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
from specs.contract.marker import take_directory
from specs.fastload.report import load_reports


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
