"""INSERT over columns: from fields to a table's columns, and the fault of each record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from candidates.polars.columns.conversion import Converted
from candidates.polars.columns.faults import Fault, Faults, first_fault, where
from candidates.polars.columns.numeric import NUMBER_TYPES
from candidates.polars.columns.values import (
    Mask,
    column_type,
    physical_type,
    positive_zero,
    type_of,
)
from candidates.polars.fastload.fields import INVALID, field_name
from candidates.polars.fastload.steps import FastLoadSteps
from specs.fastload.plan import Assignment, Input, Load
from specs.sql.tables import Column, TableDefinition


class Rows(NamedTuple):
    """The rows of some records.

    ``frame`` holds the table's columns for every record, the faulty included; ``faulty``: which
    records have a fault, or None when none has; ``codes`` and ``names`` belong to the faulty ones.
    """

    frame: pl.DataFrame
    faulty: Mask | None
    codes: NDArray[np.int32]
    names: pl.Series


def joined_rows(parts: Sequence[Rows]) -> Rows:
    """The rows of several runs of records, one after the other."""
    faulty = None
    if any(part.faulty is not None for part in parts):
        faulty = np.concatenate(
            [
                np.zeros(part.frame.height, dtype=np.bool_) if part.faulty is None else part.faulty
                for part in parts
            ]
        )
    return Rows(
        pl.concat([part.frame for part in parts]),
        faulty,
        np.concatenate([part.codes for part in parts]),
        pl.concat([part.names for part in parts]),
    )


class _Source(NamedTuple):
    column: Column
    assignment: Assignment | None
    field: int


class _Faults:
    """The first fault of each record, and in which column (by check order) it is."""

    def __init__(self, records: int) -> None:
        self.faults = np.zeros(records, dtype=np.int32)
        self.columns = np.zeros(records, dtype=np.int64)

    def add(self, faults: Faults, column: int) -> None:
        new = (faults != Fault.NONE) & (self.faults == Fault.NONE)
        self.faults[new] = faults[new]
        self.columns[new] = column


def defined(assignment: Assignment, item: Input) -> Assignment:
    """The assignment with its field spelled as DEFINE does, which is how errors name it."""
    folded = assignment.field.casefold()
    name = next(field.name for field in item.fields if field.name.casefold() == folded)
    return msgspec.structs.replace(assignment, field=name)


class Insertion:
    """One input's INSERT: which field feeds which column, and as what.

    Columns are checked in INSERT order, those that it does not name after them in table order.
    """

    def __init__(
        self, steps: FastLoadSteps, load: Load, item: Input, definition: TableDefinition
    ) -> None:
        self.steps = steps
        self.load = load
        self.item = item
        self.definition = definition
        at = {field.name.casefold(): i for i, field in enumerate(item.fields)}
        self.sources = [
            _Source(definition.column(a.column), defined(a, item), at[a.field.casefold()])
            for a in item.assignments
        ]
        named = {source.column.name for source in self.sources}
        self.sources += [
            _Source(column, None, -1) for column in definition.columns if column.name not in named
        ]
        self.longest = [column_type(field.type).length for field in item.fields]
        self.types = self._parsed_types()

    def rows(self, fields: pl.DataFrame) -> Rows:
        """Convert and check whole columns."""
        columns, faults = self._converted(fields)
        frame = pl.DataFrame([columns[name] for name in self.definition.column_names])
        broken = self._broken(frame)
        if not faults and not broken:
            return Rows(frame, None, np.zeros(0, dtype=np.int32), _NO_NAMES)
        found = _Faults(fields.height)
        for position in range(len(self.sources)):
            for of_column in (faults.get(position), broken.get(position)):
                if of_column is not None:
                    found.add(of_column, position)
        faulty = found.faults != Fault.NONE
        codes = self.steps.error_codes(found.faults[faulty])
        names = [self.steps.error_field_name(s.column, s.assignment) for s in self.sources]
        of_faulty = pl.Series(names, dtype=pl.String).gather(found.columns[faulty])
        return Rows(frame, faulty, codes, of_faulty.alias("ErrorFieldName"))

    def _converted(self, fields: pl.DataFrame) -> tuple[dict[str, pl.Series], dict[int, Faults]]:
        columns: dict[str, pl.Series] = {}
        faults: dict[int, Faults] = {}
        parsed = fields.select(self._typed_expressions(fields.schema))
        for position, (column, assignment, field) in enumerate(self.sources):
            if assignment is None:
                converted = self._default(column, fields.height)
            elif column.name in parsed.columns:
                converted = Converted(parsed[column.name], None)
            else:
                converted = self._from_text(column, assignment, field, fields)
            columns[column.name] = converted.values.alias(column.name)
            if converted.faults is not None:
                faults[position] = converted.faults
        return columns, faults

    def _broken(self, frame: pl.DataFrame) -> dict[int, Faults]:
        """NOT NULL and CHECK: the faults of each column, by position in check order."""
        checks: dict[int, list[tuple[str, Fault]]] = {}
        expressions: dict[str, pl.Expr] = {}
        for position, (column, _, _) in enumerate(self.sources):
            broken_null = self.steps.violates_not_null(column)
            broken_check = self.steps.violates_check(column)
            for rule, fault in (
                (broken_null, Fault.NULL_IN_NOT_NULL),
                (broken_check, Fault.CHECK_VIOLATION),
            ):
                if rule is not None:
                    name = f"{position} {fault}"
                    expressions[name] = rule.fill_null(False)
                    checks.setdefault(position, []).append((name, fault))
        if not expressions:
            return {}
        masks = frame.select(**expressions)
        found: dict[int, Faults] = {}
        for position, named in checks.items():
            for name, fault in named:
                if masks[name].any():
                    both = first_fault(found.get(position), where(masks[name].to_numpy(), fault))
                    assert both is not None
                    found[position] = both
        return found

    def _parsed_types(self) -> list[pl.DataType]:
        """As what polars may parse each field: text unless one number column takes it as it is."""
        kinds: list[pl.DataType] = [pl.String()] * len(self.item.fields)
        taken = [source.field for source in self.sources]
        for column, assignment, field in self.sources:
            kind = type_of(column)
            if (
                assignment is not None
                and assignment.conversion is None
                and taken.count(field) == 1
                and self.item.fields[field].nullif is None
                and kind.name in NUMBER_TYPES
            ):
                decimal = kind.name == "DECIMAL"
                parsed = pl.Decimal(kind.precision, kind.scale) if decimal else physical_type(kind)
                kinds[field] = parsed
        return kinds

    def _typed_expressions(self, schema: pl.Schema) -> list[pl.Expr]:
        expressions = []
        for column, assignment, field in self.sources:
            if assignment is None or schema[field_name(field)] == pl.String:
                continue
            value = pl.col(field_name(field))
            kind = type_of(column)
            if kind.name == "DECIMAL":
                # Any value of the precision fits, so nothing has to be checked again.
                value = value.to_physical().cast(physical_type(kind), wrap_numerical=True)
            elif kind.name == "FLOAT":
                value = positive_zero(value)
            expressions.append(value.alias(column.name))
        return expressions

    def _default(self, column: Column, records: int) -> Converted:
        if column.default is None:
            return Converted(_repeated(None, records, physical_type(type_of(column))), None)
        values, faults = self.steps.convert_default(column)
        of_each = None if faults is None else np.repeat(faults, records)
        return Converted(_repeated(values.item(), records, values.dtype), of_each)

    def _from_text(
        self, column: Column, assignment: Assignment, field: int, fields: pl.DataFrame
    ) -> Converted:
        text = fields[field_name(field)]
        given = self.steps.null_if(text, self.item.fields[field])
        invalid = INVALID.format(field)
        if invalid not in fields.columns or not fields[invalid].any():
            return self.steps.convert_field(given, column, assignment, self.load)
        marked = fields[invalid]
        given = text.zip_with(marked, given)
        converted = self.steps.convert_field(given, column, assignment, self.load)
        between = type_of(column)
        if assignment.conversion is not None:
            between = column_type(assignment.conversion)
        if not between.is_character:
            return converted
        invalid_text = where(marked.to_numpy(), Fault.UNTRANSLATABLE_CHARACTER)
        return Converted(converted.values, first_fault(invalid_text, converted.faults))


def _repeated(value: object, count: int, kind: pl.DataType) -> pl.Series:
    return pl.Series([value], dtype=kind).new_from_index(0, count)


_NO_NAMES = pl.Series("ErrorFieldName", [], dtype=pl.String)
