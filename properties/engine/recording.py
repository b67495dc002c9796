"""What a trial did: the actions on each system of the candidate, and the cases that they name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from specs.contract import (
    Action,
    Case,
    GiveSpaceBack,
    KillJob,
    LetTimePass,
    RunJob,
    StopJob,
    TakeSpace,
)
from specs.contract.directories import CaseBundle, arrow_bytes

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


@dataclass
class Recording:
    """The histories of one example: ``systems`` in the order in which they were made.

    ``cases``: name -> case; equal cases have one name.
    """

    cases: dict[str, CaseBundle] = field(default_factory=dict)
    systems: list[list[Action]] = field(default_factory=list)

    def new_system(self) -> list[Action]:
        """The actions, none yet, of one more system."""
        actions: list[Action] = []
        self.systems.append(actions)
        return actions

    def name_of(self, bundle: CaseBundle) -> str:
        """The name of a case: its job's id, numbered when another case has that name."""
        digest = bundle_digest(bundle)
        base = _UNSAFE.sub("-", bundle.case.job)[:60] or "job"
        name, number = base, 1
        while name in self.cases and bundle_digest(self.cases[name]) != digest:
            number += 1
            name = f"{base}-{number}"
        self.cases[name] = bundle
        return name

    @property
    def last(self) -> list[Action]:
        """The actions on the system that was made last; none when there is no system."""
        return self.systems[-1] if self.systems else []

    def digest(self) -> bytes:
        """The same for examples that did the same."""
        cases = {name: bundle_digest(bundle) for name, bundle in self.cases.items()}
        asked = msgspec.msgpack.encode((self.systems, cases), order="sorted")
        return hashlib.sha256(asked).digest()

    def in_words(self) -> tuple[str, ...]:
        """All actions, a phrase each; those on other systems than the first say so."""
        told: list[str] = []
        for number, actions in enumerate(self.systems, 1):
            where = f"on system {number}: " if len(self.systems) > 1 else ""
            told += [where + phrase for phrase in actions_in_words(actions, self.cases)]
        return tuple(told)


def bundle_digest(bundle: CaseBundle) -> bytes:
    """The same for cases that ask the same of a candidate."""
    tables = {name: arrow_bytes(rows) for name, rows in bundle.tables.items()}
    asked = (bundle.case, dict(bundle.files), tables)
    return hashlib.sha256(msgspec.msgpack.encode(asked, order="sorted")).digest()


def same_job(one: Case, other: Case) -> bool:
    """Whether the second case runs the first one's job again."""
    return one.identity == other.identity


# --- in words -------------------------------------------------------------------------------------


def actions_in_words(actions: Iterable[Action], cases: Mapping[str, CaseBundle]) -> Iterator[str]:
    """A phrase for each action: "ran job `load`", "stopped it at its 2nd block-sent"."""
    before: list[str] = []
    for action in actions:
        match action:
            case RunJob(case=name):
                yield f"ran {_job(name, before, cases)}"
            case StopJob(case=name, event=event, occurrence=occurrence):
                at = f"{_ordinal(occurrence + 1)} {event or 'event'}"
                yield f"ran {_job(name, before, cases)}, stopped at its {at}"
            case KillJob(case=name, seconds=seconds):
                yield f"ran {_job(name, before, cases)}, killed after {seconds:g} s"
            case TakeSpace(file_bytes=file_bytes):
                yield f"filled the disk: no file can grow beyond {file_bytes} bytes"
            case GiveSpaceBack():
                yield "gave the space back"
            case LetTimePass(seconds=seconds):
                yield f"let {_duration(seconds)} pass"


def _job(name: str, before: list[str], cases: Mapping[str, CaseBundle]) -> str:
    """The job of an action, in words; ``before``, the cases so far, gets its case too."""
    case = cases[name].case
    earlier = before[-1] if before else None
    again = name in before
    like = next((n for n in before if same_job(cases[n].case, case)), None)
    named_alike = next((n for n in before if cases[n].case.job == case.job), None)
    before.append(name)
    if again:
        return "it again" if name == earlier else f"job `{name}` again"
    if like is not None:
        return f"job `{like}` again with other inputs (`{name}`)"
    if named_alike is not None:
        return f"job `{name}`, another script under the id of `{named_alike}`"
    return f"job `{name}`"


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 <= number % 100 <= 20 else ending}"


def _duration(seconds: int) -> str:
    for unit, length in _UNITS:
        if seconds % length == 0:
            number = seconds // length
            return f"{number} {unit}{'' if number == 1 else 's'}"
    raise AssertionError("every number of seconds is a number of seconds")
