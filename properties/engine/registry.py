"""Claims: one property is one sentence about one or more rules."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis.strategies import SearchStrategy

from properties.engine.scenario import Grow, Scenario
from properties.engine.sizes import Sizes
from specs.contract import Capability, Edition, Exposure
from specs.contract.results import PlannedProperty
from specs.engines import ENGINES

if TYPE_CHECKING:
    from properties.engine.machine import HistoryMachine
    from properties.engine.trial import Trial


Check = Callable[["Trial", Scenario], None]


@dataclass(frozen=True, kw_only=True)
class Property:
    """A sentence that holds for every example, or else the candidate breaks its ``rules``.

    ``needs`` are capabilities and ``exposes`` what an outcome must show for it to be tried.
    ``share`` scales the profile's number of examples for properties that are slow or narrow.
    ``promises`` are the input classes that its examples must reach for it to say anything.
    """

    id: str
    sentence: str
    suite: str
    rules: tuple[str, ...]
    editions: tuple[Edition, ...]
    needs: tuple[Capability, ...]
    exposes: tuple[Exposure, ...]
    share: float = 1.0
    promises: tuple[str, ...] = ()

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
            promises=self.promises,
        )


@dataclass(frozen=True, kw_only=True)
class ScenarioProperty(Property):
    """A property whose examples are scenarios, each of which a check tries."""

    scenarios: SearchStrategy[Scenario]
    check: Check
    sizes: Sizes[Scenario] | Grow | str | None = None
    """How its scenarios grow, None: as those of its engine do; or why size means nothing here."""


@dataclass(frozen=True, kw_only=True)
class HistoryProperty(Property):
    """A property whose examples are histories of one system, which a machine makes up."""

    machine: type[HistoryMachine]


SUITES = "properties.suites"
"""The package whose modules are the suites; a suite is named by its folders and its module."""

_claims: dict[str, Property] = {}

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")
_Machine = TypeVar("_Machine", bound="type[HistoryMachine]")


def claim(
    *rules: str,
    given: SearchStrategy[Scenario],
    needs: Iterable[Capability],
    exposes: Iterable[Exposure] = ("content",),
    editions: tuple[Edition, ...] | None = None,
    share: float = 1.0,
    promises: Iterable[str] = (),
    sizes: Sizes[Scenario] | Grow | str | None = None,
) -> Callable[[Check], Check]:
    """Register a check under rules. The function's name is the sentence.

    ``editions`` None: all that its engine has. ``sizes``: see `ScenarioProperty`.
    """

    def register(check: Check) -> Check:
        common = _common(check, check.__name__, rules, needs, exposes, editions, share, promises)
        _register(ScenarioProperty(**common, scenarios=given, check=check, sizes=sizes))
        return check

    return register


def claim_of_histories(
    *rules: str,
    needs: Iterable[Capability],
    exposes: Iterable[Exposure] = ("content", "events"),
    editions: tuple[Edition, ...] | None = None,
    share: float = 1.0,
    promises: Iterable[str] = (),
) -> Callable[[_Machine], _Machine]:
    """Register a machine under rules. The class's name, word by word, is the sentence."""

    def register(machine: _Machine) -> _Machine:
        name = _WORD_START.sub("_", machine.__name__).lower()
        common = _common(machine, name, rules, needs, exposes, editions, share, promises)
        _register(HistoryProperty(**common, machine=machine))
        return machine

    return register


def _common(
    subject: Any,
    name: str,
    rules: tuple[str, ...],
    needs: Iterable[Capability],
    exposes: Iterable[Exposure],
    editions: tuple[Edition, ...] | None,
    share: float,
    promises: Iterable[str],
) -> dict[str, Any]:
    suite = subject.__module__.removeprefix(f"{SUITES}.")
    words = name.replace("_", " ")
    capabilities = tuple(needs)
    engine = capabilities[0].partition("/")[0]
    return {
        "id": f"{suite}.{name}",
        "sentence": words[0].upper() + words[1:] + ".",
        "suite": suite,
        "rules": rules,
        "editions": editions or next(e.editions for e in ENGINES if e.name == engine),
        "needs": capabilities,
        "exposes": tuple(exposes),
        "share": share,
        "promises": tuple(promises),
    }


def _register(claimed: Property) -> None:
    if claimed.id in _claims:
        raise ValueError(f"two properties are named {claimed.id}; rename one")
    _claims[claimed.id] = claimed


def all_properties() -> tuple[Property, ...]:
    """Every property of every suite, in order of suite and name.

    Raises what a suite raises while it is imported: none is ever left out.
    """
    for name in suite_modules(importlib.import_module(SUITES)):
        importlib.import_module(name)
    return tuple(_claims[key] for key in sorted(_claims))


def suite_modules(package: ModuleType) -> Iterator[str]:
    """The names of all modules in a package's folders, however deep."""
    for place in package.__path__:
        root = Path(place)
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            if parts[-1] != "__init__":
                yield ".".join((package.__name__, *parts))


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
    """Whether a suite is the one wanted: by its whole name, by a folder, or by its last name."""
    return suite == wanted or suite.startswith(f"{wanted}.") or suite.split(".")[-1] == wanted
