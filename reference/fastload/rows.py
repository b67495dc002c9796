"""From a record to a row of the target, or to everything that is wrong with it (FL-08, FL-18)."""

from __future__ import annotations

from dataclasses import dataclass

from reference.fastload.records import SourceRecord
from reference.storage.tables import Row
from reference.values.conversion import (
    BadValue,
    NumberTooLong,
    Value,
    check_conversion,
    column_type,
    convert,
    stored,
    value_of_field,
    value_of_text,
)
from reference.values.dates import INTEGER_DATE_FORMAT, ISO_FORMAT
from reference.values.equality import passes_check
from specs.contract import ErrorName
from specs.fastload.error_tables import MAX_FIELD_NAME
from specs.fastload.errors import CHARACTER_OVERFLOW, ERROR_CODES
from specs.fastload.plan import MAX_RECORD_BYTES, Assignment, Input, Load
from specs.sql.tables import Column, TableDefinition
from specs.sql.types import BYTE_TYPES, ColumnType


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a record: error name, code, and ErrorFieldName (or None)."""

    name: ErrorName
    code: int
    field: str | None


@dataclass(frozen=True)
class RejectedRecord:
    """A record that goes to error table 1, and why (FL-08).

    ``faults`` are all that it may be reported with, in the order in which they are found; the
    reference reports the first. ``bad``: the record itself is bad (FL-18, FL-26), so no field of
    it was looked at. ``row`` is the row whose AMP is lost, None when the record makes no row.
    """

    faults: tuple[Fault, ...]
    bad: bool = False
    row: Row | None = None


@dataclass(frozen=True)
class ColumnMapping:
    """Where one column's value comes from: a field of the record, or its DEFAULT, or NULL.

    ``field`` is the field's position in the record, None without one; ``name`` is what error
    table 1 calls it; ``conversion`` is the type of the one explicit conversion (FL-20).
    """

    column: Column
    type: ColumnType
    name: str
    date_format: str
    field: int | None = None
    nullif: bytes | None = None
    conversion: ColumnType | None = None


@dataclass(frozen=True)
class RecordLayout:
    """How the records of one input become rows of the target (FL-18, FL-19, FL-20).

    ``lengths`` are the most bytes of each field. ``mappings`` are in the order of the checks: as
    INSERT names the columns, then those that it does not name; ``table_order`` are their positions
    there in the order of the table.
    """

    delimiter: bytes
    lengths: tuple[int, ...]
    mappings: tuple[ColumnMapping, ...]
    table_order: tuple[int, ...]


# --- what the script says of an input ------------------------------------------------------------


def record_layout(definition: TableDefinition, load: Load, source: Input) -> RecordLayout:
    """FL-18 to FL-20: DEFINE and INSERT of one input. Raises `ImpossibleConversion`."""
    assigned = [(definition.column(a.column), a) for a in source.assignments]
    named = {column.name for column, _ in assigned}
    mappings = [field_mapping(column, a, load, source) for column, a in assigned] + [
        ColumnMapping(column, column_type(column.type), column.name, date_format(column, load))
        for column in definition.columns
        if column.name not in named
    ]
    order = [mapping.column.name for mapping in mappings]
    return RecordLayout(
        source.delimiter.encode(),
        tuple(column_type(define.type).length for define in source.fields),
        tuple(mappings),
        tuple(order.index(column.name) for column in definition.columns),
    )


def field_mapping(
    column: Column, assignment: Assignment, load: Load, source: Input
) -> ColumnMapping:
    """FL-19, FL-20: a column that a field feeds. Raises `ImpossibleConversion`."""
    names = [define.name.casefold() for define in source.fields]
    position = names.index(assignment.field.casefold())
    define = source.fields[position]
    kind = column_type(column.type)
    conversion = None if assignment.conversion is None else column_type(assignment.conversion)
    check_conversion(conversion or column_type("VARCHAR(1)"), kind)
    return ColumnMapping(
        column,
        kind,
        define.name,
        assignment.format or date_format(column, load),
        position,
        None if define.nullif is None else define.nullif.encode(),
        conversion,
    )


def date_format(column: Column, load: Load) -> str:
    """The column's own FORMAT, else that of the load's date form."""
    return column.format or (ISO_FORMAT if load.date_form == "ansi" else INTEGER_DATE_FORMAT)


# --- what becomes of a record --------------------------------------------------------------------


def bad_record(record: bytes, layout: RecordLayout) -> ErrorName | None:
    """FL-18, FL-26: why the record is a bad one, before any field is looked at."""
    if len(record) > MAX_RECORD_BYTES:
        return "record_too_long"
    fields = record.split(layout.delimiter)
    if len(fields) != len(layout.lengths):
        return "field_count_mismatch"
    if any(len(text) > most for text, most in zip(fields, layout.lengths, strict=True)):
        return "field_too_long"
    return None


def read_row(record: SourceRecord, layout: RecordLayout) -> Row | RejectedRecord:
    """FL-08, FL-18 to FL-20: a record's row, or the record rejected."""
    # CHECK: is it a record at all?
    bad = bad_record(record.data, layout)
    if bad:
        return RejectedRecord((Fault(bad, ERROR_CODES[bad], None),), bad=True)
    # CONVERT: columns in INSERT order, then those that INSERT does not name.
    fields = record.data.split(layout.delimiter)
    values: list[Value] = []
    faults: list[Fault] = []
    for mapping in layout.mappings:
        try:
            value = column_value(mapping, fields)
        except BadValue as error:
            faults.append(Fault(error.name, code_of(error), mapping.name[:MAX_FIELD_NAME]))
            continue
        # CHECK
        broken = broken_constraint(value, mapping.column)
        if broken:
            faults.append(Fault(broken, ERROR_CODES[broken], mapping.name[:MAX_FIELD_NAME]))
        values.append(value)
    if faults:
        return RejectedRecord(tuple(faults))
    return tuple([values[position] for position in layout.table_order])


def column_value(mapping: ColumnMapping, fields: list[bytes]) -> Value:
    """The column's value, not yet checked. Raises `BadValue`."""
    if mapping.field is None:
        return default_value(mapping)
    text = fields[mapping.field]
    if not text or text == mapping.nullif:
        return None
    character_set, date_format = mapping.column.character_set, mapping.date_format
    if mapping.conversion is None:
        return value_of_field(text, mapping.type, character_set, date_format)
    first = value_of_field(text, mapping.conversion, "UNICODE", date_format)
    return convert(first, mapping.conversion, mapping.type, character_set, date_format)


def default_value(mapping: ColumnMapping) -> Value:
    """FL-19: DEFAULT, a literal in canonical form, else NULL. Raises `BadValue`."""
    text = mapping.column.default
    if text is None:
        return None
    if mapping.type.name in BYTE_TYPES:
        return stored(bytes.fromhex(text), mapping.type)
    return value_of_text(text, mapping.type, mapping.column.character_set, ISO_FORMAT)


def broken_constraint(value: Value, column: Column) -> ErrorName | None:
    """FL-08: NOT NULL, then CHECK."""
    if value is None:
        return "null_in_not_null" if column.not_null else None
    return None if passes_check(value, column) else "check_violation"


def code_of(error: BadValue) -> int:
    """FL-10: an overflow into a CHAR or VARCHAR has a code of its own."""
    return CHARACTER_OVERFLOW if isinstance(error, NumberTooLong) else ERROR_CODES[error.name]
