"""Which candidates a call is about."""

from __future__ import annotations

import importlib.util
from collections import Counter
from dataclasses import dataclass

from candidates.reach import BUILT_IN, spec_of
from loadproof.refusal import Refusal


@dataclass(frozen=True)
class Chosen:
    """A candidate as the user named it and the spec that reaches it."""

    name: str
    spec: str

    @property
    def foreign(self) -> bool:
        """Whether it is somebody else's: none of the loaders that come with us."""
        return self.name not in BUILT_IN

    @property
    def folder(self) -> str:
        """Name of the folder that holds what this candidate leaves."""
        return "".join(c if c.isalnum() or c in "-_." else "-" for c in self.name)[:80]


def choose(names: list[str]) -> list[Chosen]:
    """The candidates named, or every installed one.

    Raises `candidates.reach.agreement.UnknownCandidateError`, and `Refusal` when two share a
    folder: a loader compared with itself would agree without having been tried.
    """
    if not names:
        return [Chosen(name, spec) for name, spec in BUILT_IN.items() if _installed(spec)]
    chosen = [Chosen(name, spec_of(name)) for name in names]
    folders = Counter(one.folder for one in chosen)
    for one in chosen:
        if folders[one.folder] > 1:
            raise Refusal(f"{one.name}: named twice, or too like another name; name it once")
    return chosen


def _installed(spec: str) -> bool:
    return importlib.util.find_spec(spec.split(":")[1]) is not None
