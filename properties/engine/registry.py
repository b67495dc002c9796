"""Claims: one property is one sentence about one or more rules."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis.strategies import SearchStrategy

from specs.contract import Capability, Edition, Exposure
from specs.contract.directories import CaseBundle
from specs.results import PlannedProperty

if TYPE_CHECKING:
    from properties.engine.trial import Trial

EDITIONS: tuple[Edition, ...] = ("vendor", "seed")


@dataclass(frozen=True)
class Scenario:
    """A case and what the property does with it (``choices``: JSON values, e.g. a stop)."""

    bundle: CaseBundle
    choices: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        # Hypothesis makes one of every failing example; files can be long
        return f"Scenario({', '.join(self.bundle.files)}; {dict(self.choices)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # Without it Hypothesis prints a dataclass field by field, whatever its repr
        printer.text(repr(self))


Check = Callable[["Trial", Scenario], None]


@dataclass(frozen=True)
class Property:
    """A sentence that holds for every scenario, or else the candidate breaks its ``rules``.

    ``needs`` are capabilities and ``exposes`` what an outcome must show for it to be tried.
    ``share`` scales the profile's number of examples for properties that are slow or narrow.
    """

    id: str
    sentence: str
    suite: str
    rules: tuple[str, ...]
    editions: tuple[Edition, ...]
    needs: tuple[Capability, ...]
    exposes: tuple[Exposure, ...]
    scenarios: SearchStrategy[Scenario]
    check: Check
    share: float = 1.0

    @property
    def engine(self) -> str:
        """The engine that it is mainly about: that of the first capability it needs."""
        return self.needs[0].partition("/")[0]

    def planned(self) -> PlannedProperty:
        return PlannedProperty(
            id=self.id,
            engine=self.engine,
            sentence=self.sentence,
            suite=self.suite,
            rules=self.rules,
            editions=self.editions,
        )


SUITES = "properties.suites"
"""The package whose modules are the suites; a suite is named by its folder and its module."""

_claims: dict[str, Property] = {}

ACCOUNTS: tuple[Exposure, ...] = ("content", "counts")
"""What a load must show to be held to its tables and its accounts."""


def claim(
    *rules: str,
    given: SearchStrategy[Scenario],
    needs: Iterable[Capability],
    exposes: Iterable[Exposure] = ("content",),
    editions: tuple[Edition, ...] = EDITIONS,
    share: float = 1.0,
) -> Callable[[Check], Check]:
    """Register a check under rules. The function's name is the sentence."""

    def register(check: Check) -> Check:
        suite = check.__module__.removeprefix(f"{SUITES}.")
        words = check.__name__.replace("_", " ")
        claimed = Property(
            id=f"{suite}.{check.__name__}",
            sentence=words[0].upper() + words[1:] + ".",
            suite=suite,
            rules=rules,
            editions=editions,
            needs=tuple(needs),
            exposes=tuple(exposes),
            scenarios=given,
            check=check,
            share=share,
        )
        if claimed.id in _claims and _claims[claimed.id].check.__code__ is not check.__code__:
            raise ValueError(f"two properties are named {claimed.id}; rename one")
        _claims[claimed.id] = claimed
        return check

    return register


def all_properties() -> tuple[Property, ...]:
    """Every property of every suite, in order of suite and name."""
    suites = importlib.import_module(SUITES)
    for module in pkgutil.walk_packages(suites.__path__, f"{SUITES}."):
        importlib.import_module(module.name)
    return tuple(_claims[key] for key in sorted(_claims))


def select(
    rules: Iterable[str] = (), suites: Iterable[str] = (), ids: Iterable[str] = ()
) -> tuple[Property, ...]:
    """The properties that touch any of ``rules``, are of ``suites`` and are named in ``ids``.

    An empty criterion selects all.
    """
    wanted_rules, wanted_suites, wanted_ids = set(rules), set(suites), set(ids)
    return tuple(
        p
        for p in all_properties()
        if (not wanted_rules or wanted_rules & set(p.rules))
        and (not wanted_suites or any(_is_suite(p.suite, wanted) for wanted in wanted_suites))
        and (not wanted_ids or p.id in wanted_ids)
    )


def _is_suite(suite: str, wanted: str) -> bool:
    """Whether a suite is the one wanted: by its whole name, its folder, or its last name."""
    return suite == wanted or wanted in (suite.partition(".")[0], suite.rpartition(".")[2])
