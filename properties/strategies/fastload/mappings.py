"""DEFINE and INSERT of a job: which fields there are, and which of them go to which columns."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from msgspec.structs import replace

from properties.strategies.fastload.shapes import JobShape
from properties.strategies.fastload.texts import DATE_FORMATS
from properties.strategies.shared.values import decimal_of
from reference.values.conversion import (
    BadValue,
    ImpossibleConversion,
    Value,
    check_conversion,
    convert,
)
from specs.fastload.plan import Assignment, SourceField
from specs.sql.tables import Column, TableDefinition
from specs.sql.types import INTEGER_BITS, ColumnType


def assignments_of(
    draw: DrawFn, shape: JobShape, definition: TableDefinition
) -> tuple[Assignment, ...]:
    columns = list(definition.columns)
    if shape.reorder and len(columns) > 1:
        columns = draw(st.permutations(columns))
        # Where records may have faults anyway, a column with a DEFAULT is left out more often.
        defaulted = [c for c in columns if c.default is not None] if shape.faulty else []
        spare = (defaulted or columns)[-1]
        optional = shape.faulty or not spare.not_null or spare.default is not None
        if shape.defaults and optional and draw(st.integers(0, 3)) >= (1 if defaulted else 3):
            columns.remove(spare)
    return tuple(_assignment(draw, shape, column) for column in columns)


def _assignment(draw: DrawFn, shape: JobShape, column: Column) -> Assignment:
    conversion = date_format = None
    choice = draw(st.integers(0, 7)) if shape.rewrite else 0
    if column.column_type.name == "DATE" and choice in (2, 3, 4, 5):
        date_format = draw(st.sampled_from(DATE_FORMATS))
    elif choice in (5, 6, 7):
        conversions = _conversions_to(column.column_type, tuple(shape.conversions), shape.faulty)
        conversion = draw(st.sampled_from(conversions))
    return Assignment(
        column=column.name, field=f"f_{column.name}", conversion=conversion, format=date_format
    )


@cache
def _conversions_to(
    target: ColumnType, conversions: tuple[str, ...], faulty: bool
) -> tuple[str, ...]:
    """Types whose values FastLoad converts to ``target``; all of them fit unless ``faulty``."""
    fitting = [str(target)]
    for text in conversions:
        source = ColumnType.parse(text)
        try:
            check_conversion(source, target)
            for value in () if faulty else _extremes(source):
                convert(value, source, target)
        except (ImpossibleConversion, BadValue):
            continue
        fitting.append(text)
    return tuple(dict.fromkeys(fitting))


def _extremes(source: ColumnType) -> tuple[Value, ...]:
    if source.name == "DECIMAL":
        most = decimal_of(10**source.precision - 1, source.scale)
        return (most, -most)
    if source.name in INTEGER_BITS:
        return source.integer_range
    match source.name:
        case "FLOAT":
            return (1e308, -1e308)
        case "DATE":
            return (datetime.date.max,)
        case _:
            return ("x",)


def fields_of(
    draw: DrawFn,
    shape: JobShape,
    definition: TableDefinition,
    assignments: tuple[Assignment, ...],
) -> tuple[SourceField, ...]:
    """DEFINE: the fields of the assignments, perhaps in another order and with one not used."""
    names = [assignment.field for assignment in assignments]
    choice = draw(st.integers(0, 7)) if shape.reorder else 0
    if choice & 1:
        names.insert(choice % (len(names) + 1), "f_unused")
    if choice & 2 and len(names) > 1:
        names = draw(st.permutations(names))
    narrow = None
    if shape.damaged and draw(st.integers(0, 3)) == 3:
        narrow = draw(st.sampled_from(names))
    nullable = [
        assignment.field
        for assignment in assignments
        if shape.faulty or not definition.column(assignment.column).not_null
    ]
    nullif = draw(st.sampled_from([None, None, *nullable])) if shape.nullif else None
    return tuple(
        SourceField(
            name=name,
            type="VARCHAR(4)" if name == narrow else "VARCHAR(100)",
            nullif=draw(st.sampled_from(("N", "NULL", "0", "-", " "))) if name == nullif else None,
        )
        for name in names
    )


def renamed(
    fields: Sequence[SourceField], assignments: Sequence[Assignment], prefix: str
) -> tuple[tuple[SourceField, ...], tuple[Assignment, ...]]:
    """The same DEFINE and INSERT with a prefix before every field's name."""
    return (
        tuple(replace(field, name=prefix + field.name) for field in fields),
        tuple(replace(a, field=prefix + a.field) for a in assignments),
    )


def redefined(
    draw: DrawFn,
    fields: Sequence[SourceField],
    assignments: Sequence[Assignment],
    pools: Sequence[list[bytes]],
) -> tuple[tuple[SourceField, ...], tuple[Assignment, ...], list[list[bytes]]]:
    """DEFINE and INSERT of a later input: other names, in other orders; its pools likewise."""
    order = draw(st.permutations(range(len(fields))))
    fields, assignments = renamed(
        [fields[at] for at in order], draw(st.permutations(assignments)), "g_"
    )
    return fields, assignments, [pools[at] for at in order]
