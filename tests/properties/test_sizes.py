"""Large cases: they are reached, stay what they were about, and shrink; thresholds; settings."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import find, settings

import reference
from candidates.faulty import fault
from candidates.reach import reach
from properties.engine.counterexample import Failure
from properties.engine.recording import Recording
from properties.engine.registry import ScenarioProperty, all_properties, select
from properties.engine.running import Effort, run_property
from properties.engine.scenario import Scenario
from properties.engine.settings import settings_of
from properties.engine.sizes import RECORDS, Growth, growths
from properties.engine.threshold import InputFiles, members_of, shortened, threshold_of
from properties.engine.trial import Difference
from properties.relations.fastload.built import built_result
from properties.strategies.fastload.built_loads import Built, built_load
from properties.strategies.fastload.growth import grown_job, records_in
from properties.strategies.fastload.jobs import load_of, with_load
from properties.strategies.shared.definitions import Index
from specs.contract import Edition
from specs.contract.results import PropertyResult

DUPLICATES = "fastload.duplicates.equal_rows_are_dropped_but_for_one_and_counted"
SHRINKING = settings(database=None, max_examples=500, derandomize=True)
SEVERAL = "fastload.sizes.a_load_of_any_size_from_several_files_and_gzip_members_is_whole"
ANY_SIZE = "fastload.sizes.a_load_of_any_size_leaves_just_what_its_records_make"


def tried(name: str, property_id: str, tmp_path: Path, *, shrink: bool = True) -> PropertyResult:
    candidate = reach(name if name in ("polars", "reference") else fault(name).spec)
    (claimed,) = select(ids=[property_id])
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return run_property(
        claimed, candidate, candidate.describe(), Effort(shrink=shrink), scratch, tmp_path
    )


# --- growing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("records", RECORDS)
def test_a_job_grows_to_as_many_records_and_always_to_the_same(records: int) -> None:
    small = built_load(Built(), 8)
    one, other = (grown_job(small, Growth(records, seed=5)) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.bundle.files == other.bundle.files
    made = records_in(one.bundle.files["t.txt"])
    assert len(made) == records
    assert set(made) & set(records_in(small.bundle.files["t.txt"])), "some are as they were drawn"
    assert len(set(made)) > records // 2, "and most are not"


def test_what_grows_keeps_its_line_ends_its_gzip_and_its_few_checkpoints() -> None:
    small = built_load(Built(files=1, members=1), 8)
    bundle = with_load(small.bundle, checkpoint=1)
    grown = grown_job(Scenario(bundle), Growth(1_000, seed=1, amps=64, members=3))
    assert grown is not None
    (name,) = grown.bundle.files
    assert len(list(members_of(grown.bundle.files[name]))) == 3
    assert gzip.decompress(grown.bundle.files[name]).endswith(b"\n")
    assert 1_000 // 20 <= (load_of(grown.bundle).checkpoint or 0) < 1_000
    assert grown.bundle.case.teradata.amps == 64


def test_a_case_without_records_has_nothing_to_repeat() -> None:
    assert grown_job(built_load(Built(), 0), Growth(100)) is None


def test_every_property_that_does_not_grow_says_why() -> None:
    reasons = [
        claimed.sizes
        for claimed in all_properties()
        if isinstance(claimed, ScenarioProperty) and isinstance(claimed.sizes, str)
    ]
    assert reasons
    assert all(" " in reason for reason in reasons)


def test_growths_shrink_to_none() -> None:
    assert find(growths(), lambda growth: growth.seed >= 0, settings=SHRINKING).records == 0
    large = find(growths(), lambda growth: growth.records >= 1_000, settings=SHRINKING)
    assert large.records == 1_000


# --- known by construction -----------------------------------------------------------------------


@pytest.mark.parametrize("edition", ["vendor", "seed"])
@pytest.mark.parametrize("index", ["nupi", "upi", "nopi"])
def test_the_reference_agrees_with_what_is_known_by_construction(
    index: Index, edition: Edition
) -> None:
    built = Built(index=index, edition=edition)
    result = built_result(built, 400)
    left = reference.execute(built_load(built, 400).bundle)
    stored = Counter((row[0], int(row[2][1:])) for row in left.tables["t"].rows)
    sound = Counter((code >> 32, code & 0xFFFFFFFF) for code in result.sound.tolist())
    if index == "upi":
        assert {key for key, _ in stored} == {key for key, _ in sound}
        assert set(stored) <= set(sound)
        assert set(sound) > set(stored), "some rows have the key of another"
    else:
        expected = Counter(set(sound)) if result.drops_duplicates else sound
        assert stored == expected
    assert len(left.tables["t_e1"].rows) == 400 - sound.total()


def test_the_first_records_of_a_built_load_are_the_load_of_so_many() -> None:
    for built in (Built(), Built(files=3), Built(files=2, members=3)):
        whole = built_load(built, 300)
        files = InputFiles(whole.bundle)
        assert files.records == 300
        cut = shortened(whole, files, 77)
        assert cut.choices["records"] == 77
        text = b"".join(b"".join(members_of(data)) for data in cut.bundle.files.values())
        assert text == built_load(Built(), 77).bundle.files["t.txt"]


# --- what a run reaches --------------------------------------------------------------------------


def test_a_quick_run_reaches_every_class_of_size(tmp_path: Path) -> None:
    result = tried("polars", SEVERAL, tmp_path)
    assert (result.verdict, result.reason) == ("holds", "")
    assert result.largest >= 65_535
    for label in ("100 records or more", "1,000 records or more", "10,000 records or more"):
        assert result.classes.get(label, 0) >= 1, label
    for label in ("64 AMPs or more", "several gzip members", "several inputs"):
        assert result.classes.get(label, 0) >= 1, label


def test_a_property_of_small_jobs_is_tried_with_large_ones_and_under_settings(
    tmp_path: Path,
) -> None:
    result = tried("polars", DUPLICATES, tmp_path)
    assert result.verdict == "holds"
    assert result.largest >= 1_000
    assert result.classes["100 records or more"] >= 2
    offered = reach("polars").describe().settings
    assert all(result.classes.get(f"setting {name}", 0) for name in offered)


def test_without_settings_to_offer_there_are_none() -> None:
    description = reach("reference").describe()
    assert not description.settings
    assert find(settings_of(description), lambda settings: True) == {}


# --- counterexamples -----------------------------------------------------------------------------


def test_a_counterexample_of_size_tells_its_threshold_and_only_what_differs(
    tmp_path: Path,
) -> None:
    result = tried("records-after-the24th", ANY_SIZE, tmp_path)
    told = result.counterexample
    assert result.verdict == "differs"
    assert told is not None
    assert told.threshold == told.size == 25
    assert told.message.startswith("right up to 24 records, wrong from 25 on: ")
    assert result.reason == told.message


def test_of_a_long_counterexample_a_few_rows_and_lines_are_told(tmp_path: Path) -> None:
    result = tried("record4097", ANY_SIZE, tmp_path)
    told = result.counterexample
    assert told is not None
    assert told.threshold == 4_097
    assert all(len(grid.rows) <= 3 for grid in (*told.expected, *told.observed))
    (text,) = told.files.values()
    assert text.count("\n") < 10
    assert "more records" in text


def test_a_fault_that_needs_no_size_has_a_small_counterexample_without_threshold(
    tmp_path: Path,
) -> None:
    result = tried("duplicates-are-not-counted", DUPLICATES, tmp_path)
    told = result.counterexample
    assert told is not None
    assert told.size <= 3
    assert told.threshold is None


def test_a_fault_of_small_pieces_is_found_under_settings_and_tells_them(tmp_path: Path) -> None:
    result = tried("end-of-a-piece", ANY_SIZE, tmp_path)
    told = result.counterexample
    assert told is not None
    assert "piece_bytes = " in told.system["settings"]


def test_a_failure_without_a_scenario_has_no_threshold() -> None:
    (claimed,) = select(ids=[ANY_SIZE])
    assert isinstance(claimed, ScenarioProperty)
    failure = Failure(Difference("x"), Recording(), None, None, None)
    assert threshold_of(claimed, None, failure) == (failure, None)  # type: ignore[arg-type]
