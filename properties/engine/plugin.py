"""The pytest plugin that runs properties as tests, in parallel through pytest-xdist."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import msgspec
import pytest

from candidates.reach import ReachedCandidate, Terms
from properties.engine.registry import Property, select
from properties.engine.running import Effort, run_property
from properties.engine.scratch import remove, scratch_root
from specs.contract import Description
from specs.contract.results import Profile, PropertyResult


class PlugOptions(msgspec.Struct, frozen=True):
    """What a run asks of its workers; travels as JSON in one option.

    ``scratch`` is a directory in which every worker makes its own; the process that starts the run
    owns and removes it, since a worker that dies cannot. ``lifeline`` is the reading end of a pipe
    that closes when that process is gone, -1 for none. ``safe_path``: PYTHONSAFEPATH is the user's
    own setting.
    """

    candidate: str
    terms: Terms = Terms()
    profile: Profile = "quick"
    seed: int = 0
    rules: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    report: str = ""
    scratch: str = ""
    lifeline: int = -1
    safe_path: bool = True


@dataclass(frozen=True)
class Session:
    """A worker's candidate and directories."""

    options: PlugOptions
    candidate: ReachedCandidate
    description: Description
    scratch: Path
    report: Path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--loadproof", help="options of a conformance run, as JSON")


def _options(config: pytest.Config) -> PlugOptions:
    return msgspec.json.decode(config.getoption("--loadproof"), type=PlugOptions)


def pytest_configure(config: pytest.Config) -> None:
    options = _options(config)
    if options.lifeline >= 0 and not hasattr(config, "workerinput"):
        Thread(target=_die_with, args=(options,), daemon=True).start()


def _die_with(options: PlugOptions) -> None:
    """Wait until the process that started the run is gone, be it by SIGKILL; then clean up."""
    os.read(options.lifeline, 1)
    remove(Path(options.scratch))
    os.killpg(os.getpgrp(), signal.SIGKILL)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "claimed" in metafunc.fixturenames:
        options = _options(metafunc.config)
        chosen = select(options.rules, options.suites)
        metafunc.parametrize("claimed", chosen, ids=[p.id for p in chosen])


@pytest.fixture(scope="session")
def conformance_session(pytestconfig: pytest.Config) -> Iterator[Session]:
    options = _options(pytestconfig)
    if not options.safe_path:
        # it kept the working directory from our own start; a loader may well want it there
        os.environ.pop("PYTHONSAFEPATH", None)
    candidate = options.terms.reach(options.candidate)
    scratch = scratch_root(Path(options.scratch) if options.scratch else None)
    try:
        yield Session(options, candidate, candidate.describe(), scratch, Path(options.report))
    finally:
        candidate.close()
        remove(scratch)


def try_property(claimed: Property, session: Session) -> PropertyResult:
    """Run a property and leave its result, whole or not at all, in ``report/results/``."""
    effort = Effort(session.options.profile, session.options.seed)
    result = run_property(
        claimed, session.candidate, session.description, effort, session.scratch, session.report
    )
    path = session.report / "results" / f"{claimed.id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    # in ASCII: nothing that a candidate said does anything to the terminal of who reads it
    partial.write_text(json.dumps(msgspec.to_builtins(result)), encoding="ascii")
    partial.replace(path)
    return result
