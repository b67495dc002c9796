"""SIGTERM, SIGHUP and Ctrl-C end a call by an exception, so that all is put in order on the way."""

from __future__ import annotations

import signal
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """One of the signals that end a call has come; ``code`` is the shell's exit code for it."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number
        super().__init__(f"ended by {signal.Signals(number).name}")


def raise_on_signals() -> None:
    """From now on raise `Interrupted` in the main thread; what ``nohup`` ignores stays ignored."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)


def hold_signals() -> None:
    """From now on let them pass: the call is ending, and one more signal must not cut that short.

    They are caught, not ignored, so that no program started later inherits deaf ears.
    """
    for number in ENDING:
        if signal.getsignal(number) is _raise:
            signal.signal(number, lambda number, frame: None)


def _raise(number: int, frame: FrameType | None) -> None:
    raise Interrupted(number)
