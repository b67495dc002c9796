"""Scratch directories: removed whatever a candidate left in them, and nothing beside them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from deep_directories import deepen

from properties.engine import scratch
from properties.engine.scratch import fresh_directory, keep, remove, remove_all, scratch_root


def test_folders_two_thousand_deep_are_removed(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    deepen(tmp_path / "ws")
    deepen(tmp_path / "ws", "x" * 200, 50)
    remove(tmp_path / "ws")
    assert list(tmp_path.iterdir()) == []


def test_folders_without_permissions_are_removed(tmp_path: Path) -> None:
    locked = tmp_path / "ws" / "locked" / "inner"
    locked.mkdir(parents=True)
    (locked / "file").write_text("")
    for folder in (locked, locked.parent, locked.parent.parent):
        folder.chmod(0o000)
    remove(tmp_path / "ws")
    assert list(tmp_path.iterdir()) == []


def test_what_a_link_leads_to_stays(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "folder").symlink_to(mine)
    (tmp_path / "ws" / "file").symlink_to(mine / "thesis.txt")
    os.mkfifo(tmp_path / "ws" / "pipe")
    remove(tmp_path / "ws")
    (tmp_path / "link").symlink_to(mine)
    remove(tmp_path / "link")
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "link"}
    assert (mine / "thesis.txt").read_text() == "mine"


def test_a_directory_that_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    remove(tmp_path / "nowhere")


def test_all_that_was_made_is_removed_but_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "_made", set())
    first, second = scratch_root(tmp_path), fresh_directory("run-", tmp_path)
    (first / "file").write_text("")
    assert first.stat().st_mode & 0o077 == 0
    keep(second)
    remove_all()
    assert list(tmp_path.iterdir()) == [second]
