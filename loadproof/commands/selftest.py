"""``loadproof selftest``: whether wrong loaders are caught, and right ones pass."""

from __future__ import annotations

import contextlib
from typing import Annotated

import msgspec
import typer

from loadproof.commands.options import Jobs, Json, Profile, known_rule, number_of_jobs, seed_of
from loadproof.console import Console
from loadproof.progress import progress
from loadproof.refusal import Refusal
from loadproof.selftest import (
    Detection,
    Permission,
    SelfTest,
    selected_faults,
    selected_permitted,
    selftest,
)
from loadproof.showing import show_selftest
from properties.engine.running import Effort
from reports.verdicts import ExitCode
from reports.visible import visible_json

app = typer.Typer()


@app.command("selftest")
def selftest_command(
    rule: Annotated[list[str] | None, typer.Option(help="Only faults of this rule.")] = None,
    fault: Annotated[list[str] | None, typer.Option(help="Only this planted fault.")] = None,
    profile: Profile = "quick",
    jobs: Jobs = 0,
    seed: Annotated[int, typer.Option(help="Seed of the examples.")] = 0,
    as_json: Json = False,
) -> None:
    """Test the tests: every planted fault must be caught under its own rule.

    And every loader that is right in another way than ours must pass.
    """
    console = Console(stderr=as_json)
    rules = list(map(known_rule, rule or ()))
    try:
        faults = selected_faults(rules, fault or [])
    except ValueError as error:
        raise Refusal(str(error)) from None
    permitted = selected_permitted(rules, fault or [])
    effort = Effort(profile, seed_of(seed, profile))
    found: list[Detection | Permission] = []
    with progress("planted faults", console, quiet=as_json) as report_progress:
        tried = selftest(faults, permitted, effort, number_of_jobs(jobs))
        with contextlib.closing(tried):
            for one in tried:
                found.append(one)
                report_progress(len(found), len(faults) + len(permitted))
    detections = [one for one in found if isinstance(one, Detection)]
    permissions = [one for one in found if isinstance(one, Permission)]
    told = SelfTest(
        profile=profile,
        seed=effort.seed,
        detections=tuple(sorted(detections, key=lambda one: (one.rule, one.fault))),
        permissions=tuple(sorted(permissions, key=lambda one: one.loader)),
    )
    if as_json:
        typer.echo(visible_json(msgspec.json.format(msgspec.json.encode(told), indent=1)))
    else:
        show_selftest(told, console)
    if any(one.error for one in found):
        raise typer.Exit(ExitCode.HARNESS_ERROR)
    if told.missed or told.refused:
        raise typer.Exit(ExitCode.DIFFERS)
