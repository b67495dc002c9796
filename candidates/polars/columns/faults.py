"""What can be wrong with a value of a column; each engine has error codes of its own for it."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Faults = NDArray[np.int32]
"""The `Fault` of each value or record."""


class Fault(IntEnum):
    """A kind of fault, by the engines' names for errors; CHARACTER_OVERFLOW is no name of theirs.

    It is a ``numeric_overflow`` too: of a number that is too long for its character column.
    """

    NONE = 0
    BAD_CHARACTER = 1
    NUMERIC_OVERFLOW = 2
    CHARACTER_OVERFLOW = 3
    INVALID_DATE = 4
    INVALID_TIME = 5
    INVALID_TIMESTAMP = 6
    UNTRANSLATABLE_CHARACTER = 7
    NULL_IN_NOT_NULL = 8
    CHECK_VIOLATION = 9

    @property
    def error(self) -> str:
        """The name of the error that it is."""
        named = Fault.NUMERIC_OVERFLOW if self is Fault.CHARACTER_OVERFLOW else self
        return named.name.lower()


def where(mask: NDArray[np.bool_], fault: Fault) -> Faults:
    """The fault at each value of the mask, none elsewhere."""
    return np.where(mask, np.int32(fault), np.int32(Fault.NONE))


def first_fault(first: Faults | None, second: Faults | None) -> Faults | None:
    """The faults of two steps, one after the other, on the same values."""
    if first is None or second is None:
        return first if second is None else second
    return np.where(first != Fault.NONE, first, second)
