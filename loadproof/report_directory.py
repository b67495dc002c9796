"""The directory of ``check``'s report, which never holds anything of an earlier report."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from loadproof.ending import ending_of
from loadproof.signals import hold_signals
from reports.json_report import FailedReport, RunningReport
from reports.publish import write_unfinished
from specs.contract.marker import clear_directories, take_directory


@contextlib.contextmanager
def unfinished(directory: Path) -> Iterator[None]:
    """While this lasts the report says that the check runs; after a failure, why it broke off.

    Raises `specs.contract.marker.NotOursError`, and `reports.publish.ReportWriteError`, before
    anything has been done.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    write_unfinished(RunningReport(started=started), directory)
    try:
        yield
    except BaseException as error:
        hold_signals()
        ending = ending_of(error)
        reason = ending.message or "nobody read what it printed any more"
        failed = FailedReport(started=started, reason=reason, exit_code=ending.code)
        # if it cannot be written, what says that the check runs is gone or is still there
        with contextlib.suppress(OSError):
            write_unfinished(failed, directory)
        raise


def make_room(directory: Path, folders: Iterable[str]) -> None:
    """Remove the runs of an earlier check, and claim the folders of this one's candidates.

    Raises `specs.contract.marker.NotOursError` when the directory holds anything else, and
    OSError.
    """
    clear_directories(directory, "report")
    take_directory(directory, "report", directories=folders)
