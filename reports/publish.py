"""Writing the reports: all files of a report directory, each complete or not there at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from reports.badge import badge
from reports.html import html_page
from reports.json_report import Report, UnfinishedReport, build_report, encode_report
from reports.junit import junit_xml
from reports.markdown import markdown_summary
from reports.unfinished import unfinished_files
from specs.contract.marker import take_directory
from specs.contract.results import RunResult


class ReportWriteError(OSError):
    """A report file that could not be written: which, why, and what to do."""

    def __init__(self, message: str, number: int | None = None) -> None:
        super().__init__(message)
        self.errno = number


class ReportPaths(msgspec.Struct, frozen=True, kw_only=True):
    """Where the reports are, and the document they were made from."""

    html: Path
    json: Path
    junit: Path
    markdown: Path
    badge: Path
    report: Report


def write_reports(runs: Sequence[RunResult], directory: Path) -> ReportPaths:
    """Judge the runs and write every report into ``directory``, which is made if missing.

    Files: ``index.html``, ``report.json``, ``junit.xml``, ``summary.md`` and ``badge.svg`` (of
    the first candidate). Each replaces its predecessor in one step, and none before all of them
    are on disk. Raises `UntrustworthyRunError`, `ReportWriteError`, and
    `specs.contract.marker.NotOursError` for a directory that holds anything but reports of ours.
    """
    report = build_report(runs)
    files = {
        "report.json": encode_report(report),
        "junit.xml": junit_xml(report),
        "summary.md": markdown_summary(report).encode(),
        "badge.svg": badge(report, report.candidates[0].label),
        "index.html": html_page(report).encode(),
    }
    _claim(files, directory)
    _replace_all(files, directory)
    return ReportPaths(
        html=directory / "index.html",
        json=directory / "report.json",
        junit=directory / "junit.xml",
        markdown=directory / "summary.md",
        badge=directory / "badge.svg",
        report=report,
    )


def write_unfinished(report: UnfinishedReport, directory: Path) -> None:
    """Let every file of the report say that there is none.

    Raises as `write_reports`. What cannot be written is removed, so that in a directory of ours
    nothing of an earlier report is left even then.
    """
    files = unfinished_files(report)
    _claim(files, directory)
    try:
        _replace_all(files, directory)
    except ReportWriteError:
        for name in files:
            with contextlib.suppress(OSError):
                (directory / name).unlink(missing_ok=True)
        raise


def _claim(files: Iterable[str], directory: Path) -> None:
    try:
        take_directory(directory, "report", files=[*files, *map(_partial, files)])
    except OSError as error:
        raise _unwritten(directory, error) from error


def _replace_all(files: Mapping[str, bytes], directory: Path) -> None:
    """Write files of a directory that is ours, all of them before the first is replaced."""
    target = directory
    try:
        for name, data in files.items():
            target = directory / name
            partial = directory / _partial(name)
            partial.unlink(missing_ok=True)
            with partial.open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        for name in files:
            target = directory / name
            (directory / _partial(name)).replace(target)
    except OSError as error:
        raise _unwritten(target, error) from error
    finally:
        for name in files:
            with contextlib.suppress(OSError):
                (directory / _partial(name)).unlink(missing_ok=True)


def _partial(name: str) -> str:
    return f".{name}.partial"


def _unwritten(target: Path, error: OSError) -> ReportWriteError:
    return ReportWriteError(
        f"{target}: the report could not be written ({error.strerror or error}). "
        "Make room there, or give another directory.",
        error.errno,
    )
