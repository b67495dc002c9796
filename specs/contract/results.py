"""The record of a run: what was planned, what was tried, and what came of it.

Suites write it, reports read it; neither needs the other.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from specs.contract import Description, Edition

RESULT_VERSION = 1

PropertyVerdict = Literal["holds", "differs", "not_supported", "inconclusive", "harness_error"]
Profile = Literal["quick", "thorough", "soak"]


class _Record(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=False
):
    pass


class Grid(_Record, frozen=True, kw_only=True):
    """A small table for people: ``marked`` lists (row, column) positions that differ."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: tuple[tuple[int, int], ...] = ()


class Counterexample(_Record, frozen=True, kw_only=True):
    """The smallest case found that breaks a property.

    ``directory`` holds it as a history directory, relative to the run's report directory. Its jobs
    run under ``edition``: the difference counts against that one alone. ``size`` counts the input
    rows. ``threshold`` is set where it is a matter of size: the records from which on the input is
    loaded wrongly, one less being right. ``actions`` tell what was done, a phrase each; ``system``
    what it was done on, name -> figure. ``expected`` and ``observed`` stand side by side, table by
    table; ``sides`` are their headings, other ones when they are two runs of the same case.
    ``replay`` is a line for a shell and ``snippet`` a test for pytest.
    """

    directory: str
    edition: Edition
    size: int
    threshold: int | None = None
    message: str
    actions: tuple[str, ...] = ()
    system: dict[str, str] = {}
    script: str
    files: dict[str, str]
    sides: tuple[str, str] = ("expected", "observed")
    expected: tuple[Grid, ...] = ()
    observed: tuple[Grid, ...] = ()
    replay: str = ""
    snippet: str = ""


class PlannedProperty(_Record, frozen=True, kw_only=True):
    """A property that the run set out to try. ``id`` is unique; ``sentence`` reads as a claim.

    ``editions`` are readings of the rules of ``engine``; ``promises``: input classes that some
    example must be in, or else it was not tried as it is meant to be.
    """

    id: str
    engine: str
    sentence: str
    suite: str
    rules: tuple[str, ...]
    editions: tuple[str, ...]
    promises: tuple[str, ...] = ()


class PropertyResult(_Record, frozen=True, kw_only=True):
    """What came of one property. ``classes``: input class -> number of examples in it.

    ``examples`` counts examples that were checked to the end, each case once; ``declined`` those
    the candidate answered with ``unsupported_case``; ``left_out`` those not asked of it as they
    have column types that it does not know; ``editions``: edition -> examples checked under it;
    ``largest`` is the records of the largest of them.
    """

    id: str
    verdict: PropertyVerdict
    examples: int
    declined: int = 0
    left_out: int = 0
    editions: dict[str, int] = {}
    classes: dict[str, int] = {}
    largest: int = 0
    seconds: float = 0.0
    reason: str = ""
    counterexample: Counterexample | None = None


class RunResult(_Record, frozen=True, kw_only=True):
    """A whole run of one candidate.

    ``planned`` is written down before the first example; ``finished`` is True only when the run
    came to its own end. A planned property without a result was not run, and is told as that.
    """

    version: int = RESULT_VERSION
    candidate: Description
    reached: str
    profile: Profile
    seed: int
    started: str
    seconds: float
    jobs: int
    selection: dict[str, Any] = {}
    versions: dict[str, str] = {}
    planned: tuple[PlannedProperty, ...]
    results: tuple[PropertyResult, ...]
    finished: bool
