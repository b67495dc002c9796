"""The subcommands: a file each, imported when it is called for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from loadproof import __version__

NAMES = ("check", "run", "replay", "explain", "lint", "selftest", "bench")


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """The application with the subcommand that is called, or all of them when none is."""
    app = typer.Typer(
        name="loadproof",
        help="Check bulk loaders against documented rules, and measure how fast they are.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        callback=_root,
        invoke_without_command=True,
    )
    called = arguments[0] if arguments else ""
    for name in (called,) if called in NAMES else NAMES:
        app.add_typer(import_module(f"loadproof.commands.{name}").app)
    return app


def _root(
    version: Annotated[bool, typer.Option("--version", help="Print version.")] = False,
) -> None:
    if version:
        typer.echo(f"loadproof {__version__}")
        raise typer.Exit
