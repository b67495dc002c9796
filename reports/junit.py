"""JUnit XML: one test suite a candidate, one test case a rule and edition."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

from reports.json_report import CandidateReport, Report, verdicts_of
from reports.verdicts import AnyVerdict
from reports.visible import printable, show
from specs.contract.results import Counterexample
from specs.rules import Rule

_ELEMENT = {
    "differs": "failure",
    "unexpected_pass": "failure",
    "inconclusive": "error",
    "harness_error": "error",
    "known_gap": "failure",
    "not_supported": "skipped",
    "not_covered": "skipped",
}
"""Verdict -> the element that tells it; a rule that conforms needs none."""


def junit_xml(report: Report) -> bytes:
    """The report for CI systems. Failures: differs, known gap and unexpected pass; errors:
    inconclusive and harness error; skipped: not supported, not covered."""
    root = ElementTree.Element("testsuites", name="loadproof")
    for candidate in report.candidates:
        root.append(_suite(report, candidate))
    for kind in ("tests", "failures", "errors", "skipped"):
        root.set(kind, str(sum(int(suite.get(kind, "0")) for suite in root)))
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(report: Report, candidate: CandidateReport) -> ElementTree.Element:
    cases = [
        _case(candidate, rule, edition, verdict)
        for rule, edition, verdict in verdicts_of(report, candidate.label)
    ]
    suite = ElementTree.Element(
        "testsuite",
        name=printable(candidate.label),
        tests=str(len(cases)),
        time=f"{candidate.seconds:.3f}",
        timestamp=candidate.started,
    )
    for element, total in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(total, str(sum(case.find(element) is not None for case in cases)))
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _run_facts(candidate).items():
        ElementTree.SubElement(properties, "property", name=name, value=printable(value))
    suite.extend(cases)
    return suite


def _case(
    candidate: CandidateReport, rule: Rule, edition: str, verdict: AnyVerdict
) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=printable(f"{candidate.label}.{rule.family}"),
        name=f"{rule.id} {rule.title} [{edition}]",
    )
    element = _ELEMENT.get(verdict.status)
    if element is None:
        return case
    message = f"{verdict.word}: {verdict.reason}" if verdict.reason else verdict.word
    told = ElementTree.SubElement(case, element, message=printable(message), type=verdict.status)
    told.text = printable("\n".join(_details(candidate, verdict)))
    return case


def _details(candidate: CandidateReport, verdict: AnyVerdict) -> list[str]:
    details = [verdict.issue] if verdict.issue else []
    for entry in candidate.properties:
        if entry.planned.id not in verdict.evidence or entry.result is None:
            continue
        details.append(entry.planned.sentence)
        found = entry.result.counterexample
        if found is not None:
            details += [found.message, f"edition: {found.edition}", f"input rows: {found.size}"]
            details += [f"{name}: {figure}" for name, figure in found.system.items()]
            details += [f"{n}. {told}" for n, told in enumerate(found.actions, 1)]
            details += _differing_rows(found)
            details += [found.replay, found.script]
    return [line for line in details if line]


def _differing_rows(found: Counterexample) -> Iterator[str]:
    """The tables in which anything differs, row by row, each side under its heading."""
    differing = {grid.title for grid in (*found.expected, *found.observed) if grid.marked}
    for side, grids in zip(found.sides, (found.expected, found.observed), strict=True):
        for grid in grids:
            marked = {row for row, _ in grid.marked}
            for row, cells in enumerate(grid.rows if grid.title in differing else ()):
                shown = (show(cell, "edges") for cell in cells)
                named = (f"{name} {cell}" for name, cell in zip(grid.columns, shown, strict=False))
                told = f"{side}: {grid.title}: {', '.join(named)}"
                yield f"≠ {told}" if row in marked else told


def _run_facts(candidate: CandidateReport) -> dict[str, str]:
    return {
        "candidate version": candidate.description.version,
        "reached": candidate.reached,
        "profile": candidate.profile,
        "seed": str(candidate.seed),
        "examples": str(candidate.examples),
        "largest example in records": str(candidate.largest),
        "finished": str(candidate.finished).lower(),
    }
