"""The base of every JSON document of ours: immutable, keyword-only, no unknown keys."""

from __future__ import annotations

from typing import Any

import msgspec


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One JSON object whose keys are the fields of the class."""


class JobPlan(Document, frozen=True, kw_only=True, tag_field="kind"):
    """The base of every engine's plan: a job after parsing, with every name resolved.

    A plan says *what was asked for*, each name spelled as its definition spells it; the raw numbers
    of a script stay raw (``RECORD 2`` is ``start=2``), because their meaning can differ by edition.
    """

    steps: tuple[Any, ...]


class JobReport(Document, frozen=True, kw_only=True, tag_field="kind"):
    """The base of every engine's report: what the utility tells at a job's end."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="name"):
    """The base of every event; its fields are the details. A candidate may add details."""
