"""The end of a call that cannot go on: a message for the user and an exit code."""

from __future__ import annotations

from reports.verdicts import ExitCode


class Refusal(Exception):
    """Ends a call with a message and an exit code; never a traceback."""

    def __init__(self, message: str, code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.code = code
