"""A candidate in Python: what a ``py:`` factory returns, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

Emit = Callable[[str, dict[str, Any]], None]
"""Called by a candidate after each durable step: event name and details (JSON values)."""


class Stopped(BaseException):
    """Raised by the harness's ``emit`` to stop a candidate; a candidate lets it pass."""


class Candidate(Protocol):
    """What a ``py:`` factory returns. Duck-typed: nothing of ours has to be imported.

    ``describe()`` returns a `Description` or a dict of the same shape. ``run`` executes the case
    directory on the system that ``workspace`` holds, its only durable storage, and leaves
    ``workspace/outcome/``.
    """

    def describe(self) -> Any: ...

    def run(self, case: Path, workspace: Path, emit: Emit) -> None: ...
