"""A job on its system: whose it is, where it starts, its steps, its end."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from reference import exchange
from reference.engines import read_script, run_step
from reference.jobs import Job, JobEnded
from reference.storage.hash_maps import hash_map
from reference.storage.hashing import HashFunction
from reference.system import EventSink, InputFiles, JobRun, System
from reference.workspace import Workspace, WorkspaceError
from specs.contract import Case
from specs.contract.directories import DirectoryError
from specs.engines import check_edition, is_own_table


class CaseFiles(InputFiles, Protocol):
    """All that a case holds beside its document."""

    def read_table(self, name: str) -> exchange.ArrowTable:
        """A table that the case brings along, by its name. Raises `DirectoryError`."""


def start_job(
    workspace: Workspace,
    function: HashFunction,
    case: Case,
    files: CaseFiles,
    emit: EventSink,
) -> JobRun:
    """The case's job, new or at its first step that is not done, on the workspace's system.

    The first job of all makes the system. Nothing is durable yet. Raises `WorkspaceError`,
    `DirectoryError`, or `ScriptError` for a script without plan that cannot be read.
    """
    system = workspace.committed(function) or new_system(case, function)
    identity = case.identity
    job = system.jobs.get(identity)
    check_size(system, case, job)
    forget_completed(system, identity)
    if job is None:
        for name in case.tables:
            if is_own_table(name):
                raise DirectoryError(
                    f"table {name}: that is the name of a restart log; use another"
                )
            if not system.has(name):
                exchange.import_table(system, name, files.read_table(name))
        job = system.jobs[identity] = new_job(system, case)
    job.early_end = None
    return JobRun(system, job, case, files, emit, partial(workspace.commit, system))


def run_job(run: JobRun) -> None:
    """Run the job's steps until they are done or one ends it early, which is then durable."""
    try:
        run_steps(run)
    except JobEnded as ended:
        run.job.end_early(ended)
        run.save()  # no event: a paused or refused job tells its end in the outcome alone


def run_steps(run: JobRun, until: int | None = None) -> None:
    """The steps that are not done, of those before ``until``. Raises `JobEnded`."""
    for position, step in enumerate(run.job.plan.steps[:until]):
        if position >= run.job.step:
            run_step(run, run.system.spelled(step))
            run.job.step = position + 1
            run.commit("step-done", step=position)


def complete_job(run: JobRun) -> None:
    """Once its outcome is written, a job that no step ended early has completed."""
    if run.job.status == "completed":
        run.job.outcome_written = True
        run.commit("completed")


# --- which job, on which system ------------------------------------------------------------------


def new_system(case: Case, function: HashFunction) -> System:
    """An empty system of the case's size."""
    return System(hash_map(case.teradata.amps, case.teradata.hash_bucket_bits), function)


def new_job(system: System, case: Case) -> Job:
    """A job that has not begun. Raises `ScriptError`, ValueError for an unknown edition."""
    plan = case.plan
    if plan is None:
        tables = {name: table.definition for name, table in system.tables.items()}
        plan = read_script(case.script, tables)
        check_edition(plan, case.edition)
    return Job(plan, system.hash_map.amps)


def check_size(system: System, case: Case, job: Job | None) -> None:
    """A case names the AMPs and buckets that the system has now. Raises `WorkspaceError`.

    A job that has started may go on naming the AMPs that there were then: it may itself have
    changed their number.
    """
    asked, now = case.teradata, system.hash_map
    amps = {now.amps} if job is None else {now.amps, job.amps}
    if asked.amps not in amps or asked.hash_bucket_bits != now.bits:
        raise WorkspaceError(
            f"the system has {now.amps} AMPs and {now.bits}-bit hash buckets, but the case asks "
            f"for {asked.amps} AMPs and {asked.hash_bucket_bits}-bit hash buckets; name what the "
            "system has now, or use another workspace"
        )


def forget_completed(system: System, starting: str) -> None:
    """A completed job is remembered until another one starts; its script again is a new job."""
    for identity, job in list(system.jobs.items()):
        if job.outcome_written and identity != starting:
            del system.jobs[identity]
