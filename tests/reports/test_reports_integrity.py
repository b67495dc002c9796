"""A result file that cannot be trusted is refused by name, with its path and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from report_samples import (
    describe,
    differing,
    differing_run,
    perfect_run,
    sample_run,
    unfinished_run,
)

from reports.integrity import (
    DuplicateCandidateError,
    DuplicatePropertyError,
    EmptyClaimError,
    EmptyResultFileError,
    InconsistentCountsError,
    MissingPropertyResultError,
    MissingResultFileError,
    NoRunsError,
    TruncatedResultFileError,
    UnfinishedRunError,
    UnknownRuleIdError,
    UnplannedResultError,
    UntriedEditionError,
    UntrustworthyRunError,
    WrongResultSchemaError,
    WrongResultVersionError,
    check_runs,
    load_run,
)

GOOD = msgspec.json.encode(perfect_run())


def edited(edit: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(GOOD)
    edit(document)
    return json.dumps(document).encode()


CASES: dict[str, tuple[bytes, type[UntrustworthyRunError], str]] = {
    "empty": (b"", EmptyResultFileError, "the file is empty"),
    "blank": (b" \n", EmptyResultFileError, "the file is empty"),
    "cut short": (GOOD[: len(GOOD) // 2], TruncatedResultFileError, "not a complete JSON"),
    "not JSON": (b"PK\x03\x04", TruncatedResultFileError, "not a complete JSON"),
    "not UTF-8": (b'{"version": "\xff"}', TruncatedResultFileError, "not a complete JSON"),
    "nested": (b"[" * 100_000, TruncatedResultFileError, "nested too deeply"),
    "other version": (
        edited(lambda d: d.update(version=2, new_field=1)),
        WrongResultVersionError,
        "version 2 of the format, this program reads 1",
    ),
    "a list": (b"[]", WrongResultSchemaError, "not a record of a run"),
    "field missing": (edited(lambda d: d.pop("seed")), WrongResultSchemaError, "`seed`"),
    "field unknown": (edited(lambda d: d.update(x=1)), WrongResultSchemaError, "`x`"),
    "not finished": (
        edited(lambda d: d.update(finished=False)),
        UnfinishedRunError,
        "did not finish: 46 of 46",
    ),
    "planned without result": (
        edited(lambda d: d["results"].pop(3)),
        MissingPropertyResultError,
        "property hd-04.sample has no result",
    ),
    "result without plan": (
        edited(lambda d: d["planned"].pop(3)),
        UnplannedResultError,
        "hd-04.sample, which was not planned",
    ),
    "planned twice": (
        edited(lambda d: d["planned"].append(d["planned"][0])),
        DuplicatePropertyError,
        "hd-01.sample is planned 2 times",
    ),
    "two results": (
        edited(lambda d: d["results"].append(d["results"][0])),
        DuplicatePropertyError,
        "hd-01.sample has a result 2 times",
    ),
    "holds after nothing": (
        edited(lambda d: d["results"][0].update(examples=0, editions={})),
        EmptyClaimError,
        "hd-01.sample is said to hold after 0 examples",
    ),
    "more in an edition than at all": (
        edited(lambda d: d["results"][0].update(examples=5)),
        InconsistentCountsError,
        "counts 5 examples",
    ),
    "negative": (
        edited(lambda d: d["results"][0].update(declined=-1)),
        InconsistentCountsError,
        "hd-01.sample",
    ),
    "edition that was not tried": (
        msgspec.json.encode(
            sample_run(
                describe("x", editions={"fastload": ("seed",)}), {"FL-02": differing("FL-02")}
            )
        ),
        UntriedEditionError,
        "fl-02.sample differs under edition vendor, but is tried under seed",
    ),
    "unknown rule": (
        edited(lambda d: d["planned"][0].update(rules=["HD-99"])),
        UnknownRuleIdError,
        "names rule HD-99",
    ),
    "gap of an unknown rule": (
        edited(
            lambda d: d["candidate"].update(
                known_gaps=[{"rule": "XX-01", "issue": "", "reason": ""}]
            )
        ),
        UnknownRuleIdError,
        "a known gap names rule XX-01",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_refused_by_name(name: str, tmp_path: Path) -> None:
    data, error, problem = CASES[name]
    path = tmp_path / "run.json"
    path.write_bytes(data)
    with pytest.raises(UntrustworthyRunError) as refused:
        load_run(path)
    assert type(refused.value) is error
    assert str(refused.value).startswith(f"{path}: ")
    assert problem in str(refused.value)
    assert refused.value.remedy in str(refused.value)


def test_every_cut_of_a_good_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    for size in range(1, len(GOOD), len(GOOD) // 40):
        path.write_bytes(GOOD[:size])
        with pytest.raises(TruncatedResultFileError):
            load_run(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MissingResultFileError, match="No such file"):
        load_run(tmp_path / "nowhere.json")
    with pytest.raises(MissingResultFileError, match="directory"):
        load_run(tmp_path)


def test_a_good_file_comes_back_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    for run in (perfect_run(), differing_run()):
        path.write_bytes(msgspec.json.encode(run))
        assert load_run(path) == run


def test_a_partial_run_is_admitted_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(msgspec.json.encode(unfinished_run()))
    with pytest.raises(UnfinishedRunError, match="44 of 46"):
        load_run(path)
    assert load_run(path, partial=True) == unfinished_run()


def test_runs_that_cannot_stand_side_by_side() -> None:
    with pytest.raises(NoRunsError):
        check_runs([])
    with pytest.raises(DuplicateCandidateError, match=r"polars 2\.1\.0: 2 runs"):
        check_runs([perfect_run(), differing_run(), perfect_run()])
