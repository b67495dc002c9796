"""From a record to a row of the target, or to everything that is wrong with it (FL-08, FL-18)."""

from __future__ import annotations

from dataclasses import dataclass

from reference.storage.tables import Row
from reference.values.conversion import (
    BadValue,
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
from specs.fastload.errors import ERROR_CODES
from specs.fastload.plan import MAX_RECORD_BYTES, Assignment, Input, Load
from specs.sql.tables import Column, TableDefinition
from specs.sql.types import BYTE_TYPES, ColumnType

MAX_FIELD_NAME = 120
"""Characters that error table 1 keeps of a field's name (FL-08)."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a record: error name, code, and ErrorFieldName (or None)."""

    name: ErrorName
    code: int
    field: str | None


@dataclass(frozen=True)
class ReadRecord:
    """What a record turns into: a row, or its faults in the order in which they are found.

    ``bad``: the record itself is bad (FL-18, FL-26), so no field of it was looked at.
    """

    row: Row | None
    faults: tuple[Fault, ...] = ()
    bad: bool = False


class ColumnSource:
    """Where one column's value comes from: a field of the record, or its DEFAULT, or NULL."""

    def __init__(self, column: Column, assignment: Assignment | None, load: Load, source: Input):
        self.column = column
        self.type = column_type(column.type)
        self.field: int | None = None
        self.nullif: bytes | None = None
        self.conversion: ColumnType | None = None
        self.name = column.name
        self.date_format = column.format or (
            ISO_FORMAT if load.date_form == "ansi" else INTEGER_DATE_FORMAT
        )
        if assignment is None:
            return
        names = [define.name for define in source.fields]
        self.field = names.index(assignment.field)
        define = source.fields[self.field]
        self.name = define.name
        self.nullif = None if define.nullif is None else define.nullif.encode()
        if assignment.conversion is not None:
            self.conversion = column_type(assignment.conversion)
        self.date_format = assignment.format or self.date_format
        check_conversion(self.conversion or column_type("VARCHAR(1)"), self.type)

    def value(self, fields: list[bytes]) -> Value:
        """The column's value, not yet checked. Raises `BadValue`."""
        if self.field is None:
            return self._default()
        text = fields[self.field]
        if not text or text == self.nullif:
            return None
        character_set = self.column.character_set
        if self.conversion is None:
            return value_of_field(text, self.type, character_set, self.date_format)
        first = value_of_field(text, self.conversion, "UNICODE", self.date_format)
        return convert(first, self.conversion, self.type, character_set, self.date_format)

    def fault(self, name: ErrorName, code: int) -> Fault:
        return Fault(name, code, self.name[:MAX_FIELD_NAME])

    def _default(self) -> Value:
        text = self.column.default
        if text is None:
            return None
        if self.type.name in BYTE_TYPES:
            return stored(bytes.fromhex(text), self.type)
        return value_of_text(text, self.type, self.column.character_set, ISO_FORMAT)


class RecordReader:
    """Reads the records of one input of a load into rows of its target (FL-18, FL-19, FL-20)."""

    def __init__(self, definition: TableDefinition, load: Load, source: Input) -> None:
        assigned = [(definition.column(a.column), a) for a in source.assignments]
        named = {column.name for column, _ in assigned}
        self._sources = [ColumnSource(column, a, load, source) for column, a in assigned] + [
            ColumnSource(column, None, load, source)
            for column in definition.columns
            if column.name not in named
        ]
        order = [column_source.column.name for column_source in self._sources]
        self._table_order = [order.index(column.name) for column in definition.columns]
        self._delimiter = source.delimiter.encode()
        self._lengths = [column_type(define.type).length for define in source.fields]

    def read(self, record: bytes) -> ReadRecord:
        """A record's row, or all its faults; the first is the one that the reference reports."""
        # CHECK: is it a record at all?
        fields, bad = self._fields(record)
        if bad:
            return ReadRecord(None, (Fault(bad, ERROR_CODES[bad], None),), bad=True)
        # CONVERT: columns in INSERT order, then those that INSERT does not name.
        values: list[Value] = []
        faults: list[Fault] = []
        for source in self._sources:
            try:
                value = source.value(fields)
            except BadValue as error:
                faults.append(source.fault(error.name, error.code))
                continue
            broken = broken_constraint(value, source.column)
            if broken:
                faults.append(source.fault(broken, ERROR_CODES[broken]))
            values.append(value)
        if faults:
            return ReadRecord(None, tuple(faults))
        return ReadRecord(tuple([values[position] for position in self._table_order]))

    def bad_record(self, record: bytes) -> ErrorName | None:
        """FL-18, FL-26: why the record is a bad one, before any field is looked at."""
        return self._fields(record)[1]

    def _fields(self, record: bytes) -> tuple[list[bytes], ErrorName | None]:
        if len(record) > MAX_RECORD_BYTES:
            return [], "record_too_long"
        fields = record.split(self._delimiter)
        if len(fields) != len(self._lengths):
            return fields, "field_count_mismatch"
        for text, length in zip(fields, self._lengths, strict=True):
            if len(text) > length:
                return fields, "field_too_long"
        return fields, None


def broken_constraint(value: Value, column: Column) -> ErrorName | None:
    """FL-08: NOT NULL, then CHECK."""
    if value is None:
        return "null_in_not_null" if column.not_null else None
    return None if passes_check(value, column) else "check_violation"
