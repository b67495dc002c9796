"""INSERT: which field goes into which column, and whether it can (FL-19, FL-20)."""

from __future__ import annotations

from specs.fastload.commands import Computed, Conversion, FieldValue, Insert, Item
from specs.fastload.plan import Assignment, SourceField
from specs.script.diagnostics import Reporter, nearest
from specs.script.script_text import Span
from specs.sql.dateformats import is_date_format, names_a_day
from specs.sql.tables import Column, TableDefinition
from specs.sql.types import BYTE_TYPES, INTEGER_BITS, ColumnType, ColumnTypeError
from specs.sql.words import Word

MAX_FIELD_LENGTH = 64_000
_NUMBERS = frozenset(INTEGER_BITS) | {"DECIMAL", "FLOAT"}
_DATE = ColumnType("DATE")


def fields_of_columns(definition: TableDefinition, delimited: bool) -> tuple[SourceField, ...]:
    """The fields INSERT t.* assumes when DEFINE names none: one a column (FL-19).

    Delimited records carry text of unknown width, so each field is the longest VARCHAR.
    """
    return tuple(
        SourceField(
            name=column.name,
            type=f"VARCHAR({MAX_FIELD_LENGTH})" if delimited else str(column.column_type),
        )
        for column in definition.columns
    )


