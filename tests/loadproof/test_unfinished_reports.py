"""A report of a check that did not finish: it says so in every file, with nothing of an earlier one."""

from __future__ import annotations

import errno
import json
import os
import resource
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jsonschema
import pytest
from command_calls import RIGHT_LOADER, call_here, loadproof
from report_samples import perfect_run

from loadproof.report_directory import unfinished
from loadproof.signals import Interrupted
from reports.json_report import RunningReport, report_schema
from reports.publish import ReportWriteError, write_reports, write_unfinished
from specs.contract.marker import MARKER_FILE, NotOursError

PUBLISHED = {"index.html", "summary.md", "report.json", "junit.xml", "badge.svg"}
OLD_NUMBERS = ("200 examples", "46 of 46", "46/46", "47.3", "conforms", "20261")


def assert_unfinished(directory: Path, state: str, *words: str) -> None:
    """Every published file says that there is no result, and why, and tells no old number."""
    texts = {name: (directory / name).read_text() for name in PUBLISHED}
    for name, text in texts.items():
        assert not [number for number in OLD_NUMBERS if number in text], (name, text)
    document = json.loads(texts["report.json"])
    jsonschema.validate(document, json.loads(report_schema()))
    assert document["state"] == state
    root = ElementTree.fromstring(texts["junit.xml"])
    assert (root.get("tests"), root.get("errors")) == ("1", "1")
    assert root.find("testsuite/testcase/error") is not None
    assert "not finished" in texts["badge.svg"]
    ElementTree.fromstring(texts["badge.svg"])
    told = "running, started" if state == "running" else "did not finish"
    for name in ("index.html", "summary.md", "junit.xml"):
        assert all(word in texts[name] for word in (told, *words)), (name, texts[name])


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report that an earlier check wrote."""
    write_reports([perfect_run()], tmp_path / "report")
    text = "".join((tmp_path / "report" / name).read_text() for name in PUBLISHED)
    assert any(number in text for number in OLD_NUMBERS)
    return tmp_path / "report"


# --- while it runs, and when it breaks off -------------------------------------------------------


def test_while_a_check_runs_its_report_says_so(report: Path) -> None:
    with unfinished(report):
        assert_unfinished(report, "running")
        write_reports([perfect_run()], report)
    assert json.loads((report / "report.json").read_text())["state"] == "final"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("no such table"), ["fault of loadproof itself", "KeyError", "no such table"]),
        (Interrupted(15), ["ended by SIGTERM"]),
        (BrokenPipeError(), ["nobody read"]),
        (OSError(errno.ENOSPC, "No space left on device"), ["No space left"]),
        (RecursionError("too deep"), ["too deep"]),
        (ValueError("*bold* <b>\x1b[31m\u202e"), ["bold", "⟨U+001B⟩", "⟨U+202E⟩"]),
    ],
)
def test_a_check_that_breaks_off_leaves_why(
    report: Path, error: BaseException, words: list[str]
) -> None:
    with pytest.raises(type(error)), unfinished(report):
        raise error
    assert_unfinished(report, "failed", *words)
    assert not any("\x1b" in (report / name).read_text() for name in PUBLISHED)


def test_a_report_that_cannot_be_replaced_is_removed(
    report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("reports.publish.os.fsync", full)
    with pytest.raises(ReportWriteError, match="No space left"), unfinished(report):
        pytest.fail("a check whose report cannot be written must not start")
    assert {path.name for path in report.iterdir()} == {MARKER_FILE}


def test_a_report_that_cannot_be_written_at_the_end_is_not_the_old_one(
    report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    check = unfinished(report)
    check.__enter__()
    monkeypatch.setattr("reports.publish.os.fsync", full)
    with pytest.raises(ReportWriteError) as raised:
        write_reports([perfect_run()], report)
    assert not check.__exit__(ReportWriteError, raised.value, None)
    assert {path.name for path in report.iterdir()} == {MARKER_FILE}


def test_a_directory_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    mine = [tmp_path / name for name in ("index.html", ".index.html.partial")]
    for path in mine:
        path.write_text("mine")
    running = RunningReport(started="2026-05-04T09:30:00+00:00")
    for write in (
        lambda: write_unfinished(running, tmp_path),
        lambda: write_reports([perfect_run()], tmp_path),
    ):
        with pytest.raises(NotOursError, match="did not make it"):
            write()
    assert [path.read_text() for path in mine] == ["mine", "mine"]
    assert sorted(tmp_path.iterdir()) == sorted(mine)


# --- the command ---------------------------------------------------------------------------------


def test_a_check_of_nobody_leaves_no_old_report(report: Path) -> None:
    done = loadproof("check", "nosuch", "--report", report, cwd=report.parent)
    assert done.returncode == 2
    assert_unfinished(report, "failed", "nosuch")


def test_a_check_of_a_broken_loader_leaves_no_old_report(report: Path) -> None:
    broken = "class Broken:\n    def describe(self): raise RuntimeError('worn out')\n"
    (report.parent / "broken.py").write_text(broken + "    def run(self, *arguments): pass\n")
    done = loadproof("check", "py:broken:Broken", "--report", report, cwd=report.parent)
    assert done.returncode == 4, done.stderr
    assert_unfinished(report, "failed", "worn out")


def test_a_check_on_a_full_disk_leaves_no_old_report(report: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))

    done = loadproof("check", "polars", "--report", report, cwd=report.parent, limit=limit)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "File too large" in done.stderr
    assert_unfinished(report, "failed", "File too large")


def test_a_second_check_is_of_its_own_candidates_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(RIGHT_LOADER)
    call = ("check", "--rule", "HD-03", "--jobs", 1, "--report", "r")
    assert loadproof(*call, "polars", cwd=tmp_path).returncode == 0
    first = set((tmp_path / "r").iterdir())
    loadproof(*call, "py:mine:Right", cwd=tmp_path)
    second = {path.name for path in set((tmp_path / "r").iterdir()) ^ first}
    assert second == {"polars", "py-mine-Right"}


CHECK = ("check", "polars", "--rule", "HD-03", "--jobs", 1, "--report", "r")
MINE = [
    "thesis.txt",
    "polars/thesis.txt",
    "polars/results/thesis.txt",
    "polars/counterexamples/t/f",
]


def files_in(directory: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("mine", MINE)
def test_a_directory_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mine: str
) -> None:
    path = tmp_path / "r" / mine
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    done = call_here(*CHECK, cwd=tmp_path, monkeypatch=monkeypatch)
    assert (done.returncode, "did not make it" in done.stderr) == (2, True), done.stderr
    assert files_in(tmp_path / "r") == {path: b"mine"}


def test_what_somebody_else_put_into_a_report_is_never_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loadproof(*CHECK, cwd=tmp_path).returncode == 0
    for mine in MINE:
        path = tmp_path / "r" / mine
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("mine")
        before = files_in(tmp_path / "r")
        done = call_here(*CHECK, cwd=tmp_path, monkeypatch=monkeypatch)
        assert (done.returncode, "was not written by loadproof" in done.stderr) == (2, True)
        assert files_in(tmp_path / "r") == before
        path.unlink()
