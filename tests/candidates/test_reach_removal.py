"""Whatever a candidate made of a directory, it can be removed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from candidates.reach.removal import remove_tree


@pytest.mark.parametrize("depth", [3, 3_000])
def test_a_directory_is_removed_however_deep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: int
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with monkeypatch.context() as patch:
        patch.chdir(place)
        for _ in range(depth):
            Path("file").touch()
            os.mkdir("directory")
            os.chdir("directory")
    remove_tree(place)
    assert not place.exists()


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "place" / "below").mkdir(parents=True)
    (tmp_path / "place" / "below" / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    remove_tree(tmp_path / "place")
    remove_tree(tmp_path / "link")
    assert not (tmp_path / "place").exists()
    assert (tmp_path / "kept" / "file").exists()


def test_what_is_not_there_need_not_be_removed(tmp_path: Path) -> None:
    remove_tree(tmp_path / "nothing")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to the superuser")
def test_directories_that_are_closed_are_opened_first(tmp_path: Path) -> None:
    (tmp_path / "place" / "closed" / "below").mkdir(parents=True)
    (tmp_path / "place" / "closed").chmod(0)
    remove_tree(tmp_path / "place")
    assert not (tmp_path / "place").exists()
