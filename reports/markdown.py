"""Markdown for a CI step summary: what broke first, totals, and where to read on."""

from __future__ import annotations

import re

from reports.json_report import (
    FAMILY_TITLES,
    CandidateReport,
    Report,
    count_conforming,
    unsupported_reasons,
)
from reports.verdicts import VERDICTS
from reports.visible import printable, show
from specs.contract.results import Counterexample, Grid

MOST_COUNTEREXAMPLES = 10
"""Counterexamples told in full; a step summary has a size limit."""

_MOST_ROWS = 20
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def markdown_summary(report: Report) -> str:
    """The report as GitHub-flavoured Markdown."""
    parts = ["# loadproof", *(_headline(report, entry) for entry in report.candidates)]
    parts.append(_totals(report))
    findings = _findings(report)
    if findings:
        parts += ["## What needs a look", *findings]
    unsupported = _unsupported(report)
    if unsupported:
        parts += ["## Not supported", "\n".join(unsupported)]
    uncovered = [entry.rule for entry in report.rules if not entry.covered]
    if uncovered:
        ids = ", ".join(rule.id for rule in uncovered)
        why = "not selected in this run" if report.selected else "no property tries them yet"
        parts.append(
            f"<details><summary>{len(uncovered)} rules not covered: {why}</summary>\n\n"
            f"{ids}\n\n</details>"
        )
    parts.append(_manifest(report))
    return "\n\n".join(parts) + "\n"


def _headline(report: Report, candidate: CandidateReport) -> str:
    kept, covered = count_conforming(report, candidate.label)
    size = f" of up to {candidate.largest:,} records" if candidate.largest else ""
    line = (
        f"**{escaped(candidate.label)}** keeps **{kept} of {covered}** covered rules "
        f"({candidate.examples:,} examples{size}, {candidate.seconds:.1f} s)."
    )
    if not candidate.finished:
        line += " **The run did not finish.**"
    return line


def _totals(report: Report) -> str:
    kinds = [
        kind
        for kind in VERDICTS
        if any(candidate.totals[kind.status] for candidate in report.candidates)
    ]
    header = ["candidate", *(f"{kind.mark} {kind.word}" for kind in kinds)]
    rows = [
        [escaped(candidate.label), *(str(candidate.totals[kind.status]) for kind in kinds)]
        for candidate in report.candidates
    ]
    return _table(header, rows, align_right=True)


def _findings(report: Report) -> list[str]:
    told: list[str] = []
    shown: set[tuple[str, str]] = set()
    left = MOST_COUNTEREXAMPLES
    for candidate in report.candidates:
        results = {entry.planned.id: entry for entry in candidate.properties}
        for entry in report.rules:
            verdict = entry.verdict_on(candidate.label)
            if not verdict.overall.code:
                continue
            editions = ", ".join(
                f"{edition} {spoken.mark}" for edition, spoken in verdict.editions.items()
            )
            told.append(
                f"- {verdict.overall.mark} **{entry.rule.id}** {escaped(entry.rule.title)} · "
                f"{escaped(candidate.label)} **{verdict.overall.word}** ({editions}): "
                f"{escaped(verdict.overall.reason)}"
            )
            for id in verdict.overall.evidence:
                result = results[id].result
                found = result.counterexample if result else None
                if found is None or (candidate.label, id) in shown:
                    continue
                shown.add((candidate.label, id))
                if left > 0:
                    told.append(_counterexample(results[id].planned.sentence, found))
                left -= 1
    if left < 0:
        told.append(f"{-left} more counterexamples are in the HTML report.")
    return told


def _unsupported(report: Report) -> list[str]:
    return [
        f"- {escaped(candidate.label)} · {escaped(reason)}: {', '.join(rules)}"
        for candidate in report.candidates
        for reason, rules in unsupported_reasons(report, candidate.label).items()
    ]


def _counterexample(sentence: str, found: Counterexample) -> str:
    told = f"{_html(sentence)} ({found.size} input rows, edition {found.edition})"
    parts = [f"<details><summary>{told}</summary>"]
    parts.append(_fenced(found.replay, "sh"))
    parts.append(escaped(", ".join(f"{name}: {figure}" for name, figure in found.system.items())))
    parts.append("\n".join(f"{n}. {escaped(told)}" for n, told in enumerate(found.actions, 1)))
    for side, grids in zip(found.sides, (found.expected, found.observed), strict=True):
        parts += [f"**{side}: {escaped(grid.title)}**\n\n{_grid(grid)}" for grid in grids]
    parts += [_fenced(found.script, "sql"), "</details>"]
    return "\n\n".join(part for part in parts if part)


def _grid(grid: Grid) -> str:
    marked = set(grid.marked)
    rows = [
        [
            f"**≠ {escaped(show(text, 'edges'))}**"
            if (row, column) in marked
            else escaped(show(text, "edges"))
            for column, text in enumerate(cells)
        ]
        for row, cells in enumerate(grid.rows[:_MOST_ROWS])
    ]
    table = _table([escaped(column) for column in grid.columns], rows)
    more = len(grid.rows) - _MOST_ROWS
    return f"{table}\n\n{more} more rows" if more > 0 else table


def _manifest(report: Report) -> str:
    lines = [
        f"{escaped(entry.label)} {escaped(entry.description.version)}: profile {entry.profile}, "
        f"seed {entry.seed}, started {entry.started}, "
        f"{sum(p.result is not None for p in entry.properties)} of {len(entry.properties)} "
        "planned properties run"
        for entry in report.candidates
    ]
    families = ", ".join(f"{id} {title}" for id, title in FAMILY_TITLES.items())
    return f"<sub>{'<br>'.join(lines)}<br>{families}</sub>"


def _table(header: list[str], rows: list[list[str]], align_right: bool = False) -> str:
    rule = ["---", *(["---:" if align_right else "---"] * (len(header) - 1))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, rule, *rows))


def _fenced(text: str, language: str) -> str:
    if not text:
        return ""
    text = printable(text)
    runs = re.findall(r"`+", text)
    fence = "`" * max(3, *(len(run) + 1 for run in runs), 3)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def escaped(text: str) -> str:
    """Text in which nothing is Markdown, on one line."""
    return _SPECIAL.sub(r"\\\1", printable(text)).replace("\n", " ")


def _html(text: str) -> str:
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
