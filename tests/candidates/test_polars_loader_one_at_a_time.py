"""The polars loader has a workspace for itself while it runs, whoever else wants it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from polars_loader_cases import loads_of, run, write_job

from candidates.polars.durable.workspace import WorkspaceError
from reference.candidate import factory as reference_loader
from reference.workspace import WorkspaceError as ReferenceWorkspaceError


def test_a_second_run_is_refused_while_the_first_is_at_work(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    cases = [
        write_job(tmp_path / name, *loads_of(name), files={f"{name}.txt": b"1|1|a\n"})
        for name in ("first", "second")
    ]
    refused: list[str] = []

    def emit(name: str, details: dict[str, Any]) -> None:
        with pytest.raises(WorkspaceError, match="in use by another run"):
            run(cases[1], ws)
        with pytest.raises(ReferenceWorkspaceError, match="in use by another run"):
            reference_loader().run(cases[1], ws, lambda name, details: None)
        refused.append(name)

    assert run(cases[0], ws, emit=emit).status == "completed"
    assert "phase" in refused
    second = run(cases[1], ws)
    assert (second.status, set(second.tables)) == ("completed", {"first", "second"})


def test_a_run_that_broke_down_does_not_hold_the_workspace(tmp_path: Path) -> None:
    case = write_job(tmp_path / "job", *loads_of("t"), files={"t.txt": b"1|1|a\n"})

    def emit(name: str, details: dict[str, Any]) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(case, tmp_path / "ws", emit=emit)
    assert run(case, tmp_path / "ws").status == "completed"
