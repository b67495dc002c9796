"""Counterexamples: stored as a case directory, told so that a stranger can act on them."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa

import reference
from properties.engine.observed import Observed
from properties.engine.registry import Property, Scenario
from properties.engine.telling import (
    grids_of_expected,
    grids_of_observed,
    shows_placement,
    side_by_side,
)
from properties.engine.trial import Difference
from specs.contract.directories import CaseBundle, DirectoryError, read_case, write_case
from specs.contract.documents import DocumentError, decoded
from specs.results import Counterexample

SCENARIO_FILE = "scenario.json"


class StoredScenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``scenario.json`` beside ``case.json``: which property, and what it did with the case."""

    property: str
    choices: dict[str, object]


@dataclass(frozen=True)
class Failure:
    """A scenario that broke a property, and the last outcomes that its check had in hand."""

    scenario: Scenario
    difference: Difference
    expected: reference.Result | None
    observed: Observed | None


def store_counterexample(
    claimed: Property, failure: Failure, report_directory: Path | None
) -> Counterexample:
    """Write the case under ``report_directory/counterexamples/`` (if given) and describe it."""
    scenario = failure.scenario
    relative = f"counterexamples/{claimed.id}"
    if report_directory is not None:
        write_scenario(claimed.id, scenario, report_directory / relative)
    bundle = scenario.bundle
    expected = failure.expected or reference.execute(bundle)
    observed = failure.observed
    left, right = side_by_side(
        grids_of_expected(expected, placed=observed is None or shows_placement(observed)),
        grids_of_observed(observed) if observed else (),
    )
    name = json.dumps(relative)
    return Counterexample(
        directory=relative,
        edition=bundle.case.edition,
        size=input_rows(bundle),
        message=str(failure.difference),
        script=bundle.case.script,
        files={name: _text(name, data) for name, data in sorted(bundle.files.items())},
        expected=left,
        observed=right,
        replay=f"loadproof replay {relative} --candidate {{candidate}}",
        snippet=(
            "from properties.engine.replay import replay\n\n"
            f'print(replay({name}, candidate="{{candidate}}"))\n'
        ),
        example=f"@example(read_scenario({name}))",
    )


def addressed(told: Counterexample, directory: str, name: str, spec: str) -> Counterexample:
    """The same with its directory, and the candidate's name and spec, in its commands."""

    def filled(text: str, candidate: str) -> str:
        return text.replace(told.directory, directory).replace("{candidate}", candidate)

    return msgspec.structs.replace(
        told,
        replay=filled(told.replay, name),
        snippet=filled(told.snippet, spec),
        example=filled(told.example, name),
    )


def write_scenario(property_id: str, scenario: Scenario, directory: Path) -> None:
    """Write a scenario as a case directory with ``scenario.json`` beside ``case.json``."""
    write_case(scenario.bundle, directory)
    stored = StoredScenario(property_id, dict(scenario.choices))
    (directory / SCENARIO_FILE).write_bytes(msgspec.json.encode(stored))


def read_scenario(directory: Path | str) -> tuple[str, Scenario]:
    """The property's id and the scenario of a stored counterexample. Raises `DirectoryError`."""
    path = Path(directory)
    bundle = read_case(path)
    try:
        stored = decoded((path / SCENARIO_FILE).read_bytes(), StoredScenario)
    except FileNotFoundError:
        raise DirectoryError(
            f"{path / SCENARIO_FILE}: no such file; expected the directory of a counterexample "
            "(for a plain case directory use `loadproof run`)"
        ) from None
    except (OSError, DocumentError) as error:
        raise DirectoryError(f"{path / SCENARIO_FILE}: {error}") from error
    return stored.property, Scenario(bundle, stored.choices)


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


def _text(name: str, data: bytes) -> str:
    if name.endswith(".arrow"):
        table = pa.ipc.open_file(pa.py_buffer(data)).read_all()
        return "\n".join(str(row) for row in table.to_pylist())
    return _unpacked(data).decode("utf-8", "backslashreplace")


def _unpacked(data: bytes) -> bytes:
    """What is in a gzip file, or the bytes themselves when they are none that can be read."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return data
