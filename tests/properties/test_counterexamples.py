"""Counterexamples: stored whole, replayed with the same verdict, refused by name when damaged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from engine_samples import Loader, claimed, declines, loses_big_numbers, reached, scenario

from candidates.reach import CandidateError
from properties.engine import replay as replaying
from properties.engine.counterexample import input_rows, read_scenario, write_scenario
from properties.engine.registry import Property, Scenario
from properties.engine.replay import replay
from properties.engine.running import Effort, run_property
from properties.engine.trial import Trial
from specs.contract import Case
from specs.contract.directories import CaseBundle, DirectoryError, arrow_bytes
from specs.distribution.plan import DistributionPlan
from specs.results import PropertyResult

RIGHT = "py:reference.candidate:factory"
WRONG = "py:engine_samples:losing"


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Property:
    """A property that replay finds, although no suite claims it."""
    one = claimed()
    monkeypatch.setattr(replaying, "select", lambda ids: [one] if ids == [one.id] else [])
    return one


@pytest.fixture
def found(tmp_path: Path, registered: Property) -> PropertyResult:
    candidate = reached(Loader(loses_big_numbers))
    scratch, report = tmp_path / "scratch", tmp_path / "report"
    scratch.mkdir()
    result = run_property(registered, candidate, candidate.describe(), Effort(), scratch, report)
    assert result.verdict == "differs"
    return result


def stored(tmp_path: Path, result: PropertyResult) -> Path:
    assert result.counterexample is not None
    return tmp_path / "report" / result.counterexample.directory


# --- stored and replayed -------------------------------------------------------------------------


def test_a_counterexample_is_stored_as_a_case_directory(
    tmp_path: Path, found: PropertyResult
) -> None:
    directory = stored(tmp_path, found)
    assert {path.name for path in directory.iterdir()} == {"case.json", "files", "scenario.json"}
    assert (directory / "files" / "t.txt").read_bytes() == b"10\n"
    property_id, again = read_scenario(directory)
    assert property_id == found.id
    assert again.bundle.files == {"t.txt": b"10\n"}


def test_it_is_told_side_by_side_with_the_difference_marked(found: PropertyResult) -> None:
    told = found.counterexample
    assert told is not None
    assert told.message == found.reason
    expected = {grid.title: grid for grid in told.expected}
    observed = {grid.title: grid for grid in told.observed}
    assert expected["t"].rows[0][0] == "10"
    assert {row for row, _ in expected["t"].marked} == {0}
    assert observed["t"].rows == ()
    assert expected["Outcome"].marked == observed["Outcome"].marked == ()
    for text in (told.replay, told.snippet, told.example):
        assert told.directory in text


def test_replay_reproduces_it_and_a_right_candidate_holds(
    tmp_path: Path, found: PropertyResult
) -> None:
    directory = stored(tmp_path, found)
    again = replay(directory, WRONG)
    assert again.verdict == "differs"
    assert again.reason == found.reason
    assert again.counterexample is not None
    assert found.counterexample is not None
    assert again.counterexample.expected == found.counterexample.expected
    assert again.counterexample.observed == found.counterexample.observed
    assert str(directory) in again.counterexample.replay
    assert WRONG in again.counterexample.replay
    right = replay(str(directory), RIGHT)
    assert (right.verdict, right.examples) == ("holds", 1)


def test_a_scenario_survives_being_written_and_read(tmp_path: Path) -> None:
    before = Scenario(scenario(1, 2, edition="seed").bundle, {"stop": 3, "names": ["a"]})
    write_scenario("suite.name", before, tmp_path / "one")
    assert read_scenario(tmp_path / "one") == ("suite.name", before)


@pytest.mark.parametrize(
    ("loader", "reason"),
    [
        (Loader(declines), "declined this case"),
        (Loader(loses_big_numbers, capabilities=()), "capability fastload"),
        (Loader(loses_big_numbers, exposes=()), "does not expose content"),
        (
            Loader(loses_big_numbers, editions={"fastload": ("seed",)}),
            "does not follow edition vendor",
        ),
    ],
)
def test_a_replay_asks_nothing_that_a_candidate_does_not_do(
    tmp_path: Path, registered: Property, loader: Loader, reason: str
) -> None:
    write_scenario(registered.id, scenario(10), tmp_path / "one")
    reached(loader)
    result = replay(tmp_path / "one", "py:engine_samples:in_reach")
    assert result.verdict == "not_supported"
    assert result.examples == 0
    assert reason in result.reason


@pytest.mark.parametrize("candidate", [WRONG, RIGHT, "py:engine_samples:nothing_there"])
def test_a_replay_leaves_no_scratch_directory(
    tmp_path: Path, registered: Property, monkeypatch: pytest.MonkeyPatch, candidate: str
) -> None:
    write_scenario(registered.id, scenario(10), tmp_path / "one")
    scratch = tmp_path / "scratch"

    def made() -> Path:
        scratch.mkdir()
        return scratch

    monkeypatch.setattr(replaying, "scratch_root", made)
    try:
        replay(tmp_path / "one", candidate)
    except CandidateError:
        assert candidate.endswith("nothing_there")
    assert not scratch.exists()


def test_a_check_that_breaks_down_on_a_replay_is_not_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(trial: Trial, tried: Scenario) -> None:
        raise KeyError("no such table")

    monkeypatch.setattr(replaying, "select", lambda ids: [claimed(broken)])
    write_scenario("made_by_hand.it", scenario(1), tmp_path / "one")
    with pytest.raises(KeyError, match="no such table"):
        replay(tmp_path / "one", RIGHT)


# --- directories that are none -------------------------------------------------------------------


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DirectoryError, match=r"nowhere.*case\.json.*no such file"):
        read_scenario(tmp_path / "nowhere")


def test_a_plain_case_directory_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write_scenario("suite.name", scenario(1), tmp_path / "one")
    (tmp_path / "one" / "scenario.json").unlink()
    with pytest.raises(DirectoryError, match="loadproof run"):
        read_scenario(tmp_path / "one")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "truncated"),
        ('{"property": "a"', "truncated"),
        ('{"property": "a"}', "choices"),
        ('{"property": 1, "choices": {}}', "property"),
        ('{"property": "a", "choices": {}, "more": 1}', "more"),
    ],
)
def test_a_damaged_scenario_is_refused_by_name(tmp_path: Path, text: str, problem: str) -> None:
    write_scenario("suite.name", scenario(1), tmp_path / "one")
    (tmp_path / "one" / "scenario.json").write_text(text)
    with pytest.raises(DirectoryError, match=rf"scenario\.json.*{problem}"):
        read_scenario(tmp_path / "one")


def test_a_property_that_nobody_claims_is_refused_by_name(
    tmp_path: Path, registered: Property
) -> None:
    write_scenario("made_by_hand.forgotten", scenario(1), tmp_path / "one")
    with pytest.raises(DirectoryError, match=r"made_by_hand\.forgotten, which is unknown"):
        replay(tmp_path / "one", RIGHT)


def test_every_choice_of_a_property_is_a_json_value(tmp_path: Path) -> None:
    write_scenario("a.b", Scenario(scenario(1).bundle, {"stop": None}), tmp_path / "one")
    text = (tmp_path / "one" / "scenario.json").read_text()
    assert json.loads(text) == {"property": "a.b", "choices": {"stop": None}}


# --- size ----------------------------------------------------------------------------------------

ROWS = pa.table({"k": [1, 2, 3]})


@pytest.mark.parametrize(
    ("files", "size"),
    [
        ({}, 0),
        ({"t.txt": b""}, 0),
        ({"t.txt": b"\n"}, 1),
        ({"t.txt": b"1\n2\n"}, 2),
        ({"t.txt": b"1\n2"}, 2),
        ({"t.txt": b"1\r\n2\r\n", "u.txt": b"x"}, 3),
        ({"t.txt.gz": gzip.compress(b"1\n2\n3\n", mtime=0)}, 3),
        ({"rows.arrow": arrow_bytes(ROWS), "t.txt": b"1\n"}, 4),
    ],
)
def test_the_size_is_the_number_of_rows_to_read(files: dict[str, bytes], size: int) -> None:
    case = Case(script="", plan=DistributionPlan(steps=()))
    assert input_rows(CaseBundle(case, files)) == size
    assert input_rows(CaseBundle(case, files, {"before": ROWS})) == size + 3


def test_a_gzip_file_that_is_cut_short_can_be_told() -> None:
    case = Case(script="", plan=DistributionPlan(steps=()))
    whole = gzip.compress(b"1\n2\n3\n", mtime=0)
    assert input_rows(CaseBundle(case, {"t.txt.gz": whole[:-9]})) >= 0
