"""Loaders that look at the text of a script, or act as a wrong script says (FL-23, FL-24)."""

from __future__ import annotations

from pathlib import Path

import msgspec

from candidates.faulty.changing import (
    ChangedCase,
    ChangedOutcome,
    InformedLoader,
    Left,
    steps_of,
    with_inputs,
)
from candidates.faulty.planting import planted
from specs.contract import Emit, Outcome
from specs.contract.directories import OUTCOME_DIRECTORY, CaseBundle, write_outcome_document
from specs.script.diagnostics import ScriptError
from specs.sql.statements import DropTable

# --- the spelling of a script (FL-23) -------------------------------------------------------------


@planted("FL-23")
class CommentsAreObeyed(ChangedOutcome):
    """A DROP TABLE in a comment of the script is carried out."""

    def change(self, left: Left) -> None:
        drops = sum(isinstance(step, DropTable) for step in steps_of(self.case))
        if self.case.script.upper().count("DROP TABLE") > drops:
            left.drop(self.loads[0].target)


@planted("FL-23")
class CommandsInCapitalsOnly(ChangedCase):
    """SET RECORD is overlooked when it is not in capitals, so that fields end at a bar."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        if "SET RECORD" in bundle.case.script:
            return bundle
        return with_inputs(bundle, lambda item: msgspec.structs.replace(item, delimiter="|"))


# --- wrong scripts ------------------------------------------------------------------------------


@planted("FL-24")
class WrongScriptsCountAsDone(InformedLoader):
    """A script that cannot be read is told as a job that has completed."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        try:
            super().run(case, workspace, emit)
        except ScriptError:
            directory = workspace / OUTCOME_DIRECTORY
            directory.mkdir(exist_ok=True)
            write_outcome_document(Outcome(status="completed", return_code=0), directory)


# --- the faults of the sample script (FL-24) ------------------------------------------------------


@planted("FL-24")
class TargetTakenForAnErrorTable(ChangedOutcome):
    """Target and error table 1 change places, as in the sample script."""

    def change(self, left: Left) -> None:
        for load in self.loads:
            names = {load.target: load.error_table_1, load.error_table_1: load.target}
            tables = left.outcome.tables
            left.set(tables={names.get(name, name): files for name, files in tables.items()})


@planted("FL-24")
class RowsOfAnotherTable(ChangedOutcome):
    """Rows go into another table than BEGIN LOADING names, as in the sample script."""

    def change(self, left: Left) -> None:
        for load in self.loads:
            rows = left.rows(load.target)
            if rows is not None:
                left.set_rows("elsewhere", rows)
                left.set_rows(load.target, rows.slice(0, 0))
