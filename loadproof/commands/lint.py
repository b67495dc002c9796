"""``loadproof lint``: the mistakes of a script, without running it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from loadproof.commands.options import Json
from loadproof.refusal import Refusal
from loadproof.script_case import read_tables, script_text
from reports.verdicts import ExitCode
from reports.visible import printable, visible_json
from specs.fastload.language import format_diagnostics, parse

app = typer.Typer()


@app.command("lint")
def lint_command(
    script: Annotated[Path, typer.Argument(help="A FastLoad script.")],
    table: Annotated[list[str] | None, typer.Option(help="NAME=FILE as in `run`.")] = None,
    as_json: Json = False,
) -> None:
    """Diagnose a script: every mistake with its place, what was expected, and a hint."""
    try:
        text = script_text(script)
        known = {name: one.definition for name, one in read_tables(table or []).items()}
    except ValueError as error:
        raise Refusal(str(error)) from None
    parsed = parse(text, known)
    if as_json:
        typer.echo(visible_json(msgspec.json.encode(parsed.diagnostics)))
    elif parsed.diagnostics:
        typer.echo(printable(format_diagnostics(parsed.diagnostics, str(script))))
    else:
        typer.echo(printable(f"{script}: no mistake found"))
    if any(one.severity == "error" for one in parsed.diagnostics):
        raise typer.Exit(ExitCode.DIFFERS)
