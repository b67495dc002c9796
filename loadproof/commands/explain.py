"""``loadproof explain``: one rule."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from loadproof.commands.options import Json, known_rule
from loadproof.console import Console
from loadproof.explaining import explain_as_json, show_rule

app = typer.Typer()


@app.command("explain")
def explain_command(
    rule: Annotated[str, typer.Argument(help="A rule's id, e.g. FL-02.")], as_json: Json = False
) -> None:
    """Show a rule: statement, source, certainty, its properties and planted faults."""
    rule_id = known_rule(rule)
    if as_json:
        typer.echo(json.dumps(explain_as_json(rule_id), indent=1))
    else:
        show_rule(rule_id, Console())
