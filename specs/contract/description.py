"""What a candidate says about itself."""

from __future__ import annotations

from typing import Any, Literal

from specs.contract.version import CONTRACT_VERSION
from specs.document import Document
from specs.engines import Capability, Edition

Exposure = Literal["content", "placement", "events", "counts", "trace", "history"]


class KnownGap(Document, frozen=True, kw_only=True):
    """A deviation that the candidate's author knows of, with a pinned example directory."""

    rule: str
    issue: str
    reason: str
    example: str | None = None


class Description(Document, frozen=True, kw_only=True):
    """A candidate about itself.

    ``capabilities``: the engines it knows and their parts. ``column_types``: names of the column
    types it knows (``INTEGER``, ``DECIMAL``, ...); none given: all of them. ``exposes``: what its
    outcomes show. ``editions``: engine -> the readings it follows. ``settings``: name of each
    setting under which it must behave the same -> values to try it with. ``input_tables``: how it
    wants the tables of a case, and the rows that a plan names.
    """

    contract: int = CONTRACT_VERSION
    name: str
    version: str
    language: str
    homepage: str
    issues: str
    capabilities: tuple[Capability, ...]
    column_types: tuple[str, ...] = ()
    exposes: tuple[Exposure, ...]
    editions: dict[str, tuple[Edition, ...]]
    settings: dict[str, tuple[Any, ...]] = {}
    input_tables: Literal["arrow", "rows"] = "arrow"
    known_gaps: tuple[KnownGap, ...] = ()

    def editions_of(self, engine: str) -> tuple[Edition, ...]:
        """The readings of an engine's rules that the candidate follows."""
        return self.editions.get(engine, ())
