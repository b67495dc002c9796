"""Where the command prints for people."""

from __future__ import annotations

import rich.console
from rich.text import Text

from reports.visible import printable


class Console(rich.console.Console):
    """A console whose reader may leave: that is a `BrokenPipeError`, not the end of the process."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def shown(text: str, style: str = "") -> Text:
    """Text of a candidate or a file: no markup, and nothing in it that a terminal obeys."""
    return Text(printable(text), style)
