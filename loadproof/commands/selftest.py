"""``loadproof selftest``: whether wrong loaders are caught, and right ones pass."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any, Literal

import msgspec
import typer

from loadproof.commands.options import Jobs, Json, Profile, known_rule, number_of_jobs, seed_of
from loadproof.console import Console
from loadproof.mutants.measuring import measure
from loadproof.mutants.sites import SUBJECTS
from loadproof.mutants.telling import as_json as mutants_as_json
from loadproof.mutants.telling import show as show_mutants
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
    mutants: Annotated[
        int | None,
        typer.Option(metavar="N", help="Instead of planted faults, this many automatic mutants."),
    ] = None,
    of: Annotated[
        Literal["reference", "polars"] | None,
        typer.Option(help="The loader that mutants are made of; by default the reference."),
    ] = None,
    profile: Profile = "quick",
    jobs: Jobs = 0,
    seed: Annotated[int, typer.Option(help="Seed of the examples, and of the mutants.")] = 0,
    as_json: Json = False,
) -> None:
    """Test the tests: every planted fault must be caught under its own rule.

    And every loader that is right in another way than ours must pass. With --mutants: of small
    changes to a right loader, 97 % must be noticed, those argued to be equivalent left out.
    """
    console = Console(stderr=as_json)
    # of a mutant it matters that it is noticed, not how small the counterexample can be made
    effort = Effort(profile, seed_of(seed, profile), shrink=mutants is None)
    if mutants is not None:
        if rule or fault:
            raise Refusal("--mutants: not together with --rule or --fault, which name faults")
        if mutants < 1:
            raise Refusal(f"--mutants {mutants}: expected at least 1")
        _try_mutants(of or "reference", mutants, effort, number_of_jobs(jobs), console, as_json)
        return
    if of is not None:
        raise Refusal(f"--of {of}: names what mutants are made of, and --mutants is not given")
    rules = list(map(known_rule, rule or ()))
    try:
        faults = selected_faults(rules, fault or [])
    except ValueError as error:
        raise Refusal(str(error)) from None
    permitted = selected_permitted(rules, fault or [])
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
        _print_json(told)
    else:
        show_selftest(told, console)
    if any(one.error for one in found):
        raise typer.Exit(ExitCode.HARNESS_ERROR)
    if told.missed or told.refused:
        raise typer.Exit(ExitCode.DIFFERS)


def _try_mutants(
    loader: str, number: int, effort: Effort, jobs: int, console: Console, as_json: bool
) -> None:
    with progress(f"mutants of {loader}", console, quiet=as_json) as report_progress:
        told = measure(SUBJECTS[loader], number, effort, jobs, report_progress)
    if as_json:
        _print_json(mutants_as_json(told))
    else:
        show_mutants(told, console)
    raise typer.Exit(told.exit_code)


def _print_json(told: Any) -> None:
    typer.echo(visible_json(msgspec.json.format(msgspec.json.encode(told), indent=1)))
