"""The report in a terminal: rules × candidates, what broke side by side, and classes reached."""  # noqa: RUF002

from __future__ import annotations

from collections.abc import Iterator

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule as Line
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from reports.json_report import (
    FAMILY_TITLES,
    CandidateReport,
    Report,
    count_conforming,
    unsupported_reasons,
)
from reports.verdicts import VERDICTS, AnyVerdict, NotCovered, NotSupported, RuleVerdict
from reports.visible import printable, show
from specs.contract.results import Counterexample, Grid

MOST_COUNTEREXAMPLES = 5
"""Counterexamples that a terminal shows whole, per candidate."""

MOST_UNSUPPORTED = 8
"""Reasons for which rules are not supported that a terminal shows, per candidate."""

MOST_REASON = 700
"""Characters of a reason that a terminal shows."""

_STYLES = {
    "conforms": "green",
    "differs": "bold red",
    "unexpected_pass": "bold red",
    "known_gap": "yellow",
    "inconclusive": "magenta",
    "harness_error": "bold magenta",
    "not_supported": "dim",
    "not_covered": "dim",
}


def print_report(report: Report, console: Console, *, classes: bool = True) -> None:
    """Print the whole report; ``classes`` False leaves out the input classes reached."""
    console.print(matrix(report))
    for finding in findings(report):
        console.print(finding, crop=False)
    if classes:
        for candidate in report.candidates:
            if candidate.classes:
                console.print(class_table(candidate))
    for candidate in report.candidates:
        for line in unsupported_lines(report, candidate):
            console.print(line)
        console.print(summary_line(report, candidate))


def matrix(report: Report) -> Table:
    """Rules × candidates; families without any property take one line each."""  # noqa: RUF002
    table = Table(title="Rules and verdicts", title_justify="left", expand=False)
    table.add_column("rule", no_wrap=True)
    table.add_column("title", overflow="fold")
    for candidate in report.candidates:
        table.add_column(Text(printable(candidate.label)), overflow="fold")
    for family, entries in report.families.items():
        table.add_section()
        covered = [entry for entry in entries if entry.covered]
        for entry in covered:
            table.add_row(
                entry.rule.id,
                Text(entry.rule.title),
                *(_cell(report, verdict) for verdict in entry.verdicts),
            )
        missing = [entry.rule.id for entry in entries if not entry.covered]
        if missing:
            table.add_row(*_uncovered_row(family, missing, bool(covered), len(report.candidates)))
    return table


def findings(report: Report, most: int = MOST_COUNTEREXAMPLES) -> Iterator[RenderableType]:
    """Every verdict that calls for a look, with its counterexample side by side, told once.

    One broken part often breaks many rules: after ``most`` counterexamples a candidate's others
    are told by the command that shows them.
    """
    for candidate in report.candidates:
        results = {entry.planned.id: entry for entry in candidate.properties}
        shown: set[str] = set()
        for entry in report.rules:
            verdict = entry.verdict_on(candidate.label).overall
            if not verdict.code:
                continue
            yield Text.assemble(
                "\n",
                _word(verdict),
                f"  {printable(candidate.label)}  {entry.rule.id} {entry.rule.title}",
                f"\n  {show(_shortened(verdict.reason), 'edges')}" if verdict.reason else "",
            )
            for id in verdict.evidence:
                result = results[id].result
                if result and result.counterexample and id not in shown:
                    shown.add(id)
                    if len(shown) <= most:
                        yield counterexample(results[id].planned.sentence, result.counterexample)
                    else:
                        # in a group: printed by itself a text is wrapped, whatever it says
                        yield Group(_command(result.counterexample.replay))


def counterexample(sentence: str, found: Counterexample) -> Group:
    """What was done, what came of it on both sides, script, input, the command to repeat it."""
    pairs: list[RenderableType] = []
    for position in range(max(len(found.expected), len(found.observed))):
        sides = [
            _grid(side, grids[position])
            for side, grids in zip(found.sides, (found.expected, found.observed), strict=True)
            if position < len(grids)
        ]
        pairs.append(Columns(sides, padding=(0, 3)))
    inputs = [
        Group(Text(f"{printable(name)}:", style="bold"), Text(_with_breaks(content)))
        for name, content in found.files.items()
    ]
    script: list[RenderableType] = [
        Syntax(printable(found.script.rstrip()), "sql", theme="ansi_dark")
    ]
    done = [Text(printable(f"{n}. {told}")) for n, told in enumerate(found.actions, 1)]
    on = [Text(printable(f"on {_figures(found)}"))] if found.system else []
    panel = Panel(
        Group(Text(printable(found.message)), *on, *done, *pairs, *script, *inputs),
        title=Text(printable(f"{sentence} ({found.size} input rows, edition {found.edition})")),
        title_align="left",
        border_style="red",
    )
    # Outside the frame, so that it can be copied whole.
    repeat = [_command(found.replay)] if found.replay else []
    return Group(panel, *repeat)


