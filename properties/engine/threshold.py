"""Thresholds: from how many records on an input is loaded wrongly, found by bisection."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence

from hypothesis.errors import UnsatisfiedAssumption

from properties.engine.counterexample import Failure
from properties.engine.registry import ScenarioProperty
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial, Undecided
from specs.contract.directories import CaseBundle
from specs.contract.input_files import GZIP_MAGIC

FEWEST_RECORDS = 12
"""A counterexample of fewer records is read at a glance."""


def threshold_of(
    claimed: ScenarioProperty, trial: Trial, failure: Failure
) -> tuple[Failure, int | None]:
    """The failure of the shortest beginning of the input found, and how many records that has.

    One record less is right. The failure as it is and None where it is no matter of size: it has
    few records, or its first record is wrong by itself. A loader can be right, wrong and right
    again; what is told then is one such place.
    """
    scenario = failure.scenario
    if scenario is None:
        return failure, None
    files = InputFiles(scenario.bundle)
    right, wrong = 0, files.records
    if wrong < FEWEST_RECORDS:
        return failure, None
    found, threshold = failure, None
    while wrong - right > 1:
        middle = (right + wrong) // 2
        failed = _failure(claimed, trial, shortened(scenario, files, middle))
        if failed is None:
            right = middle
        else:
            found, wrong = failed, middle
    if right > 0:
        threshold = wrong
    return found, threshold


def shortened(scenario: Scenario, files: InputFiles, records: int) -> Scenario:
    """The scenario with the first so many records of its inputs.

    ``choices`` ``records``, where there is one, is how many records the input has.
    """
    bundle = scenario.bundle
    choices = dict(scenario.choices)
    if "records" in choices:
        choices["records"] = records
    return Scenario(CaseBundle(bundle.case, files.first(records), bundle.tables), choices)


def _failure(claimed: ScenarioProperty, trial: Trial, scenario: Scenario) -> Failure | None:
    """How the property fails on a scenario; None when it holds, or nobody can tell."""
    trial.begin()
    try:
        claimed.check(trial, scenario)
    except Difference as difference:
        return Failure.of(trial, difference, scenario)
    except (Undecided, UnsatisfiedAssumption):
        return None
    return None


class InputFiles:
    """The text files of a case, compressed or not, as one long list of records."""

    def __init__(self, bundle: CaseBundle) -> None:
        self._files = bundle.files
        self._members = {
            name: list(members_of(data))
            for name, data in bundle.files.items()
            if not name.endswith(".arrow")
        }
        self.records = sum(_count(b"".join(members)) for members in self._members.values())

    def first(self, records: int) -> dict[str, bytes]:
        """The files with the first so many records; what comes behind them is empty."""
        cut: dict[str, bytes] = dict(self._files)
        for name, members in self._members.items():
            whole = b"".join(members)
            text = _first_lines(whole, records)
            records -= min(records, _count(whole))
            cut[name] = text
            if self._files[name].startswith(GZIP_MAGIC):
                cut[name] = b"".join(_packed(part) for part in _split(text, members))
        return cut


def members_of(data: bytes) -> Iterator[bytes]:
    """What the gzip members of a file hold, one after the other; a plain file is one."""
    if not data.startswith(GZIP_MAGIC):
        yield data
        return
    while data:
        stream = zlib.decompressobj(31)
        try:
            text = stream.decompress(data) + stream.flush()
        except zlib.error:
            return
        yield text
        data = stream.unused_data if stream.eof else b""


def _split(text: bytes, members: Sequence[bytes]) -> Iterator[bytes]:
    """The text in parts as long as the members were, as far as it goes; one part at least."""
    at = 0
    for member in members:
        if at and at >= len(text):
            return
        yield text[at : at + len(member)]
        at += len(member)


def _packed(text: bytes) -> bytes:
    return gzip.compress(text, 1, mtime=0)


def _count(text: bytes) -> int:
    return text.count(b"\n") + (text[-1:] not in (b"", b"\n"))


def _first_lines(text: bytes, lines: int) -> bytes:
    at = 0
    for _ in range(lines):
        at = text.find(b"\n", at) + 1
        if not at:
            return text
    return text[:at]
