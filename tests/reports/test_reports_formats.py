"""The written reports: complete, consistent with each other, and safe with any content."""

from __future__ import annotations

import errno
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from msgspec.structs import replace
from report_samples import (
    CLASSES,
    COUNTEREXAMPLE,
    describe,
    differing,
    differing_run,
    other,
    perfect_run,
    sample_run,
    sample_runs,
    unfinished_run,
)
from rich.console import Console

from reports.badge import badge
from reports.html import html_page
from reports.integrity import DuplicateCandidateError
from reports.json_report import (
    SCHEMA_FILE,
    build_report,
    decode_report,
    encode_report,
    report_schema,
    unsupported_reasons,
)
from reports.junit import junit_xml
from reports.markdown import MOST_COUNTEREXAMPLES, markdown_summary
from reports.publish import ReportWriteError, write_reports
from reports.terminal import print_report
from reports.visible import lines, printable, show
from specs.contract.marker import MARKER_FILE, NotOursError
from specs.contract.results import Grid, RunResult
from specs.rules import load_catalogue

REPORT = build_report(sample_runs())


def hostile_run() -> RunResult:
    """A run whose every text tries to break out of the format it is put in."""
    evil = "</script><script>alert(1)</script> & \"'|`*\x00\x1b[31m\ud83d\ude00".encode(
        "utf-16", "surrogatepass"
    ).decode("utf-16")
    grid = Grid(title=evil, columns=(evil,), rows=((evil,),), marked=((0, 0),))
    found = replace(
        COUNTEREXAMPLE,
        message=evil,
        script=evil,
        files={evil: evil},
        expected=(grid,),
        observed=(),
        replay=evil,
        snippet=evil,
    )
    run = sample_run(
        describe(evil, homepage="javascript:alert(1)", issues="//example.org"),
        {"FL-02": replace(differing("FL-02", found), reason=evil, classes={evil: 3})},
    )
    planned = tuple(replace(entry, sentence=evil) for entry in run.planned)
    return replace(run, planned=planned, reached=evil, selection={evil: evil})


