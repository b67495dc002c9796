"""Jobs that did not complete: why, with which return code, and what is left."""

from __future__ import annotations

from properties.observed import Observed
from properties.trial import Difference
from specs.contract import ErrorName, Status


def ended_with(
    observed: Observed, status: Status, error: ErrorName | None, return_code: int
) -> None:
    """The outcome has this status, error name and return code (FL-10, FL-25)."""
    outcome = observed.outcome
    found = outcome.error.name if outcome.error else None
    told = f": {outcome.error.message}" if outcome.error else ""
    if (outcome.status, found) != (status, error):
        raise Difference(
            f"expected the job to be {status} with {error or 'no error'}; "
            f"observed {outcome.status} with {found or 'no error'}{told}"
        )
    if outcome.return_code != return_code:
        raise Difference(
            f"expected return code {return_code} of a job that is {status} with "
            f"{error or 'no error'}; observed {outcome.return_code}"
        )


def refused_with(observed: Observed, error: ErrorName, return_code: int = 12) -> None:
    """The job was refused for this reason."""
    ended_with(observed, "refused", error, return_code)


def paused_with(observed: Observed, error: ErrorName, return_code: int = 12) -> None:
    """The job was paused for this reason and can be restarted."""
    ended_with(observed, "paused", error, return_code)


def code_is(observed: Observed, code: int) -> None:
    """FL-10: the code beside the name of the error that ended the job."""
    error = observed.outcome.error
    if error is None or error.code != code:
        found = "no error" if error is None else f"{error.name} with code {error.code}"
        raise Difference(f"expected an error with code {code}, observed {found}")
