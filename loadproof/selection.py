"""Which candidates a call is about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib.util import find_spec

from candidates.reach import BUILT_IN, DEFAULT_TERMS, ReachedCandidate, Terms, spec_of
from loadproof.refusal import Refusal


@dataclass(frozen=True)
class Chosen:
    """A candidate as the user named it, the spec that reaches it, and the terms it runs on."""

    name: str
    spec: str
    terms: Terms = DEFAULT_TERMS

    @property
    def foreign(self) -> bool:
        """Whether it is somebody else's: none of the loaders that come with us."""
        return self.name not in BUILT_IN

    @property
    def folder(self) -> str:
        """Name of the folder that holds what this candidate leaves."""
        return "".join(c if c.isalnum() or c in "-_." else "-" for c in self.name)[:80]

    def reach(self) -> ReachedCandidate:
        """The candidate in reach; see `candidates.reach.reach`."""
        return self.terms.reach(self.spec)


def choose(names: list[str], terms: Terms = DEFAULT_TERMS) -> list[Chosen]:
    """The candidates named, or every installed one.

    Raises `candidates.reach.agreement.UnknownCandidateError`, and `Refusal` when two share a
    folder: a loader compared with itself would agree without having been tried.
    """
    if not names:
        names = [name for name, place in BUILT_IN.items() if find_spec(place.module)]
    chosen = [Chosen(name, spec_of(name), terms) for name in names]
    folders = Counter(one.folder for one in chosen)
    for one in chosen:
        if folders[one.folder] > 1:
            raise Refusal(f"{one.name}: named twice, or too like another name; name it once")
    return chosen