class Page(HTMLParser):
    """Collects what a page would load, its ids, and links inside it."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.inside: list[str] = []
        self.scripts = 0
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.scripts += tag == "script"
        self.ids += [found["id"]] if "id" in found else []
        if tag in ("a", "use"):
            href = found["href"]
            (self.inside if href.startswith("#") else self.addresses).append(href)
        else:
            self.loads += [found[name] for name in ("src", "href", "srcset") if name in found]


def read_page(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


# --- JSON ---------------------------------------------------------------------------------------


def test_the_published_schema_is_up_to_date_and_describes_the_report() -> None:
    assert SCHEMA_FILE.read_bytes() == report_schema(), (
        "write it anew: python -c 'from reports.json_report import *; "
        "SCHEMA_FILE.write_bytes(report_schema())'"
    )
    schema = json.loads(report_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    for runs in (sample_runs(), [hostile_run()]):
        document = json.loads(encode_report(build_report(runs)))
        jsonschema.validate(document, schema)


def test_a_report_survives_json() -> None:
    assert decode_report(encode_report(REPORT)) == REPORT


def test_every_rule_has_a_verdict_for_every_candidate() -> None:
    labels = [candidate.label for candidate in REPORT.candidates]
    assert labels == ["polars", "duckdb-copy", "arrowload", "legacy"]
    assert [entry.rule for entry in REPORT.rules] == list(load_catalogue())
    for entry in REPORT.rules:
        assert [verdict.candidate for verdict in entry.verdicts] == labels
        assert {verdict.rule for verdict in entry.verdicts} == {entry.rule.id}


def test_a_run_cut_off_after_good_results_does_not_exit_with_success() -> None:
    cut = replace(perfect_run(), finished=False)
    assert build_report([cut]).exit_code == 3


def test_a_selection_is_told_as_one() -> None:
    run = replace(perfect_run(), selection={"rules": ["FL-02"], "suites": []})
    report = build_report([run])
    reasons = {entry.rule.id: entry.verdicts[0].overall.reason for entry in report.rules}
    del reasons["FL-02"]
    assert set(reasons.values()) == {"not selected in this run"}
    assert "96 further rules were not selected in this run" in html_page(report)
    assert "96 rules not covered: not selected in this run" in markdown_summary(report)


def test_versions_of_one_candidate_get_labels_that_tell_them_apart() -> None:
    older = sample_run(describe("polars", version="1.0"))
    report = build_report([perfect_run(), older])
    assert [entry.label for entry in report.candidates] == ["polars 2.1.0", "polars 1.0"]
    with pytest.raises(DuplicateCandidateError):
        build_report([older, older])


def test_every_report_tells_the_edition_of_a_difference() -> None:
    found = replace(COUNTEREXAMPLE, edition="seed")
    report = build_report([sample_run(describe("x"), {"FL-02": differing("FL-02", found)})])
    console = Console(width=160, file=io.StringIO(), force_terminal=False)
    print_report(report, console)
    in_terminal = console.file.getvalue()  # type: ignore[attr-defined]
    assert '"edition": "seed"' in encode_report(report).decode()
    assert "(3 input rows, edition seed)" in in_terminal
    assert "(3 input rows, edition seed)" in markdown_summary(report)
    assert "Smallest case found: 3 input rows, under edition seed." in html_page(report)
    assert "edition: seed" in junit_xml(report).decode()
    (failed,) = ElementTree.fromstring(junit_xml(report)).findall(".//failure/..")
    assert failed.get("name", "").endswith("[seed]")
    for text in (in_terminal, markdown_summary(report)):
        assert "vendor ?" in text
        assert "seed ✗" in text


# --- JUnit --------------------------------------------------------------------------------------


def test_junit_has_a_suite_a_candidate_and_a_case_a_rule_and_edition() -> None:
    root = ElementTree.fromstring(junit_xml(REPORT))
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == [c.label for c in REPORT.candidates]
    cases = sum(len(rule.editions) for rule in load_catalogue())
    assert {suite.get("tests") for suite in suites} == {str(cases)}
    for suite in (root, *suites):
        for total, element in (
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert int(suite.get(total, "-1")) == len(suite.findall(f".//{element}"))
    legacy = suites[3]
    types = {error.get("type") for error in legacy.iter("error")}
    assert types == {"inconclusive", "harness_error"}
    assert {skip.get("type") for skip in suites[1].iter("skipped")} == {
        "not_supported",
        "not_covered",
    }
    failed = [failure.get("type") for failure in suites[1].iter("failure")]
    assert failed.count("known_gap") == 2, "which fails the run, so it is no skipped case"
    failures = [case for case in suites[1].iter("testcase") if case.find("failure") is not None]
    names = [case.get("name", "") for case in failures]
    assert [name[:5] for name in names] == ["HD-16", "HD-16", "FL-02", "FL-09", "FL-09"]
    assert names[2].endswith("[vendor]")
    assert COUNTEREXAMPLE.replay in (failures[2].findtext("failure") or "")
    (other,) = suites[1].findall(".//error/..")
    assert other.get("name", "")[:5] == "FL-02"
    assert other.get("name", "").endswith("[seed]")


def test_junit_of_hostile_text_is_well_formed() -> None:
    text = junit_xml(build_report([hostile_run()])).decode()
    ElementTree.fromstring(text)
    assert "\x1b" not in text
    assert "\x00" not in text


# --- Markdown -----------------------------------------------------------------------------------


def test_markdown_tells_totals_findings_and_what_is_not_covered() -> None:
    text = markdown_summary(REPORT)
    assert "**polars** keeps **46 of 46** covered rules" in text
    assert "**legacy** keeps **41 of 46** covered rules" in text
    assert "**The run did not finish.**" in text
    assert "**FL-02** Exact duplicates" in text
    assert "51 rules not covered: no property tries them yet" in text
    assert COUNTEREXAMPLE.replay in text
    assert "**≠ NULL**" in text
    # A known gap is a break, and told with what its author says of it.
    assert "FL-09" in text.split("## What needs a look")[1].split("rules not covered")[0]
    assert "**known gap**" in text


def test_two_runs_of_one_case_stand_side_by_side_under_their_own_names() -> None:
    twice = replace(
        COUNTEREXAMPLE,
        message="not the same twice on the same case: rows",
        system={"AMPs": "4", "AMPs lost": "AMP 0"},
        actions=("ran job `load`, stopped at its 2nd block-sent", "ran it again"),
        sides=("one run", "another run"),
    )
    report = build_report([sample_run(describe("x"), {"FL-02": differing("FL-02", twice)})])
    stream = io.StringIO()
    print_report(report, Console(file=stream, width=160))
    junit = junit_xml(report).decode()
    for text in (stream.getvalue(), html_page(report), markdown_summary(report), junit):
        for phrase in ("not the same twice", "one run", "another run", "stopped at its 2nd block"):
            assert phrase in text
        assert "AMPs lost: AMP 0" in text
    rows = ("one run: counts: ", "another run: t: k 1, v NULL", "applied 3, duplicates 0")
    assert all(row in junit for row in rows), "the rows that differ are in JUnit too"


def test_why_rules_are_not_supported_is_told_once_for_all_of_them() -> None:
    hidden = "does not expose counts"
    outcomes = {id: other(id, "not_supported", hidden) for id in ("FL-02", "FL-03")}
    report = build_report([sample_run(describe("partial"), outcomes)])
    assert unsupported_reasons(report, "partial")[hidden] == ["FL-02", "FL-03"]
    console = Console(width=140, file=io.StringIO(), force_terminal=False)
    print_report(report, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "not supported: does not expose counts (FL-02, FL-03)" in shown
    assert "- partial · does not expose counts: FL-02, FL-03" in markdown_summary(report)


def test_a_markdown_summary_stays_small_and_counts_what_it_leaves_out() -> None:
    outcomes = {rule.id: differing(rule.id) for rule in load_catalogue() if rule.family == "FL"}
    text = markdown_summary(build_report([sample_run(describe("x"), outcomes)]))
    assert text.count("**expected: t**") == MOST_COUNTEREXAMPLES
    assert f"{27 - MOST_COUNTEREXAMPLES} more counterexamples are in the HTML report" in text


def test_markdown_of_hostile_text_holds_no_markup_of_its_own() -> None:
    text = markdown_summary(build_report([hostile_run()]))
    outside = re.sub(r"(?ms)^(`{3,})\w*\n.*?\n\1$", "", text)
    assert "<script>" not in outside.replace("\\<script\\>", "")


# --- terminal -----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 140])
def test_the_terminal_tells_the_same(width: int) -> None:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    print_report(REPORT, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    commands = [line for line in text.splitlines() if line.startswith("loadproof replay")]
    assert commands, "a command stays on one line, however long, so that it can be copied"
    assert max(len(line) for line in text.splitlines() if line not in commands) <= width
    words = " ".join(text.split())
    assert "polars: keeps 46 of 46 covered rules, 51 not covered" in words
    assert "legacy: keeps 41 of 46 covered rules" in words
    assert "the run did not finish" in words
    for expected in ("✗ differs", "expected: t", "observed: t", "≠ NULL", "1|↵", "⟨CR⟩"):
        assert expected in text
    for name in CLASSES:
        assert name in words
    assert text.count("different keys, equal row hash") == len(REPORT.candidates)


def test_the_terminal_takes_no_markup_or_escape_from_a_candidate() -> None:
    console = Console(width=100, file=io.StringIO(), force_terminal=False)
    run = sample_run(describe("[bold]x[/]"), {"FL-02": differing("FL-02")})
    print_report(build_report([run, hostile_run()]), console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "[bold]x[/]" in text
    assert "\x1b" not in text


# --- badge --------------------------------------------------------------------------------------


def test_badges_count_all_rules_of_a_family_and_colour_them() -> None:
    alone = build_report([sample_run(describe("polars"), families=("FL",))])
    text = badge(alone, "polars").decode()
    assert "<title>FastLoad: 27/27 rules</title>" in text
    assert "#1a7f5a" in text
    ElementTree.fromstring(text)
    both = badge(build_report([perfect_run()]), "polars").decode()
    assert "<title>loadproof: Hash distribution 19/19, FastLoad 27/27</title>" in both
    broken = badge(build_report([differing_run()]), "duckdb-copy", "FL").decode()
    assert "FastLoad: 24/27 rules" in broken
    assert "#b93a22" in broken
    assert "no rule covered" in badge(alone, "polars", "CP").decode()
    evil = build_report([perfect_run(), hostile_run()])
    ElementTree.fromstring(badge(evil, evil.candidates[1].label))


# --- HTML ---------------------------------------------------------------------------------------


def test_the_page_loads_nothing_and_every_inner_link_has_its_target() -> None:
    html = html_page(REPORT)
    page = read_page(html)
    assert [address for address in page.loads if not address.startswith("data:")] == []
    assert "url(" not in html.split("</style>")[0].split("<style>")[1]
    assert "@import" not in html
    assert "default-src 'none'" in html
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.inside} <= set(page.ids)
    assert {rule.id for rule in load_catalogue()} <= set(page.ids)


def test_the_page_tells_each_counterexample_once() -> None:
    html = html_page(REPORT)
    assert html.count('class="counterexample"') == 2
    assert 'id="counterexample-2-21"' in html
    assert html.count('href="#counterexample-2-21"') == 1


def test_hostile_text_stays_text() -> None:
    html = html_page(build_report([hostile_run()]))
    page = read_page(html)
    assert page.scripts == 1
    assert not [address for address in page.addresses if not address.startswith("http")]
    assert "alert(1)</script>" not in html


# --- invisible characters -----------------------------------------------------------------------


def test_printable_text_keeps_blanks_and_shows_what_could_steer_a_reader() -> None:
    assert printable("a b\t\n\u00a0") == "a b\t\n\u00a0"
    assert printable("\x1b[31m\r\u202e") == "⟨U+001B⟩[31m⟨CR⟩⟨U+202E⟩"


def test_invisible_characters_are_shown() -> None:
    assert show("a b\t\r\n") == "a·b→⟨CR⟩↵"
    assert show(" a b ", "edges") == "·a b·"
    assert show("  ", "edges") == "··"
    assert show("\x00\u00a0\ufeff\u200b") == "⟨U+0000⟩⟨U+00A0⟩⟨U+FEFF⟩⟨U+200B⟩"
    assert show("Ünïcödé 日本") == "Ünïcödé·日本"
    assert [len(line) for line in lines("ab\n\nc")] == [2, 1, 1]
    assert lines("") == []


# --- writing ------------------------------------------------------------------------------------


def test_reports_are_written_whole_and_again_the_same(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "report"
    paths = write_reports(sample_runs(), directory)
    written = {path.name: path.read_bytes() for path in directory.iterdir()}
    published = {"index.html", "report.json", "junit.xml", "summary.md", "badge.svg"}
    assert set(written) == {*published, MARKER_FILE}
    assert all(written.values())
    assert paths.html == directory / "index.html"
    assert decode_report(paths.json.read_bytes()) == paths.report == REPORT
    write_reports(sample_runs(), directory)
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == written


def test_a_report_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reports([perfect_run()], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    written: list[int] = []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("reports.publish.os.fsync", full)
    with pytest.raises(ReportWriteError, match=r"summary\.md: the report could not be written"):
        write_reports([unfinished_run()], tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_report_is_written_into_no_directory_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for directory in (tmp_path, tmp_path / "file"):
        with pytest.raises(NotOursError, match=r"name (a new|another)"):
            write_reports([perfect_run()], directory)
    with pytest.raises(ReportWriteError, match="give another directory"):
        write_reports([perfect_run()], tmp_path / "file" / "below")
