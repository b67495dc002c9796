"""One run of a job: its steps from the first that is not done, and the outcome it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from candidates.polars.durable.state import CompletedJob
from candidates.polars.endings import WARNING, JobEnded
from candidates.polars.engine import LoaderEngine, StepRunner
from candidates.polars.job import Job
from candidates.polars.version import versions
from specs.contract import Outcome


def run_job(
    job: Job, steps: Sequence[Any], engine: LoaderEngine, engines: Sequence[LoaderEngine]
) -> None:
    """Run the steps of a job that are not done, and publish the outcome.

    What a step has done is durable before its event is told. A step that is refused has done
    nothing; what the steps before it did stays done. ``engines`` are all that may have open loads.
    """
    system, runner = job.system, engine.runner(job)
    ended: JobEnded | None = None
    try:
        for number in range(job.record.step, len(steps)):
            runner.run_step(number, job.steps.with_known_names(steps[number], system.names))
            job.record.step = number + 1
            system.commit(durable=False)
            job.emit("step-done", {"step": number})
    except JobEnded as end:
        ended = end
        if ended.status == "refused":
            system.rollback()
    outcome = _outcome(job, runner, ended, engines)
    if ended is None:
        record = system.state.jobs.pop(job.key)
        system.state.completed = CompletedJob(job.key, record, outcome)
    system.commit(durable=True)
    system.workspace.publish(outcome)
    if ended is None:
        job.emit("completed", {})


def _outcome(
    job: Job, runner: StepRunner, ended: JobEnded | None, engines: Sequence[LoaderEngine]
) -> Outcome:
    """How the job ended, and the whole system, with what every open load shows of its tables."""
    system, record = job.system, job.record
    system.write_tables()
    tables = {name: table.files for name, table in system.tables.items()}
    for engine in engines:
        tables |= engine.open_tables(system)
    return Outcome(
        status="completed" if ended is None else ended.status,
        return_code=max(WARNING if record.warnings else 0, ended.return_code if ended else 0),
        error=job.error(ended.name, ended.message) if ended else None,
        warnings=record.warnings,
        report=runner.report(),
        tables=tables,
        locked=system.state.locked,
        answers=dict(record.answers),
        versions=versions(),
        work={**job.work, "fsyncs": system.workspace.fsyncs},
    )
