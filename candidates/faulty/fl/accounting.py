"""Accounts and return codes that go wrong (FL-11, FL-25)."""

from __future__ import annotations

from candidates.faulty.changing import ChangedOutcome, InformedLoader, Left
from candidates.faulty.planting import planted
from specs.fastload.plan import Load
from specs.fastload.report import Counts

# --- accounts (FL-11) -----------------------------------------------------------------------------


@planted("FL-11")
class SkippedRecordsAreSent(InformedLoader):
    """Records that RECORD skips are counted as sent."""

    def counts(
        self, read: int, skipped: int, error_1: int, error_2: int, applied: int, duplicates: int
    ) -> Counts:
        return super().counts(read, 0, error_1, error_2, applied + skipped, duplicates)


@planted("FL-11")
class DuplicatesAreApplied(InformedLoader):
    """Duplicate rows are counted among those applied."""

    def counts(
        self, read: int, skipped: int, error_1: int, error_2: int, applied: int, duplicates: int
    ) -> Counts:
        return super().counts(read, skipped, error_1, error_2, applied + duplicates, 0)


@planted("FL-11")
class ErrorsAreNotCounted(InformedLoader):
    """Rows in error table 1 are left out of the accounts."""

    def counts(
        self, read: int, skipped: int, error_1: int, error_2: int, applied: int, duplicates: int
    ) -> Counts:
        return super().counts(read, skipped, 0, error_2, applied, duplicates)


@planted("FL-11")
class SummaryWithoutSkippedRecords(InformedLoader):
    """The end summary never tells how many records RECORD skipped."""

    def summary(self, counts: Counts, load: Load) -> str:
        lines = super().summary(counts, load).splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(" "))


# --- return codes (FL-25) -------------------------------------------------------------------------


@planted("FL-25")
class ErrorRowsAreAWarning(ChangedOutcome):
    """A completed load with rows in its error table ends with return code 4."""

    def change(self, left: Left) -> None:
        if left.completed and any(load.error_table_1 in left.outcome.tables for load in self.loads):
            left.set(return_code=4)


@planted("FL-25")
class WarningsAreForgotten(ChangedOutcome):
    """A script that drops a table that is not there ends with return code 0."""

    def change(self, left: Left) -> None:
        if left.completed:
            left.set(return_code=0)


@planted("FL-25")
class WarningIsForgottenAtAPause(ChangedOutcome):
    """A script that warned and then leaves before END LOADING ends with return code 0."""

    def change(self, left: Left) -> None:
        if left.error == "end_loading_missing":
            left.set(return_code=0)


class _OtherReturnCode(ChangedOutcome):
    """Jobs that end with a certain error get another return code."""

    error: str
    return_code: int

    def change(self, left: Left) -> None:
        if left.error == self.error:
            left.set(return_code=self.return_code)


@planted("FL-25")
class ExistingTableIsFatal(_OtherReturnCode):
    """Creating a table that is there ends with return code 12."""

    error, return_code = "table_exists", 12


@planted("FL-25")
class BadRecordIsNotFatal(_OtherReturnCode):
    """A job that a bad record stops ends with return code 8."""

    error, return_code = "bad_record", 8


@planted("FL-25")
class UnreadableInputIsNotFatal(_OtherReturnCode):
    """A job whose input cannot be read ends with return code 8."""

    error, return_code = "input_unreadable", 8


@planted("FL-25")
class MissingTableIsFatal(_OtherReturnCode):
    """A request of a table that is not there returns 12."""

    error, return_code = "target_missing", 12
