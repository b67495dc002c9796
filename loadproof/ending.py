"""How a call ends that did not come to its end: one message for the user, and the exit code."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path
from typing import NamedTuple

from candidates.reach.agreement import CandidateError, NotThereError
from loadproof.refusal import Refusal
from loadproof.signals import Interrupted
from reports.integrity import UntrustworthyRunError
from reports.publish import ReportWriteError
from reports.verdicts import ExitCode
from reports.visible import printable
from specs.contract.directories import DirectoryError
from specs.contract.marker import NotOursError

BROKEN_PIPE = 141
"""128 and SIGPIPE, as the shell has it: nobody reads what is printed any more."""

_WRONG_PLACE = {
    errno.EACCES,
    errno.EEXIST,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}
"""Errors of the system that are told by naming another place; the others are a disk in trouble."""


class Ending(NamedTuple):
    """What the user is told, and the exit code; no message is a quiet end."""

    message: str
    code: int


def ending_of(error: BaseException) -> Ending:
    """How the call ends that this error ends."""
    message, code = _ending_of(error)
    return Ending(printable(message), code)


def _ending_of(error: BaseException) -> Ending:
    match error:
        case Interrupted():
            return Ending(str(error), error.code)
        case BrokenPipeError():
            return Ending("", BROKEN_PIPE)
        case Refusal():
            return Ending(str(error), error.code)
        case NotThereError() | DirectoryError() | NotOursError():
            return Ending(str(error), ExitCode.USAGE)
        case CandidateError() | UntrustworthyRunError():
            return Ending(str(error), ExitCode.HARNESS_ERROR)
        case ReportWriteError():
            return Ending(str(error), _code_of(error))
        case OSError():
            return Ending(f"{error}; name a place that can be written", _code_of(error))
        case _:
            return Ending(_own_fault(error), ExitCode.HARNESS_ERROR)


def _code_of(error: OSError) -> ExitCode:
    return ExitCode.USAGE if error.errno in _WRONG_PLACE else ExitCode.HARNESS_ERROR


def _own_fault(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return (
        f"this is a fault of loadproof itself: {type(error).__name__}: {error}{where}; "
        "please report it; `python -X dev -m loadproof ...` shows where it comes from"
    )
