"""A right loader with something changed before it runs, or after: the case, or what is left."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from candidates.polars.durable.workspace import read_state
from candidates.polars.loader import PolarsLoader
from specs.contract import Case, Emit, Outcome
from specs.contract.directories import (
    OUTCOME_DIRECTORY,
    CaseBundle,
    arrow_bytes,
    definition_of,
    read_case,
    read_case_document,
    read_outcome_document,
    read_outcome_file,
    read_outcome_table,
    write_case,
    write_outcome_document,
)
from specs.contract.input_files import GZIP_MAGIC
from specs.fastload.error_tables import error_table_1_schema
from specs.fastload.language import parse
from specs.fastload.plan import Input, Load
from specs.sql.tables import TableDefinition


class InformedLoader(PolarsLoader):
    """The right loader, told which case it runs and whether its job has begun here before.

    ``resumes``: a load of the job was stopped or paused.
    """

    case: Case
    restarted: bool = False
    resumes: bool = False

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        self.case = read_case_document(case)
        state, key = read_state(workspace), self.case.identity
        completed = state.completed is not None and state.completed.key == key
        self.restarted = completed or key in state.jobs
        self.resumes = key in state.loads
        super().run(case, workspace, emit)

    @property
    def loads(self) -> list[Load]:
        """The load steps of the case."""
        return loads_of(self.case)


def steps_of(case: Case) -> Sequence[Any]:
    """The steps of a case; of one without a plan those of its script, if it stands by itself."""
    plan = case.plan or parse(case.script).plan
    return plan.steps if plan else ()


def loads_of(case: Case) -> list[Load]:
    """The load steps of a case, in order."""
    return [step for step in steps_of(case) if isinstance(step, Load)]


# --- the case -------------------------------------------------------------------------------------


class ChangedCase(InformedLoader):
    """The right loader, given another case than it was asked to run."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        """The case that is run instead."""
        raise NotImplementedError

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        with tempfile.TemporaryDirectory() as directory:
            changed = Path(directory) / "case"
            write_case(self.change(read_case(case)), changed)
            super().run(changed, workspace, emit)


def with_steps(bundle: CaseBundle, change: Callable[[Any], Sequence[Any]]) -> CaseBundle:
    """The case with each step of its plan replaced by none, one or several.

    Of a script alone it is the plan that it is read as; one that nobody can read stays as it is.
    """
    plan = bundle.case.plan or parse(bundle.case.script, _definitions(bundle)).plan
    if plan is None:
        return bundle
    steps = tuple(new for step in plan.steps for new in change(step))
    return with_document(bundle, plan=msgspec.structs.replace(plan, steps=steps))


def _definitions(bundle: CaseBundle) -> dict[str, TableDefinition]:
    """Of the tables that there are before the job; an error table has none."""
    plain = error_table_1_schema()
    return {
        name: definition_of(rows.schema)
        for name, rows in bundle.tables.items()
        if not rows.schema.equals(plain)
    }


def with_loads(bundle: CaseBundle, change: Callable[[Load], Load]) -> CaseBundle:
    """The case with each of its loads replaced."""
    return with_steps(bundle, lambda step: [change(step) if isinstance(step, Load) else step])


def with_inputs(bundle: CaseBundle, change: Callable[[Input], Input]) -> CaseBundle:
    """The case with every input of its loads read otherwise."""
    return with_loads(
        bundle,
        lambda load: msgspec.structs.replace(load, inputs=tuple(map(change, load.inputs))),
    )


def with_document(bundle: CaseBundle, **changes: Any) -> CaseBundle:
    """The case with fields of its document changed."""
    case = msgspec.structs.replace(bundle.case, **changes)
    return CaseBundle(case, bundle.files, bundle.tables)


def with_definitions(
    bundle: CaseBundle, change: Callable[[TableDefinition], TableDefinition]
) -> CaseBundle:
    """The case with the definitions of the tables that are there before it changed."""
    tables = {}
    for name, rows in bundle.tables.items():
        metadata = change(definition_of(rows.schema)).arrow_schema().metadata
        tables[name] = rows.replace_schema_metadata(metadata)
    return CaseBundle(bundle.case, bundle.files, tables)


def with_text(bundle: CaseBundle, change: Callable[[bytes], bytes]) -> CaseBundle:
    """The case with the text of its input files changed, where they can be read."""
    files = {}
    for name, data in bundle.files.items():
        packed = data.startswith(GZIP_MAGIC) or name.endswith(".gz")
        try:
            text = gzip.decompress(data) if packed else data
        except (OSError, EOFError):
            files[name] = data
            continue
        changed = change(text)
        files[name] = gzip.compress(changed, 1) if packed else changed
    return CaseBundle(bundle.case, files, bundle.tables)


# --- the outcome ----------------------------------------------------------------------------------


class ChangedOutcome(InformedLoader):
    """The right loader, whose outcome is changed before anyone sees it."""

    def change(self, left: Left) -> None:
        """Change what the run left."""
        raise NotImplementedError

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        super().run(case, workspace, emit)
        left = Left(self.case, workspace / OUTCOME_DIRECTORY)
        self.change(left)
        write_outcome_document(left.outcome, left.directory)


class Left:
    """What a run left in its outcome directory, open to changes."""

    def __init__(self, case: Case, directory: Path) -> None:
        self.case = case
        self.directory = directory
        self.outcome: Outcome = read_outcome_document(directory)

    @property
    def error(self) -> str | None:
        """The name of the error that ended the job."""
        return self.outcome.error.name if self.outcome.error else None

    @property
    def completed(self) -> bool:
        return self.outcome.status == "completed"

    def set(self, **changes: Any) -> None:
        """Other values for fields of the outcome's document."""
        self.outcome = msgspec.structs.replace(self.outcome, **changes)

    def end(self, status: str, return_code: int, error: Any = None) -> None:
        """The case ended otherwise."""
        self.set(status=status, return_code=return_code, error=error)

    def rows(self, name: str) -> pa.Table | None:
        """A table that can be read, with its placement; None where it cannot or is not there."""
        files = self.outcome.tables.get(name, ())
        return read_outcome_table(self.directory, files) if files else None

    def set_rows(self, name: str, rows: pa.Table) -> None:
        """Other rows for a table, or a table that was not there."""
        self.set(tables={**self.outcome.tables, name: (self._written(name, rows),)})

    def drop(self, name: str) -> None:
        """Leave a table out."""
        self.set(tables={n: f for n, f in self.outcome.tables.items() if n != name})

    def placed_tables(self) -> list[tuple[str, pa.Table]]:
        """Tables with placement columns and their rows."""
        found = [(name, self.rows(name)) for name in self.outcome.tables]
        return [(n, rows) for n, rows in found if rows is not None and "_amp" in rows.column_names]

    def set_placement(self, name: str, rows: pa.Table, **columns: np.ndarray) -> None:
        """Other ``amp``, ``row_hash`` or ``uniqueness`` for the rows of a table."""
        for column, values in columns.items():
            at = rows.schema.get_field_index(f"_{column}")
            field = rows.schema.field(at)
            rows = rows.set_column(at, field, pa.array(values).cast(field.type))
        self.set_rows(name, rows)

    def answers(self, kind: type) -> list[tuple[int, pa.Table]]:
        """The answers to steps of a kind, each with the step's position."""
        return [
            (at, read_outcome_file(self.directory, self.outcome.answers[str(at)]))
            for at, step in enumerate(steps_of(self.case))
            if isinstance(step, kind) and str(at) in self.outcome.answers
        ]

    def set_answer(self, step: int, answer: pa.Table) -> None:
        """Another answer to a step."""
        file = self._written(f"answer-{step}", answer)
        self.set(answers={**self.outcome.answers, str(step): file})

    def _written(self, name: str, rows: pa.Table) -> str:
        # Never over a file that is there: what was read from it is mapped into memory.
        file = f"{name}-{len(list(self.directory.iterdir()))}-changed.arrow"
        (self.directory / file).write_bytes(arrow_bytes(rows))
        return file


def column(rows: pa.Table, name: str) -> np.ndarray:
    """A placement or answer column as an array."""
    return np.array(rows.column(name).to_numpy())
