"""Input classes of requests against hash-distributed tables."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from properties.strategies.shared.classes import classes_of_rows, classes_of_table
from specs.contract.directories import CaseBundle, definition_of
from specs.distribution.plan import HashRows, InsertRows, InsertSelect, Reconfigure
from specs.sql.statements import CreateTable, DeleteRows


def classes_of_requests(bundle: CaseBundle) -> Iterator[str]:
    """The classes that a case of requests is in, one perhaps more than once."""
    for step in bundle.case.steps:
        match step:
            case CreateTable(definition=definition):
                yield from classes_of_table(definition)
            case InsertRows(mode=mode):
                yield f"{mode} INSERT"
            case InsertSelect():
                yield "INSERT SELECT"
            case Reconfigure(amps=amps):
                before = bundle.case.teradata.amps
                yield "more AMPs" if amps > before else "fewer AMPs" if amps < before else "as many"
            case DeleteRows():
                yield "DELETE"
            case _:
                pass
    for name, data in bundle.files.items():
        if name.endswith(".arrow"):
            yield from classes_of_rows(_rows(data))


def column_types_of_requests(bundle: CaseBundle) -> Iterator[str]:
    """The types of the columns that requests name rows of, beyond those of the case's tables."""
    for step in bundle.case.steps:
        if isinstance(step, HashRows):
            definition = definition_of(_rows(bundle.files[step.rows]).schema)
            yield from (column.type for column in definition.columns)


def _rows(data: bytes) -> pa.Table:
    return pa.ipc.open_file(pa.py_buffer(data)).read_all()
