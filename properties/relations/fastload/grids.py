"""A FastLoad report as a person reads it: the accounts of its loads."""

from __future__ import annotations

from collections.abc import Iterator

from specs.contract.results import Grid
from specs.document import JobReport
from specs.fastload.report import Counts, load_reports


def accounts_grid(report: JobReport | None) -> Iterator[Grid]:
    """One table with a row for each load that completed; nothing for any other report."""
    names = Counts.__struct_fields__
    rows = tuple(
        (load.target, *(str(getattr(load.counts, name)) for name in names))
        for load in load_reports(report)
        if load.counts is not None
    )
    if rows:
        columns = ("load", *(name.replace("_", " ") for name in names))
        yield Grid(title="Accounts", columns=columns, rows=rows)
