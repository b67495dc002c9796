"""Properties and candidates made by hand, for the tests of the harness's own honesty."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from candidates.reach import InProcess, ReachedCandidate, reach
from properties.engine.registry import Check, Property, ScenarioProperty
from properties.engine.running import THOROUGH_EXAMPLES
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from reference.candidate import ReferenceLoader
from specs.contract import Case, Description, Edition, Emit, NamedError, Outcome, TeradataSystem
from specs.contract.directories import OUTCOME_DIRECTORY, CaseBundle, write_outcome_document
from specs.fastload.plan import Assignment, FastLoadPlan, Input, Load, SourceField
from specs.sql.statements import CreateTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

TABLE = TableDefinition(
    name="t", columns=(Column(name="k", type="INTEGER"),), primary_index=PrimaryIndex(("k",))
)
PLAN = FastLoadPlan(
    steps=(
        CreateTable(definition=TABLE),
        Load(
            target="t",
            error_table_1="t_e1",
            error_table_2="t_e2",
            inputs=(
                Input(
                    file="t.txt",
                    fields=(SourceField(name="f", type="VARCHAR(9)"),),
                    assignments=(Assignment(column="k", field="f"),),
                ),
            ),
        ),
    )
)


def scenario(*values: int, edition: Edition = "vendor", amps: int = 2) -> Scenario:
    """A load of these numbers into one INTEGER column."""
    case = Case(script="", plan=PLAN, system=TeradataSystem(amps=amps), edition=edition)
    data = "".join(f"{value}\n" for value in values)
    return Scenario(CaseBundle(case, {"t.txt": data.encode()}))


@st.composite
def _scenarios(draw: DrawFn, editions: tuple[Edition, ...], most: int) -> Scenario:
    values = draw(st.lists(st.integers(0, 1_000), max_size=most))
    return scenario(*values, edition=draw(st.sampled_from(editions)))


def scenarios(
    editions: tuple[Edition, ...] = ("vendor", "seed"), most: int = 6
) -> SearchStrategy[Scenario]:
    return _scenarios(editions, most)


def runs_as_expected(trial: Trial, tried: Scenario) -> None:
    """A check that compares the target's rows and the counts with the reference."""
    expected = trial.expect(tried.bundle)
    observed = trial.run(tried.bundle)
    wanted = sorted(expected.tables["t"].rows)
    table = observed.tables["t"]
    assert table is not None
    if sorted(table.rows) != wanted:
        raise Difference(f"expected {len(wanted)} rows, observed {len(table.rows)}")


def claimed(check: Check = runs_as_expected, **changes: Any) -> ScenarioProperty:
    """A property that no registry knows."""
    given: dict[str, Any] = {
        "id": "made_by_hand.it",
        "sentence": "It.",
        "suite": "made_by_hand",
        "rules": ("FL-02",),
        "editions": ("vendor", "seed"),
        "needs": ("fastload",),
        "exposes": ("content",),
        "scenarios": scenarios(),
        "check": check,
    }
    return ScenarioProperty(**{**given, **changes})


def with_small_cases(claimed: Property, why: str) -> Property:
    """The property without large cases."""
    return replace(claimed, sizes=why) if isinstance(claimed, ScenarioProperty) else claimed


Instead = Callable[[int, Path, Path], bool]
"""Of the run's number (from 1), case and workspace: True when it left the outcome itself."""


class Loader:
    """The reference, with something of its own done before or instead of each run."""

    def __init__(self, instead: Instead | None = None, **described: Any) -> None:
        self._right = ReferenceLoader()
        self._instead = instead
        self._described = described
        self.runs = 0

    def describe(self) -> Description:
        return msgspec.structs.replace(self._right.describe(), **self._described)

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        self.runs += 1
        if self._instead is None or not self._instead(self.runs, case, workspace):
            self._right.run(case, workspace, emit)


_in_reach: list[Loader] = []


def reached(loader: Loader) -> ReachedCandidate:
    """The loader as the harness reaches it."""
    _in_reach[:] = [loader]
    return reach(InProcess(__name__, "in_reach"))


def in_reach() -> Loader:
    return _in_reach[0]


# --- what a loader does wrong --------------------------------------------------------------------


def loses_big_numbers(run: int, case: Path, workspace: Path) -> bool:
    """Numbers of two digits and more are not loaded."""
    file = case / "files" / "t.txt"
    file.write_text("".join(f"{n}\n" for n in file.read_text().split() if len(n) == 1))
    return False


def loses_numbers_every_other_run(run: int, case: Path, workspace: Path) -> bool:
    if run % 2:
        (case / "files" / "t.txt").write_text("")
    return False


def declines(run: int, case: Path, workspace: Path) -> bool:
    leave(workspace, UNSUPPORTED)
    return True


MORE_RUNS = 2 * THOROUGH_EXAMPLES
"""Runs beyond one an example: the sample that is tried thoroughly runs twice more."""


def declines_all_but_three(run: int, case: Path, workspace: Path) -> bool:
    return declines(run, case, workspace) if run > 3 + MORE_RUNS else False


UNSUPPORTED = Outcome(
    status="refused",
    return_code=12,
    error=NamedError(name="unsupported_case", message="not this one"),
)


def leave(workspace: Path, outcome: Outcome) -> Path:
    """Leave an outcome's document; its directory."""
    directory = workspace / OUTCOME_DIRECTORY
    directory.mkdir(parents=True)
    write_outcome_document(outcome, directory)
    return directory


# --- loaders that `registered` gives names -------------------------------------------------------


def losing() -> Loader:
    return Loader(loses_big_numbers)


def dying() -> Loader:
    """Its process is gone as soon as a table has no primary index."""

    def die(run: int, case: Path, workspace: Path) -> bool:
        if '"primary_index": null' in (case / "case.json").read_text():
            os._exit(3)
        return False

    return Loader(die)
