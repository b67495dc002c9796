"""SIGKILL at random moments of a real load in a process of its own, then a restart."""

from __future__ import annotations

import random
import shlex
import sys
import time
from pathlib import Path

import pytest

from candidates.reach import reach
from specs.contract import Case, Outcome, Stopped, TeradataSystem
from specs.contract.content import content_digest
from specs.contract.directories import (
    CaseBundle,
    read_outcome_document,
    read_outcome_table,
    write_case,
)
from specs.fastload.language import parse, require_plan
from specs.fastload.report import load_reports

SERVER = Path(__file__).parents[1] / "samples" / "miniatures" / "served.py"
SERVED = f"cmd:{shlex.join([sys.executable, str(SERVER), 'candidates.polars.loader:factory'])}"
RECORDS = 60_000
KILLS = 8

SCRIPT = """
LOGON s/u,p;
CREATE MULTISET TABLE d.t (k INTEGER NOT NULL, v DECIMAL(9,2), w VARCHAR(20))
UNIQUE PRIMARY INDEX (k);
SET RECORD VARTEXT "|" DISPLAY_ERRORS NOSTOP;
DEFINE k (VARCHAR(11)), v (VARCHAR(11)), w (VARCHAR(20)) FILE=t.csv;
BEGIN LOADING d.t ERRORFILES d.e1, d.e2{checkpoint};
INSERT INTO d.t VALUES (:k, :v, :w);
END LOADING;
LOGOFF;
"""


def ignore(name: str, details: dict[str, object]) -> None:
    """An ``emit`` that stops nothing."""


def told(directory: Path) -> tuple[Outcome, dict[str, str]]:
    """An outcome without its work counters, and the digest of every table, placement included."""
    outcome = read_outcome_document(directory)
    digests = {
        name: content_digest(read_outcome_table(directory, files))
        for name, files in outcome.tables.items()
    }
    return outcome, digests


def same(left: tuple[Outcome, dict[str, str]], right: tuple[Outcome, dict[str, str]]) -> bool:
    return left[1] == right[1] and (left[0].status, load_reports(left[0].report)) == (
        right[0].status,
        load_reports(right[0].report),
    )


@pytest.mark.parametrize("checkpoint", ["", " CHECKPOINT 5000"])
def test_a_load_killed_at_any_moment_ends_as_if_it_had_not_been(
    tmp_path: Path, checkpoint: str
) -> None:
    chance = random.Random(f"kill{checkpoint}")
    records = [
        f"{chance.randrange(RECORDS)}|{chance.randrange(10**6) / 100:.2f}|w{n % 7}"
        if n % 1000
        else f"bad{n}|1|x"
        for n in range(RECORDS)
    ]
    records += records[:500]
    script = SCRIPT.format(checkpoint=checkpoint)
    plan = require_plan(parse(script))
    case = Case(script=parse(script).redacted, plan=plan, system=TeradataSystem(amps=16))
    write_case(CaseBundle(case, {"t.csv": "\n".join(records).encode() + b"\n"}), tmp_path / "case")

    candidate = reach(SERVED)
    try:
        candidate.describe()
        begun = time.monotonic()
        expected = told(candidate.run(tmp_path / "case", tmp_path / "whole", ignore))
        seconds = time.monotonic() - begun
        assert load_reports(expected[0].report)[0].counts is not None
        assert load_reports(expected[0].report)[0].counts.error_table_1 == RECORDS // 1000 + 1
        killed = 0
        for number in range(KILLS):
            workspace = tmp_path / f"killed-{number}"
            workspace.mkdir()
            candidate.kill_after(chance.uniform(0, seconds))
            try:
                outcome = candidate.run(tmp_path / "case", workspace, ignore)
            except Stopped:
                killed += 1
                outcome = candidate.run(tmp_path / "case", workspace, ignore)
            assert same(told(outcome), expected), f"kill {number}"
    finally:
        candidate.close()
    assert killed > 0, "no kill came in time: the test tried nothing"
