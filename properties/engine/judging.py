"""What a history needs to know from the engine whose jobs are run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from properties.engine.observed import Event, Observed
from properties.engine.trial import Attempt
from specs.contract.directories import CaseBundle

Progress = tuple[int, ...]
"""How far a run came; a larger one came further. All zeros: nothing that a restart would keep."""


class HistoryJudge(Protocol):
    """What an engine knows of one system while its history goes on."""

    def progress(self, events: Sequence[Event]) -> Progress:
        """How far a run is that told these events, as far as a restart does not repeat it."""

    def has_run(
        self, bundle: CaseBundle, expected: Attempt, told: Sequence[Event], certain: bool
    ) -> None:
        """A job ran: on the reference's system as ``expected`` tells, on the candidate's as told.

        Without outcome and events, nothing came of it that a restart would keep. ``certain`` False:
        the candidate may have come further than it told.
        """

    def outcome_is_right(self, bundle: CaseBundle, expected: Observed, observed: Observed) -> None:
        """The outcome of the job that has just run is permitted, beside that of the reference.

        Raises `Difference`.
        """

    def run_is_permitted(
        self, bundle: CaseBundle, expected: Attempt, told: Sequence[Event]
    ) -> None:
        """A run that was stopped came no further than the reference's. Raises `Difference`."""
