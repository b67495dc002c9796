"""Counterexamples: stored as a history directory, told so that a stranger can act on them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa

import reference
from candidates.reach import DEFAULT_TERMS, Terms
from properties.engine.history_directory import history_of, write_history
from properties.engine.observed import Observed
from properties.engine.recording import Recording
from properties.engine.registry import Property
from properties.engine.reproducing import replay_command, replay_test
from properties.engine.scenario import Scenario
from properties.engine.settings import settings_in_words
from properties.engine.telling import (
    grids_of_expected,
    grids_of_observed,
    shows_placement,
    side_by_side,
)
from properties.engine.trial import EXPECTED_OBSERVED, Difference, Trial
from properties.engines import grids_of_report
from specs.contract import Case, SnowflakeSystem, TeradataSystem
from specs.contract.directories import CaseBundle
from specs.contract.input_files import GZIP_MAGIC
from specs.contract.results import Counterexample, Grid
from specs.visible import visible

MOST_LINES, FIRST_LINES, LAST_LINES = 60, 2, 5
"""Of an input file with more lines than the first number, so many are told at either end."""


@dataclass(frozen=True)
class Failure:
    """An example that broke a property: what was done, and the last outcomes in hand.

    ``scenario`` is None when the example was a history; ``sides`` say what the two outcomes are.
    """

    difference: Difference
    recording: Recording
    scenario: Scenario | None
    expected: reference.Result | Observed | None
    observed: Observed | None
    sides: tuple[str, str] = EXPECTED_OBSERVED

    @classmethod
    def of(cls, trial: Trial, difference: Difference, scenario: Scenario | None) -> Failure:
        """What the example that a trial is in has come to."""
        return cls(
            difference,
            trial.recording,
            scenario,
            trial.last_expected,
            trial.last_observed,
            trial.sides,
        )


def store_counterexample(
    claimed: Property,
    failure: Failure,
    report_directory: Path | None,
    threshold: int | None = None,
) -> Counterexample:
    """Write it as a history under ``report_directory/counterexamples/`` (if given); describe it.

    ``threshold``: the fewest records of this input that are loaded wrongly, if that is known.
    """
    relative = f"counterexamples/{claimed.id}"
    stored, cases = history_of(claimed.id, failure.recording, failure.scenario)
    if report_directory is not None:
        write_history(stored, cases, report_directory / relative)
    first = cases[stored.given] if stored.given else next(iter(cases.values()))
    expected, observed = failure.expected, failure.observed
    if expected is None and failure.scenario is not None:
        expected = reference.execute(failure.scenario.bundle)
    left, right = side_by_side(
        _grids(expected, placed=observed is None or shows_placement(observed)), _grids(observed)
    )
    return Counterexample(
        directory=relative,
        edition=first.case.edition,
        size=sum(map(input_rows, _without_repetition(cases).values())),
        threshold=threshold,
        message=_told(failure.difference, threshold),
        actions=failure.recording.in_words(),
        system=system_in_words(first.case),
        script=_scripts(cases),
        files=_files(cases),
        sides=failure.sides,
        expected=left,
        observed=right,
    )


def addressed(
    told: Counterexample,
    property_id: str,
    directory: str,
    name: str,
    spec: str,
    terms: Terms = DEFAULT_TERMS,
) -> Counterexample:
    """The same with what reproduces it, stored in ``directory``, by a candidate's name and spec."""
    return msgspec.structs.replace(
        told,
        replay=replay_command(directory, name, terms),
        snippet=replay_test(property_id, directory, spec, terms),
    )


def _told(difference: Difference, threshold: int | None) -> str:
    told = visible(str(difference), keep="\n")
    if threshold is None:
        return told
    return f"right up to {threshold - 1:,} records, wrong from {threshold:,} on: {told}"


# --- for people -----------------------------------------------------------------------------------


