"""How a step can end a job before its last step."""

from __future__ import annotations

from specs.contract import ErrorName, NamedError, Status
from specs.fastload.errors import ERROR_CODES

WARNING, USER_ERROR, FATAL = 4, 8, 12
"""Return codes (FL-25)."""

# Another script is refused while the load is paused (FL-14), so no message may ask for one.
RELEASE_FIRST = (
    "release the load first with BEGIN LOADING and END LOADING alone, and let the new script "
    "drop its tables"
)
SAME_SCRIPT_AGAIN = (
    "and run the same script again, with the records before the last checkpoint as they are; "
    f"to change the script, {RELEASE_FIRST}"
)
"""What a message about a paused load tells the user to do."""


class JobEnded(Exception):
    """A step ended the job: how, why, and with which return code."""

    status: Status

    def __init__(self, name: ErrorName, message: str, return_code: int = FATAL) -> None:
        super().__init__(message)
        self.error = NamedError(name=name, message=message, code=ERROR_CODES.get(name))
        self.return_code = return_code


class Refused(JobEnded):
    """The step was refused and changed nothing."""

    status = "refused"


class Paused(JobEnded):
    """The load stays as it is, locked and restartable (FL-14)."""

    status = "paused"
