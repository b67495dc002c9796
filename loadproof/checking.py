"""The main job: run the suites on a candidate and gather what came of them."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from loadproof import __version__
from loadproof.pytest_run import Progress, run_pytest
from loadproof.selection import Chosen
from properties.engine.counterexample import addressed
from properties.engine.plugin import PlugOptions
from properties.engine.registry import Property, select
from properties.engine.scratch import remove, scratch_root
from reports.visible import visible_json
from specs.contract.marker import clear, take_directory
from specs.contract.results import Profile, PropertyResult, RunResult

REPORTED_PACKAGES = ("hypothesis", "polars", "pyarrow", "pytest", "pytest-xdist")


@dataclass(frozen=True)
class Selection:
    """Which properties, how hard, on how many processes."""

    rules: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    profile: Profile = "quick"
    seed: int = 0
    jobs: int = 2

    def properties(self) -> tuple[Property, ...]:
        """Raises ValueError when nothing is selected."""
        chosen = select(self.rules, self.suites)
        if not chosen:
            known = ", ".join(sorted({claimed.suite for claimed in select()}))
            raise ValueError(
                f"no property matches --rule {', '.join(self.rules) or '(any)'} and "
                f"--suite {', '.join(self.suites) or '(any)'}; suites: {known}; "
                "`loadproof explain RULE` lists the properties of a rule"
            )
        return chosen


def check(chosen: Chosen, selection: Selection, directory: Path, progress: Progress) -> RunResult:
    """Run the selected properties on one candidate and leave ``run.json`` in ``directory``.

    Raises `candidates.reach.CandidateError` when the candidate cannot be reached, ValueError when
    nothing is selected, `specs.contract.marker.NotOursError` when ``directory`` holds something
    else than an earlier run. Properties whose result never arrived are missing from ``results``,
    which the reports tell as inconclusive.
    """
    planned = selection.properties()
    candidate = chosen.reach()
    try:
        description = candidate.describe()
    finally:
        candidate.close()
    _claim(directory, planned)
    started = datetime.now(UTC)
    clock = time.monotonic()

    def run(results: Iterable[PropertyResult], finished: bool) -> RunResult:
        return RunResult(
            candidate=description,
            reached=chosen.name,
            profile=selection.profile,
            seed=selection.seed,
            started=started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - clock, 1),
            jobs=selection.jobs,
            selection={"rules": list(selection.rules), "suites": list(selection.suites)},
            versions=versions(),
            planned=tuple(claimed.planned() for claimed in planned),
            results=tuple(results),
            finished=finished,
        )

    _write(directory / "run.json", run((), finished=False))
    scratch = scratch_root()
    options = PlugOptions(
        candidate=chosen.spec,
        terms=chosen.terms,
        profile=selection.profile,
        seed=selection.seed,
        rules=selection.rules,
        suites=selection.suites,
        report=str(directory.resolve()),
        scratch=str(scratch),
        safe_path="PYTHONSAFEPATH" in os.environ,
    )
    try:
        finished = run_pytest(
            options, min(selection.jobs, len(planned)), directory, len(planned), progress
        )
    finally:
        remove(scratch)
    results = sorted(_results(directory / "results"), key=lambda result: result.id)
    whole = run((_addressed(result, chosen, directory) for result in results), finished)
    _write(directory / "run.json", whole)
    return whole


def _claim(directory: Path, planned: Iterable[Property]) -> None:
    """Make the directory empty, and known for that of a run of these properties."""
    clear(directory, "run")
    results = [f"results/{claimed.id}" for claimed in planned]
    take_directory(
        directory,
        "run",
        files=[
            *("run.json", "run.partial", "pytest.log"),
            *(result + end for result in results for end in (".json", ".partial")),
        ],
        folders=["results"],
        directories=[f"counterexamples/{claimed.id}" for claimed in planned],
    )
    (directory / "results").mkdir()


def versions() -> dict[str, str]:
    """Versions that decide what a run means."""
    found = {name: importlib.metadata.version(name) for name in REPORTED_PACKAGES}
    return {"loadproof": __version__, "python": platform.python_version(), **found}


def _results(directory: Path) -> Iterable[PropertyResult]:
    for path in directory.glob("*.json"):
        yield msgspec.json.decode(path.read_bytes(), type=PropertyResult)


def _addressed(result: PropertyResult, chosen: Chosen, directory: Path) -> PropertyResult:
    """The result with names and paths filled into its reproduction commands."""
    found = result.counterexample
    if found is None:
        return result
    place = str(directory / found.directory)
    found = addressed(found, result.id, place, chosen.name, chosen.spec, chosen.terms)
    return msgspec.structs.replace(result, counterexample=found)


def _write(path: Path, run: RunResult) -> None:
    partial = path.with_suffix(".partial")
    document = msgspec.json.format(msgspec.json.encode(run), indent=1)
    partial.write_text(visible_json(document), encoding="utf-8")
    partial.replace(path)
