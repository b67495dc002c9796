"""What a reached candidate must keep of the contract, and the errors for what it breaks."""

from __future__ import annotations

from typing import Any

import msgspec

from specs.contract import Description, other_contract
from specs.visible import visible, visible_document


class CandidateError(Exception):
    """A candidate that cannot be reached, or that does not keep the contract.

    Its text may quote the candidate: no control character of it is left, except line ends.
    """

    def __init__(self, message: str) -> None:
        super().__init__(visible(message, keep="\n"))


class NotThereError(CandidateError):
    """There is no such candidate: the name is wrong, not the loader."""


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
    """A `Description` from a dict or an object of the same shape. Raises `DescriptionError`.

    No control character of its texts is left.
    """
    try:
        document = visible_document(msgspec.to_builtins(value))
        if (other := other_contract(document)) is not None:
            raise DescriptionError(f"{spec}: {other}")
        return msgspec.convert(document, Description)
    except (msgspec.MsgspecError, TypeError, RecursionError) as error:
        raise DescriptionError(
            f"{spec}: describe() must give a Description or a dict of its shape: {error}"
        ) from error
