"""The engines whose jobs the reference runs. A new one is a folder of its own and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import specs.engines
from reference import distribution, fastload
from reference.system import JobRun
from specs.document import JobPlan
from specs.engines import engine_of, engine_of_script
from specs.sql.tables import TableDefinition

Tables = Mapping[str, TableDefinition]


@dataclass(frozen=True)
class ReferenceEngine:
    """What an engine brings with it.

    ``run_step`` runs one step of its plans and raises `JobEnded` when the job ends there.
    ``read_script`` reads a job in its language, given the tables that exist, and raises
    `ScriptError`.
    """

    run_step: Callable[[JobRun, Any], None]
    read_script: Callable[[str, Tables], JobPlan] | None = None


ENGINES: dict[str, ReferenceEngine] = {
    "distribution": ReferenceEngine(distribution.run_step),
    "fastload": ReferenceEngine(fastload.run_step, fastload.read_script),
}
"""By the names that `specs.engines` gives them."""


def run_step(run: JobRun, step: Any) -> None:
    """One step of a job. Raises `JobEnded` when the job ends there."""
    ENGINES[engine_of(run.job.plan).name].run_step(run, step)


def read_script(script: str, tables: Tables) -> JobPlan:
    """The plan of a script, read by the engine in whose language it is written.

    Raises `specs.script.diagnostics.ScriptError`.
    """
    readers = {name: e.read_script for name, e in ENGINES.items() if e.read_script}
    engine = engine_of_script(script, (e for e in specs.engines.ENGINES if e.name in readers))
    return readers[engine.name](script, tables)
