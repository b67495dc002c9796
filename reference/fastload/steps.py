"""The steps of a FastLoad script, and a load from BEGIN LOADING to END LOADING."""

from __future__ import annotations

from reference.fastload.acquire import acquire
from reference.fastload.apply import apply
from reference.fastload.begin import begin
from reference.fastload.end import end, release
from reference.fastload.loading import Loading
from reference.statements import run_statement
from reference.system import JobRun
from specs.fastload.plan import FastLoadStep, Load, ReleaseLoad
from specs.fastload.report import FastLoadReport


def run_step(run: JobRun, step: FastLoadStep) -> None:
    """FL-23: one step of a script. Raises `Refused` or `Paused` when the job ends there."""
    run.job.report = run.job.report or FastLoadReport()
    match step:
        case Load():
            run_load(run, step)
        case ReleaseLoad():
            release(run, step)
        case _:
            run_statement(run, step)


def run_load(run: JobRun, load: Load) -> None:
    """BEGIN LOADING .. END LOADING, or what is left of it (FL-01 to FL-26).

    Raises `Refused` when nothing was begun, `Paused` when the load stays locked and restartable.
    """
    loading = run.job.open_load
    if not isinstance(loading, Loading):  # None: this job has no load open, so it begins one
        loading = begin(run, load)
    if loading.phase == "acquisition":
        acquire(run, load, loading)
    applied = apply(run, loading)
    end(run, load, loading, applied)
