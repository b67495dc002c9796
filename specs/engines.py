"""The engines whose jobs a case can hold. A new engine is a folder in each room and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, Union

from specs.distribution.engine import DISTRIBUTION
from specs.document import JobPlan, JobReport
from specs.engine import Engine
from specs.fastload.engine import FASTLOAD
from specs.sql.naming import same_name

ENGINES: tuple[Engine, ...] = (
    DISTRIBUTION,
    FASTLOAD,
)


def engine_of(plan: JobPlan) -> Engine:
    """The engine that a plan is for."""
    return next(engine for engine in ENGINES if isinstance(plan, engine.plan))


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
