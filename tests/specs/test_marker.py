"""Directories that loadproof knows for its own: marked, and refused when they hold anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from deep_directories import deepened

from specs.contract import Case
from specs.contract.directories import CaseBundle, DirectoryError, read_case, write_case
from specs.contract.marker import MARKER_FILE, NotOursError, clear, take_directory
from specs.distribution.plan import DistributionPlan

CASE = Case(script="", plan=DistributionPlan(steps=()))
BUNDLE = CaseBundle(CASE, {"a.txt": b"1\n", "deep/b.txt": b"2\n"})


def everything(directory: Path) -> dict[str, bytes]:
    """Path in the directory -> the bytes, or the target, of each file and link."""
    return {
        str(path.relative_to(directory)): (
            str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        )
        for path in directory.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def test_the_marker_says_what_a_directory_is_and_which_version_made_it(tmp_path: Path) -> None:
    write_case(BUNDLE, tmp_path / "case")
    told = json.loads((tmp_path / "case" / MARKER_FILE).read_text())
    assert told["directory"] == "case"
    assert told["made_by"].startswith("loadproof ")
    assert set(told["files"]) == {"case.json", "files/a.txt", "files/deep/b.txt"}


def test_a_case_directory_of_ours_is_replaced(tmp_path: Path) -> None:
    write_case(BUNDLE, tmp_path / "case")
    other = CaseBundle(CASE, {"c.txt": b"3\n"})
    write_case(other, tmp_path / "case")
    assert read_case(tmp_path / "case") == other
    assert not (tmp_path / "case" / "files" / "deep").exists()


def test_a_case_without_files_is_replaced(tmp_path: Path) -> None:
    for _ in range(2):
        write_case(CaseBundle(CASE), tmp_path / "case")
    assert read_case(tmp_path / "case") == CaseBundle(CASE)


def test_a_case_that_was_written_in_part_is_replaced(tmp_path: Path) -> None:
    write_case(BUNDLE, tmp_path / "case")
    (tmp_path / "case" / "files" / "deep" / "b.txt").unlink()
    (tmp_path / "case" / "case.json").unlink()
    write_case(BUNDLE, tmp_path / "case")
    assert read_case(tmp_path / "case") == BUNDLE


def _thesis(directory: Path) -> None:
    (directory / "thesis.txt").write_text("mine")


def _among_ours(directory: Path) -> None:
    write_case(BUNDLE, directory)
    (directory / "files" / "thesis.txt").write_text("mine")


def _folder_in_place_of_a_file(directory: Path) -> None:
    write_case(BUNDLE, directory)
    (directory / "case.json").unlink()
    (directory / "case.json").mkdir()


def _link_in_place_of_a_folder(directory: Path) -> None:
    write_case(BUNDLE, directory)
    aside = directory.with_name("aside")
    (directory / "files").rename(aside)
    (directory / "files").symlink_to(aside)


def _marker_of_another_kind(directory: Path) -> None:
    take_directory(directory, "report", files=["index.html"])


def _marker_that_reaches_outside(directory: Path) -> None:
    take_directory(directory, "case", files=["case.json"])
    (directory.parent / "thesis.txt").write_text("mine")
    marker = directory / MARKER_FILE
    told = json.loads(marker.read_text())
    marker.write_text(json.dumps({**told, "files": ["../thesis.txt"]}))


def _marker_by_a_link(directory: Path) -> None:
    write_case(BUNDLE, directory)
    aside = directory.with_name("marker")
    (directory / MARKER_FILE).rename(aside)
    (directory / MARKER_FILE).symlink_to(aside)


def _marker_that_is_none(directory: Path) -> None:
    (directory / MARKER_FILE).write_text("{")


@pytest.mark.parametrize(
    "made",
    [
        _thesis,
        _among_ours,
        _folder_in_place_of_a_file,
        _link_in_place_of_a_folder,
        _marker_of_another_kind,
        _marker_that_reaches_outside,
        _marker_by_a_link,
        _marker_that_is_none,
    ],
)
def test_what_is_not_ours_is_refused_and_stays(
    tmp_path: Path, made: Callable[[Path], None]
) -> None:
    directory = tmp_path / "case"
    directory.mkdir()
    made(directory)
    before = everything(tmp_path)
    with pytest.raises(NotOursError, match="case"):
        write_case(BUNDLE, directory)
    with pytest.raises(NotOursError):
        clear(directory, "case")
    assert everything(tmp_path) == before


def test_a_file_in_place_of_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "case").write_text("mine")
    with pytest.raises(NotOursError, match="no directory"):
        write_case(BUNDLE, tmp_path / "case")
    assert (tmp_path / "case").read_text() == "mine"


def test_a_link_among_ours_is_removed_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    take_directory(tmp_path / "d", "case", files=["data"])
    (tmp_path / "d" / "data").symlink_to(tmp_path / "mine.txt")
    clear(tmp_path / "d", "case")
    assert list((tmp_path / "d").iterdir()) == []
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_marked_folders_are_cleared_with_it_and_lent_ones_never_looked_into(
    tmp_path: Path,
) -> None:
    top = tmp_path / "top"
    take_directory(top, "report", files=["index.html"], directories=["one"])
    take_directory(top / "one", "run", files=["run.json"])
    (top / "one" / "run.json").write_text("{}")
    clear(top, "report")
    assert list(top.iterdir()) == []
    take_directory(top, "workspace", lent=["theirs"])
    (top / "theirs").mkdir()
    (top / "theirs" / "state").write_text("")
    take_directory(top, "workspace", lent=["others"])
    assert set(json.loads((top / MARKER_FILE).read_text())["lent"]) == {"theirs", "others"}


def test_a_case_directory_too_deep_to_read_is_refused(tmp_path: Path) -> None:
    write_case(BUNDLE, tmp_path / "case")
    with deepened(tmp_path / "case" / "files"):
        with pytest.raises(DirectoryError, match="files"):
            read_case(tmp_path / "case")
        with pytest.raises(NotOursError, match="deeper"):
            write_case(BUNDLE, tmp_path / "case")
