"""Histories of one system: jobs that are stopped, restarted, released, and in each other's way."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, rule

from properties.engine.machine import HistoryMachine, Stop
from properties.engine.registry import claim_of_histories
from properties.relations.fastload.accounting import ACCOUNTS
from properties.relations.fastload.history import FastLoadHistory
from properties.relations.fastload.system_state import OpenLoad
from properties.strategies.fastload.histories import (
    CHANGES,
    HISTORIC,
    SCRIPT_CHANGES,
    STOPS,
    Change,
    ScriptChange,
    with_changed_input,
    with_changed_script,
)
from properties.strategies.fastload.jobs import fastload_jobs, with_case
from properties.strategies.fastload.stopped_jobs import (
    CONFLICTS,
    conflicting_job,
    other_job,
    release_of,
)
from properties.strategies.shared.definitions import systems
from specs.contract import TeradataSystem
from specs.contract.directories import CaseBundle
from specs.fastload.plan import ReleaseLoad


@claim_of_histories(
    "FL-13",
    "FL-14",
    "FL-15",
    "FL-21",
    "FL-22",
    needs=("fastload", "fastload/restart"),
    exposes=(*ACCOUNTS, "events"),
    share=0.5,
)
class EveryHistoryOfJobsLeavesWhatTheRulesSay(HistoryMachine):
    """Loads on two tables, other people's jobs, stops, kills, changes, a full disk, time."""

    system: TeradataSystem
    loads: ClassVar[Bundle[CaseBundle]] = Bundle("loads")  # jobs with a load

    @property
    def judge(self) -> FastLoadHistory:
        judge = self.history.judge
        assert isinstance(judge, FastLoadHistory), "what judges FastLoad jobs"
        return judge

    def open_load(self, job: CaseBundle) -> OpenLoad | None:
        """The load of a job that has begun and not ended."""
        known = self.judge.state.job_of(job.case)
        return known.open if known else None

    def admitted(self, bundle: CaseBundle) -> CaseBundle:
        """The case, with the inputs that its load has read when others could end in two ways."""
        load = self.open_load(bundle)
        if load is None or load.restart_is_determined(bundle.files):
            return bundle
        return CaseBundle(bundle.case, load.bundles[0].files, bundle.tables)

    # --- rules ------------------------------------------------------------------------------

    @initialize(
        targets=(HistoryMachine.jobs, loads),
        system=systems((2, 1, 3)),
        edition=st.integers(0, 1),
        job=fastload_jobs(HISTORIC),
        stop=st.none() | STOPS,
    )
    def first_job(
        self, system: TeradataSystem, edition: int, job: CaseBundle, stop: Stop | None
    ) -> CaseBundle:
        self.system = system
        self.edition = self.editions[edition % len(self.editions)]
        return self._start(job, stop)

    @rule(targets=(HistoryMachine.jobs, loads), job=fastload_jobs(HISTORIC), stop=st.none() | STOPS)
    def new_job(self, job: CaseBundle, stop: Stop | None) -> CaseBundle:
        """A load on the same system; its tables may be those of another."""
        return self._start(job, stop)

    def _start(self, job: CaseBundle, stop: Stop | None) -> CaseBundle:
        own = job.case.teradata
        system = msgspec.structs.replace(self.system, block_bytes=own.block_bytes)
        started = len({bundle.case.job for bundle in self.history.trial.recording.cases.values()})
        job = with_case(job, job=f"load-{started + 1}", system=system, edition=self.edition)
        self.run(job, stop)
        return job

    @rule(job=HistoryMachine.jobs, stop=STOPS)
    def stop_again(self, job: CaseBundle, stop: Stop) -> None:
        self.run(job, stop)

    @rule(job=loads, change=CHANGES, record=st.integers(0, 6))
    def run_with_changed_input(self, job: CaseBundle, change: Change, record: int) -> None:
        """A restart, mostly, that may or may not notice it."""
        self.run(with_changed_input(job, change, record))

    @rule(
        targets=(HistoryMachine.jobs, loads),
        job=loads,
        change=SCRIPT_CHANGES,
        stop=st.none() | STOPS,
    )
    def run_changed_script(
        self, job: CaseBundle, change: ScriptChange, stop: Stop | None
    ) -> CaseBundle:
        """Another script under the same job id is another job."""
        changed = with_changed_script(job, change)
        self.run(changed, stop)
        return changed

    @rule(target=HistoryMachine.jobs, job=loads, number=st.integers(0, CONFLICTS - 1))
    def run_conflicting_job(self, job: CaseBundle, number: int) -> CaseBundle:
        """Somebody else's job that touches a table of this one, locked or not."""
        other = conflicting_job(job, number)
        self.run(other)
        return other

    @rule(job=loads)
    def release(self, job: CaseBundle) -> None:
        """BEGIN and END LOADING alone, whether or not there is something to release."""
        self.history.settle()
        load = self.open_load(job)
        if load is None:
            self.run(release_of(job))
        elif load.release_is_determined:
            target, first, second = load.tables
            step = ReleaseLoad(target=target, error_table_1=first, error_table_2=second)
            self.run(other_job(job, step))
