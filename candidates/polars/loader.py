"""The polars loader: describes itself, runs a case in a workspace, restarts what is unfinished."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from candidates.polars.distribution.hashing import HashFunction
from candidates.polars.distribution.requests import Distribution
from candidates.polars.durable.workspace import State, Workspace, WorkspaceError, case_digest
from candidates.polars.endings import WARNING, JobEnded
from candidates.polars.fastload.job import FastLoad, Sizes
from candidates.polars.steps import Steps
from candidates.polars.system import System
from candidates.polars.timing import Clock
from specs.contract import Case, Description, Emit, Outcome
from specs.contract.directories import read_case_document
from specs.distribution.plan import (
    DistributionQuery,
    HashConstants,
    HashMapQuery,
    HashRows,
    InsertRows,
    InsertSelect,
    Reconfigure,
)
from specs.fastload.plan import Load, ReleaseLoad
from specs.fastload.report import RESTART_LOG, FastLoadReport, LoadReport
from specs.sql.statements import CreateTable, DeleteRows, DropTable

VERSION = "0.1.0"


class PolarsLoader(Steps):
    """A candidate for HD and FL, both editions.

    ``hash_function`` replaces the row hash; ``piece_bytes`` of input are read at a time;
    ``memory_budget`` bytes of rows are kept in memory before runs are spilled to the workspace;
    ``timings``, if given, is filled with seconds per phase.

    Every method of `Steps` is a seam: a loader with one planted fault is a subclass that
    overrides one of them.
    """

    def __init__(
        self,
        hash_function: HashFunction | None = None,
        piece_bytes: int = Sizes().piece_bytes,
        memory_budget: int = Sizes().memory_budget,
        timings: dict[str, float] | None = None,
    ) -> None:
        if hash_function is not None:
            self.hash_function = hash_function
        self.sizes = Sizes(piece_bytes, memory_budget)
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
            capabilities=(
                "distribution",
                "distribution/nopi",
                "distribution/reconfigure",
                "fastload",
                "fastload/nopi",
                "fastload/restart",
                "fastload/amp-loss",
            ),
            exposes=("content", "placement", "events", "counts"),
            editions={"distribution": ("vendor", "seed"), "fastload": ("vendor", "seed")},
        )

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        """Run or restart a case; leaves ``workspace/outcome/``.

        Raises `WorkspaceError` when the workspace belongs to another case or cannot be written,
        and whatever ``emit`` raises.
        """
        document = read_case_document(case)
        opened = Workspace(workspace)
        state, digest = opened.state, case_digest(document)
        if state.case == digest and state.outcome is not None:
            opened.publish(state.outcome)
            return
        system = System(self, document, case, opened, emit)
        run = CaseRun(system, FastLoad(system, self.sizes))
        if state.case in (None, digest):
            state.case = digest
            opened.remove_leftovers()
        elif state.job is not None:
            if not run.concerns_paused_job():
                raise _foreign(workspace)
            opened.remove_leftovers()
            run.against_paused_job(digest)
            return
        elif state.free:
            opened.remove_leftovers()
            opened.state = State(case=digest, tables=state.tables, serial=state.serial)
        else:
            raise _foreign(workspace)
        opened.withdraw_outcome()
        system.import_tables()
        run.to_the_end()


class CaseRun:
    """The steps of one case, from the first that is not done."""

    def __init__(self, system: System, fastload: FastLoad) -> None:
        self.system = system
        self.workspace = system.workspace
        self.fastload = fastload
        self.distribution = Distribution(system)

    def to_the_end(self) -> None:
        """Run the remaining steps and leave the outcome."""
        state = self.workspace.state
        steps = self.system.case.steps
        try:
            for number in range(state.step, len(steps)):
                self._run_step(number, steps[number])
                state.step = number + 1
                self.system.emit("step-done", {"step": number})
        except JobEnded as ended:
            outcome = self._outcome(ended)
            self.system.commit(durable=True)
            self.workspace.publish(outcome)
            return
        outcome = self._outcome(None)
        state.outcome = outcome
        self.system.commit(durable=True)
        self.workspace.sync_directory(self.workspace.outcome)
        self.workspace.publish(outcome)
        self.system.emit("completed", {})

    def concerns_paused_job(self) -> bool:
        """Whether a step touches a table that the paused load of another case has locked."""
        job = self.workspace.state.job
        assert job is not None
        return any(
            isinstance(step, Reconfigure) or not _names(step).isdisjoint(job.tables)
            for step in self.system.case.steps
        )

    def against_paused_job(self, digest: str) -> None:
        """Another case while a load is paused: it releases the load, or it is refused."""
        before = self.workspace.state
        steps = self.system.case.steps
        releases = any(isinstance(step, ReleaseLoad) for step in steps)
        state = State(
            case=digest,
            tables=dict(before.tables),
            job=before.job,
            serial=before.serial,
            free=True,
        )
        self.workspace.state = state
        self.workspace.withdraw_outcome()
        try:
            if not releases:
                for step in steps:
                    if isinstance(step, Reconfigure):
                        self.system.refuse_reconfigure()
                    self.system.refuse_locked(sorted(_names(step)))
            for number, step in enumerate(steps):
                self._run_step(number, step)
                state.step = number + 1
                self.system.emit("step-done", {"step": number})
                if isinstance(step, ReleaseLoad):
                    break
        except JobEnded as ended:
            # Nothing is committed: the paused load can still be restarted.
            self.workspace.publish(self._outcome(ended))
            return
        self.system.import_tables()
        self.to_the_end()

    def _run_step(self, number: int, step: Any) -> None:
        system, distribution = self.system, self.distribution
        match step:
            case CreateTable():
                system.create_table(step)
            case DropTable():
                system.drop_table(step)
            case DeleteRows():
                system.delete_rows(step)
            case Load():
                self.fastload.load(number, step)
            case ReleaseLoad():
                self.fastload.release(step)
            case InsertRows():
                distribution.insert_rows(number, step)
            case InsertSelect():
                distribution.insert_select(number, step)
            case Reconfigure():
                distribution.reconfigure(step)
            case HashRows():
                distribution.hash_rows(number, step)
            case HashConstants():
                distribution.hash_constants(number, step)
            case HashMapQuery():
                distribution.hash_map(number, step)
            case DistributionQuery():
                distribution.distribution(number, step)

    def _outcome(self, ended: JobEnded | None) -> Outcome:
        system, state = self.system, self.workspace.state
        system.write_tables()
        loads = state.loads
        tables = {name: table.files for name, table in state.tables.items()}
        locked: tuple[str, ...] = ()
        if state.job is not None:
            state.job = job = self.fastload.with_errors(state.job)
            locked = job.tables
            tables |= dict.fromkeys(locked, ())
            assert job.errors is not None
            tables[job.error_table_1] = (job.errors,)
            tables[RESTART_LOG] = (system.write_restart_log(job),)
            if ended is not None and ended.status == "paused":
                loads += (self._paused_report(system.case, state.step),)
        return Outcome(
            status="completed" if ended is None else ended.status,
            return_code=max(WARNING if state.warnings else 0, ended.return_code if ended else 0),
            error=ended.error if ended else None,
            warnings=state.warnings,
            report=FastLoadReport(loads=loads),
            tables=tables,
            locked=locked,
            answers=system.answers,
            versions=versions(),
            work={**system.work, "fsyncs": self.workspace.fsyncs},
        )

    def _paused_report(self, case: Case, number: int) -> LoadReport:
        load = case.steps[number]
        assert isinstance(load, Load)
        return LoadReport(
            target=load.target,
            error_table_1=load.error_table_1,
            error_table_2=load.error_table_2,
            sessions=self.system.steps.sessions(load, case.teradata.amps),
        )


@cache
def versions() -> dict[str, str]:
    """What the loader is made of."""
    packages = ("polars", "pyarrow", "numpy")
    return {"loader": VERSION, **{name: version(name) for name in packages}}


def factory() -> PolarsLoader:
    """A new loader; built in as ``polars``."""
    return PolarsLoader()


def _names(step: Any) -> set[str]:
    """The tables that a step names."""
    match step:
        case CreateTable():
            return {step.definition.name}
        case DropTable() | DeleteRows() | InsertRows() | DistributionQuery():
            return {step.table}
        case Load() | ReleaseLoad():
            return {step.target, step.error_table_1, step.error_table_2}
        case InsertSelect():
            return {step.source, step.target}
        case _:
            return set()


def _foreign(workspace: Path) -> WorkspaceError:
    return WorkspaceError(
        f"the workspace {workspace} belongs to another case; run that case in it again, "
        "or use an empty directory for this one"
    )
