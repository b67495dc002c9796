"""The engines whose jobs a case can hold. A new one is a folder in each package and a line here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, Union

from specs.distribution.engine import DISTRIBUTION
from specs.document import JobPlan, JobReport
from specs.engine import Engine
from specs.fastload.engine import FASTLOAD
from specs.script.language_choice import language_of
from specs.sql.naming import same_name
from specs.sql.tables import TableDefinition

ENGINES: tuple[Engine, ...] = (
    DISTRIBUTION,
    FASTLOAD,
)


def engine_of(plan: JobPlan) -> Engine:
    """The engine that a plan is for."""
    return next(engine for engine in ENGINES if isinstance(plan, engine.plan))


def engine_of_script(script: str, engines: Iterable[Engine]) -> Engine:
    """The engine, of those given, in whose language a script is written (`language_of`).

    Raises ValueError when none of them has a language.
    """
    of_language = {engine.language: engine for engine in engines if engine.language}
    return of_language[language_of(script, of_language)]


def check_edition(plan: JobPlan, edition: str) -> None:
    """Raise ValueError when a plan's engine has no such edition."""
    engine = engine_of(plan)
    if edition not in engine.editions:
        raise ValueError(
            f"{engine.name} has the editions {', '.join(engine.editions)}, not {edition}"
        )


def known_table(name: str, columns: Sequence[str]) -> TableDefinition | None:
    """The definition of a table whose rows carry none, if an engine knows it by its columns."""
    known = (engine.known_table(name, columns) for engine in ENGINES if engine.known_table)
    return next((definition for definition in known if definition), None)


def is_own_table(name: str) -> bool:
    """Whether an engine keeps a table of that name itself, in whatever letter case."""
    return any(same_name(name, own) for engine in ENGINES for own in engine.own_tables)


if TYPE_CHECKING:
    Plan: TypeAlias = JobPlan
    Report: TypeAlias = JobReport
    Capability: TypeAlias = str
    Edition: TypeAlias = str
    EventName: TypeAlias = str
    ErrorName: TypeAlias = str
else:
    # The unions and vocabularies that documents are validated by, and schemas made from.
    Plan = Union[tuple(engine.plan for engine in ENGINES)]  # noqa: UP007  # of a tuple
    Report = Union[tuple(e.report for e in ENGINES if e.report)]  # noqa: UP007  # likewise
    Capability = Literal[tuple(name for engine in ENGINES for name in engine.capabilities)]
    Edition = Literal[tuple(dict.fromkeys(name for e in ENGINES for name in e.editions))]
    EventName = Literal[
        tuple(dict.fromkeys(e.__struct_config__.tag for engine in ENGINES for e in engine.events))
    ]
    ErrorName = Literal[tuple(dict.fromkeys(name for engine in ENGINES for name in engine.errors))]
