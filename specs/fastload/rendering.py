"""Rendering: a plan back to the text of a script that parses to the same plan."""

from __future__ import annotations

import re

from specs.fastload.parsing import keywords
from specs.fastload.plan import (
    DEFAULT_ERROR_LIMIT,
    Assignment,
    FastLoadPlan,
    FastLoadStep,
    Input,
    Load,
    ReleaseLoad,
    SourceField,
)
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, TableDefinition

LOGON = "LOGON tdpid/user,***;"
"""The LOGON line of every rendered script; its password is masked from the start."""

_PLAIN_NAME = re.compile(r"[A-Za-z_#$][A-Za-z0-9_#$]*")
_PLAIN_FILE = re.compile(r"(?![\s\u2018-\u201e])(?:(?!\s(?:/\*|--))[^;\n\r\"'])+(?<!\s)")
_NUMBER = re.compile(r"[+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?")


class RenderError(ValueError):
    """A plan that no script of this language can say."""


def render(plan: FastLoadPlan) -> str:
    """The script of a plan: ``parse(render(plan)).plan == plan``.

    Each load gets a LOGON of its own, since its number of sessions is settled there. Tables that
    the plan does not create must be given to `parse`. Raises `RenderError`.
    """
    jobs: list[list[FastLoadStep]] = [[]]
    for step in plan.steps:
        jobs[-1].append(step)
        if isinstance(step, Load | ReleaseLoad):
            jobs.append([])
    if len(jobs) > 1 and not jobs[-1]:
        jobs.pop()
    return "\n".join(_job(job) for job in jobs)


def render_create_table(definition: TableDefinition) -> str:
    """CREATE TABLE for a definition, without the final semicolon. Raises `RenderError`.

    View, join index, hash index and trigger are no part of CREATE TABLE.
    """
    if definition.view:
        raise RenderError(f"{definition.name} is a view; CREATE TABLE cannot make one")
    first = _name(definition.columns[0].name)
    parts = [_column(column) for column in definition.columns]
    after: list[str] = []
    index = definition.primary_index
    if index is None:
        after.append("NO PRIMARY INDEX")
    else:
        unique = "UNIQUE " if index.unique else ""
        after.append(f"{unique}PRIMARY INDEX ({', '.join(map(_name, index.columns))})")
    if definition.partitioned:
        after.append(f"PARTITION BY RANGE_N({first} BETWEEN 0 AND 99 EACH 1)")
    for kind in definition.attached:
        if kind == "secondary-index":
            after.append(f"INDEX ({first})")
        elif kind == "foreign-key":
            parts.append(f"FOREIGN KEY ({first}) REFERENCES parent ({first})")
        else:
            raise RenderError(f"{definition.name} has a {kind}, which CREATE TABLE cannot make")
    body = ",\n".join("    " + part for part in parts)
    head = f"CREATE {definition.kind} TABLE {_table(definition.name)}"
    return f"{head} (\n{body}\n) " + "\n".join(after)


def _job(steps: list[FastLoadStep]) -> str:
    lines: list[str] = []
    load = steps[-1] if steps and isinstance(steps[-1], Load) else None
    if load is not None:
        lines += _settings(load)
    lines.append(LOGON)
    for step in steps:
        match step:
            case CreateTable():
                lines.append(render_create_table(step.definition) + ";")
            case DropTable():
                lines.append(f"DROP TABLE {_table(step.table)};")
            case DeleteRows():
                lines.append(_delete(step))
            case Load():
                lines += _load(step)
            case ReleaseLoad():
                lines += [_begin(step) + ";", "END LOADING;"]
    lines.append("LOGOFF;")
    return "\n".join(lines) + "\n"


def _settings(load: Load) -> list[str]:
    lines: list[str] = []
    if load.sessions is not None or load.min_sessions is not None:
        most = "*" if load.sessions is None else str(load.sessions)
        least = "" if load.min_sessions is None else f" {load.min_sessions}"
        lines.append(f"SESSIONS {most}{least};")
    if load.error_limit != DEFAULT_ERROR_LIMIT:
        lines.append(f"ERRLIMIT {load.error_limit};")
    if load.date_form == "ansi":
        lines.append("DATEFORM ANSIDATE;")
    return lines


def _begin(step: Load | ReleaseLoad) -> str:
    return (
        f"BEGIN LOADING {_table(step.target)}\n"
        f"    ERRORFILES {_table(step.error_table_1)}, {_table(step.error_table_2)}"
    )


