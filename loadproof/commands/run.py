"""``loadproof run``: a real script on real files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from loadproof.commands.options import Candidate, Json, Python, Timeout, terms_of
from loadproof.comparing import compared as compared_outcomes
from loadproof.console import Console, shown
from loadproof.inputs import unchanged
from loadproof.progress import progress
from loadproof.refusal import Refusal
from loadproof.running import Ran, claim_workspace, run_job
from loadproof.script_case import ScriptJob, read_script, read_tables, script_job, table_files
from loadproof.selection import Chosen, choose
from loadproof.showing import run_as_json, show_agreement, show_run
from properties.engine.scratch import fresh_directory, keep, remove
from reports.verdicts import ExitCode
from specs.contract import TeradataSystem
from specs.fastload.language import format_diagnostics

app = typer.Typer()


@app.command("run")
def run_command(
    script: Annotated[Path, typer.Argument(help="A FastLoad script.")],
    candidate: Candidate,
    against: Annotated[str | None, typer.Option(help="Run this one too and compare.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Where data files are; default: beside the script.")
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FILE of a table that exists before the job; may repeat."),
    ] = None,
    amps: Annotated[int, typer.Option(help="Number of AMPs of the system.")] = 4,
    bucket_bits: Annotated[int, typer.Option(help="Hash bucket width in bits: 16 or 20.")] = 20,
    edition: Annotated[
        Literal["vendor", "seed"],
        typer.Option(help="Reading of the rules: the vendor's manuals, or the 2018 notes (seed)."),
    ] = "vendor",
    workspace: Annotated[
        Path | None,
        typer.Option(
            help="Directory that keeps the system; the same call again restarts an unfinished job."
        ),
    ] = None,
    python: Python = None,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """Run a real script on real files and show what happened."""
    console = Console(stderr=as_json)
    if bucket_bits not in (16, 20):
        raise Refusal(f"--bucket-bits {bucket_bits}: expected 16 or 20")
    names = [candidate, against] if against else [candidate]
    compared = choose(names, terms_of(names, python, timeout))
    job = _script_job(script, data, table or [], amps, bucket_bits, edition, console)
    if against and any(path.is_fifo() for path in job.sources.values()):
        raise Refusal("--against: a pipe can be read only once; use a file to compare loaders")
    theirs = [script, *job.sources.values(), *table_files(table or [])]
    home = workspace or fresh_directory("loadproof-run-")
    restartable = False
    try:
        claim_workspace(home, compared)
        ran, *others = [_run(one, job, home, theirs, console, as_json) for one in compared]
        restartable = ran.outcome.status == "paused"
        found = compared_outcomes(job, ran, others[0]) if others else None
        if as_json:
            typer.echo(json.dumps(run_as_json(ran, found, against), default=str, indent=1))
        else:
            show_run(ran, console)
            if found is not None:
                show_agreement(ran, str(against), found, console)
    except Exception:
        restartable = any(home.glob("workspace-*"))
        raise
    finally:
        if workspace is None and restartable:
            keep(home)
            console.print(
                f"the workspace is kept; to restart add: --workspace {home}", soft_wrap=True
            )
        elif workspace is None:
            remove(home)
    failed = ran.outcome.status != "completed" if found is None else bool(found.differences)
    if failed:
        raise typer.Exit(ExitCode.DIFFERS)


def _script_job(
    script: Path,
    data: Path | None,
    tables: list[str],
    amps: int,
    bucket_bits: int,
    edition: Literal["vendor", "seed"],
    console: Console,
) -> ScriptJob:
    try:
        existing = read_tables(tables)
        parsed = read_script(script, existing)
        if parsed.diagnostics:
            told = format_diagnostics(parsed.diagnostics, str(script))
            console.print(shown(told, "yellow"), soft_wrap=True)
        system = TeradataSystem(amps=amps, hash_bucket_bits=20 if bucket_bits == 20 else 16)
        return script_job(
            parsed,
            data=data or script.parent,
            system=system,
            edition=edition,
            tables=existing,
        )
    except ValueError as error:
        raise Refusal(str(error)) from None


def _run(
    chosen: Chosen, job: ScriptJob, home: Path, theirs: list[Path], console: Console, quiet: bool
) -> Ran:
    done = 0

    with progress(f"running {chosen.name}", console, quiet) as report_progress:

        def note(name: str, details: dict[str, Any]) -> None:
            nonlocal done
            records = details.get("records")  # a candidate may tell anything here
            done += records if name == "block-sent" and isinstance(records, int) else 0
            report_progress(done, 0)

        with unchanged(theirs, chosen.name):
            return run_job(chosen, job, home, note)
