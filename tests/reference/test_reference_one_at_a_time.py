"""A workspace is for one run at a time: the second is refused, and nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from reference_workspaces import WHOLE, case_of, outcome_of, run_in, write

from reference.candidate import factory
from reference.workspace import WorkspaceError
from specs.sql.statements import CreateTable
from specs.sql.tables import Column, TableDefinition

OTHER = TableDefinition(name="other", columns=(Column(name="a", type="INTEGER"),))


def test_a_second_run_is_refused_while_the_first_is_at_work(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    first = write(tmp_path / "first", WHOLE)
    second = write(tmp_path / "second", case_of(CreateTable(definition=OTHER), job="second"))
    refused: list[str] = []

    def emit(name: str, details: dict[str, Any]) -> None:
        with pytest.raises(WorkspaceError, match="in use by another run"):
            run_in(second, ws)
        refused.append(name)

    factory().run(first, ws, emit)
    assert "phase" in refused
    assert outcome_of(ws).status == "completed"
    assert run_in(second, ws)[-1] == "completed"
    assert {"T", "other"} <= set(outcome_of(ws).tables)


def test_a_run_that_broke_down_does_not_hold_the_workspace(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    first = write(tmp_path / "first", WHOLE)

    def emit(name: str, details: dict[str, Any]) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        factory().run(first, ws, emit)
    assert run_in(first, ws)[-1] == "completed"
