"""One call: arguments in, exit code out, whatever the arguments are."""

from __future__ import annotations

import os
from collections.abc import Sequence

import typer
from typer.main import get_command

from loadproof.commands import app_for
from loadproof.refusal import Refusal

_UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""What typer raises for arguments that it cannot take; it has no public name of its own."""

_LONGEST = 300
"""Characters of a message about arguments, which may quote one that is thousands long."""


def call(arguments: Sequence[str]) -> int:
    """Do what the arguments ask for; the exit code.

    Raises `Refusal` for arguments that cannot be taken; `loadproof.ending` knows what else.
    """
    _refuse_unreadable(arguments)
    command = get_command(app_for(arguments))
    try:
        # not `command.main`, which ends the process itself when nobody reads what it prints
        with command.make_context("loadproof", list(arguments) or ["--help"]) as context:
            command.invoke(context)
    except typer.Exit as ended:
        return ended.exit_code
    except _UsageError as error:
        raise _refusal(error) from None
    return 0


def _refuse_unreadable(arguments: Sequence[str]) -> None:
    """Names are written into documents, which are UTF-8. Raises `Refusal`."""
    try:
        named = [*arguments, os.getcwd()]
    except OSError as error:
        told = f"the working directory is gone ({error.strerror}); change to one that is there"
        raise Refusal(told) from error
    for text in named:
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise Refusal(f"{text!a} is not UTF-8; use names that are")


def _refusal(error: Exception) -> Refusal:
    told = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "loadproof"
    told = " ".join(told.split())
    if len(told) > _LONGEST:
        told = f"{told[:_LONGEST]} …"
    return Refusal(f"{told} (see `{command} --help`)")
