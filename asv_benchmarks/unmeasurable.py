"""Why a benchmark has no figure: one class for each reason, with its exit code."""

from __future__ import annotations


class BenchmarkError(Exception):
    """A benchmark run that gives no report; ``exit_code`` is what a command ends with."""

    exit_code = 4


class BenchmarkInputError(BenchmarkError, ValueError):
    """A selection or data set that cannot be used; the message says what to write instead."""

    exit_code = 2


class NothingMeasured(BenchmarkError):
    """The selection left nothing to measure, so there is nothing to report."""

    exit_code = 3


class WrongResult(BenchmarkError):
    """A timed run gave another result than the work asks for; its time means nothing."""

    exit_code = 1
