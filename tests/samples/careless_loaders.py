"""Loaders that do nothing of what they are asked, each in another way: none may ever conform."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from engine_samples import Loader

from specs.contract import Emit, ErrorName, NamedError, Outcome, Status
from specs.contract.directories import (
    OUTCOME_DIRECTORY,
    read_case_document,
    read_outcome_document,
    write_outcome_document,
)
from specs.fastload.errors import ERROR_CODES


def _leave(workspace: Path, outcome: Outcome) -> None:
    """Leave this document and nothing else."""
    directory = workspace / OUTCOME_DIRECTORY
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    write_outcome_document(outcome, directory)


class Doing(Loader):
    """Does the same whatever it is asked, and tells no events."""

    def __init__(self, do: Callable[[Path, Path], None]) -> None:
        super().__init__()
        self._do = do

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        self._do(case, workspace)


class Always(Loader):
    """Ends every job alike: as the reference does where that is how it ends, else it has not begun.

    So it is right, down to its events, wherever a refusal or a pause is asked of it, and loads
    nothing.
    """

    def __init__(self, status: Status, error: ErrorName, return_code: int = 12) -> None:
        super().__init__()
        self._status = status
        self._error = error
        self._return_code = return_code

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        before = workspace.with_name(f"{workspace.name}-before")
        shutil.copytree(workspace, before)
        try:
            told: list[tuple[str, dict[str, Any]]] = []
            super().run(case, workspace, lambda name, details: told.append((name, details)))
            outcome = read_outcome_document(workspace / OUTCOME_DIRECTORY)
            if outcome.status == self._status:
                for name, details in told:
                    emit(name, details)
                return
            shutil.rmtree(workspace)
            shutil.copytree(before, workspace)
        finally:
            shutil.rmtree(before)
        _leave(
            workspace,
            Outcome(status=self._status, return_code=self._return_code, error=self._named()),
        )
        self._bring_the_tables(case, workspace)

    def _named(self) -> NamedError:
        return NamedError(name=self._error, message="no", code=ERROR_CODES.get(self._error))

    @staticmethod
    def _bring_the_tables(case: Path, workspace: Path) -> None:
        """The tables of the case are as they were."""
        directory = workspace / OUTCOME_DIRECTORY
        tables = read_case_document(case).tables
        for file in tables.values():
            (directory / file).parent.mkdir(exist_ok=True)
            shutil.copy(case / file, directory / file)
        outcome = read_outcome_document(directory)
        files = {name: (file,) for name, file in tables.items()}
        write_outcome_document(msgspec.structs.replace(outcome, tables=files), directory)


def _completes(case: Path, workspace: Path) -> None:
    _leave(workspace, Outcome(status="completed", return_code=0))


def _fails(case: Path, workspace: Path) -> None:
    _leave(workspace, Outcome(status="failed", return_code=12))


def _leaves_no_outcome(case: Path, workspace: Path) -> None:
    pass


def _breaks_down(case: Path, workspace: Path) -> None:
    raise RuntimeError("out of order")


def _declines(case: Path, workspace: Path) -> None:
    error = NamedError(name="unsupported_case", message="not this one")
    _leave(workspace, Outcome(status="refused", return_code=12, error=error))


class AtRandom(Loader):
    """Ends each job in any way, whatever it is."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        random.Random.choice(self._random, (_completes, _fails, _leaves_no_outcome, _breaks_down))(
            case, workspace
        )


class FromRunToRun(Loader):
    """Right every other time."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        super().run(case, workspace, emit)
        if self.runs % 2 == 0:
            _completes(case, workspace)


CARELESS: dict[str, Callable[[], Loader]] = {
    "leaves nothing": lambda: Doing(_completes),
    "leaves no outcome": lambda: Doing(_leaves_no_outcome),
    "breaks down": lambda: Doing(_breaks_down),
    "fails everything": lambda: Doing(_fails),
    "declines everything": lambda: Doing(_declines),
    "refuses everything": lambda: Always("refused", "target_not_empty"),
    "refuses every statement": lambda: Always("refused", "target_missing", 8),
    "pauses everything": lambda: Always("paused", "end_loading_missing", 0),
    "pauses at every record": lambda: Always("paused", "bad_record"),
    "at random": lambda: AtRandom(1),
    "from run to run": FromRunToRun,
}
