"""Names of tables: letter case tells no two apart, and a table keeps that of its creation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from specs.sql.statements import CreateTable

_Step = TypeVar("_Step", bound=msgspec.Struct)

_NAMES = ("table", "source", "target", "error_table_1", "error_table_2")
"""The fields of a step, of whatever engine, that name a table."""


def same_name(one: str, other: str) -> bool:
    """Whether two names are those of one table."""
    return one.casefold() == other.casefold()


def spelled_alike(step: _Step, existing: Iterable[str]) -> _Step:
    """A step with each of its tables spelled as in ``existing``, else as the step spells it first.

    Where two names of ``existing`` differ in letter case alone the first counts.
    """
    spelling: dict[str, str] = {}
    for name in existing:
        spelling.setdefault(name.casefold(), name)
    return with_tables_renamed(step, lambda name: spelling.setdefault(name.casefold(), name))


def with_tables_renamed(step: _Step, name_of: Callable[[str], str]) -> _Step:
    """A step with each name of a table in it replaced."""
    if isinstance(step, CreateTable):
        definition = step.definition
        renamed = msgspec.structs.replace(definition, name=name_of(definition.name))
        return msgspec.structs.replace(step, definition=renamed)
    named = {field: getattr(step, field) for field in _NAMES if hasattr(step, field)}
    changes: dict[str, Any] = {field: name_of(name) for field, name in named.items()}
    return msgspec.structs.replace(step, **changes)
