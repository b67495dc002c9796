"""Python candidates that misbehave, one factory each; they import nothing of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DESCRIPTION: dict[str, Any] = {
    "name": "in-process",
    "version": "1.0",
    "language": "Python",
    "homepage": "https://example.org",
    "issues": "https://example.org/issues",
    "capabilities": ["fastload"],
    "exposes": ["content"],
    "editions": {"fastload": ["vendor"]},
}


class Behaving:
    """Does nothing wrong: three events, then an outcome."""

    def describe(self) -> Any:
        return DESCRIPTION

    def run(self, case: Path, workspace: Path, emit: Any) -> Any:
        print("this goes to stdout, which a served candidate shares with nobody")
        for name in ("acquisition", "application"):
            emit("phase", {"phase": name})
        directory = workspace / "outcome"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "outcome.json").write_text('{"status": "completed", "return_code": 0}')
        emit("completed", {})


class DescribeRaises(Behaving):
    """Cannot describe itself."""

    def describe(self) -> Any:
        raise RuntimeError("no idea who I am")


class DescribesAsText(Behaving):
    """Describes itself as JSON text instead of a dict."""

    def describe(self) -> Any:
        return json.dumps(DESCRIPTION)


class UnknownCapability(Behaving):
    """Claims a capability that the contract does not know."""

    def describe(self) -> Any:
        return {**DESCRIPTION, "capabilities": ["teleport"]}


class RunRaises(Behaving):
    """Fails with an exception."""

    def run(self, case: Path, workspace: Path, emit: Any) -> Any:
        raise ZeroDivisionError("rows per AMP")


class RunExits(Behaving):
    """Tries to end the whole process."""

    def run(self, case: Path, workspace: Path, emit: Any) -> Any:
        raise SystemExit(1)


class ReturnsPath(Behaving):
    """Returns its outcome's path, which the contract does not ask for."""

    def run(self, case: Path, workspace: Path, emit: Any) -> Any:
        super().run(case, workspace, emit)
        return workspace / "outcome"


class Undead(Behaving):
    """Catches everything, so that it cannot be stopped."""

    def run(self, case: Path, workspace: Path, emit: Any) -> Any:
        try:
            super().run(case, workspace, emit)
        except BaseException:
            return


class BadCleanUp(Behaving):
    """Cleans up after it was stopped, and fails at that."""

    def run(self, case: Path, workspace: Path, emit: Any) -> Any:
        try:
            super().run(case, workspace, emit)
        finally:
            (workspace / "not-there").unlink()


class UnknownEvent(Behaving):
    """Emits an event that the contract does not know."""

    def run(self, case: Path, workspace: Path, emit: Any) -> Any:
        emit("half-way", {})


class EventOfObjects(Behaving):
    """Emits an event with something in it that is no JSON."""

    def run(self, case: Path, workspace: Path, emit: Any) -> Any:
        emit("phase", {"phase": object()})


class NoOutcome(Behaving):
    """Leaves no outcome."""

    def run(self, case: Path, workspace: Path, emit: Any) -> Any:
        emit("completed", {})


class NoRun:
    """Is no candidate."""

    def describe(self) -> Any:
        return DESCRIPTION


def factory_raises() -> Any:
    raise OSError("no licence found")


NOT_CALLABLE = 3
