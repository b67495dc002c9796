"""Holding what one loader left of a real job against what another one left, by the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from loadproof.running import Ran
from loadproof.script_case import ScriptJob
from properties.engine.observed import Observed, Row, observed_table
from properties.relations.fastload.agreement import loads_agree
from properties.relations.shared.agreement import Agreement, Side
from specs.contract.content import content_digest
from specs.contract.directories import CaseBundle
from specs.sql.statements import CreateTable
from specs.sql.tables import TableDefinition

MOST_INPUT_BYTES = 16 << 20
"""Inputs up to this size are read record by record, as every freedom of the rules needs."""

MOST_ROWS = 200_000
"""Outcomes up to this size are held in memory as rows."""


@dataclass(frozen=True)
class LargeTable:
    """A table that stays as Arrow has it; its rows are made one batch after the other."""

    content: pa.Table

    @property
    def schema(self) -> pa.Schema:
        return self.content.schema

    def rows(self) -> Iterator[Row]:
        for batch in self.content.to_batches(max_chunksize=65_536):
            if batch.num_columns:
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
            else:
                yield from [()] * batch.num_rows


def compared(job: ScriptJob, left: Ran, right: Ran) -> Agreement:
    """What differs between two outcomes of a job, and what of it the rules leave free."""
    inputs = sum(path.stat().st_size for path in job.sources.values())
    rows = sum(table.num_rows for ran in (left, right) for table in ran.tables.values())
    small = inputs <= MOST_INPUT_BYTES and rows <= MOST_ROWS
    identical = [
        name
        for name in left.tables.keys() & right.tables.keys()
        if content_digest(left.content(name)) == content_digest(right.content(name))
    ]
    return loads_agree(
        job.case,
        lambda name: _definition(job, name),
        _side(left, small=small),
        _side(right, small=small),
        bundle=_bundle(job) if small else None,
        identical=identical,
    )


def _side(ran: Ran, *, small: bool) -> Side:
    observed = None
    if small:
        tables = {
            name: observed_table(ran.tables[name]) if name in ran.tables else None
            for name in ran.outcome.tables
        }
        observed = Observed(ran.outcome, tables, {})
    large = {name: LargeTable(ran.content(name)) for name in ran.tables}
    return Side(ran.name, ran.outcome, large, observed)


def _bundle(job: ScriptJob) -> CaseBundle:
    files = {name: path.read_bytes() for name, path in job.sources.items()}
    return CaseBundle(job.case, files, {name: table.rows for name, table in job.tables.items()})


def _definition(job: ScriptJob, name: str) -> TableDefinition | None:
    """The definition of a table that the script creates or that is there before; else None."""
    for step in job.case.steps:
        if isinstance(step, CreateTable) and step.definition.name == name:
            return step.definition
    return job.tables[name].definition if name in job.tables else None
