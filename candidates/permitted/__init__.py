"""Right loaders that differ from ours where the rules leave them free; a property that fails one
of them is wrong, and not the loader."""

from __future__ import annotations

import inspect
import re

import msgspec

from candidates.permitted import loaders
from candidates.polars.loader import PolarsLoader
from candidates.reach import InProcess

__all__ = ["PERMITTED", "PermittedLoader", "permitted_loader"]

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class PermittedLoader(msgspec.Struct, frozen=True):
    """A loader that uses the freedom of ``rules``; none: one that concerns every rule.

    ``spec`` reaches it. ``replaces`` are rules of which it replaces what is assumed, so that it
    need not keep them.
    """

    name: str
    rules: tuple[str, ...]
    sentence: str
    spec: InProcess
    replaces: tuple[str, ...] = ()


def _described(
    loader: type[PolarsLoader], *rules: str, replaces: tuple[str, ...] = ()
) -> PermittedLoader:
    name = _WORD_START.sub("-", loader.__name__).lower()
    sentence = " ".join((inspect.getdoc(loader) or "").split())
    spec = InProcess(loader.__module__, loader.__name__)
    return PermittedLoader(name, rules, sentence, spec, replaces)


PERMITTED = (
    _described(loaders.BucketsDealtUpwards, "HD-01", "HD-08", "HD-09", "HD-16", "HD-18", "FL-08"),
    _described(
        loaders.OtherHashOfUndocumentedTypes,
        *("HD-01", "HD-02", "HD-09", "HD-16"),
        replaces=("HD-04",),
    ),
    _described(loaders.LastOfEqualRowsStays, "FL-02", "FL-09"),
    _described(loaders.RoundBeginsAtAmpOne, "HD-14"),
    _described(loaders.BlocksOfHalfTheSize, "FL-06", "FL-12"),
    _described(loaders.SessionsArriveInReverse, "HD-11"),
    _described(loaders.ShowsContentAlone),
    _described(loaders.EveryFreedomAtOnce, replaces=("HD-04",)),
)
"""The freedom of each rule named, used by a loader that keeps all others as they are."""


def permitted_loader(name: str) -> PermittedLoader:
    """The permitted loader of that name. Raises KeyError."""
    return {loader.name: loader for loader in PERMITTED}[name]
