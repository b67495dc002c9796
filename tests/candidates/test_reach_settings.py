"""A candidate's own settings reach it, however it is reached itself."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
from miniatures.in_process import DESCRIPTION

from candidates.reach import reach
from properties.engine.registry import select
from properties.engine.running import Effort, run_property

SERVER = Path(__file__).parents[1] / "samples" / "miniatures" / "served.py"
ANY_SIZE = (
    "fastload.sizes.a_load_of_any_size_into_a_table_without_index_keeps_what_the_edition_says"
)
LOADER = f"""
import json, pathlib

class Mine:
    def describe(self):
        return {{**{DESCRIPTION!r}, "settings": {{"batch": [1, 7], "mode": ["slow"]}}}}
    def run(self, case, workspace, emit):
        settings = json.loads((case / "case.json").read_text())["settings"]
        with pathlib.Path("seen").open("a") as seen:
            seen.write(json.dumps(settings) + "\\n")
        (workspace / "outcome").mkdir(exist_ok=True)
        (workspace / "outcome" / "outcome.json").write_text(
            '{{"status": "refused", "return_code": 12, "error": '
            '{{"name": "unsupported_case", "message": "it only looks"}}}}'
        )
"""


def test_a_py_loader_is_asked_under_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_loader.py").write_text(LOADER)
    (claimed,) = select(ids=["fastload.error_table_1.the_other_records_are_loaded"])
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    candidate = reach("py:my_loader:Mine")
    try:
        result = run_property(claimed, candidate, candidate.describe(), Effort(), scratch)
    finally:
        candidate.close()
    assert result.verdict == "not_supported", result.reason
    seen = [json.loads(line) for line in (tmp_path / "seen").read_text().splitlines()]
    assert {} in seen
    assert {name for settings in seen for name in settings} == {"batch", "mode"}
    assert {settings["batch"] for settings in seen if "batch" in settings} == {1, 7}


def test_a_program_is_tried_under_its_settings(tmp_path: Path) -> None:
    words = [sys.executable, str(SERVER), "candidates.polars.loader:factory"]
    candidate = reach(f"cmd:{shlex.join(words)}")
    (claimed,) = select(ids=[ANY_SIZE])
    try:
        result = run_property(claimed, candidate, candidate.describe(), Effort(), tmp_path)
    finally:
        candidate.close()
    assert (result.verdict, result.reason) == ("holds", "")
    assert [label for label in result.classes if label.startswith("setting ")]
