"""The asv program itself, by the commands that asv_benchmarks/README.md gives, in a copy of it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = re.compile(r"(?m)(?:^ {4}.+\n)*^ {4}asv .+\n(?:^ {4}.+\n)*")
ROWS = 500
SMALL = {"FORMATS": "csv", "AMPS": "4", "ROWS": str(ROWS), "ROUNDS": "1"}

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None, reason="asv looks commits up with git, which is not installed"
)


class House:
    """A repository of one empty commit with our asv configuration and benchmarks in it.

    It is not the checkout: that one need not be a repository, nor be written to.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        foreign = ("GIT_", "LOADPROOF_BENCH_", "ASV_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        programs = [str(Path(sys.executable).parent), os.environ["PATH"]]
        self.environment = {
            **kept,
            "HOME": str(directory),  # asv keeps what it knows of the machine there
            "PATH": os.pathsep.join(programs),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        copied = directory / "asv_benchmarks"
        shutil.copytree(ROOT / "asv_benchmarks" / "benchmarks", copied / "benchmarks")
        shutil.copy(ROOT / "asv_benchmarks" / "asv.conf.json", copied)
        someone = "-c user.name=n -c user.email=n@example.org"
        begun = self.run(f"git init -q && git {someone} commit -q --allow-empty -m first")
        assert begun.returncode == 0, begun.stdout

    def run(self, commands: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-e", "-c", commands],
            cwd=self.directory,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
        )

    def measure(self, commands: str, candidate: str) -> subprocess.CompletedProcess[str]:
        chosen = {f"LOADPROOF_BENCH_{what}": value for what, value in SMALL.items()}
        chosen["LOADPROOF_BENCH_CANDIDATES"] = candidate
        return self.run(commands, **chosen, ASV_PYTHONPATH=str(ROOT / "tests" / "asv_benchmarks"))

    def stored(self) -> dict[str, Any]:
        """What asv keeps of its run: the result of each benchmark, one a setting."""
        (path,) = (self.directory / ".asv" / "results").glob("*/*-existing-*.json")
        found = json.loads(path.read_bytes())
        columns = found["result_columns"]
        return {
            name.removeprefix("fastload.FastLoad."): dict(zip(columns, row, strict=False))["result"]
            for name, row in found["results"].items()
        }

    def published(self) -> dict[str, Any]:
        """The points that the web pages draw: pairs of revision and values, by benchmark."""
        graphs = self.directory / ".asv" / "html" / "graphs"
        return {
            path.stem.removeprefix("fastload.FastLoad."): json.loads(path.read_bytes())
            for path in graphs.rglob("fastload.FastLoad.*.json")
            if path.parent.name != "summary"
        }


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def documented() -> str:
    """The commands for asv, as they stand in the README."""
    (commands,) = COMMANDS.findall((ROOT / "asv_benchmarks" / "README.md").read_text())
    return str(commands)


def test_the_readmes_commands_measure_store_and_publish(house: House) -> None:
    commands = documented()
    assert "asv run --python=same --set-commit-hash $(git rev-parse HEAD)" in commands
    done = house.measure(commands, "polars")
    assert done.returncode == 0, done.stdout
    stored, published = house.stored(), house.published()
    (seconds,) = stored["track_seconds"]
    assert seconds > 0
    assert stored["track_rows_per_second"] == [pytest.approx(ROWS / seconds)]
    assert stored["track_peak_memory"][0] > 20
    assert stored["track_time_over_duckdb"][0] > 0
    for counter in ("track_blocks", "track_bytes", "track_fsyncs"):
        (count,) = stored[counter]
        assert count >= 1
        assert count == int(count)
    assert published.keys() == stored.keys()
    for name, points in published.items():
        assert points == [[0, stored[name][0]]] or points == [[0, stored[name]]], name
    listed = json.loads((house.directory / ".asv" / "html" / "index.json").read_bytes())
    assert listed["benchmarks"]["fastload.FastLoad.track_seconds"]["unit"] == "s"


def test_asv_has_no_figure_of_a_loader_that_drops_a_row(house: House) -> None:
    commands = documented().replace("asv run ", "asv run --show-stderr ").splitlines()
    publish = commands.pop()
    server = ROOT / "tests" / "samples" / "miniatures" / "served.py"
    program = [sys.executable, str(server), "test_benchmarks:dropping_a_row"]
    done = house.measure("\n".join(commands), f"cmd:{shlex.join(program)}")
    assert done.returncode == 2, done.stdout
    assert "no figure, because the target holds 499 rows, expected 500" in done.stdout
    stored = house.stored()
    assert {"track_seconds", "track_rows_per_second", "track_blocks"} <= stored.keys()
    assert set(stored.values()) == {None}
    done = house.run(f"cd asv_benchmarks\n{publish}")
    assert done.returncode == 0, done.stdout
    assert all(points == [] for points in house.published().values())
