"""Options that several subcommands have, and what their values have to be."""

from __future__ import annotations

import os
from typing import Annotated, Literal

import typer

from candidates.reach import Terms
from loadproof.refusal import Refusal
from specs.rules import UnknownRuleError
from specs.rules import rule as find_rule

MOST_JOBS = 256
LARGEST_SEED = 10**18 - 1
"""Documents hold whole numbers of 64 bits."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
ProfileName = Literal["quick", "thorough", "soak"]
Profile = Annotated[ProfileName, typer.Option(help="How many examples, and how long.")]
Jobs = Annotated[int, typer.Option(help="Worker processes; 0 means one per CPU core.")]
Candidate = Annotated[
    str, typer.Option("--candidate", help="A name, py:module:factory or 'cmd:program'.")
]
Python = Annotated[
    str | None,
    typer.Option(
        metavar="PATH", help="Python interpreter (3.8 or newer) to run a py: loader with."
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="Longest time that a py: or cmd: loader may take for a run, or between messages.",
    ),
]


def terms_of(names: list[str], python: str | None, timeout: float | None) -> Terms:
    if python is not None and not any(name.startswith("py:") for name in names):
        raise Refusal(f"--python {python}: runs py: loaders alone, and none is named")
    if timeout is not None and not 0 < timeout < float("inf"):
        raise Refusal(f"--timeout {timeout:g}: expected seconds, more than 0")
    return Terms(python, timeout)


def known_rule(rule_id: str) -> str:
    """The rule's id as the catalogue spells it. Raises `Refusal`."""
    try:
        return find_rule(rule_id.upper()).id
    except UnknownRuleError as error:
        raise Refusal(str(error)) from None


def number_of_jobs(jobs: int) -> int:
    if not 0 <= jobs <= MOST_JOBS:
        raise Refusal(f"--jobs {jobs}: expected 0 (one per core) to {MOST_JOBS}")
    return jobs or min(os.cpu_count() or 1, MOST_JOBS)


def seed_of(seed: int | None, profile: ProfileName) -> int:
    if seed is not None and abs(seed) > LARGEST_SEED:
        raise Refusal(f"--seed {seed}: expected a number of at most 18 digits")
    if seed is not None:
        return seed
    return int.from_bytes(os.urandom(4)) if profile == "soak" else 0