def input_rows(bundle: CaseBundle) -> int:
    """Rows that a person has to read: records of text files and rows of Arrow inputs."""
    total: int = sum(rows.num_rows for rows in bundle.tables.values())
    for name, data in bundle.files.items():
        if name.endswith(".arrow"):
            total += pa.ipc.open_file(pa.py_buffer(data)).read_all().num_rows
        else:
            text = _unpacked(data)
            total += text.count(b"\n") + (text[-1:] not in (b"", b"\n"))
    return total


def system_in_words(case: Case) -> dict[str, str]:
    """What the system of a case is like: the name of each of its figures -> the figure."""
    match case.system:
        case TeradataSystem() as system:
            told = {
                "AMPs": str(system.amps),
                "hash bucket bits": str(system.hash_bucket_bits),
                "block bytes": str(system.block_bytes),
            }
            if system.down_amps:
                told["AMPs down"] = _numbers(system.down_amps)
        case SnowflakeSystem() as account:
            told = {"warehouse": account.warehouse}
    if case.faults:
        told["AMPs lost"] = _numbers(fault.amp for fault in case.faults)
    if case.settings:
        told["settings"] = settings_in_words(case)
    return told


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(f"AMP {number}" for number in sorted(numbers))


def _grids(outcome: reference.Result | Observed | None, *, placed: bool = True) -> tuple[Grid, ...]:
    match outcome:
        case None:
            return ()
        case Observed():
            return grids_of_observed(outcome, grids_of_report(outcome.outcome.report))
        case _:
            report = grids_of_report(outcome.report)
            return grids_of_expected(outcome, report, placed=placed)


def _scripts(cases: Mapping[str, CaseBundle]) -> str:
    """The script of every case, each text once and headed by its case when there are several."""
    scripts: dict[str, str] = {}
    for name, bundle in cases.items():
        scripts.setdefault(bundle.case.script, name)
    if len(scripts) == 1:
        return next(iter(scripts))
    told = (f"/* {name} */\n{script.rstrip()}\n" for script, name in scripts.items())
    return "\n".join(told)


def _files(cases: Mapping[str, CaseBundle]) -> dict[str, str]:
    """Every input file as text; one that several cases have otherwise under the case's name too."""
    told: dict[str, str] = {}
    for case, bundle in _without_repetition(cases).items():
        for name, data in sorted(bundle.files.items()):
            told[f"{case}/{name}" if name in told else name] = _text(name, data)
    return told


def _without_repetition(cases: Mapping[str, CaseBundle]) -> dict[str, CaseBundle]:
    """The cases without the files and tables that a case before them has just so."""
    files: set[tuple[str, bytes]] = set()
    tables: set[str] = set()
    left: dict[str, CaseBundle] = {}
    for case, bundle in cases.items():
        new_files = {n: data for n, data in bundle.files.items() if (n, data) not in files}
        new_tables = {n: rows for n, rows in bundle.tables.items() if n not in tables}
        files |= set(new_files.items())
        tables |= set(new_tables)
        left[case] = CaseBundle(bundle.case, new_files, new_tables)
    return left


def _text(name: str, data: bytes) -> str:
    if name.endswith(".arrow"):
        table = pa.ipc.open_file(pa.py_buffer(data)).read_all()
        return _shortened("\n".join(str(row) for row in table.to_pylist()))
    return _shortened(_unpacked(data).decode("utf-8", "backslashreplace"))


def _shortened(text: str) -> str:
    """The text; of one with many lines the first and the last, where a threshold is."""
    if text.count("\n") <= MOST_LINES:
        return text
    lines = text.split("\n")
    ended = 1 if text.endswith("\n") else 0
    left_out = len(lines) - ended - FIRST_LINES - LAST_LINES
    told = [*lines[:FIRST_LINES], f"... {left_out:,} more records ..."]
    return "\n".join([*told, *lines[-LAST_LINES - ended :]])


def _unpacked(data: bytes) -> bytes:
    """What is in a gzip file, or the bytes themselves when they are none that can be read."""
    if not data.startswith(GZIP_MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return data
