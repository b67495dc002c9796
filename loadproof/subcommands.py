"""The subcommands and their options."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer

from candidates.reach import Terms, spec_of
from loadproof import __version__
from loadproof.checking import Selection, check
from loadproof.comparing import compared as compared_outcomes
from loadproof.console import Console, shown
from loadproof.explaining import explain_as_json, show_rule
from loadproof.inputs import unchanged
from loadproof.progress import progress
from loadproof.refusal import Refusal
from loadproof.report_directory import make_room, unfinished
from loadproof.running import Ran, claim_workspace, run_job
from loadproof.script_case import (
    ScriptJob,
    read_script,
    read_tables,
    script_job,
    script_text,
    table_files,
)
from loadproof.selection import Chosen, choose
from loadproof.selftest import (
    Detection,
    Permission,
    SelfTest,
    selected_faults,
    selected_permitted,
    selftest,
)
from loadproof.showing import run_as_json, show_agreement, show_run, show_selftest
from properties.engine.replay import replay as replay_scenario
from properties.engine.running import Effort
from properties.engine.scratch import fresh_directory, keep, remove
from reports.publish import write_reports
from reports.terminal import counterexample, print_report
from reports.verdicts import ExitCode
from reports.visible import printable, visible_json
from specs.contract import TeradataSystem
from specs.fastload.language import format_diagnostics, parse
from specs.rules import UnknownRuleError
from specs.rules import rule as find_rule

app = typer.Typer(
    name="loadproof",
    help="Conformance and speed of bulk loaders.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

MOST_JOBS = 256
LARGEST_SEED = 10**18 - 1
"""Documents hold whole numbers of 64 bits."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
ProfileName = Literal["quick", "thorough", "soak"]
Jobs = Annotated[int, typer.Option(help="Processes; 0 = one a core.")]
Candidate = Annotated[
    str, typer.Option("--candidate", help="A name, py:module:factory or 'cmd:program'.")
]
Python = Annotated[
    str | None, typer.Option(metavar="PATH", help="The interpreter that runs a py: loader.")
]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", help="Longest run, and longest silence, of a py: or cmd: candidate."
    ),
]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print version.")] = False,
) -> None:
    if version:
        typer.echo(f"loadproof {__version__}")
        raise typer.Exit


