"""``loadproof run`` and what belongs to its user: nothing of it is changed, cleared or lost."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from command_calls import DATA, PROGRAM, RIGHT_LOADER, WRONG_LOADER, loadproof, write_job
from deep_directories import deepened

from loadproof import inputs
from loadproof.inputs import copy_file

CHANGES_A_FILE = (
    RIGHT_LOADER
    + """
import os
from pathlib import Path

MINE = Path(__file__).with_name("t.csv")

class Changes(Right):
    def run(self, case, workspace, emit):
        super().run(case, workspace, emit)
        self.change()

class Grows(Changes):
    def change(self):
        with MINE.open("ab") as stream: stream.write(b"9,new\\n")

class Rewrites(Changes):
    def change(self):
        before = MINE.stat()
        MINE.write_bytes(MINE.read_bytes().replace(b"two", b"six"))
        os.utime(MINE, ns=(before.st_atime_ns, before.st_mtime_ns))

class Replaces(Changes):
    def change(self):
        other = MINE.with_name("other")
        other.write_bytes(MINE.read_bytes())
        other.replace(MINE)

class Removes(Changes):
    def change(self): MINE.unlink()

class ChangesScript(Changes):
    def change(self): MINE.with_name("t.fl").write_text("")

class ChangesAndBreaks(Grows):
    def run(self, case, workspace, emit):
        self.change()
        raise RuntimeError("broken")
"""
)


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A directory with a small right script and its data."""
    return write_job(tmp_path)


# --- directories that are somebody's -------------------------------------------------------------


@pytest.mark.parametrize(
    "mine",
    ["case/thesis.txt", "workspace-polars/outcome/thesis.txt", "case-polars/thesis.txt", "t"],
)
def test_a_workspace_that_holds_anything_else_is_refused(job: Path, mine: str) -> None:
    path = job / "w" / mine
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    done = loadproof("run", "t.fl", "--candidate", "polars", "--workspace", "w", cwd=job)
    assert (done.returncode, "did not make it" in done.stderr) == (2, True), done.stderr
    assert [p for p in (job / "w").rglob("*") if p.is_file()] == [path]


@pytest.mark.parametrize("mine", ["thesis.txt", "case-polars/files/thesis.txt", "folder/thesis"])
def test_a_workspace_of_ours_with_something_else_in_it_is_refused(job: Path, mine: str) -> None:
    call = ("run", "t.fl", "--candidate", "polars", "--workspace", "w")
    assert loadproof(*call, cwd=job).returncode == 0
    path = job / "w" / mine
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    done = loadproof(*call, cwd=job)
    assert (done.returncode, mine.split("/")[0] in done.stderr) == (2, True), done.stderr
    assert path.read_text() == "mine"


@pytest.mark.parametrize("candidate", ["polars", "reference"])
def test_a_file_beside_an_outcome_is_left_alone(job: Path, candidate: str) -> None:
    call = ("run", "t.fl", "--candidate", candidate, "--workspace", "w")
    assert loadproof(*call, cwd=job).returncode == 0
    kept = [job / "w" / f"workspace-{candidate}" / "outcome" / "thesis.txt"]
    kept.append(kept[0].with_name("folder") / "thesis.arrow")
    kept[1].parent.mkdir()
    for path in kept:
        path.write_text("mine")
    done = loadproof(*call, cwd=job)
    assert done.returncode == 0, done.stderr
    assert [path.read_text() for path in kept] == ["mine", "mine"]


def test_folders_too_deep_to_walk_are_refused_in_a_line(job: Path) -> None:
    (job / "w").mkdir()
    with deepened(job / "w"):
        done = loadproof("run", "t.fl", "--candidate", "polars", "--workspace", "w", cwd=job)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


# --- data files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["py", "cmd"])
def test_a_loader_that_writes_into_its_case_changes_a_copy(job: Path, way: str) -> None:
    (job / "wrong.py").write_text(WRONG_LOADER)
    (job / "program.py").write_text(WRONG_LOADER + PROGRAM + "serve(LosesLast())\n")
    program = f"cmd:{shlex.join([sys.executable, str(job / 'program.py')])}"
    spec = program if way == "cmd" else "py:wrong:LosesLast"
    call = ("run", "t.fl", "--candidate", spec, "--against", "polars", "--workspace", "w")
    done = loadproof(*call, cwd=job)
    assert (done.returncode, "read of db.t" in done.stdout) == (1, True), done.stdout + done.stderr
    assert "Total Records Read  = 4" in done.stdout
    assert (job / "t.csv").read_text() == DATA


def test_a_loader_of_ours_reads_the_file_itself_and_another_a_copy(job: Path) -> None:
    (job / "mine.py").write_text(RIGHT_LOADER)
    call = ("--against", "py:mine:Right", "--workspace", "w")
    done = loadproof("run", "t.fl", "--candidate", "polars", *call, cwd=job)
    assert done.returncode == 0, done.stderr
    (linked,) = (job / "w" / "case-polars" / "files").iterdir()
    (copied,) = (job / "w" / "case-py-mine-Right" / "files").iterdir()
    assert linked.readlink() == job / "t.csv"
    assert not copied.is_symlink()
    assert copied.read_text() == DATA
    assert copied.stat().st_mtime_ns == (job / "t.csv").stat().st_mtime_ns


@pytest.mark.parametrize("loader", ["Grows", "Rewrites", "Replaces", "Removes", "ChangesScript"])
def test_a_loader_that_changes_a_file_of_its_user_is_named(job: Path, loader: str) -> None:
    (job / "bad.py").write_text(CHANGES_A_FILE)
    done = loadproof("run", "t.fl", "--candidate", f"py:bad:{loader}", cwd=job)
    changed = "t.fl" if loader == "ChangesScript" else "t.csv"
    assert done.returncode == 4, done.stdout + done.stderr
    assert f"{changed} changed while py:bad:{loader} ran" in done.stderr


def test_a_loader_that_changes_a_file_and_breaks_down_is_told_for_both(job: Path) -> None:
    (job / "bad.py").write_text(CHANGES_A_FILE)
    done = loadproof("run", "t.fl", "--candidate", "py:bad:ChangesAndBreaks", cwd=job)
    assert done.returncode == 4
    assert "RuntimeError: broken" in done.stderr
    assert "t.csv changed while" in done.stderr


def test_a_copy_shares_its_blocks_where_the_file_system_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("data")
    asked: list[int] = []

    def cloned(target: int, request: int, source: int) -> None:
        asked.append(request)

    monkeypatch.setattr(inputs.fcntl, "ioctl", cloned)
    copy_file(tmp_path / "a", tmp_path / "b")
    assert asked == [0x40049409]
    assert (tmp_path / "b").read_text() == "", "a clone needs no copying"

    def refused(target: int, request: int, source: int) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(inputs.fcntl, "ioctl", refused)
    copy_file(tmp_path / "a", tmp_path / "c")
    assert (tmp_path / "c").read_text() == "data"
