"""Which column types a case has that a candidate does not know."""

from __future__ import annotations

from collections.abc import Iterator

from properties.engines import engine_of
from specs.contract import Description
from specs.contract.directories import CaseBundle, DirectoryError, definition_of
from specs.sql.statements import CreateTable
from specs.sql.types import ColumnType


def unknown_column_types(bundle: CaseBundle, description: Description) -> set[str]:
    """The names of the types in a case that the candidate does not declare; none: it knows all."""
    if not description.column_types:
        return set()
    known = {name.upper() for name in description.column_types}
    return {str(ColumnType.parse(text).name) for text in _column_types(bundle)} - known


def _column_types(bundle: CaseBundle) -> Iterator[str]:
    engine = engine_of(bundle.case)
    if engine is not None:
        yield from engine.column_types(bundle)
    for step in bundle.case.plan.steps if bundle.case.plan else ():
        if isinstance(step, CreateTable):
            yield from (column.type for column in step.definition.columns)
    for rows in bundle.tables.values():
        try:
            columns = definition_of(rows.schema).columns
        except DirectoryError:  # an error table of an earlier job, which every loader makes
            continue
        yield from (column.type for column in columns)
