"""What stands in a report's place while a check runs, and for good after one that broke off.

Nothing of an earlier report is in it: who publishes it publishes that there is no result.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import jinja2

from reports.badge import plain_badge
from reports.json_report import UnfinishedReport, encode_report
from reports.markdown import escaped
from reports.visible import printable


def unfinished_files(report: UnfinishedReport) -> dict[str, bytes]:
    """Every file that a report has, saying that there is none yet: name -> content."""
    return {
        "report.json": encode_report(report),
        "junit.xml": unfinished_junit(report),
        "summary.md": unfinished_markdown(report).encode(),
        "badge.svg": plain_badge("loadproof", "not finished"),
        "index.html": unfinished_page(report).encode(),
    }


def unfinished_junit(report: UnfinishedReport) -> bytes:
    """One test case, which is an error, so that no CI system takes it for a success."""
    counts = {"tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    root = ElementTree.Element("testsuites", counts, name="loadproof")
    suite = ElementTree.SubElement(
        root, "testsuite", counts, name="loadproof", time="0", timestamp=report.started
    )
    case = ElementTree.SubElement(suite, "testcase", classname="loadproof", name="check")
    told = ElementTree.SubElement(
        case, "error", message=printable(report.headline), type="not_finished"
    )
    told.text = printable(report.explanation)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def unfinished_markdown(report: UnfinishedReport) -> str:
    """The same as GitHub-flavoured Markdown."""
    return f"# loadproof\n\n**{escaped(report.headline)}**\n\n{escaped(report.explanation)}\n"


def unfinished_page(report: UnfinishedReport) -> str:
    """The same as one self-contained HTML page."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("unfinished.html.j2").render(
        headline=printable(report.headline), explanation=printable(report.explanation)
    )
