"""Settings and fields: the checks of SESSIONS, ERRLIMIT, SET RECORD, RECORD and DEFINE."""

from __future__ import annotations

from specs.fastload.commands import Define, FieldDefinition, RecordFormat, RecordRange, Setting
from specs.fastload.plan import SourceField
from specs.script.diagnostics import Reporter
from specs.sql.types import BYTE_TYPES, ColumnType, ColumnTypeError

MAX_SESSIONS = 32_767
MAX_NULLIF_BYTES = 80


def check_sessions(command: Setting, reporter: Reporter) -> tuple[int | None, int | None]:
    """SESSIONS max [min] (FL-16): the two numbers, None for one that is not given."""
    numbers: list[int | None] = []
    for number in command.numbers:
        if number is None:
            numbers.append(None)
        elif number.value <= 0:
            reporter.error(
                "bad-sessions", number.span, f"{number.value} sessions cannot load anything",
                expected=f"1 to {MAX_SESSIONS}, or *", rule="FL-16",
            )  # fmt: skip
            numbers.append(None)
        elif number.value > MAX_SESSIONS:
            reporter.warning(
                "sessions-ignored", number.span,
                f"{number.value} is above {MAX_SESSIONS}, so the utility ignores it",
                expected=f"1 to {MAX_SESSIONS}, or *", rule="FL-16",
            )  # fmt: skip
            numbers.append(None)
        else:
            numbers.append(number.value)
    most, least = (*numbers, None, None)[:2]
    if most is not None and least is not None and least > most:
        reporter.error(
            "bad-sessions", command.span, f"at least {least} sessions of at most {most}",
            expected="SESSIONS max min", hint="the larger number comes first", rule="FL-16",
        )  # fmt: skip
    return most, least


def check_positive(command: Setting, reporter: Reporter) -> int | None:
    """ERRLIMIT, TENACITY, SLEEP: the number, or None when it is not above zero."""
    number = command.numbers[0]
    if number is None or number.value > 0:
        return number.value if number else None
    reporter.error(
        f"bad-{command.kind}", number.span,
        f"{command.kind.upper()} {number.value} is out of range",
        expected="a number above 0", rule="FL-12" if command.kind == "errlimit" else "FL-23",
    )  # fmt: skip
    return None


def check_range(command: RecordRange, reporter: Reporter) -> tuple[int | None, int | None]:
    """RECORD [start] [THRU end] (FL-17): its two numbers as written."""
    start, thru = command.start, command.thru
    for number in (start, thru):
        if number is not None and number.value < 1:
            reporter.error(
                "bad-record", number.span, f"there is no record {number.value}",
                expected="1 or more", hint="records count from 1", rule="FL-17",
            )  # fmt: skip
    if start is not None and start.value == 1 and thru is None:
        reporter.warning(
            "record-1", start.span, "RECORD 1 starts at the first record, so it skips nothing",
            hint="a header line is skipped by RECORD 2", rule="FL-17",
        )  # fmt: skip
    if start is not None and thru is not None and 0 < thru.value < start.value:
        reporter.error(
            "bad-record", thru.span, f"record {thru.value} comes before record {start.value}",
            expected=f"{start.value} or more",
            hint="THRU names the last record to load, not how many to skip", rule="FL-17",
        )  # fmt: skip
    return (start.value if start else None), (thru.value if thru else None)


def check_fields(
    command: Define, known: tuple[SourceField, ...], record_format: RecordFormat, reporter: Reporter
) -> tuple[SourceField, ...]:
    """The fields of a DEFINE (FL-19); ``known`` are those of the same description before it."""
    names = {field.name.casefold() for field in known}
    fields: list[SourceField] = []
    for definition in command.fields:
        name = definition.name
        if definition.reserved or name.value.upper() in ("FILE", "INMOD", "DDNAME"):
            reporter.error(
                "reserved-field-name", name.span,
                f"a field cannot be called {name.value}, which is a word of DEFINE",
                expected="any name but FILE, INMOD and DDNAME", hint=f"call it f_{name.value}",
                rule="FL-19",
            )  # fmt: skip
        if name.value.casefold() in names:
            reporter.error(
                "field-twice", name.span, f"the field {name.value} is defined already",
                hint="each field of the record needs a name of its own", rule="FL-19",
            )  # fmt: skip
        names.add(name.value.casefold())
        kind = _check_type(definition, record_format, reporter)
        nullif = _check_nullif(definition, kind, reporter)
        fields.append(SourceField(name=name.value, type=str(kind), nullif=nullif))
    return tuple(fields)


def _check_type(
    definition: FieldDefinition, record_format: RecordFormat, reporter: Reporter
) -> ColumnType:
    word = definition.type
    try:
        kind = ColumnType.parse(word.value)
    except ColumnTypeError as error:
        reporter.error("bad-type", word.span, str(error), rule="FL-19")
        return ColumnType("VARCHAR", length=64_000)
    if record_format == "VARTEXT" and kind.name not in ("VARCHAR", "VARBYTE"):
        size = kind.length or 30
        reporter.error(
            "not-varchar", word.span,
            f"the records are VARTEXT, so {definition.name.value} cannot be {kind}",
            expected=f"VARCHAR({size})",
            hint="define text and convert it in INSERT or let the column's type do it",
            rule="FL-19",
        )  # fmt: skip
    if record_format == "TEXT" and kind.name not in ("CHAR", "DATE"):
        reporter.error(
            "not-char", word.span,
            f"the records are TEXT, so {definition.name.value} cannot be {kind}",
            expected="CHAR(n)", rule="FL-19",
        )  # fmt: skip
    return kind


def _check_nullif(definition: FieldDefinition, kind: ColumnType, reporter: Reporter) -> str | None:
    word = definition.nullif
    if word is None:
        return None
    if not kind.is_character and kind.name not in BYTE_TYPES:
        reporter.error(
            "nullif-type", word.span, f"NULLIF is for character and byte fields, not for {kind}",
            rule="FL-19",
        )  # fmt: skip
    size = len(word.value.encode())
    if size > MAX_NULLIF_BYTES:
        reporter.error(
            "nullif-length", word.span, f"the NULLIF value has {size} bytes",
            expected=f"1 to {MAX_NULLIF_BYTES} bytes", rule="FL-19",
        )  # fmt: skip
    elif size == 0:
        reporter.warning(
            "nullif-empty", word.span, "NULLIF with an empty value changes nothing",
            hint="an empty field is NULL already", rule="FL-19",
        )  # fmt: skip
    return word.value
