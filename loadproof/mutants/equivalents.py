"""Mutants that are argued to behave like the original: the list of them, and what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files

import msgspec

from loadproof.mutants.sites import Mutant, Subject


class Equivalent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a change cannot be noticed; it is found by its text, so it outlives edits around it.

    The other fields are those of `Mutant`. One entry stands for every such line of a function.
    """

    module: str
    function: str = ""
    before: str
    after: str
    reason: str

    def matches(self, mutant: Mutant) -> bool:
        return _key(self) == _key(mutant)


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    equivalent: tuple[Equivalent, ...] = ()


@lru_cache(maxsize=1)
def equivalents() -> tuple[Equivalent, ...]:
    """The committed list, ``equivalents.toml``."""
    return read_equivalents((files(__package__) / "equivalents.toml").read_text(encoding="utf-8"))


def read_equivalents(text: str) -> tuple[Equivalent, ...]:
    """A list in TOML. Raises `msgspec.DecodeError`, and ValueError for an entry without reason."""
    found = msgspec.toml.decode(text, type=_Document).equivalent
    for entry in found:
        if not entry.reason.strip():
            raise ValueError(f"{entry.module}: {entry.after!r} needs a reason")
    return found


def reason_for(mutant: Mutant, entries: Iterable[Equivalent]) -> str:
    """Why a mutant is argued to be equivalent; empty when it is not."""
    return next((entry.reason for entry in entries if entry.matches(mutant)), "")


def stale(subject: Subject, entries: Sequence[Equivalent]) -> tuple[Equivalent, ...]:
    """The entries about this subject that no mutant of it matches any more."""
    known = {_key(mutant) for mutant in subject.mutants}
    about = [e for e in entries if f"{e.module}.".startswith(f"{subject.package}.")]
    return tuple(entry for entry in about if _key(entry) not in known)


def _key(change: Mutant | Equivalent) -> tuple[str, str, str, str]:
    return change.module, change.function, change.before, change.after
