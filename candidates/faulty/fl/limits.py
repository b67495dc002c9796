"""ERRLIMIT, SESSIONS and what a pause keeps, gone wrong (FL-12, FL-15, FL-16)."""

from __future__ import annotations

import msgspec
import pyarrow as pa

from candidates.faulty.changing import ChangedOutcome, InformedLoader, Left
from candidates.faulty.planting import planted
from specs.contract import NamedError
from specs.fastload.plan import Load
from specs.fastload.report import FastLoadReport, load_reports

# --- ERRLIMIT (FL-12) -----------------------------------------------------------------------------


@planted("FL-12")
class DuplicatesCountAsErrors(ChangedOutcome):
    """Duplicate rows and second keys count towards ERRLIMIT."""

    def change(self, left: Left) -> None:
        for load, report in zip(self.loads, load_reports(left.outcome.report), strict=False):
            counts = report.counts
            if counts and counts.sent - counts.applied >= load.error_limit:
                error = NamedError(name="error_limit_reached", message="too many errors")
                left.end("paused", 12, error)


@planted("FL-12")
class LimitMayBeReached(InformedLoader):
    """A load stops only when error table 1 has more rows than ERRLIMIT says."""

    def error_limit_reached(self, errors: int, load: Load) -> bool:
        return errors > load.error_limit


@planted("FL-12")
class LimitForEachSession(InformedLoader):
    """Each session may fill the whole of ERRLIMIT."""

    def error_limit_reached(self, errors: int, load: Load) -> bool:
        sessions = self.sessions(load, self.case.teradata.amps)
        return errors >= load.error_limit * sessions


@planted("FL-12")
class RestartForgivesTheErrors(InformedLoader):
    """ERRLIMIT no longer counts after a restart."""

    def error_limit_reached(self, errors: int, load: Load) -> bool:
        return not self.restarted and super().error_limit_reached(errors, load)


# --- no rollback (FL-15) --------------------------------------------------------------------------


@planted("FL-15")
class PauseRollsBack(ChangedOutcome):
    """A load that pauses gives up the error rows that it had captured."""

    def change(self, left: Left) -> None:
        name = self.loads[0].error_table_1
        rows = left.rows(name)
        if left.outcome.status == "paused" and rows is not None:
            left.set_rows(name, rows.slice(0, 0))


@planted("FL-15")
class PauseIsAFailure(ChangedOutcome):
    """A load that cannot go on has failed for good."""

    def change(self, left: Left) -> None:
        if left.outcome.status == "paused":
            left.end("failed", 12, left.outcome.error)


@planted("FL-15")
class CapturedOnlyAtCheckpoints(ChangedOutcome):
    """Without CHECKPOINT, a load that lacks END LOADING shows none of its error rows."""

    def change(self, left: Left) -> None:
        for load in self.loads if left.error == "end_loading_missing" else ():
            rows = left.rows(load.error_table_1)
            if rows is not None and not load.checkpoint:
                left.set_rows(load.error_table_1, rows.slice(0, 0))


@planted("FL-15")
class CapturedAgain(ChangedOutcome):
    """A load that lacks END LOADING shows its error rows twice when it pauses again."""

    def change(self, left: Left) -> None:
        for load in self.loads if self.resumes and left.error == "end_loading_missing" else ():
            rows = left.rows(load.error_table_1)
            if rows is not None:
                left.set_rows(load.error_table_1, pa.concat_tables([rows, rows]))


@planted("FL-15")
class CountsBeforeTheEnd(ChangedOutcome):
    """The report on a paused load has counts, as if they were final."""

    def change(self, left: Left) -> None:
        if left.error == "end_loading_missing":
            counts = self.counts(0, 0, 0, 0, 0, 0)
            left.set(
                report=FastLoadReport(
                    loads=tuple(
                        msgspec.structs.replace(r, counts=counts)
                        for r in load_reports(left.outcome.report)
                    )
                )
            )


# --- SESSIONS (FL-16) -----------------------------------------------------------------------------


@planted("FL-16")
class MoreSessionsThanAmps(InformedLoader):
    """A load gets as many sessions as it asks for, even more than there are AMPs."""

    def sessions(self, load: Load, amps: int) -> int:
        return load.sessions or amps


@planted("FL-16")
class OneSessionByDefault(InformedLoader):
    """A load that does not ask for sessions gets one."""

    def sessions(self, load: Load, amps: int) -> int:
        return super().sessions(load, amps) if load.sessions else 1


@planted("FL-16")
class SecondSessionLosesARow(ChangedOutcome):
    """A row is lost when a load has more than one session."""

    def change(self, left: Left) -> None:
        for load in self.loads:
            rows = left.rows(load.target)
            if rows is not None and self.sessions(load, self.case.teradata.amps) > 1:
                left.set_rows(load.target, rows.slice(1))
