"""The benchmark command: choose, measure, tell. No asv is needed, and no duckdb.

python -m asv_benchmarks.run --rows 200000 --format csv --amps 16
python -m asv_benchmarks.run --data tpcds --rows 2880404 --json figures.json
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import msgspec

from asv_benchmarks.data_sets import DATA_NAMES, DataSet, make_data
from asv_benchmarks.measuring import Setting, measure
from asv_benchmarks.peers import installed_peers
from asv_benchmarks.phases import phases_of
from asv_benchmarks.report import BenchReport, Measurement, to_json, to_markdown, to_text
from asv_benchmarks.unmeasurable import BenchmarkError, BenchmarkInputError, NothingMeasured
from candidates.reach import reach, spec_of
from candidates.reach.agreement import CandidateError, NotThereError
from properties.engine.scratch import fresh_directory, remove
from reports.visible import printable, visible_json

FORMATS = ("csv", "csv.gz")
MOST_ROWS = {"reference": 5_000}
"""The reference is there to be read; it is measured on this many rows at most, with its peers."""

_SHOWN_VERSIONS = ("numpy", "polars", "pyarrow", "duckdb")


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure: every combination of candidates, formats, AMPs and rows.

    ``directory`` keeps the data files and the targets; None is a temporary directory.
    """

    candidates: tuple[str, ...] = ("polars", "reference")
    formats: tuple[str, ...] = FORMATS
    amps: tuple[int, ...] = (16,)
    rows: tuple[int, ...] = (200_000,)
    data: str = "synthetic"
    rounds: int = 5
    peers: bool = True
    memory: bool = True
    phases: bool = False
    directory: Path | None = None

    def check(self) -> None:
        """Raises `BenchmarkInputError` for what cannot be, `NothingMeasured` for no choice."""
        for name, values in (
            ("candidates", self.candidates),
            ("formats", self.formats),
            ("amps", self.amps),
            ("rows", self.rows),
        ):
            if not values:
                raise NothingMeasured(f"no {name} chosen: there is nothing to measure")
        for form in self.formats:
            if form not in FORMATS:
                raise BenchmarkInputError(f"format {form!r}: expected {' or '.join(FORMATS)}")
        for amps in self.amps:
            if not 1 <= amps <= 1 << 20:
                raise BenchmarkInputError(f"AMPs {amps}: expected 1 to {1 << 20:,}")
        if self.rounds < 1:
            raise BenchmarkInputError(f"rounds {self.rounds}: expected at least 1")


SHOWN: dict[str, Callable[[BenchReport], str]] = {
    "text": to_text,
    "markdown": to_markdown,
    "json": lambda report: visible_json(to_json(report)),
}

Note = Callable[[int, int, str], None]
"""Called before each measurement: number done, number planned, what comes next."""


def run_benchmarks(
    selection: Selection,
    *,
    note: Note = lambda done, planned, title: None,
) -> BenchReport:
    """Measure all that is selected; a report that holds only figures of right results.

    Raises `WrongResult` as soon as one result is wrong, `NothingMeasured`, `BenchmarkInputError`
    and `BenchmarkError`.
    """
    selection.check()
    specs = _specs(selection)
    peers, left_out = installed_peers() if selection.peers else ({}, {"peers": "not asked for"})
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    temporary = fresh_directory("loadproof-bench-")
    try:
        directory = selection.directory or temporary
        settings = list(_settings(selection, specs, directory))
        measurements: list[Measurement] = []
        for number, setting in enumerate(settings):
            note(number, len(settings), setting.title)
            found = measure(setting, peers, rounds=selection.rounds, memory=selection.memory)
            if selection.phases:
                found = msgspec.structs.replace(found, phases=phases_of(setting))
                if not found.phases:
                    left_out[f"phases of {setting.candidate}"] = "the loader does not tell them"
            measurements.append(found)
    finally:
        remove(temporary)
    return BenchReport(
        started=started,
        machine={"cores": str(os.cpu_count()), "system": platform.platform(terse=True)},
        versions={"Python": platform.python_version(), **_versions()},
        measurements=tuple(measurements),
        left_out=left_out,
    )


