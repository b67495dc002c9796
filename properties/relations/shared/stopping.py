"""Jobs that did not complete: why, with which return code, and what is left."""

from __future__ import annotations

from collections.abc import Sequence

from properties.engine.observed import Observed
from properties.engine.trial import Difference
from specs.contract import ErrorName, Status


def ended_with(
    observed: Observed, status: Status, error: ErrorName | None, return_code: int
) -> None:
    """The outcome has this status, error name and return code (FL-10, FL-25)."""
    _ended(observed, status, (error,), return_code)


def refused_with(observed: Observed, error: ErrorName, return_code: int = 12) -> None:
    """The job was refused for this reason."""
    ended_with(observed, "refused", error, return_code)


def paused_with(observed: Observed, *errors: ErrorName, return_code: int | None = None) -> None:
    """The job was paused for one of these reasons and can be restarted.

    ``return_code`` None: any will do, as when a property is about something else.
    """
    _ended(observed, "paused", errors, return_code)


def code_is(observed: Observed, code: int) -> None:
    """FL-10: the code beside the name of the error that ended the job."""
    error = observed.outcome.error
    if error is None or error.code != code:
        found = "no error" if error is None else f"{error.name} with code {error.code}"
        raise Difference(f"expected an error with code {code}, observed {found}")


def _ended(
    observed: Observed,
    status: Status,
    errors: Sequence[ErrorName | None],
    return_code: int | None,
) -> None:
    outcome = observed.outcome
    found = outcome.error.name if outcome.error else None
    told = f": {outcome.error.message}" if outcome.error else ""
    if outcome.status != status or found not in errors:
        wanted = " or ".join(error or "no error" for error in errors)
        raise Difference(
            f"expected the job to be {status} with {wanted}; "
            f"observed {outcome.status} with {found or 'no error'}{told}"
        )
    if return_code is not None and outcome.return_code != return_code:
        raise Difference(
            f"expected return code {return_code} of a job that is {status} with "
            f"{found or 'no error'}; observed {outcome.return_code}"
        )
