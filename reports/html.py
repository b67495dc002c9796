"""The report as one self-contained HTML page: no request leaves it, it works from ``file://``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import jinja2
import msgspec

from reports.json_report import (
    FAMILY_TITLES,
    CandidateReport,
    PropertyReport,
    Report,
    RuleReport,
    count_conforming,
    merge_classes,
)
from reports.verdicts import VERDICTS
from reports.visible import lines, pieces, printable
from specs.contract.results import Counterexample, Grid

_OF_PROPERTY = {"holds": "conforms"}
"""Property verdict -> status whose mark shows it; the others have the same name."""


class PropertyLine(NamedTuple):
    """A property in a rule's section: its sentence and what came of it for each candidate."""

    id: str
    sentence: str
    suite: str
    tries: list[Try]


class Try(NamedTuple):
    """One candidate and one property. ``target``: the anchor of its counterexample, or empty."""

    candidate: str
    status: str
    entry: PropertyReport
    target: str


class Finding(NamedTuple):
    """A counterexample, shown under the first of its property's rules and linked elsewhere."""

    anchor: str
    candidate: CandidateReport
    entry: PropertyReport
    counterexample: Counterexample
    home: str


class ClassLine(NamedTuple):
    """An input class: examples in it for each candidate, and the share of the largest."""

    name: str
    counts: list[int]
    shares: list[float]


class Cell(NamedTuple):
    """A cell of a grid; ``pieces`` are its text with invisible characters named."""

    pieces: list[tuple[str, str]]
    marked: bool


def html_page(report: Report) -> str:
    """The whole page. Rules have the anchors of their ids (``#FL-02``)."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        duration=_duration, moment=_moment, grid=_cells, pieces=pieces, lines=lines, link=_link
    )
    findings = list(_findings(report))
    return environment.get_template("report.html.j2").render(
        report=report,
        candidates=report.candidates,
        families=report.families,
        family_titles=FAMILY_TITLES,
        kinds={kind.status: kind for kind in VERDICTS},
        used=_used(report),
        kept={entry.label: count_conforming(report, entry.label) for entry in report.candidates},
        statuses=_statuses,
        properties_of=lambda entry: _properties_of(report, entry, findings),
        findings_of=lambda entry: [found for found in findings if found.home == entry.rule.id],
        classes_of=lambda entry: _classes_of(report, entry),
        json=_json,
        css=_asset(environment, "report.css"),
        js=_asset(environment, "report.js"),
    )


def _visible(value: object) -> object:
    """What goes into the page: nothing that reorders or hides text, be it valid HTML or not."""
    return printable(value) if type(value) is str else value


def _asset(environment: jinja2.Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _used(report: Report) -> dict[str, int]:
    """Statuses that any rule has for any candidate -> number of rules, in telling order."""
    counts = {
        kind.status: sum(kind.status in _statuses(report, entry) for entry in report.rules)
        for kind in VERDICTS
    }
    return {status: count for status, count in counts.items() if count}


def _statuses(report: Report, entry: RuleReport) -> list[str]:
    """Every status that a rule has, for any candidate, overall or in an edition it follows."""
    found: dict[str, None] = {}
    for verdict in entry.verdicts:
        for spoken in (verdict.overall, *report.mixed_editions(verdict).values()):
            found[spoken.status] = None
    return list(found)


def _findings(report: Report) -> Iterator[Finding]:
    for number, candidate in enumerate(report.candidates, start=1):
        for position, entry in enumerate(candidate.properties, start=1):
            if entry.result is not None and entry.result.counterexample is not None:
                anchor = f"counterexample-{number}-{position}"
                found, home = entry.result.counterexample, entry.planned.rules[0]
                yield Finding(anchor, candidate, entry, found, home)


def _properties_of(report: Report, rule: RuleReport, findings: list[Finding]) -> list[PropertyLine]:
    anchors = {(found.candidate.label, found.entry.planned.id): found for found in findings}
    told: dict[str, PropertyLine] = {}
    for candidate in report.candidates:
        for entry in candidate.properties:
            planned, result = entry.planned, entry.result
            if rule.rule.id not in planned.rules:
                continue
            line = told.setdefault(
                planned.id, PropertyLine(planned.id, planned.sentence, planned.suite, [])
            )
            verdict = result.verdict if result else "inconclusive"
            found = anchors.get((candidate.label, planned.id))
            line.tries.append(
                Try(
                    candidate.label,
                    _OF_PROPERTY.get(verdict, verdict),
                    entry,
                    found.anchor if found else "",
                )
            )
    return list(told.values())


def _classes_of(report: Report, rule: RuleReport) -> list[ClassLine]:
    by_candidate = [
        merge_classes(
            entry.result
            for entry in candidate.properties
            if entry.result and rule.rule.id in entry.planned.rules
        )
        for candidate in report.candidates
    ]
    most = max((max(classes.values(), default=0) for classes in by_candidate), default=0)
    names = dict.fromkeys(name for classes in by_candidate for name in classes)
    return [
        ClassLine(name, counts, [count / most if most else 0.0 for count in counts])
        for name in names
        for counts in [[classes.get(name, 0) for classes in by_candidate]]
    ]


def _cells(grid: Grid) -> list[list[Cell]]:
    marked = set(grid.marked)
    return [
        [
            Cell([(*piece,) for piece in pieces(text, "edges")], (row, column) in marked)
            for column, text in enumerate(cells)
        ]
        for row, cells in enumerate(grid.rows)
    ]


def _link(address: str) -> str:
    """The address if it is one a browser may be sent to, else nothing."""
    return address if address.startswith(("https://", "http://")) else ""


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = moment.tzname() or ""
    return f"{moment.day} {moment:%B %Y, %H:%M} {zone}".strip()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
