"""A load's accounts: they add up, agree with the tables, and are printed as the utility does."""

from __future__ import annotations

from properties.engine.observed import Observed
from properties.engine.trial import Difference
from specs.contract import Exposure
from specs.fastload.report import Counts, LoadReport, load_reports

ACCOUNTS: tuple[Exposure, ...] = ("content", "counts")
"""What an outcome must show for a load to be held to its tables and its accounts."""


def report_on(target: str, observed: Observed, position: int = 0) -> LoadReport:
    """The candidate's report on the load of a table, the job's load ``position`` from 0.

    Raises `Difference` without one.
    """
    loads = load_reports(observed.outcome.report)
    if len(loads) <= position or loads[position].target != target:
        targets = ", ".join(report.target for report in loads) or "none"
        raise Difference(
            f"outcome.json, report, loads[{position}]: expected the report on the load of "
            f"{target}; observed reports on: {targets}"
        )
    return loads[position]


def counts_of(report: LoadReport) -> Counts:
    """The counts of a load that completed. Raises `Difference` without them."""
    if report.counts is None:
        raise Difference(
            f"outcome.json, the report on {report.target}: the load completed; "
            "expected its counts, observed none"
        )
    return report.counts


def accounts_add_up(report: LoadReport) -> None:
    """FL-11: read = skipped + sent; sent = both error tables + applied + duplicates; none < 0."""
    counts = counts_of(report)
    for name in counts.__struct_fields__:
        if getattr(counts, name) < 0:
            raise Difference(f"load of {report.target}: {name} is {getattr(counts, name)}")
    if counts.read != counts.skipped + counts.sent:
        raise Difference(
            f"load of {report.target}: read {counts.read} is not skipped {counts.skipped} "
            f"+ sent {counts.sent}"
        )
    ends = (counts.error_table_1, counts.error_table_2, counts.applied, counts.duplicates)
    if counts.sent != sum(ends):
        raise Difference(
            f"load of {report.target}: sent {counts.sent} is not error table 1 {ends[0]} "
            f"+ error table 2 {ends[1]} + applied {ends[2]} + duplicates {ends[3]}"
        )


def counts_are(report: LoadReport, **expected: int) -> None:
    """The named counts have these values, as in ``counts_are(report, read=3, skipped=0)``."""
    counts = counts_of(report)
    for name, number in expected.items():
        if getattr(counts, name) != number:
            raise Difference(
                f"load of {report.target}: expected {name} {number}, "
                f"observed {getattr(counts, name)}"
            )


def end_summary(counts: Counts, record_given: bool) -> str:
    """FL-11: the utility's layout; the second and third line only when RECORD was given."""
    lines = [f"Total Records Read  = {counts.read}"]
    if record_given:
        lines += [
            f" skipped by RECORD command = {counts.skipped}",
            f" sent to the RDBMS  = {counts.sent}",
        ]
    lines += [
        f"Total Error Table 1 = {counts.error_table_1}",
        f"Total Error Table 2 = {counts.error_table_2}",
        f"Total Inserts Applied = {counts.applied}",
        f"Total Duplicate Rows = {counts.duplicates}",
    ]
    return "\n".join(lines)


def summary_tells_the_counts(report: LoadReport, record_given: bool) -> None:
    """The end summary is that of the load's own counts, line by line."""
    expected = end_summary(counts_of(report), record_given).split("\n")
    observed = report.summary.removesuffix("\n").split("\n")
    for number, (wanted, found) in enumerate(zip(expected, observed, strict=False), 1):
        if wanted != found:
            raise Difference(
                f"end summary of {report.target}, line {number}: expected {wanted!r}, "
                f"observed {found!r}"
            )
    if len(expected) != len(observed):
        raise Difference(
            f"end summary of {report.target}: expected {len(expected)} lines, "
            f"observed {len(observed)}"
        )
