"""``loadproof check``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loadproof.checking import Selection, check
from loadproof.commands.options import (
    Jobs,
    Json,
    Profile,
    Python,
    Timeout,
    known_rule,
    number_of_jobs,
    seed_of,
    terms_of,
)
from loadproof.console import Console, shown
from loadproof.progress import progress
from loadproof.refusal import Refusal
from loadproof.report_directory import make_room, unfinished
from loadproof.selection import choose
from reports.publish import write_reports
from reports.terminal import print_report

app = typer.Typer()


@app.command("check")
def check_command(
    candidates: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names, py:module:factory or 'cmd:program'; default: every built-in loader."
        ),
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option(help="Only this rule, e.g. FL-02; may repeat.")
    ] = None,
    suite: Annotated[
        list[str] | None, typer.Option(help="Only this suite, e.g. duplicates; may repeat.")
    ] = None,
    profile: Profile = "quick",
    jobs: Jobs = 0,
    seed: Annotated[
        int | None,
        typer.Option(help="Random seed; default 0, or a random one with --profile soak."),
    ] = None,
    report: Annotated[
        Path,
        typer.Option(help="Directory for the report: new, empty, or that of an earlier report."),
    ] = Path("loadproof-report"),
    python: Python = None,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """Check candidates against the rules and write a report."""
    console = Console(stderr=as_json)
    with unfinished(report):
        chosen = choose(candidates or [], terms_of(candidates or [], python, timeout))
        selection = Selection(
            rules=tuple(map(known_rule, rule or ())),
            suites=tuple(suite or ()),
            profile=profile,
            seed=seed_of(seed, profile),
            jobs=number_of_jobs(jobs),
        )
        runs = []
        make_room(report, [one.folder for one in chosen])
        for one in chosen:
            with progress(f"checking {one.name}", console, quiet=as_json) as report_progress:
                try:
                    directory = report / one.folder
                    runs.append(check(one, selection, directory, report_progress))
                except ValueError as error:
                    raise Refusal(str(error)) from None
        paths = write_reports(runs, report)
    if as_json:
        typer.echo(paths.json.read_text(encoding="utf-8"))
    else:
        print_report(paths.report, console, classes=False)
        console.print(shown(f"report: {paths.html.resolve()}"), soft_wrap=True)
    raise typer.Exit(paths.report.exit_code)
