"""The state machine that makes up histories: its rules only choose actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, precondition, rule

from properties.engine.histories import CheckedHistory
from specs.contract import Edition, EventName
from specs.contract.directories import CaseBundle

Stop = tuple[EventName | None, int]
"""Where to stop a job: an event's name, None for any, and how many of these come before."""

DAY = 86_400


class HistoryMachine(RuleBasedStateMachine):
    """Histories of one system, of whatever engine.

    A subclass starts jobs and puts their cases into ``jobs``. ``editions`` are those that the
    candidate follows; all jobs of a history are of one. ``admit`` gives each case as it is to run,
    and may end the history.
    """

    jobs: ClassVar[Bundle[CaseBundle]] = Bundle("jobs")

    def __init__(
        self,
        history: CheckedHistory,
        editions: Sequence[Edition],
        admit: Callable[[CaseBundle], CaseBundle],
    ) -> None:
        super().__init__()
        self.history = history
        self.editions = tuple(editions)
        self.edition = self.editions[0]
        self._admit = admit

    # --- actions ----------------------------------------------------------------------------

    def admitted(self, bundle: CaseBundle) -> CaseBundle:
        """The case as it can be run now, when the rules leave no choice as to how it ends."""
        return bundle

    def before(self, bundle: CaseBundle) -> CaseBundle:
        """The case to run now; a job whose progress is unknown has run again."""
        bundle = self._admit(bundle)
        self.history.settle(except_for=bundle)
        return self.admitted(bundle)

    def run(self, bundle: CaseBundle, stop: Stop | None = None) -> None:
        """Run a job, or stop it on its way."""
        bundle = self.before(bundle)
        if stop is None:
            self.history.run(bundle)
        else:
            self.history.stop(bundle, *stop)

    # --- rules of every engine --------------------------------------------------------------

    @rule(job=jobs)
    def run_again(self, job: CaseBundle) -> None:
        """A restart, a completed job once more, or its script as a new job."""
        self.run(job)

    @rule(job=jobs, occurrence=st.integers(0, 6))
    def stop_at_any_event(self, job: CaseBundle, occurrence: int) -> None:
        self.run(job, (None, occurrence))

    @precondition(lambda self: self.history.system.can_be_killed)
    @rule(job=jobs, milliseconds=st.integers(0, 300))
    def kill(self, job: CaseBundle, milliseconds: int) -> None:
        self.history.kill(self.before(job), milliseconds / 1_000)

    @rule(job=jobs, file_bytes=st.sampled_from((0, 200, 1_000, 3_000)))
    def run_on_a_full_disk(self, job: CaseBundle, file_bytes: int) -> None:
        job = self.before(job)
        self.history.system.take_space(file_bytes)
        self.history.run(job)
        self.history.system.give_space_back()

    @rule(days=st.integers(1, 100))
    def let_days_pass(self, days: int) -> None:
        self.history.system.let_time_pass(days * DAY)

    def _pretty_print(self, value: Any) -> str:
        return ""  # Hypothesis's own account is not shown, and cases are long
