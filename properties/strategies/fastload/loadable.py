"""The positive twin of a job that must not load: the same one with nothing in its way."""

from __future__ import annotations

import gzip
import zlib

import msgspec
import pyarrow as pa

from properties.strategies.fastload.jobs import load_of, steps_of, with_case, with_steps
from properties.strategies.shared.definitions import arrow_rows
from specs.contract.directories import CaseBundle, definition_of
from specs.fastload.plan import FastLoadStep, Load
from specs.sql.statements import CreateTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition


def loadable(bundle: CaseBundle) -> CaseBundle:
    """The first load of a case, changed only in what may keep it from completing.

    Its target is an empty table with a primary index to which nothing is attached, there before or
    created as in the case; every AMP is up; a file that is missing or broken is an empty one; bad
    records stop nothing, and END LOADING is given.
    """
    load = load_of(bundle)
    target, created = _target(bundle, load)
    inputs = tuple(
        msgspec.structs.replace(source, on_bad_record="continue") for source in load.inputs
    )
    steps: list[FastLoadStep] = [CreateTable(definition=target)] if created else []
    steps.append(
        msgspec.structs.replace(load, inputs=inputs, error_limit=1_000_000, end_loading=True)
    )
    tables: dict[str, pa.Table] = {} if created else {target.name: arrow_rows(target, [])}
    case = msgspec.structs.replace(
        bundle.case, faults=(), tables={name: f"tables/{name}.arrow" for name in tables}
    )
    files = {source.file: _readable(bundle, source.file) for source in inputs}
    system = msgspec.structs.replace(case.teradata, down_amps=())
    return with_case(with_steps(CaseBundle(case, files, tables), steps), system=system)


def _target(bundle: CaseBundle, load: Load) -> tuple[TableDefinition, bool]:
    """The target without obstacles, and whether the job creates it."""
    created = True
    definition = next(
        (
            step.definition
            for step in steps_of(bundle)
            if isinstance(step, CreateTable) and step.definition.name == load.target
        ),
        None,
    )
    if load.target in bundle.tables:
        created = False
        definition = definition_of(bundle.tables[load.target].schema)
    if definition is None:  # nobody knows what the missing table would have been
        names = dict.fromkeys(
            assignment.column for source in load.inputs for assignment in source.assignments
        )
        columns = tuple(Column(name=name, type="VARCHAR(100)") for name in names)
        definition = TableDefinition(name=load.target, columns=columns, kind="MULTISET")
    index = definition.primary_index or PrimaryIndex((definition.columns[0].name,))
    plain = msgspec.structs.replace(
        definition, attached=(), view=False, partitioned=False, primary_index=index
    )
    return plain, created


def _readable(bundle: CaseBundle, name: str) -> bytes:
    """The file itself, or an empty one when it is missing, or packed and cannot be unpacked."""
    data = bundle.files.get(name, b"")
    if name.endswith(".gz") or data.startswith(b"\x1f"):
        try:
            return data if gzip.decompress(data) else gzip.compress(b"", mtime=0)
        except (OSError, EOFError, zlib.error):
            return gzip.compress(b"", mtime=0)
    return data
