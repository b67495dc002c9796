"""Warnings of a job's own steps: DROP TABLE and DELETE of a table that is not there (FL-25).

An outcome tells that a warning was given, by return code 4, and not which; the steps of the job
and the tables that were there tell the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from specs.contract import ERROR_CODES, Outcome
from specs.directories import (
    CASE_FILE,
    OUTCOME_DIRECTORY,
    OUTCOME_FILE,
    encode_document,
    read_case_document,
    read_outcome_document,
)
from specs.plans import CreateTable, DeleteRows, DropTable, Load, Plan, ReleaseLoad

WARNING = 4


class _Begun(msgspec.Struct, frozen=True):
    """The case that was begun in a workspace, and the tables that were there then."""

    case: str
    tables: tuple[str, ...]


def tables_at_begin(case: Path, workspace: Path) -> tuple[str, ...]:
    """Names of the tables that are there when the case's first step runs; call it before the run.

    The workspace is the system, so what another case left in it is there too. A note beside the
    workspace keeps the answer, for a restart finds later tables.
    """
    document = read_case_document(case)
    digest = hashlib.sha256((case / CASE_FILE).read_bytes()).hexdigest()
    note = workspace.with_name(workspace.name + ".begun.json")
    if note.is_file():
        begun = msgspec.json.decode(note.read_bytes(), type=_Begun)
        if begun.case == digest:
            return begun.tables
    left = workspace / OUTCOME_DIRECTORY
    tables = set(document.tables)
    if (left / OUTCOME_FILE).is_file():
        tables |= set(read_outcome_document(left).tables)
    begun = _Begun(digest, tuple(sorted(tables)))
    note.write_bytes(encode_document(begun))
    return begun.tables


def step_warnings(plan: Plan, at_begin: Iterable[str], outcome: Outcome) -> tuple[str, ...]:
    """The job's own warnings in words, in the order of its steps."""
    refused = outcome.error is not None and outcome.error.name == "table_being_loaded"
    if outcome.return_code < WARNING or refused:
        return ()
    present = set(at_begin)
    loads = iter(outcome.loads)
    found = []
    for step in plan.steps:
        match step:
            case DropTable():
                if step.table not in present:
                    found.append(_missing("DROP TABLE", step.table))
                present.discard(step.table)
            case DeleteRows():
                if step.table not in present:
                    found.append(_missing("DELETE FROM", step.table))
            case CreateTable():
                if step.definition.name in present:
                    break  # it is refused there
                present.add(step.definition.name)
            case Load():
                load = next(loads, None)
                if load is None or load.counts is None:
                    break  # it was refused, or stopped there
                left = {load.error_table_1: load.counts.error_table_1,
                        load.error_table_2: load.counts.error_table_2}  # fmt: skip
                present -= set(left)
                present |= {name for name, rows in left.items() if rows}
            case ReleaseLoad():
                present -= {step.error_table_1, step.error_table_2} - set(outcome.tables)
    return tuple(found)


def _missing(statement: str, table: str) -> str:
    code = ERROR_CODES["target_missing"]
    return f"{statement} {table}: there is no table {table} (code {code}, return code {WARNING})"
