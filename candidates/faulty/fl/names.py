"""Loaders to which a name in another letter case is another name (FL-14, FL-23)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from candidates.faulty.changing import InformedLoader
from candidates.faulty.planting import planted
from specs.fastload.plan import Load
from specs.sql.statements import CreateTable

_Step = TypeVar("_Step", bound=msgspec.Struct)


@planted("FL-14")
class LocksAreOfOneLetterCase(InformedLoader):
    """A locked table can be dropped or emptied under its name in another letter case."""

    def with_known_names(self, step: _Step, names: Iterable[str]) -> _Step:
        return super().with_known_names(step, names) if isinstance(step, Load) else step


@planted("FL-23")
class TargetIsOfOneLetterCase(InformedLoader):
    """A load finds its target only in the letter case of its creation."""

    def with_known_names(self, step: _Step, names: Iterable[str]) -> _Step:
        return step if isinstance(step, Load) else super().with_known_names(step, names)


@planted("FL-23")
class TableIsMadeTwice(InformedLoader):
    """CREATE TABLE makes a second table when the name is there in another letter case."""

    def with_known_names(self, step: _Step, names: Iterable[str]) -> _Step:
        return step if isinstance(step, CreateTable) else super().with_known_names(step, names)
