"""The polars loader: describes itself, runs jobs on the system that a workspace holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from candidates.polars.durable.state import JobRecord, State, StoredSystem, SystemSize
from candidates.polars.durable.workspace import Workspace, WorkspaceError, held_workspace
from candidates.polars.engine import LoaderEngine
from candidates.polars.engines import ENGINES
from candidates.polars.job import Job
from candidates.polars.running import run_job
from candidates.polars.settings import TRIED, Settings
from candidates.polars.steps import Steps
from candidates.polars.storage.hashing import HashFunction
from candidates.polars.system import System
from candidates.polars.timing import Clock
from candidates.polars.version import VERSION
from specs.contract import Case, Description, Emit, Plan
from specs.contract.directories import read_case_document
from specs.engines import check_edition, engine_of_script
from specs.sql.tables import TableDefinition


class UnknownPlanError(ValueError):
    """A case that none of the loader's engines runs."""


class PolarsLoader(Steps):
    """A candidate for HD and FL, both editions.

    ``hash_function`` replaces the row hash; ``timings``, if given, is filled with seconds per
    phase; ``settings`` are values of `Settings` by name, which a case may change for its own run.

    Every method of `Steps` is a seam: a loader with one planted fault is a subclass that
    overrides one of them.
    """

    def __init__(
        self,
        hash_function: HashFunction | None = None,
        timings: dict[str, float] | None = None,
        **settings: Any,
    ) -> None:
        if hash_function is not None:
            self.hash_function = hash_function
        self.settings = Settings().changed(settings)
        self.clock = Clock(timings)

    @property
    def timings(self) -> dict[str, float] | None:
        """Seconds per phase, summed over threads, of the runs since a dict was put here."""
        return self.clock.timings

    @timings.setter
    def timings(self, timings: dict[str, float] | None) -> None:
        self.clock.timings = timings

    def describe(self) -> Description:
        """What the loader claims."""
        return Description(
            name="polars",
            version=VERSION,
            language="Python",
            homepage="",
            issues="",
            capabilities=tuple(name for engine in ENGINES for name in engine.capabilities),
            exposes=("content", "placement", "events", "counts"),
            editions={engine.spec.name: engine.spec.editions for engine in ENGINES},
            settings=TRIED,
        )

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        """Run a job on the system, or go on with it; leaves ``workspace/outcome/``.

        The job that completed last answers the same again. Raises, before anything is changed,
        `WorkspaceError` for a system of another size, a damaged workspace or one that another run
        is using, `SettingsError`, and ValueError for a script or plan that cannot be run; later
        `WorkspaceError` when the workspace cannot be written, and whatever ``emit`` raises.
        """
        document = read_case_document(case)
        settings = self.settings.changed(document.settings)
        with held_workspace(workspace) as opened:
            self._run(case, document, settings, opened, emit)

    def _run(
        self, case: Path, document: Case, settings: Settings, opened: Workspace, emit: Emit
    ) -> None:
        key, state = document.identity, opened.state
        _check_size(opened.root, state, document, key)
        if state.completed is not None and state.completed.key == key:
            opened.publish(state.completed.outcome)
            return
        system = System(self, opened)
        self._start(system, key, document, case)
        plan = document.plan or state.jobs[key].plan
        assert plan is not None, "a case without a plan has had its script read"
        engine = _engine_of(plan, document)
        opened.remove_leftovers()
        system.commit(durable=False)
        job = Job(system, key, document, case, self, settings, engine.spec.errors, emit)
        run_job(job, plan.steps, engine, ENGINES)

    def _start(self, system: System, key: str, document: Case, case: Path) -> None:
        """Put a job that is new on record, with the tables that it brings along.

        The job that completed last is forgotten, if anybody could read its outcome.
        """
        state = system.state
        if state.completed is not None and not system.workspace.published:
            state.jobs[state.completed.key] = state.completed.record
        state.completed = None
        if key in state.jobs:
            return
        assert state.system is not None
        state.jobs[key] = JobRecord(document.job, state.system.size)
        system.import_tables(document.tables, case)
        if document.plan is None:
            tables = {name: table.definition for name, table in system.tables.items()}
            state.jobs[key].plan = _plan_of_script(document.script, tables)


def factory() -> PolarsLoader:
    """A new loader; built in as ``polars``."""
    return PolarsLoader()


def _check_size(workspace: Path, state: State, document: Case, key: str) -> None:
    """The case names the size of the system; the first one makes a system of that size.

    A job that has started may go on naming the size that there was then: it may have changed the
    number of AMPs itself. Raises `WorkspaceError`.
    """
    named = SystemSize(document.teradata.amps, document.teradata.hash_bucket_bits)
    if state.system is None:
        state.system = StoredSystem(named)
    size, record = state.system.size, state.jobs.get(key)
    if state.completed is not None and state.completed.key == key:
        record = state.completed.record
    if named == size or (record is not None and named == record.size):
        return
    raise WorkspaceError(
        f"the system in the workspace {workspace} has {size.amps} AMPs and "
        f"{size.hash_bucket_bits}-bit hash buckets; the case is for one of {named.amps} AMPs and "
        f"{named.hash_bucket_bits}-bit hash buckets: name the system as it is now, or use an "
        "empty directory"
    )


def _plan_of_script(script: str, tables: Mapping[str, TableDefinition]) -> Plan:
    """The plan of a case that holds a script alone.

    The engine in whose language the script is written reads it. Raises ValueError, telling the
    mistakes in the script, or `UnknownPlanError`.
    """
    readers = {e.spec.name: e.read_script for e in ENGINES if e.read_script}
    if not readers:
        raise UnknownPlanError(
            "the case holds a script and no plan, and no engine here reads scripts"
        )
    engine = engine_of_script(script, (e.spec for e in ENGINES if e.spec.name in readers))
    return readers[engine.name](script, tables)


def _engine_of(plan: Plan, document: Case) -> LoaderEngine:
    """The engine that runs a plan. Raises `UnknownPlanError`, ValueError for its edition."""
    for engine in ENGINES:
        if isinstance(plan, engine.spec.plan):
            check_edition(plan, document.edition)
            return engine
    known = ", ".join(engine.spec.name for engine in ENGINES)
    raise UnknownPlanError(f"the loader runs plans of {known}, not {type(plan).__name__}")