def _load(load: Load) -> list[str]:
    if not load.inputs:
        raise RenderError(f"the load of {load.target} has no input, so it has no INSERT")
    first = load.inputs[0]
    if any(_layout(source) != _layout(first) for source in load.inputs):
        raise RenderError(
            f"the inputs of {load.target} differ in what SET RECORD and INDICATORS say, "
            "which is said once for all of them"
        )
    begin = _begin(load)
    if load.checkpoint is not None:
        begin += f"\n    CHECKPOINT {load.checkpoint}"
    if first.indicators:
        begin += "\n    INDICATORS"
    lines = [_set_record(first), begin + ";"]
    said: tuple[int | None, int | None] = (None, None)
    for source in load.inputs:
        wanted = (source.start, source.thru)
        if wanted != said:
            lines.append(_record(wanted))
        said = wanted
        lines += [_define(source), _insert(load.target, source)]
    if load.end_loading:
        lines.append("END LOADING;")
    return lines


def _layout(source: Input) -> tuple[object, ...]:
    return (
        source.format, source.delimiter, source.on_bad_record, source.display_errors,
        source.indicators,
    )  # fmt: skip


def _set_record(source: Input) -> str:
    if source.format != "VARTEXT":
        return f"SET RECORD {source.format};"
    options = " DISPLAY_ERRORS" if source.display_errors else ""
    options += " NOSTOP" if source.on_bad_record == "continue" else ""
    return f"SET RECORD VARTEXT {_quoted(source.delimiter, chr(34))}{options};"


def _record(wanted: tuple[int | None, int | None]) -> str:
    start, thru = wanted
    words = ["RECORD"] + ([str(start)] if start is not None else [])
    return " ".join(words + ([f"THRU {thru}"] if thru is not None else [])) + ";"


def _define(source: Input) -> str:
    fields = ",\n".join("    " + _field(field) for field in source.fields)
    file = source.file
    shown = file if _PLAIN_FILE.fullmatch(file) else _quoted(file, '"')
    return f"DEFINE\n{fields}\nFILE={shown};"


def _field(field: SourceField) -> str:
    nullif = "" if field.nullif is None else f", NULLIF = {_quoted(field.nullif)}"
    return f"{_name(field.name)} ({field.type}{nullif})"


def _insert(target: str, source: Input) -> str:
    columns = ", ".join(_name(assignment.column) for assignment in source.assignments)
    values = ",\n".join("    " + _value(assignment) for assignment in source.assignments)
    return f"INSERT INTO {_table(target)} ({columns})\nVALUES (\n{values}\n);"


def _value(assignment: Assignment) -> str:
    field = f":{_name(assignment.field)}"
    if assignment.format is not None:
        return f"{field} (FORMAT {_quoted(assignment.format)})"
    return field if assignment.conversion is None else f"{field} ({assignment.conversion})"


def _delete(step: DeleteRows) -> str:
    if step.column is None:
        return f"DELETE FROM {_table(step.table)} ALL;"
    condition = "IS NULL" if step.value is None else f"= {_quoted(step.value)}"
    return f"DELETE FROM {_table(step.table)} WHERE {_name(step.column)} {condition};"


def _column(column: Column) -> str:
    words = [_name(column.name), column.type]
    character = column.column_type.is_character
    if character or column.character_set != "UNICODE":
        words.append(f"CHARACTER SET {column.character_set}")
    if character or column.case_specific:
        words.append("CASESPECIFIC" if column.case_specific else "NOT CASESPECIFIC")
    if column.format is not None:
        words.append(f"FORMAT {_quoted(column.format)}")
    if column.not_null:
        words.append("NOT NULL")
    if column.default is not None:
        words.append(f"DEFAULT {_literal(column.default)}")
    check = column.check
    if check is not None:
        name = _name(column.name)
        if check.low is not None and check.high is not None:
            words.append(f"CHECK ({name} BETWEEN {_literal(check.low)} AND {_literal(check.high)})")
        elif check.low is not None:
            words.append(f"CHECK ({name} >= {_literal(check.low)})")
        elif check.high is not None:
            words.append(f"CHECK ({name} <= {_literal(check.high)})")
    return " ".join(words)


def _literal(text: str) -> str:
    return text if _NUMBER.fullmatch(text) else _quoted(text)


def _quoted(text: str, quote: str = "'") -> str:
    if "\n" in text:
        raise RenderError(f"{text!r} has a line end, which no quoted text can hold")
    return quote + text.replace(quote, quote * 2) + quote


def _name(name: str) -> str:
    if _PLAIN_NAME.fullmatch(name) and name.upper() not in keywords():
        return name
    return _quoted(name, '"')


def _table(name: str) -> str:
    parts = name.split(".")
    if len(parts) > 2:
        raise RenderError(f"{name} has more than a database and a table in it")
    return ".".join(_name(part) for part in parts)
