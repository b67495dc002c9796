"""What `loadproof run` prints: end summary, error tables, distribution, warnings, differences."""

from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa
from rich.markup import escape
from rich.table import Table

from loadproof.console import Console, shown
from loadproof.running import Ran
from loadproof.selftest import SelfTest
from loadproof.skew import picture
from properties.engine.telling import cell
from properties.relations.shared.agreement import Agreement
from specs.contract import NamedError
from specs.fastload.report import load_reports
from specs.visible import visible

MOST_ROWS = 10


def show_run(ran: Ran, console: Console) -> None:
    """Print a run for people. What a loader wrote is shown, and does nothing to the terminal."""
    for load in load_reports(ran.outcome.report):
        console.print(shown(load.target, "bold"), f" ({load.sessions} sessions)")
        if load.summary:
            console.print(shown(load.summary.rstrip("\n")))
    if ran.outcome.error is not None:
        error = ran.outcome.error
        text = f"{ran.outcome.status}: {error.name}{_code(error)}: {error.message}"
        console.print(shown(visible(text), "red"), soft_wrap=True)
    if ran.outcome.locked:
        console.print(shown(visible("locked by the paused job: " + ", ".join(ran.outcome.locked))))
    for name in ran.error_tables():
        _show_table(name, ran.content(name), console)
    for name in ran.targets():
        distribution = ran.distribution(name)
        if distribution is not None:
            console.print(shown(f"Distribution of {name}", "bold"))
            for line in picture(distribution):
                console.print(line, highlight=False, markup=False)
    for warning in ran.outcome.warnings:
        text = f"warning: {warning.name}{_code(warning)}: {warning.message}"
        console.print(shown(visible(text)), soft_wrap=True)
    console.print(f"Highest return code encountered = '{ran.outcome.return_code}'.")


def show_agreement(ran: Ran, against: str, found: Agreement, console: Console) -> None:
    """Print in what two runs differ, and in what they may."""
    number = len(found.differences)
    console.print(shown(f"{ran.name} against {against}:", "bold"), f"{number} differences")
    for line in found.differences:
        console.print(shown(visible(f"  {line}")))
    for line in found.freedoms:
        console.print(shown(visible(f"  permitted: {line}")))


def _code(error: NamedError) -> str:
    return f" ({error.code})" if error.code is not None else ""


def _show_table(name: str, rows: pa.Table, console: Console) -> None:
    title = f"{name}: {rows.num_rows:,} rows"
    if rows.num_rows > MOST_ROWS:
        title += f", the first {MOST_ROWS}"
    table = Table(title=shown(title, "bold"), title_justify="left")
    for column in rows.column_names:
        table.add_column(shown(column), overflow="fold")
    for row in rows.slice(0, MOST_ROWS).to_pylist():
        table.add_row(*(shown(cell(value)) for value in row.values()))
    console.print(table)


def run_as_json(ran: Ran, found: Agreement | None, against: str | None) -> dict[str, Any]:
    """The same as a JSON value."""
    told: dict[str, Any] = {
        "candidate": ran.name,
        "outcome": msgspec.to_builtins(ran.outcome),
        "rows": {name: table.num_rows for name, table in ran.tables.items()},
        "distribution": {},
    }
    for name in ran.targets():
        distribution = ran.distribution(name)
        if distribution is not None:
            told["distribution"][name] = {
                "rows_per_amp": list(distribution.counts),
                "largest_over_mean": distribution.largest_over_mean,
                "coefficient_of_variation": distribution.coefficient_of_variation,
            }
    if against is not None and found is not None:
        told["against"] = against
        told["differences"] = found.differences
        told["freedoms"] = found.freedoms
    return told


def show_selftest(told: SelfTest, console: Console) -> None:
    """Print who was caught, by which property, after how many examples, at what size."""
    table = Table("rule", "planted fault", "caught by", "examples", "rows")
    for column in table.columns:
        column.overflow = "fold"
    for found in told.detections:
        missed = "[red]harness error[/]" if found.error else "[red]missed[/]"
        numbers = (str(found.examples), str(found.rows)) if found.caught_by else ("", "")
        table.add_row(found.rule, escape(found.fault), found.caught_by or missed, *numbers)
    console.print(table)
    caught = len(told.detections) - len(told.missed)
    console.print(
        f"{caught} of {len(told.detections)} planted faults caught under their own rule; "
        f"median counterexample {told.median_rows:g} rows"
    )
    for found in told.missed:
        console.print(shown(f"missed: {found.fault}: {found.error or found.sentence}"))
    if told.permissions:
        passed = len(told.permissions) - len(told.refused)
        console.print(f"{passed} of {len(told.permissions)} permitted loaders pass")
    for one in told.refused:
        why = one.error or f"{one.sentence} {one.refused_by} refuses it: {one.message}"
        console.print(shown(f"refused: {one.loader}: {why}"))
