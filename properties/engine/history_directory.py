"""History directories: ``history.json`` beside ``cases/NAME/``, as counterexamples are stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from properties.engine.recording import Recording
from properties.engine.scenario import Scenario
from specs.contract import Action, History, other_contract
from specs.contract.directories import CASE_FILE, CaseBundle, DirectoryError, read_case, write_case
from specs.contract.documents import DocumentError, decoded
from specs.contract.marker import clear, take_directory

HISTORY_FILE = "history.json"
CASES = "cases"


class StoredHistory(History, frozen=True, kw_only=True):
    """``history.json`` of a counterexample: what was done, and the property that found it.

    ``actions`` are those on the system that was made last, ``earlier`` those on the ones before.
    ``given`` names the case that the property was given with ``choices``, both as its scenario;
    None for a property whose examples are histories.
    """

    property: str
    given: str | None = None
    choices: dict[str, Any] = msgspec.field(default_factory=dict)
    earlier: tuple[tuple[Action, ...], ...] = ()


def history_of(
    property_id: str, recording: Recording, scenario: Scenario | None
) -> tuple[StoredHistory, dict[str, CaseBundle]]:
    """What is stored of an example, and its cases by name, that of the scenario first."""
    given = recording.name_of(scenario.bundle) if scenario else None
    stored = StoredHistory(
        property=property_id,
        given=given,
        choices=dict(scenario.choices) if scenario else {},
        actions=tuple(recording.last),
        earlier=tuple(tuple(actions) for actions in recording.systems[:-1]),
    )
    order = dict.fromkeys(([given] if given else []) + list(recording.cases))
    return stored, {name: recording.cases[name] for name in order}


def write_history(stored: StoredHistory, cases: Mapping[str, CaseBundle], directory: Path) -> None:
    """Write a history directory; an empty one, or one written by this, is replaced.

    Raises `specs.contract.marker.NotOursError` for a directory that holds anything else.
    """
    clear(directory, "history")
    inner = [f"{CASES}/{name}" for name in cases]
    take_directory(directory, "history", files=[HISTORY_FILE], directories=inner)
    for name, bundle in cases.items():
        write_case(bundle, directory / CASES / name)
    document = msgspec.json.format(msgspec.json.encode(stored), indent=2)
    (directory / HISTORY_FILE).write_bytes(document + b"\n")


def read_history(directory: Path | str) -> tuple[StoredHistory, dict[str, CaseBundle]]:
    """A stored counterexample and its cases by name. Raises `DirectoryError`."""
    path = Path(directory)
    file = path / HISTORY_FILE
    try:
        data = file.read_bytes()
        if (other := other_contract(decoded(data))) is not None:
            raise DirectoryError(f"{file}: {other}")
        stored = decoded(data, StoredHistory)
    except FileNotFoundError:
        raise DirectoryError(f"{file}: no such file; {_instead(path)}") from None
    except (OSError, DocumentError) as error:
        raise DirectoryError(f"{file}: {error}") from error
    cases = {name: read_case(path / CASES / name) for name in _named(stored)}
    return stored, cases


def read_scenario(directory: Path | str) -> tuple[str, Scenario]:
    """The property's id and the scenario of a stored counterexample. Raises `DirectoryError`."""
    stored, cases = read_history(directory)
    if stored.given is None:
        raise DirectoryError(f"{directory}: holds a history of several jobs, no single scenario")
    return stored.property, Scenario(cases[stored.given], stored.choices)


def _named(stored: StoredHistory) -> Iterable[str]:
    actions = [*stored.actions, *(action for actions in stored.earlier for action in actions)]
    names = [getattr(action, "case", None) for action in actions]
    return dict.fromkeys(name for name in (stored.given, *names) if name is not None)


def _instead(path: Path) -> str:
    """What to say of a directory that is no history."""
    if (path / "scenario.json").exists():
        return (
            "the directory holds a counterexample of contract 1; replay it with the release that "
            "found it, or find it again with `loadproof check`"
        )
    if (path / CASE_FILE).exists():
        return "the directory holds a plain case; use `loadproof run` for it"
    return "expected the directory of a counterexample"
