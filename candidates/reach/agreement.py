"""What a reached candidate must keep, and the named ways in which it fails to."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from specs.contract import Description, other_contract
from specs.contract.directories import (
    OUTCOME_DIRECTORY,
    OUTCOME_FILE,
    DirectoryError,
    read_outcome_document,
)


class CandidateError(Exception):
    """A candidate that cannot be reached, or that does not keep the contract."""


class NotThereError(CandidateError):
    """There is nobody at the place that the user named: the name is wrong, not the loader."""


class UnknownCandidateError(NotThereError):
    """The text that should name a candidate is no built-in name, ``py:`` or ``cmd:``."""


class NotImportableError(NotThereError):
    """The module of a ``py:`` candidate is missing or raises while it is imported."""


class NoFactoryError(NotThereError):
    """The module has no such factory, or what the factory returns is no candidate."""


class NotExecutableError(NotThereError):
    """The program of a ``cmd:`` candidate is missing or may not be executed."""


class ProtocolError(CandidateError):
    """The candidate said something else than the contract allows at this point."""


class DiedError(CandidateError):
    """The candidate's process ended by itself while an answer was awaited."""


class TimedOutError(CandidateError):
    """The candidate did not answer in time; its process was killed."""


class FaultError(CandidateError):
    """The candidate says that it is broken: a fault message, or an exception in process."""


class DescriptionError(CandidateError):
    """The candidate's description is not a valid `specs.contract.Description`."""


class OutcomeError(CandidateError):
    """The candidate says it is done, but its outcome is missing, invalid or incomplete."""


class NotKillableError(CandidateError):
    """A candidate in this process was to be killed; it can be stopped only through ``emit``."""


def check_description(value: Any, spec: str) -> Description:
    """A `Description` from a dict or an object of the same shape. Raises `DescriptionError`."""
    try:
        document = msgspec.to_builtins(value)
        if (other := other_contract(document)) is not None:
            raise DescriptionError(f"{spec}: {other}")
        description = msgspec.convert(document, Description)
    except (msgspec.MsgspecError, TypeError) as error:
        raise DescriptionError(
            f"{spec}: describe() must give a Description or a dict of its shape: {error}"
        ) from error
    return description


def check_outcome(workspace: Path, spec: str) -> Path:
    """The outcome directory in ``workspace``: document valid, every file that it names there.

    Raises `OutcomeError`. What the files hold is read, and judged, by the properties.
    """
    directory = workspace / OUTCOME_DIRECTORY
    if not (directory / OUTCOME_FILE).is_file():
        raise OutcomeError(
            f"{spec}: said it was done but left no {OUTCOME_DIRECTORY}/{OUTCOME_FILE} "
            f"in its workspace; write it as the last act of run"
        )
    try:
        outcome = read_outcome_document(directory)
    except (DirectoryError, UnicodeDecodeError) as error:
        raise OutcomeError(f"{spec}: {error}") from error
    named = [name for files in outcome.tables.values() for name in files]
    for name in (*named, *outcome.answers.values()):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not (directory / path).is_file():
            raise OutcomeError(
                f"{spec}: {OUTCOME_FILE} names {name!r}, which is no file in {OUTCOME_DIRECTORY}/"
            )
    return directory
