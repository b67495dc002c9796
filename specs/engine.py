"""What an engine declares about itself: its part of the contract in one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from specs.document import Event, JobPlan, JobReport
from specs.script.job_language import JobLanguage
from specs.sql.tables import TableDefinition


@dataclass(frozen=True)
class Engine:
    """One engine: what its jobs, reports, events and errors look like.

    ``name`` is its folder in every package, its plans' and reports' ``kind``, its capability and
    the key of its editions; ``title`` is for people, ``family`` begins the ids of its rules.
    ``parts`` are the capabilities beyond the plain engine. ``editions``: the readings of its rules,
    the default first. ``errors``: name of each error -> the engine's codes for it, the default
    first; none where no public text gives one. ``language``: that of its scripts, if it has one.
    ``own_tables`` are kept by the engine itself, such as a restart log: no job makes a table of
    that name. ``known_table``: the definition of a table that it knows by its name and those of its
    columns alone, None of any other.
    """

    name: str
    title: str
    family: str
    parts: tuple[str, ...]
    editions: tuple[str, ...]
    plan: type[JobPlan]
    report: type[JobReport] | None
    events: tuple[type[Event], ...]
    errors: Mapping[str, tuple[int, ...]]
    language: JobLanguage | None = None
    own_tables: tuple[str, ...] = ()
    known_table: Callable[[str, Sequence[str]], TableDefinition | None] | None = None

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The engine's own name, and each of its parts."""
        return capabilities_of(self.name, self.parts)


def capabilities_of(engine: str, parts: Iterable[str]) -> tuple[str, ...]:
    """The capabilities of a loader that runs an engine's jobs with these of its parts."""
    return (engine, *(f"{engine}/{part}" for part in parts))
