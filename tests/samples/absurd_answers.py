"""Every field of what a loader answers, missing or absurd: made from the documents themselves.

A field that is added to a document is tried here without anybody's doing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from engine_samples import Loader
from msgspec import inspect

from specs.contract import Description, Emit, Outcome
from specs.contract.directories import (
    OUTCOME_DIRECTORY,
    OUTCOME_FILE,
    arrow_bytes,
    read_arrow,
)
from specs.contract.events import EVENTS

MISSING = object()
"""In the place of a value: the field is left out."""

Steps = tuple[str, ...]
"""The names on the way to a field; ``*`` is every entry of a list or an object."""


@dataclass(frozen=True)
class Absurdity:
    """A document, the way to one of its fields, and what is there instead."""

    document: str
    steps: Steps
    value: Any

    def __str__(self) -> str:
        value = "missing" if self.value is MISSING else repr(self.value)
        return f"{self.document}.{'.'.join(self.steps)}: {value}"


def absurdities_of_outcomes() -> list[Absurdity]:
    return [Absurdity("outcome", *each) for each in _fields(inspect.type_info(Outcome))]


def absurdities_of_descriptions() -> list[Absurdity]:
    return [Absurdity("description", *each) for each in _fields(inspect.type_info(Description))]


def absurdities_of_events() -> list[Absurdity]:
    silent = [Absurdity(name, (), MISSING) for name in EVENTS]
    told = [
        Absurdity(name, *each)
        for name, event in EVENTS.items()
        for each in _fields(inspect.type_info(event))
    ]
    return silent + told


TABLES = ("no columns", "one column more", "other types", "NULLs", "no rows", "every row twice")
"""What can be absurd in the tables and answers of an outcome."""


def absurdities_of_tables() -> list[Absurdity]:
    return [Absurdity(what, (), way) for what in ("tables", "answers") for way in TABLES]


def _fields(kind: inspect.Type, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    match kind:
        case inspect.UnionType(types=types):
            for each in types:
                if not isinstance(each, inspect.NoneType):
                    yield from _fields(each, steps)
        case inspect.StructType(fields=fields):
            for field in fields:
                inner = (*steps, field.encode_name)
                yield inner, MISSING
                for value in _absurd(field.type):
                    yield inner, value
                yield from _fields(field.type, inner)
        case inspect.DictType(value_type=inner_kind) | inspect.VarTupleType(item_type=inner_kind):
            yield from _fields(inner_kind, (*steps, "*"))
        case _:
            return


def _absurd(kind: inspect.Type) -> Iterator[Any]:
    """Values of the type that make no sense, and one of another type."""
    match kind:
        case inspect.UnionType(types=types):
            for each in types:
                yield from _absurd(each)
        case inspect.NoneType():
            yield None
        case inspect.IntType():
            yield from (-1, 2**62)
        case inspect.StrType():
            yield from ("", "nobody")
        case inspect.LiteralType(values=values):
            yield values[-1]
        case inspect.DictType():
            yield from ({}, {"nobody": 7})
        case inspect.VarTupleType():
            yield from ([], ["nobody"])
        case _:
            yield {"absurd": True}


def made_absurd(document: Any, steps: Steps, value: Any) -> None:
    """Change a document of builtins in place, wherever the way leads somewhere."""
    first, *rest = steps
    places = list(document) if first == "*" and isinstance(document, dict) else [first]
    if first == "*" and isinstance(document, list):
        places = list(range(len(document)))
    for place in places:
        try:
            inner = document[place]
        except (KeyError, IndexError, TypeError):
            if rest or value is MISSING or not isinstance(document, dict):
                continue
            inner = None
        if rest:
            made_absurd(inner, tuple(rest), value)
        elif value is MISSING:
            del document[place]
        else:
            document[place] = value


class Absurd(Loader):
    """The reference, one field of whose answers is absurd."""

    def __init__(self, absurdity: Absurdity) -> None:
        super().__init__()
        self._absurdity = absurdity

    def describe(self) -> Any:
        told = msgspec.to_builtins(super().describe())
        if self._absurdity.document == "description":
            made_absurd(told, self._absurdity.steps, self._absurdity.value)
        return told

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        it = self._absurdity

        def tell(name: str, details: Mapping[str, Any]) -> None:
            told = dict(details)
            if name == it.document and not it.steps:
                return
            if name == it.document:
                made_absurd(told, it.steps, it.value)
            emit(name, told)

        super().run(case, workspace, tell)
        directory = workspace / OUTCOME_DIRECTORY
        document = json.loads((directory / OUTCOME_FILE).read_text())
        if it.document == "tables":
            for files in document["tables"].values():
                for file in files:
                    _make_table_absurd(directory / file, it.value)
        if it.document == "answers":
            for file in document["answers"].values():
                _make_table_absurd(directory / file, it.value)
        if it.document == "outcome":
            made_absurd(document, it.steps, it.value)
        (directory / OUTCOME_FILE).write_text(json.dumps(document))


def _make_table_absurd(path: Path, way: str) -> None:
    rows = read_arrow(path)
    path.unlink()  # what was read is mapped into memory
    match way:
        case "no columns":
            rows = rows.select([])
        case "one column more":
            rows = rows.append_column("nobody", pa.array([7] * rows.num_rows))
        case "other types":
            columns = [pa.array([str(v) for v in c.to_pylist()]) for c in rows.columns]
            rows = pa.table(dict(zip(rows.column_names, columns, strict=True)))
        case "no rows":
            rows = rows.slice(0, 0)
        case "every row twice":
            rows = pa.concat_tables([rows, rows])
        case _:
            columns = [pa.nulls(rows.num_rows, c.type) for c in rows.columns]
            rows = pa.Table.from_arrays(columns, schema=rows.schema)
    path.write_bytes(arrow_bytes(rows))
