"""Which candidates a call is about, told alike by every subcommand that takes one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from candidates.reach.agreement import UnknownCandidateError
from loadproof.command import main
from loadproof.selection import Chosen, choose

ORDERS = Path(__file__).resolve().parents[2] / "examples" / "quickstart" / "orders.fl"
CALLS = {
    "check": ("check", "{}", "--rule", "FL-02"),
    "run": ("run", str(ORDERS), "--workspace", "system", "--candidate", "{}"),
    "bench": ("bench", "--rows", "300", "--candidate", "{}"),
}
NOT_THERE = (
    "nosuch",
    "py:nosuch",
    "py:nosuch_module:factory",
    "py:json:nosuch_factory",
    "cmd:",
    "cmd:/nosuch/program",
)


def test_nobody_named_is_everybody_installed() -> None:
    assert choose([]) == [Chosen("polars", "polars"), Chosen("reference", "reference")]


def test_a_name_stands_for_its_spec_and_a_spec_for_itself() -> None:
    assert choose(["reference", "cmd:./mine --fast"]) == [
        Chosen("reference", "reference"),
        Chosen("cmd:./mine --fast", "cmd:./mine --fast"),
    ]


def test_one_unknown_name_refuses_the_call_whatever_else_is_named() -> None:
    with pytest.raises(UnknownCandidateError, match="'nosuch' names no candidate"):
        choose(["polars", "nosuch"])


@pytest.mark.parametrize("candidate", NOT_THERE)
def test_every_subcommand_says_the_same_of_a_candidate_that_is_not_there(
    candidate: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])  # the command adds the working directory
    told = {}
    for name, call in CALLS.items():
        arguments = [word.format(candidate) for word in call]
        monkeypatch.setattr(sys, "argv", ["loadproof", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr().err.splitlines()
        told[name] = (left.value.code, said[-1].removeprefix("loadproof: "))
    code, words = told["check"]
    assert code == 2
    assert candidate in words
    assert told == dict.fromkeys(CALLS, (code, words))
