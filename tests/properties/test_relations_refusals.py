"""Jobs that did not complete: status, reason, code, and tables as they were."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pyarrow as pa
import pytest

from properties.engine.observed import Observed, observed_table
from properties.engine.trial import Difference
from properties.relations.fastload.unchanged import tables_are_as_before
from properties.relations.shared.stopping import code_is, ended_with, paused_with, refused_with
from specs.contract import Case, ErrorName, NamedError, Outcome, Status
from specs.contract.directories import CaseBundle
from specs.fastload.plan import FastLoadPlan
from specs.fastload.report import RESTART_LOG

ERRORS: tuple[ErrorName | None, ...] = (None, "bad_record", "amp_down", "target_not_empty")


def outcome(
    status: Status, error: ErrorName | None, return_code: int, code: int | None = None
) -> Observed:
    named = None if error is None else NamedError(name=error, message="why", code=code)
    return Observed(Outcome(status=status, error=named, return_code=return_code), {}, {})


def test_status_error_and_return_code_all_count() -> None:
    every = list(product(get_args(Status), ERRORS, (0, 4, 8, 12)))
    for expected in every:
        for found in every:
            if found == expected:
                ended_with(outcome(*found), *expected)
            else:
                with pytest.raises(Difference, match="expected"):
                    ended_with(outcome(*found), *expected)


def test_paused_and_refused_are_not_the_same() -> None:
    paused_with(outcome("paused", "bad_record", 12), "bad_record")
    refused_with(outcome("refused", "amp_down", 12), "amp_down")
    with pytest.raises(Difference, match="to be paused with bad_record; observed refused"):
        paused_with(outcome("refused", "bad_record", 12), "bad_record")
    with pytest.raises(Difference, match=r"expected return code 12 .* observed 8"):
        refused_with(outcome("refused", "amp_down", 8), "amp_down")


def test_a_pause_may_have_several_reasons_and_its_return_code_may_matter() -> None:
    permitted: tuple[ErrorName, ...] = ("bad_record", "error_limit_reached")
    for error in get_args(ErrorName):
        for return_code in (0, 12):
            observed = outcome("paused", error, return_code)
            for asked in (None, 12):
                if error in permitted and asked in (None, return_code):
                    paused_with(observed, *permitted, return_code=asked)
                else:
                    with pytest.raises(Difference, match="expected"):
                        paused_with(observed, *permitted, return_code=asked)
    for status in get_args(Status):
        if status != "paused":
            with pytest.raises(Difference, match="paused with bad_record or error_limit_reached"):
                paused_with(outcome(status, "bad_record", 12), *permitted)


def test_the_code_stands_beside_the_name() -> None:
    code_is(outcome("refused", "table_being_loaded", 12, 2652), 2652)
    for code in (None, 2653):
        with pytest.raises(Difference, match="expected an error with code 2652"):
            code_is(outcome("refused", "table_being_loaded", 12, code), 2652)
    with pytest.raises(Difference, match="observed no error"):
        code_is(outcome("completed", None, 0), 2652)


ROWS = pa.table({"k": [1, 1, None]})
BEFORE = CaseBundle(
    Case(script="", plan=FastLoadPlan(steps=()), tables={"t": "t.arrow", "u": "u.arrow"}),
    {},
    {"t": ROWS, "u": ROWS.slice(0, 1)},
)


def after(locked: tuple[str, ...] = (), **tables: pa.Table | None) -> Observed:
    there = {"t": ROWS, "u": ROWS.slice(0, 1)} | tables
    observed = {
        name: None if rows is None else observed_table(rows) for name, rows in there.items()
    }
    return Observed(Outcome(status="refused", return_code=12, locked=locked), observed, {})


def test_tables_as_before_are_accepted_in_any_row_order() -> None:
    tables_are_as_before(BEFORE, after())
    tables_are_as_before(BEFORE, after(t=ROWS.take([2, 0, 1])))
    tables_are_as_before(BEFORE, after(t=ROWS.slice(0, 0), e1=ROWS), but={"t", "e1"})


@pytest.mark.parametrize(
    "observed",
    [
        after(t=ROWS.slice(0, 2)),
        after(t=pa.concat_tables([ROWS, ROWS.slice(0, 1)])),
        after(t=pa.table({"k": [1, 1, 0]})),
        after(t=None),
        after(e1=ROWS),
        after(locked=("t",)),
        after(**{RESTART_LOG: ROWS}),
    ],
    ids=["row gone", "row more", "value", "locked away", "new table", "lock", "log row"],
)
def test_any_change_is_a_difference(observed: Observed) -> None:
    with pytest.raises(Difference):
        tables_are_as_before(BEFORE, observed)


def test_a_missing_table_is_a_difference() -> None:
    observed = after()
    left = {"t": observed.tables["t"]}
    with pytest.raises(Difference, match="missing tables: u"):
        tables_are_as_before(BEFORE, Observed(observed.outcome, left, {}))
