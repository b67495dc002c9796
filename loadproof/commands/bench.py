"""``loadproof bench``: speed, of right work only."""

from __future__ import annotations

import typer

from asv_benchmarks.run import bench
from asv_benchmarks.unmeasurable import BenchmarkError
from loadproof.refusal import Refusal
from reports.verdicts import ExitCode

app = typer.Typer()


@app.command(
    "bench",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def bench_command(context: typer.Context) -> None:
    """Measure throughput, memory and work; only runs with the right result count."""
    try:
        bench(context.args, prog="loadproof bench")
    except BenchmarkError as error:
        raise Refusal(str(error), ExitCode(error.exit_code)) from None
