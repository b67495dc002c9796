"""Writing the reports: all files of a report directory, each complete or not there at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from reports.badge import badge
from reports.html import html_page
from reports.json_report import Report, build_report, encode_report
from reports.junit import junit_xml
from reports.markdown import markdown_summary
from specs.results import RunResult


class ReportWriteError(OSError):
    """A report file that could not be written: which, why, and what to do."""


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
    are on disk. Raises `UntrustworthyRunError` or `ReportWriteError`.
    """
    report = build_report(runs)
    files = {
        "report.json": encode_report(report),
        "junit.xml": junit_xml(report),
        "summary.md": markdown_summary(report).encode(),
        "badge.svg": badge(report, report.candidates[0].label),
        "index.html": html_page(report).encode(),
    }
    _write_all(files, directory)
    return ReportPaths(
        html=directory / "index.html",
        json=directory / "report.json",
        junit=directory / "junit.xml",
        markdown=directory / "summary.md",
        badge=directory / "badge.svg",
        report=report,
    )


def _write_all(files: dict[str, bytes], directory: Path) -> None:
    partial = {name: directory / f".{name}.{os.getpid()}.partial" for name in files}
    target = directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            target = directory / name
            with partial[name].open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        for name, path in partial.items():
            target = directory / name
            path.replace(target)
    except OSError as error:
        raise ReportWriteError(
            f"{target}: the report could not be written ({error.strerror or error}). "
            "Make room there, or give another directory."
        ) from error
    finally:
        if directory.is_dir():
            for path in partial.values():
                path.unlink(missing_ok=True)