def _figures(found: Counterexample) -> str:
    return ", ".join(f"{name}: {figure}" for name, figure in found.system.items())


def class_table(candidate: CandidateReport) -> Table:
    """Input classes that the run reached, most frequent first."""
    table = Table(
        title=Text(f"Input classes reached: {printable(candidate.label)}"), title_justify="left"
    )
    table.add_column("class", overflow="fold")
    table.add_column("examples", justify="right")
    table.add_column("share of examples", no_wrap=True)
    most = max(candidate.classes.values())
    for name, examples in candidate.classes.items():
        bar = "━" * max(1, round(24 * examples / most)) if examples else ""
        share = f"{examples / candidate.examples:6.1%}" if candidate.examples else ""
        table.add_row(Text(printable(name)), f"{examples:,}", Text(f"{share} {bar}"))
    return table


def unsupported_lines(report: Report, candidate: CandidateReport) -> Iterator[Text]:
    """Why rules are not supported, a line a reason, with the rules it holds for."""
    reasons = unsupported_reasons(report, candidate.label)
    for number, (reason, rules) in enumerate(reasons.items()):
        if number == MOST_UNSUPPORTED:
            yield Text(f"… {len(reasons) - number} more reasons are in the report", "dim")
            return
        told = f"{NotSupported.mark} {NotSupported.word}: {printable(reason)} ({', '.join(rules)})"
        yield Text(told, "dim")


def summary_line(report: Report, candidate: CandidateReport) -> Text:
    """One line: rules kept of rules covered, then every other verdict with its count."""
    kept, covered = count_conforming(report, candidate.label)
    line = Text.assemble(
        (printable(candidate.label), "bold"), f": keeps {kept} of {covered} covered rules"
    )
    for kind in VERDICTS[1:]:
        if candidate.totals[kind.status]:
            line.append(", ")
            line.append(f"{candidate.totals[kind.status]} {kind.word}", _STYLES[kind.status])
    line.append(f" · {candidate.examples:,} examples")
    if candidate.largest:
        line.append(f" of up to {candidate.largest:,} records")
    line.append(f", {candidate.seconds:.1f} s")
    line.append(f", profile {candidate.profile}, seed {candidate.seed}")
    if not candidate.finished:
        line.append(" · the run did not finish", "bold red")
    return line


def _cell(report: Report, verdict: RuleVerdict) -> Text:
    cell = _word(verdict.overall)
    for edition, spoken in report.mixed_editions(verdict).items():
        cell.append(f"\n{edition} ", "dim")
        cell.append(spoken.mark, _STYLES[spoken.status])
    return cell


def _word(verdict: AnyVerdict) -> Text:
    return Text(f"{verdict.mark} {verdict.word}", style=_STYLES[verdict.status])


def _uncovered_row(
    family: str, missing: list[str], some_covered: bool, candidates: int
) -> list[Text]:
    ids = ", ".join(missing) if some_covered else f"{missing[0]} to {missing[-1]}"
    told = f"{FAMILY_TITLES[family]}: {len(missing)} rules not covered ({ids})"
    cell = f"{NotCovered.mark} {NotCovered.word}"
    return [Text(f"{family}-…", "dim"), Text(told, "dim"), *[Text(cell, "dim")] * candidates]


def _grid(side: str, grid: Grid) -> RenderableType:
    table = Table(
        title=Text(f"{side}: {printable(grid.title)}"), title_justify="left", show_lines=False
    )
    for column in grid.columns:
        table.add_column(Text(printable(column)), overflow="fold")
    marked = set(grid.marked)
    for row, cells in enumerate(grid.rows):
        table.add_row(
            *(
                Text(f"≠ {show(text, 'edges')}", "bold red")
                if (row, column) in marked
                else Text(show(text, "edges"))
                for column, text in enumerate(cells)
            )
        )
    return table if grid.rows else Group(table, Line("no rows", style="dim"))


def _command(text: str) -> Text:
    """A command on one line, however long, so that it can be copied."""
    return Text(printable(text), style="cyan", no_wrap=True, overflow="ignore")


def _shortened(reason: str) -> str:
    if len(reason) <= MOST_REASON:
        return reason
    return f"{reason[:MOST_REASON]} … (the whole reason is in report.json)"


def _with_breaks(content: str) -> str:
    return show(content).replace("↵", "↵\n").rstrip("\n")