def _specs(selection: Selection) -> dict[str, str]:
    """How each candidate is reached; all are there and describe themselves, before any work."""
    try:
        specs = {name: spec_of(name) for name in selection.candidates}
        for spec in specs.values():
            with closing(reach(spec)) as candidate:
                candidate.describe()
    except NotThereError as error:
        raise BenchmarkInputError(str(error)) from error
    except CandidateError as error:
        raise BenchmarkError(str(error)) from error
    return specs


def _settings(selection: Selection, specs: Mapping[str, str], directory: Path) -> Iterator[Setting]:
    made: dict[int, DataSet] = {}
    for candidate, spec in specs.items():
        limit = MOST_ROWS.get(candidate, sys.maxsize)
        for rows in dict.fromkeys(min(rows, limit) for rows in selection.rows):
            if rows not in made:
                made[rows] = make_data(selection.data, rows, directory)
            for form in selection.formats:
                for amps in selection.amps:
                    yield Setting(
                        candidate=candidate,
                        spec=spec,
                        data=made[rows],
                        form=form,
                        amps=amps,
                    )


def _versions() -> dict[str, str]:
    found = {}
    for package in _SHOWN_VERSIONS:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def bench(arguments: Sequence[str] | None, prog: str) -> None:
    """Measure what the arguments ask for and print it. Raises as `run_benchmarks`, and OSError."""
    options = _parser(prog).parse_args(arguments)
    selection = Selection(
        candidates=tuple(options.candidate or ("polars", "reference")),
        formats=tuple(options.format or FORMATS),
        amps=tuple(options.amps or (16,)),
        rows=tuple(options.rows or (200_000,)),
        data=options.data,
        rounds=options.rounds,
        peers=not options.no_peers,
        memory=not options.no_memory,
        phases=options.phases,
        directory=options.directory,
    )
    report = run_benchmarks(selection, note=_say)
    # told before it is stored: a place that cannot be written does not cost the figures
    sys.stdout.write(printable(SHOWN[options.show](report)))
    if options.json:
        options.json.write_bytes(to_json(report))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; exit code 0, 1 wrong result, 2 usage, 3 nothing measured, 4 cannot be run."""
    try:
        bench(arguments, prog="python -m asv_benchmarks.run")
    except (BenchmarkError, OSError) as error:
        print(printable(f"bench: {error}"), file=sys.stderr)
        return error.exit_code if isinstance(error, BenchmarkError) else BenchmarkError.exit_code
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BenchmarkInputError(f"{message[:300]} (see `{self.prog} --help`)")


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=prog,
        description="How fast FastLoad is by each loader, and by its peers in the same rounds.",
    )
    parser.add_argument(
        "--candidate", action="append", help="name, py: or cmd: spec; may be repeated"
    )
    parser.add_argument("--format", choices=FORMATS, action="append", help="may be repeated")
    parser.add_argument("--amps", type=int, action="append", help="number of AMPs; may be repeated")
    parser.add_argument(
        "--rows", type=int, action="append", help="records in the file; may be repeated"
    )
    parser.add_argument("--data", choices=DATA_NAMES, default="synthetic")
    parser.add_argument("--rounds", type=int, default=5, help="rounds after the warm-up")
    parser.add_argument("--no-peers", action="store_true", help="measure the candidates alone")
    parser.add_argument("--no-memory", action="store_true", help="no runs for peak memory")
    parser.add_argument("--phases", action="store_true", help="where the time goes")
    parser.add_argument(
        "--directory",
        type=Path,
        help="for data files and targets; a new one, or one of an earlier call",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="store the report")
    parser.add_argument("--show", choices=SHOWN, default="text")
    return parser


def _say(done: int, planned: int, title: str) -> None:
    print(printable(f"[{done + 1}/{planned}] {title}"), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
