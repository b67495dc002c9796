"""How a step can end a job before its last step."""

from __future__ import annotations

from specs.contract import ErrorName, Status

WARNING, USER_ERROR, FATAL = 4, 8, 12
"""Return codes (FL-25)."""


class JobEnded(Exception):
    """A step ended the job: how, why, and with which return code.

    ``name`` is the error's; which code it has is for the job's engine to say.
    """

    status: Status

    def __init__(self, name: ErrorName, message: str, return_code: int = FATAL) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.return_code = return_code


class Refused(JobEnded):
    """The step was refused; what it has changed is taken back."""

    status = "refused"


class Paused(JobEnded):
    """The load stays as it is, locked and restartable (FL-14)."""

    status = "paused"
