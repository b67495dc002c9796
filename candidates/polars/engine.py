"""What an engine gives the loader; the loader's shared packages know engines by this alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from candidates.polars.job import Job
from candidates.polars.system import System
from specs.contract import Plan, Report
from specs.engine import Engine, capabilities_of
from specs.sql.tables import TableDefinition

OutcomeTables = Mapping[str, tuple[str, ...]]
"""Tables of an outcome: name -> files."""


class StepRunner(Protocol):
    """The steps of one job, as its engine runs them."""

    def run_step(self, number: int, step: Any) -> None:
        """Run the step at that position of the plan, or go on with it.

        Raises `candidates.polars.endings.JobEnded` where the job ends here.
        """

    def report(self) -> Report | None:
        """What the engine's utility tells of the job, as far as it came."""


def _no_tables(system: System) -> OutcomeTables:
    return {}


@dataclass(frozen=True)
class LoaderEngine:
    """One engine of the loader.

    ``spec`` is the engine as the contract has it, ``parts`` are those of its parts that the loader
    claims. ``runner`` makes what runs a job's steps. ``read_script`` reads a script, given the
    tables that exist, for cases that hold no plan; it raises ValueError, telling what is wrong.
    ``open_tables`` are the tables of an outcome that the engine's open loads have beside those of
    the system.
    """

    spec: Engine
    parts: tuple[str, ...]
    runner: Callable[[Job], StepRunner]
    read_script: Callable[[str, Mapping[str, TableDefinition]], Plan] | None = None
    open_tables: Callable[[System], OutcomeTables] = _no_tables

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What the loader claims of the engine."""
        return capabilities_of(self.spec.name, self.parts)
