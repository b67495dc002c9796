"""``loadproof replay``: a stored counterexample, again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from candidates.reach import spec_of
from loadproof.commands.options import Candidate, Json, Python, Timeout, terms_of
from loadproof.console import Console, shown
from properties.engine.replay import replay
from reports.terminal import counterexample
from reports.verdicts import ExitCode
from reports.visible import visible_json

app = typer.Typer()


@app.command("replay")
def replay_command(
    directory: Annotated[Path, typer.Argument(help="A counterexample's directory.")],
    candidate: Candidate,
    python: Python = None,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """Reproduce a stored counterexample."""
    console = Console(stderr=as_json)
    terms_of([candidate], python, timeout)
    result = replay(directory, spec_of(candidate), python=python, timeout=timeout)
    if as_json:
        typer.echo(visible_json(msgspec.json.encode(result)))
    else:
        console.print(shown(f"{result.id}:"), f"[bold]{result.verdict}[/]")
        if result.counterexample is not None:
            console.print(counterexample(result.id, result.counterexample), crop=False)
    codes = {"holds": ExitCode.CONFORMS, "differs": ExitCode.DIFFERS}
    raise typer.Exit(codes.get(result.verdict, ExitCode.INCONCLUSIVE))
