"""Loaders that pass over a step which does not fit the table that it meets (FL-20, FL-25)."""

from __future__ import annotations

from candidates.faulty.changing import ChangedOutcome, Left
from candidates.faulty.planting import planted
from specs.contract import NamedError


@planted("FL-25")
class OtherColumnsArePassedOver(ChangedOutcome):
    """A step that does not fit the columns of its table does nothing, and all seems well."""

    def change(self, left: Left) -> None:
        if left.error == "columns_differ":
            left.end("completed", 0)


@planted("FL-25")
class OtherColumnsPauseTheJob(ChangedOutcome):
    """A job that no longer fits its table pauses, and keeps that table locked."""

    def change(self, left: Left) -> None:
        if left.error == "columns_differ":
            left.end("paused", left.outcome.return_code, left.outcome.error)
            left.set(locked=tuple(load.target for load in self.loads))


@planted("FL-20")
class DatesWithoutADayStopTheLoad(ChangedOutcome):
    """A date format without a day is found when the load has begun, which stays paused."""

    def change(self, left: Left) -> None:
        if left.error == "unsupported_format":
            error = NamedError(name="bad_record", message="no day")
            left.end("paused", 12, error)
            left.set(locked=tuple(load.target for load in self.loads))
