"""Counterexamples: stored whole, replayed with the same verdict, refused by name when damaged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from engine_samples import Loader, claimed, declines, loses_big_numbers, reached, scenario

from candidates.reach import BUILT_IN, CandidateError, InProcess
from properties.engine import replay as replaying
from properties.engine.counterexample import input_rows, system_in_words
from properties.engine.history_directory import (
    StoredHistory,
    history_of,
    read_history,
    read_scenario,
    write_history,
)
from properties.engine.recording import Recording
from properties.engine.registry import Property
from properties.engine.replay import replay
from properties.engine.running import Effort, run_property
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from specs.contract import AmpLost, Case, RunJob, SnowflakeSystem, TeradataSystem
from specs.contract.directories import CaseBundle, DirectoryError, arrow_bytes, write_case
from specs.contract.marker import MARKER_FILE
from specs.contract.results import PropertyResult
from specs.distribution.plan import DistributionPlan

RIGHT = "reference"
WRONG = "losing"


@pytest.fixture(autouse=True)
def made_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (WRONG, "in_reach", "nothing_there"):
        monkeypatch.setitem(BUILT_IN, name, InProcess("engine_samples", name))


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


def write_scenario(property_id: str, scenario: Scenario, directory: Path) -> None:
    """Store a scenario of which nothing has run yet."""
    write_history(*history_of(property_id, Recording(), scenario), directory)


def test_a_counterexample_is_stored_as_a_history_directory(
    tmp_path: Path, found: PropertyResult
) -> None:
    directory = stored(tmp_path, found)
    written = {"history.json", "cases", MARKER_FILE}
    assert {path.name for path in directory.iterdir()} == written
    assert (directory / "cases" / "job" / "files" / "t.txt").read_bytes() == b"10\n"
    history, cases = read_history(directory)
    assert history == StoredHistory(property=found.id, given="job", actions=(RunJob(case="job"),))
    assert list(cases) == ["job"]
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
    assert told.actions == ("ran job `job`",)
    assert told.system == {"AMPs": "2", "hash bucket bits": "20", "block bytes": "65536"}


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
    result = replay(tmp_path / "one", "in_reach")
    assert result.verdict == "not_supported"
    assert result.examples == 0
    assert reason in result.reason


@pytest.mark.parametrize("candidate", [WRONG, RIGHT, "nothing_there"])
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
    with pytest.raises(DirectoryError, match=r"nowhere.*history\.json: no such file"):
        read_scenario(tmp_path / "nowhere")


def test_a_plain_case_directory_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write_case(scenario(1).bundle, tmp_path / "one")
    with pytest.raises(DirectoryError, match="loadproof run"):
        read_scenario(tmp_path / "one")


def test_a_counterexample_of_contract_1_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write_case(scenario(1).bundle, tmp_path / "one")
    (tmp_path / "one" / "scenario.json").write_text('{"property": "a", "choices": {}}')
    with pytest.raises(DirectoryError, match=r"history\.json.*contract 1.*loadproof check"):
        read_history(tmp_path / "one")


def test_a_history_of_another_contract_is_refused(tmp_path: Path) -> None:
    write_scenario("suite.name", scenario(1), tmp_path / "one")
    file = tmp_path / "one" / "history.json"
    file.write_text(file.read_text().replace('"contract": 2', '"contract": 3'))
    with pytest.raises(DirectoryError, match="follows contract version 3, expected 2"):
        read_history(tmp_path / "one")


def test_a_history_without_one_of_its_cases_is_refused(tmp_path: Path) -> None:
    write_scenario("suite.name", scenario(1), tmp_path / "one")
    (tmp_path / "one" / "cases" / "job" / "case.json").unlink()
    with pytest.raises(DirectoryError, match=r"cases/job/case\.json: no such file"):
        read_history(tmp_path / "one")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "truncated"),
        ('{"property": "a"', "truncated"),
        ('{"property": "a"}', "actions"),
        ('{"property": 1, "actions": []}', "property"),
        ('{"property": "a", "actions": [{"action": "fly"}]}', "fly"),
        ('{"property": "a", "actions": [], "more": 1}', "more"),
    ],
)
def test_a_damaged_history_is_refused_by_name(tmp_path: Path, text: str, problem: str) -> None:
    write_scenario("suite.name", scenario(1), tmp_path / "one")
    (tmp_path / "one" / "history.json").write_text(text)
    with pytest.raises(DirectoryError, match=rf"history\.json.*{problem}"):
        read_scenario(tmp_path / "one")


def test_a_property_that_nobody_claims_is_refused_by_name(
    tmp_path: Path, registered: Property
) -> None:
    write_scenario("made_by_hand.forgotten", scenario(1), tmp_path / "one")
    with pytest.raises(DirectoryError, match=r"made_by_hand\.forgotten, which is unknown"):
        replay(tmp_path / "one", RIGHT)


def test_every_choice_of_a_property_is_a_json_value(tmp_path: Path) -> None:
    write_scenario("a.b", Scenario(scenario(1).bundle, {"stop": None}), tmp_path / "one")
    document = json.loads((tmp_path / "one" / "history.json").read_text())
    assert (document["property"], document["choices"]) == ("a.b", {"stop": None})


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


# --- the system -----------------------------------------------------------------------------------


def test_the_system_is_told_with_the_numbers_of_lost_and_down_amps() -> None:
    system = TeradataSystem(amps=8, hash_bucket_bits=16, down_amps=(5, 1), block_bytes=7)
    plan = DistributionPlan(steps=())
    case = Case(script="", plan=plan, system=system, faults=(AmpLost(amp=3),))
    assert system_in_words(case) == {
        "AMPs": "8",
        "hash bucket bits": "16",
        "block bytes": "7",
        "AMPs down": "AMP 1, AMP 5",
        "AMPs lost": "AMP 3",
    }
    account = Case(script="", plan=plan, system=SnowflakeSystem(warehouse="Large"))
    assert system_in_words(account) == {"warehouse": "Large"}
