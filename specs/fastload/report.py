"""What FastLoad reports at a job's end: the accounts of each load, and its end summary."""

from __future__ import annotations

from specs.document import Document, JobReport
from specs.sql.tables import Column, TableDefinition

RESTART_LOG = "SYSADMIN.FASTLOG"
"""Name of the restart log table in an outcome (FL-21)."""

RESTART_LOG_DEFINITION = TableDefinition(
    name=RESTART_LOG,
    kind="MULTISET",
    columns=(
        Column(name="LogTable", type="VARCHAR(128)"),
        Column(name="Phase", type="VARCHAR(16)"),
        Column(name="Records", type="BIGINT"),
    ),
)
"""FL-21: a row for each open load: its target, its phase, records read up to a checkpoint."""


class Counts(Document, frozen=True, kw_only=True):
    """A load's accounts (FL-11): read = skipped + sent; sent = e1 + e2 + applied + duplicates."""

    read: int
    skipped: int
    sent: int
    error_table_1: int
    error_table_2: int
    applied: int
    duplicates: int


class LoadReport(Document, frozen=True, kw_only=True):
    """What one load of the script did. ``counts`` is None unless the load completed.

    ``sessions`` is the number used, at most one per AMP (FL-16). ``summary`` is the end summary
    in the utility's layout, empty unless the load completed.
    """

    target: str
    error_table_1: str
    error_table_2: str
    sessions: int
    counts: Counts | None = None
    summary: str = ""


class FastLoadReport(JobReport, frozen=True, kw_only=True, tag="fastload"):
    """The loads of a job in order; of a job that paused, the paused one last."""

    loads: tuple[LoadReport, ...] = ()


def load_reports(report: JobReport | None) -> tuple[LoadReport, ...]:
    """The loads of a FastLoad report; none of any other."""
    return report.loads if isinstance(report, FastLoadReport) else ()
