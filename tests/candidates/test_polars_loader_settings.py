"""Settings of the polars loader: how it works may change, what comes of it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from polars_loader_cases import SALES, content, load_of, run, stopped, write_job

from candidates.polars.loader import PolarsLoader
from candidates.polars.settings import Settings, SettingsError
from specs.contract import AmpLost, TeradataSystem
from specs.sql.statements import CreateTable
from specs.sql.tables import PrimaryIndex, TableDefinition

TRIED = [
    {name: value} for name, values in PolarsLoader().describe().settings.items() for value in values
]
ALL_AT_ONCE = {name: values[0] for name, values in PolarsLoader().describe().settings.items()}
RECORDS = b"".join(
    b"%d|%d.%d|n%d\n" % (n % 83, n % 900, n % 100, n % 7) if n % 31 else b"x|1|a\nbad\n|1|n\n"
    for n in range(400)
)
INDEXES = {
    "unique": PrimaryIndex(("id",), unique=True),
    "not unique": PrimaryIndex(("note",)),
    "none": None,
}


def load_job(directory: Path, index: PrimaryIndex | None, **given: Any) -> Path:
    definition = TableDefinition(
        name="sales", columns=SALES.columns, kind="MULTISET", primary_index=index
    )
    options = {"checkpoint": given.pop("checkpoint", None), "error_limit": given.pop("limit", 999)}
    return write_job(
        directory,
        CreateTable(definition=definition),
        load_of(definition, **options),
        **{"job": "load", "files": {"in.txt": RECORDS}, **given},
    )


@pytest.mark.parametrize("settings", [*TRIED, ALL_AT_ONCE], ids=str)
@pytest.mark.parametrize("index", INDEXES.values(), ids=INDEXES)
def test_results_are_the_same_under_each(
    tmp_path: Path, index: PrimaryIndex | None, settings: dict[str, int]
) -> None:
    system = TeradataSystem(amps=3, block_bytes=300)
    loads: dict[str, dict[str, Any]] = {
        "seed": {"edition": "seed"},
        "lost": {"checkpoint": 30, "faults": (AmpLost(amp=1),)},
        "limited": {"limit": 20},
    }
    for name, given in loads.items():
        outcomes = []
        for chosen in ({}, settings):
            directory = tmp_path / f"{name}-{len(chosen)}"
            case = load_job(directory / "case", index, settings=chosen, system=system, **given)
            outcomes.append(content(directory / "ws", run(case, directory / "ws")))
        assert outcomes[0] == outcomes[1]
        assert outcomes[0]["status"] == ("paused" if name == "limited" else "completed")


def test_small_values_take_other_ways(tmp_path: Path) -> None:
    case = load_job(tmp_path / "default", INDEXES["unique"])
    changed = load_job(tmp_path / "changed", INDEXES["unique"], settings=ALL_AT_ONCE)
    plain, other = run(case, tmp_path / "ws"), run(changed, tmp_path / "other")
    assert (plain.work["spilled_runs"], len(plain.tables["sales"])) == (0, 1)
    assert other.work["spilled_runs"] > 2
    assert len(other.tables["sales"]) > 2


@pytest.mark.parametrize("at", [2, 4, 6, 8])
def test_a_restart_may_have_other_settings(tmp_path: Path, at: int) -> None:
    case = load_job(tmp_path / "case", INDEXES["unique"], checkpoint=100)
    other = load_job(tmp_path / "other", INDEXES["unique"], checkpoint=100, settings=ALL_AT_ONCE)
    expected = content(tmp_path / "whole", run(case, tmp_path / "whole"))
    for first, second in ((case, other), (other, case)):
        workspace = tmp_path / f"{first.name}-first"
        assert stopped(first, workspace, at)
        assert content(workspace, run(second, workspace)) == expected


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"pieces": 3}, "pieces = 3: Object contains unknown field `pieces`"),
        ({"piece_bytes": 0}, "piece_bytes = 0: Expected `int` >= 1"),
        ({"workers": 10_000}, "workers = 10000: Expected `int` <= 256"),
        ({"memory_budget": "much"}, "memory_budget = 'much': Expected `int`, got `str`"),
        ({"workers": True}, "workers = True: Expected `int`, got `bool`"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_named_and_nothing_is_done(
    tmp_path: Path, settings: dict[str, Any], told: str
) -> None:
    case = load_job(tmp_path / "case", INDEXES["unique"], settings={**settings, "part_bytes": 9})
    with pytest.raises(SettingsError) as raised:
        run(case, tmp_path / "ws")
    assert told in str(raised.value)
    assert all(name in str(raised.value) for name in Settings.__struct_fields__)
    assert not (tmp_path / "ws").exists()
    with pytest.raises(SettingsError):
        PolarsLoader(**settings)


def test_a_case_changes_the_settings_that_the_loader_was_made_with(tmp_path: Path) -> None:
    loader = PolarsLoader(memory_budget=0, rows_sorted_together=10)
    case = load_job(tmp_path / "case", INDEXES["unique"], settings={"rows_sorted_together": 150})
    outcome = run(case, tmp_path / "ws", loader)
    assert 0 < outcome.work["spilled_runs"] <= 3
    assert loader.settings.rows_sorted_together == 10
