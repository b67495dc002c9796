"""Which candidates a call is about."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from candidates.reach import BUILT_IN

NAMED = {**BUILT_IN, "reference": "py:reference.candidate:factory"}
"""Candidate names that need no ``py:`` or ``cmd:``."""


@dataclass(frozen=True)
class Chosen:
    """A candidate as the user named it and the spec that reaches it."""

    name: str
    spec: str


def choose(names: list[str]) -> list[Chosen]:
    """The candidates named, or every installed one. Raises ValueError for an unknown name."""
    if not names:
        return [Chosen(name, spec) for name, spec in NAMED.items() if _installed(spec)]
    return [Chosen(name, _spec(name)) for name in names]


def _spec(name: str) -> str:
    if name.startswith(("py:", "cmd:")):
        return name
    if name not in NAMED:
        raise ValueError(
            f"no candidate is named {name!r}; expected one of {', '.join(NAMED)}, "
            "py:package.module:factory, or 'cmd:program --flag'"
        )
    return NAMED[name]


def _installed(spec: str) -> bool:
    return importlib.util.find_spec(spec.split(":")[1]) is not None