@app.command("check")
def check_command(
    candidates: Annotated[
        list[str] | None,
        typer.Argument(help="Names, py:module:factory or 'cmd:program'; none: all installed."),
    ] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule; may repeat.")] = None,
    suite: Annotated[list[str] | None, typer.Option(help="Only this suite; may repeat.")] = None,
    profile: Annotated[ProfileName, typer.Option(help="How many examples.")] = "quick",
    jobs: Jobs = 0,
    seed: Annotated[int | None, typer.Option(help="Default 0; the soak profile draws one.")] = None,
    report: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("loadproof-report"),
    python: Python = None,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """Check candidates against the rules and write a report."""
    console = Console(stderr=as_json)
    with unfinished(report):
        chosen = choose(candidates or [], _terms(candidates or [], python, timeout))
        selection = Selection(
            rules=tuple(map(_known_rule, rule or ())),
            suites=tuple(suite or ()),
            profile=profile,
            seed=_seed(seed, profile),
            jobs=_jobs(jobs),
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
    amps: Annotated[int, typer.Option(help="AMPs of the system.")] = 4,
    bucket_bits: Annotated[int, typer.Option(help="16 or 20.")] = 20,
    edition: Annotated[
        Literal["vendor", "seed"], typer.Option(help="Reading of the rules.")
    ] = "vendor",
    workspace: Annotated[
        Path | None,
        typer.Option(help="Kept there; the same call again restarts an unfinished job."),
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
    compared = choose(names, _terms(names, python, timeout))
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
    _terms([candidate], python, timeout)
    result = replay_scenario(directory, spec_of(candidate), python=python, timeout=timeout)
    if as_json:
        typer.echo(visible_json(msgspec.json.encode(result)))
    else:
        console.print(shown(f"{result.id}:"), f"[bold]{result.verdict}[/]")
        if result.counterexample is not None:
            console.print(counterexample(result.id, result.counterexample), crop=False)
    codes = {"holds": ExitCode.CONFORMS, "differs": ExitCode.DIFFERS}
    raise typer.Exit(codes.get(result.verdict, ExitCode.INCONCLUSIVE))


@app.command("explain")
def explain_command(
    rule: Annotated[str, typer.Argument(help="A rule's id, e.g. FL-02.")], as_json: Json = False
) -> None:
    """Tell a rule: statement, source, certainty, its properties and planted faults."""
    rule_id = _known_rule(rule)
    if as_json:
        typer.echo(json.dumps(explain_as_json(rule_id), indent=1))
    else:
        show_rule(rule_id, Console())


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


@app.command("selftest")
def selftest_command(
    rule: Annotated[list[str] | None, typer.Option(help="Only faults of this rule.")] = None,
    fault: Annotated[list[str] | None, typer.Option(help="Only this planted fault.")] = None,
    profile: Annotated[ProfileName, typer.Option(help="How many examples.")] = "quick",
    jobs: Jobs = 0,
    seed: Annotated[int, typer.Option(help="Seed of the examples.")] = 0,
    as_json: Json = False,
) -> None:
    """Measure the power of detection: is every planted fault caught under its own rule?

    And does every loader pass that uses a freedom of the rules?
    """
    console = Console(stderr=as_json)
    rules = list(map(_known_rule, rule or ()))
    try:
        faults = selected_faults(rules, fault or [])
    except ValueError as error:
        raise Refusal(str(error)) from None
    permitted = selected_permitted(rules, fault or [])
    found: list[Detection | Permission] = []
    with progress("planted faults", console, quiet=as_json) as report_progress:
        tried = selftest(faults, permitted, Effort(profile, _seed(seed, profile)), _jobs(jobs))
        with contextlib.closing(tried):
            for one in tried:
                found.append(one)
                report_progress(len(found), len(faults) + len(permitted))
    detections = [one for one in found if isinstance(one, Detection)]
    permissions = [one for one in found if isinstance(one, Permission)]
    told = SelfTest(
        profile=profile,
        seed=seed,
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


@app.command(
    "bench",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def bench_command(context: typer.Context) -> None:
    """Measure speed, memory and work; a figure counts only when the outcome is right."""
    # not needed, nor paid for, by any other subcommand
    from asv_benchmarks.run import bench
    from asv_benchmarks.unmeasurable import BenchmarkError

    try:
        bench(context.args, prog="loadproof bench")
    except BenchmarkError as error:
        raise Refusal(str(error), ExitCode(error.exit_code)) from None


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


def _terms(names: list[str], python: str | None, timeout: float | None) -> Terms:
    if python is not None and not any(name.startswith("py:") for name in names):
        raise Refusal(f"--python {python}: runs py: loaders alone, and none is named")
    if timeout is not None and not 0 < timeout < float("inf"):
        raise Refusal(f"--timeout {timeout:g}: expected seconds, more than 0")
    return Terms(python, timeout)


def _known_rule(rule_id: str) -> str:
    """The rule's id as the catalogue spells it. Raises `Refusal`."""
    try:
        return find_rule(rule_id.upper()).id
    except UnknownRuleError as error:
        raise Refusal(str(error)) from None


def _jobs(jobs: int) -> int:
    if not 0 <= jobs <= MOST_JOBS:
        raise Refusal(f"--jobs {jobs}: expected 0 (one a core) to {MOST_JOBS}")
    return jobs or min(os.cpu_count() or 1, MOST_JOBS)


def _seed(seed: int | None, profile: ProfileName) -> int:
    if seed is not None and abs(seed) > LARGEST_SEED:
        raise Refusal(f"--seed {seed}: expected a number of at most 18 digits")
    if seed is not None:
        return seed
    return int.from_bytes(os.urandom(4)) if profile == "soak" else 0
