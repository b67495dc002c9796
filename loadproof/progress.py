"""Progress: a bar on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reports.visible import printable

PLAIN_SECONDS = 10.0


class Report(Protocol):
    def __call__(self, done: int, planned: int) -> None: ...


@contextmanager
def progress(title: str, console: Console, quiet: bool) -> Iterator[Report]:
    """Yield a function that is told how much is done; ``quiet`` shows nothing."""
    title = printable(title)
    if quiet:
        yield lambda done, planned: None
    elif console.is_terminal:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
        )
        with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
            task = bar.add_task(title, total=None)

            def show(done: int, planned: int) -> None:
                bar.update(task, completed=done, total=planned)

            yield show
    else:
        yield _plain_lines(title, console)


def _plain_lines(title: str, console: Console) -> Report:
    told = time.monotonic()

    def show(done: int, planned: int) -> None:
        nonlocal told
        if time.monotonic() - told >= PLAIN_SECONDS:
            told = time.monotonic()
            console.print(f"{title}: {done} of {planned}", highlight=False, markup=False)

    return show