class InsertResolver:
    """Resolves one INSERT against its table (None when unknown) and the fields defined."""

    def __init__(
        self, command: Insert, definition: TableDefinition | None, fields: tuple[SourceField, ...],
        reporter: Reporter,
    ) -> None:  # fmt: skip
        self._command = command
        self._definition = definition
        self._fields = {field.name.casefold(): field for field in fields}
        self._reporter = reporter

    def assignments(self) -> tuple[Assignment, ...]:
        """The assignments in the INSERT's order; meaningless when errors were reported."""
        command = self._command
        if command.columns is None and command.values is None:
            return self._all_columns()
        values = command.values
        columns = command.columns
        if values is None:
            self._without_values(columns or ())
            values, columns = columns or (), None
            if not any(isinstance(item, FieldValue) for item in values):
                return ()
        targets = self._targets(columns)
        if targets is not None and len(targets) != len(values):
            self._count_differs(len(targets), len(values), columns is not None)
        self._report_unfilled(targets)
        found: list[Assignment] = []
        for position, item in enumerate(values):
            column = targets[position] if targets and position < len(targets) else None
            assignment = self._assignment(item, column)
            if assignment is not None:
                found.append(assignment)
        return tuple(found)

    # --- columns -----------------------------------------------------------------------------

    def _all_columns(self) -> tuple[Assignment, ...]:
        """INSERT t.*: by name when every column is a field, else by order."""
        if self._definition is None:
            return ()
        columns = self._definition.columns
        if all(column.name.casefold() in self._fields for column in columns):
            chosen = [self._fields[column.name.casefold()] for column in columns]
        elif len(self._fields) == len(columns):
            chosen = list(self._fields.values())
        else:
            missing = [c.name for c in columns if c.name.casefold() not in self._fields]
            self._reporter.error(
                "fields-do-not-match", self._command.table.span,
                f"{self._definition.name} has {len(columns)} columns, DEFINE has "
                f"{len(self._fields)} fields and none for {', '.join(missing)}",
                expected="a field for each column, by name or in order",
                hint="complete DEFINE, or write the columns and VALUES", rule="FL-19",
            )  # fmt: skip
            return ()
        for column, field in zip(columns, chosen, strict=True):
            self._check_pair(self._field_type(field), column, self._command.table.span)
        return tuple(
            Assignment(column=column.name, field=field.name)
            for column, field in zip(columns, chosen, strict=True)
        )

    def _without_values(self, items: tuple[Item, ...]) -> None:
        names = ", ".join(item.field.value for item in items if isinstance(item, FieldValue))
        self._reporter.error(
            "values-missing", self._command.span,
            "the list after the table names "
            + (f"the fields {names}, and there is no VALUES" if names else "columns only"),
            expected="INSERT INTO table (columns) VALUES (:fields)",
            hint="put VALUES before the list of :fields" if names else "add VALUES (:fields)",
            rule="FL-19",
        )  # fmt: skip

    def _targets(self, columns: tuple[Item, ...] | None) -> list[Column | None] | None:
        """The columns to fill in order; None when they cannot be known."""
        if columns is None:
            return list(self._definition.columns) if self._definition else None
        found: list[Column | None] = []
        seen: set[str] = set()
        for item in columns:
            if not isinstance(item, Word):
                self._reporter.error(
                    "field-as-column", item.span, "the list before VALUES takes columns",
                    expected="a column's name without a colon", rule="FL-19",
                )  # fmt: skip
                found.append(None)
                continue
            if item.value.casefold() in seen:
                self._reporter.error(
                    "column-twice", item.span, f"the column {item.value} is filled twice",
                    hint="name each column once", rule="FL-19",
                )  # fmt: skip
            seen.add(item.value.casefold())
            found.append(self._column(item))
        return found

    def _column(self, name: Word) -> Column | None:
        if self._definition is None:
            return None
        try:
            return self._definition.column(name.value)
        except KeyError:
            meant = nearest(name.value, self._definition.column_names)
            self._reporter.error(
                "unknown-column", name.span,
                f"{self._definition.name} has no column {name.value}",
                expected=", ".join(self._definition.column_names),
                hint=f"did you mean {meant}?" if meant else "", rule="FL-19",
            )  # fmt: skip
            return None

    def _count_differs(self, columns: int, values: int, listed: bool) -> None:
        where = "the column list" if listed else "the table"
        self._reporter.error(
            "count-differs", self._command.span,
            f"{where} has {columns} columns and VALUES has {values}",
            expected=f"{columns} values",
            hint="" if listed else "name the columns to fill before VALUES", rule="FL-19",
        )  # fmt: skip

    def _report_unfilled(self, targets: list[Column | None] | None) -> None:
        if self._definition is None or targets is None or None in targets:
            return
        filled = {column.name for column in targets if column}
        for column in self._definition.columns:
            if column.not_null and column.default is None and column.name not in filled:
                self._reporter.warning(
                    "column-stays-null", self._command.table.span,
                    f"{column.name} is NOT NULL, has no default and is not filled, "
                    "so every row goes to error table 1",
                    hint=f"add {column.name} to the INSERT", rule="FL-08",
                )  # fmt: skip
                return

    # --- values ------------------------------------------------------------------------------

    def _assignment(self, item: Item, column: Column | None) -> Assignment | None:
        if isinstance(item, Computed):
            self._reporter.error(
                "expression-in-values", item.span,
                "VALUES takes fields, each with one conversion at most",
                expected=":field, :field (TYPE) or :field (FORMAT '...')",
                hint="arithmetic, functions and constants cannot be loaded; load the field as it "
                "is and compute afterwards",
                rule="FL-20",
            )  # fmt: skip
            return None
        if isinstance(item, Word):
            self._reporter.error(
                "colon-missing", item.span, f"{item.value} in VALUES is no field without a colon",
                expected=f":{item.value}", rule="FL-19",
            )  # fmt: skip
            item = FieldValue(item, (), item.span)
        field = self._field(item.field)
        kind, form = self._conversion(item)
        if field is not None:
            source = self._field_type(field)
            if kind is not None:
                self._check_conversion(source, kind, item.span)
            if column is not None and form is None:
                self._check_pair(kind or source, column, item.span)
                if kind == _DATE and source.is_character and column.format is not None:
                    self._check_day(column.format, column, item.span)
            if column is not None and form is not None:
                self._check_format(source, column, form, item.span)
        return Assignment(
            column=column.name if column else "",
            field=field.name if field else item.field.value,
            conversion=None if kind is None else str(kind),
            format=form,
        )

    def _field(self, name: Word) -> SourceField | None:
        field = self._fields.get(name.value.casefold())
        if field is None:
            known = [known.name for known in self._fields.values()]
            meant = nearest(name.value, known)
            self._reporter.error(
                "field-not-defined", name.span, f"the field {name.value} is not in DEFINE",
                expected=", ".join(known) or "a DEFINE before the INSERT",
                hint=f"did you mean {meant}?" if meant else f"add {name.value} to DEFINE",
                rule="FL-19",
            )  # fmt: skip
        return field

    def _conversion(self, item: FieldValue) -> tuple[ColumnType | None, str | None]:
        if not item.conversions:
            return None, None
        if len(item.conversions) > 1:
            self._reporter.error(
                "nested-conversion", item.conversions[1].span,
                f"{item.field.value} has more than one conversion",
                expected="one conversion at most",
                hint="keep the one the column needs", rule="FL-20",
            )  # fmt: skip
        conversion = item.conversions[0]
        kind = self._conversion_type(conversion)
        form = conversion.format
        if form is None:
            return kind, None
        if not is_date_format(form.value):
            self._reporter.error(
                "bad-format", form.span, f"{form.value!r} is not a date format",
                expected="YYYY, YY, MMM, MM, DDD, DD, B and - / . ,", rule="FL-20",
            )  # fmt: skip
        if kind is not None and kind.name != "DATE":
            self._reporter.error(
                "format-without-date", conversion.span,
                f"a FORMAT beside {kind} is not supported here",
                expected="(FORMAT '...') or (DATE, FORMAT '...')", rule="FL-20",
            )  # fmt: skip
        return None, form.value

    def _conversion_type(self, conversion: Conversion) -> ColumnType | None:
        if conversion.type is None:
            return None
        try:
            return ColumnType.parse(conversion.type.value)
        except ColumnTypeError as error:
            self._reporter.error("bad-type", conversion.type.span, str(error), rule="FL-20")
            return None

    # --- what converts to what ---------------------------------------------------------------

    @staticmethod
    def _field_type(field: SourceField) -> ColumnType:
        return ColumnType.parse(field.type)

    def _check_conversion(self, source: ColumnType, kind: ColumnType, span: Span) -> None:
        if not converts(source, kind):
            self._reporter.error(
                "impossible-conversion", span, f"{source} does not convert to {kind}",
                rule="FL-20",
            )  # fmt: skip

    def _check_pair(self, source: ColumnType, column: Column, span: Span) -> None:
        if not converts(source, column.column_type):
            self._reporter.error(
                "impossible-conversion", span,
                f"{source} does not convert to {column.name}, which is {column.type}",
                hint="" if column.column_type.name in BYTE_TYPES else
                "convert to the column's own type, or load the text as it is",
                rule="FL-20",
            )  # fmt: skip
        elif source.is_character and column.format is not None:
            self._check_day(column.format, column, span)

    def _check_format(self, source: ColumnType, column: Column, form: str, span: Span) -> None:
        if column.column_type.name != "DATE" or not source.is_character:
            self._reporter.error(
                "format-without-date", span,
                f"FORMAT reads text as a DATE, and this is {source} into {column.name}, "
                f"which is {column.type}",
                expected="a character field into a DATE column", rule="FL-20",
            )  # fmt: skip
        elif is_date_format(form):
            self._check_day(form, column, span)

    def _check_day(self, form: str, column: Column, span: Span) -> None:
        if not names_a_day(form):
            self._reporter.error(
                "bad-format", span,
                f"FORMAT {form!r} names no day, so {column.name} cannot be read by it",
                expected="(FORMAT '...') with YYYY or YY, and MM or MMM and DD, or DDD, each once",
                rule="FL-20",
            )  # fmt: skip


def converts(source: ColumnType, target: ColumnType) -> bool:
    """Whether one conversion can take a value of one type to another (FL-20)."""
    if target.name in BYTE_TYPES or source.name in BYTE_TYPES:
        return target.name in BYTE_TYPES and source.name in BYTE_TYPES
    if source.is_character:
        return True
    if source.name in _NUMBERS:
        return target.name in _NUMBERS or target.is_character
    if source.name == target.name:
        return source.scale <= target.scale  # of the digits of a second none may be lost
    return source.name == "DATE" and target.is_character
