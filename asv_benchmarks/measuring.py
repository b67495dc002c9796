"""One measurement: a candidate and its peers in turns, in one process, checked every time."""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from asv_benchmarks.data_sets import DataSet
from asv_benchmarks.expected import check_outcome
from asv_benchmarks.peers import Peer, check_peer
from asv_benchmarks.report import Figure, Measurement
from asv_benchmarks.store_sales import write_case
from asv_benchmarks.unmeasurable import BenchmarkError
from candidates.reach import CandidateError, reach
from properties.engine.scratch import borrowed, remove
from specs.contract import Outcome

DISTURBED_CORES = 0.25
"""A round in which other processes used more of a core than this is not counted."""

FEWEST_QUIET_ROUNDS = 3

HOME = Path(__file__).resolve().parent.parent
"""Where our packages are."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured: a candidate (name and how it is reached), a file, a system."""

    candidate: str
    spec: str
    data: DataSet
    form: str
    amps: int

    @property
    def title(self) -> str:
        return f"{self.candidate}, {self.form}, {self.amps} AMPs, {self.data.rows:,} rows"


class Turn(msgspec.Struct, frozen=True):
    """One timed call. ``others``: cores that other processes kept busy meanwhile."""

    seconds: float
    others: float


def measure(
    setting: Setting, peers: dict[str, Peer], *, rounds: int, memory: bool = True
) -> Measurement:
    """Time the candidate and each peer ``rounds`` times, taking turns, after one warm-up each.

    Every call gets a fresh target; checking its result is not timed. Peak memory is that of a
    process of its own. Raises `WrongResult` when a result is wrong, `BenchmarkError` when the
    candidate cannot be run.
    """
    turns: dict[str, list[Turn]] = {name: [] for name in (setting.candidate, *peers)}
    outcome: Outcome | None = None
    # a temporary directory beside the data: /tmp may be memory, where durability costs nothing
    with borrowed(setting.data.targets) as scratch:
        case = write_case(scratch / "case", setting.data.file(setting.form), setting.amps)
        for number in range(rounds + 1):
            for name in turns:
                fresh = scratch / "target"
                fresh.mkdir()
                if name == setting.candidate:
                    turn, outcome = _load(setting, case, fresh)
                else:
                    turn = _peer(name, peers[name], setting, fresh)
                if number:  # the first round warms caches and memory up
                    turns[name].append(turn)
                remove(fresh)
        peaks = _peaks(setting, case, peers, scratch) if memory else {}
    assert outcome is not None
    return _summed_up(setting, turns, peaks, outcome)


def _load(setting: Setting, case: Path, workspace: Path) -> tuple[Turn, Outcome]:
    try:
        candidate = reach(setting.spec)
        try:
            candidate.describe()  # it is up, if it is a program: starting it is no part of a load
            found: list[Path] = []
            turn = _timed(
                lambda: found.append(candidate.run(case, workspace, lambda name, details: None))
            )
        finally:
            candidate.close()
    except CandidateError as error:
        first_line = str(error).partition("\n")[0]
        raise BenchmarkError(f"{setting.title}: cannot be measured: {first_line}") from error
    outcome = check_outcome(found[0], setting.data.expected, setting.candidate, candidate.outcomes)
    return turn, outcome


def _peer(name: str, peer: Peer, setting: Setting, fresh: Path) -> Turn:
    kept: list[int] = []
    file = setting.data.file(setting.form)
    turn = _timed(lambda: kept.append(peer(file, setting.amps, fresh)))
    _check(name, kept[0], setting)
    return turn


def _check(name: str, kept: int, setting: Setting) -> None:
    counts = setting.data.expected.counts
    distinct = counts.applied + counts.error_table_2
    check_peer(name, kept, read=counts.read, distinct=distinct, good=distinct + counts.duplicates)


def _timed(call: Callable[[], None]) -> Turn:
    gc.collect()
    os.sync()  # what an earlier call left to be written is not this one's to wait for
    busy, own = _busy_seconds(), _own_seconds()
    start = time.perf_counter()
    call()
    seconds = time.perf_counter() - start
    others = _busy_seconds() - busy - (_own_seconds() - own)
    return Turn(seconds, max(0.0, others / seconds))


def _busy_seconds() -> float:
    """CPU seconds that all processes of the machine used so far; 0 where it is not told."""
    try:
        ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    except (OSError, ValueError):
        return 0.0
    user, nice, system, _idle, _wait, irq, softirq, steal = ticks[:8]
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    """CPU seconds of this process and of all below it, those that still run included."""
    return sum(os.times()[:4]) + sum(map(_running_seconds, _descendants("self")))


def _descendants(process: str) -> list[str]:
    found = []
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += children.read_text().split()
        except OSError:
            continue
    return found + [further for child in found for further in _descendants(child)]


def _running_seconds(pid: str) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _summed_up(
    setting: Setting, turns: dict[str, list[Turn]], peaks: dict[str, float], outcome: Outcome
) -> Measurement:
    rounds = list(zip(*turns.values(), strict=True))
    quiet = [r for r in rounds if all(turn.others <= DISTURBED_CORES for turn in r)]
    counted = quiet if len(quiet) >= min(FEWEST_QUIET_ROUNDS, len(rounds)) else rounds
    columns = dict(zip(turns, zip(*counted, strict=True), strict=True))
    ours = columns.pop(setting.candidate)
    median = statistics.median(turn.seconds for turn in ours)
    peers = {
        name: Figure(
            seconds=statistics.median(turn.seconds for turn in theirs),
            peak_mb=peaks.get(name),
            # the ratio of each round, then their median: what slows a round slows both sides
            ratio=statistics.median(
                a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True)
            ),
        )
        for name, theirs in columns.items()
    }
    return Measurement(
        candidate=setting.candidate,
        data=setting.data.name,
        format=setting.form,
        amps=setting.amps,
        rows=setting.data.rows,
        megabytes=setting.data.megabytes,
        seconds=median,
        all_seconds=tuple(turn.seconds for turn in ours),
        rounds=len(rounds),
        disturbed_rounds=len(rounds) - len(quiet),
        disturbed=counted is not quiet,
        peak_mb=peaks.get(setting.candidate),
        work=outcome.work,
        peers=peers,
        versions=outcome.versions,
    )


def _peaks(setting: Setting, case: Path, peers: dict[str, Peer], scratch: Path) -> dict[str, float]:
    """Peak memory in MB (10**6 bytes) of the candidate and each peer, each in its own process."""
    peaks = {}
    for name in (setting.candidate, *peers):
        fresh = scratch / "target"
        fresh.mkdir()
        if name == setting.candidate:
            told = _in_child("load", setting.spec, str(case), str(fresh))
            with closing(reach(setting.spec)) as candidate:
                check_outcome(
                    Path(str(told["outcome"])),
                    setting.data.expected,
                    setting.candidate,
                    candidate.outcomes,
                )
        else:
            file = setting.data.file(setting.form)
            told = _in_child("peer", name, str(file), str(setting.amps), str(fresh))
            _check(name, int(told["kept"]), setting)
        peaks[name] = float(told["peak_bytes"]) / 1e6
        remove(fresh)
    return peaks


def _in_child(*arguments: str) -> dict[str, int | str]:
    command = [sys.executable, "-P", "-m", "asv_benchmarks.child", *arguments]
    # A loader is found there as it is here, whoever (a command, asv) extended the path; in the
    # working directory too, which is left out so that no folder there is taken for one of ours.
    here = os.path.realpath(os.getcwd())
    places = [place for place in sys.path if os.path.realpath(place or here) != here]
    path = os.pathsep.join([*places, here] if here == str(HOME) else places)
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BenchmarkError(f"{arguments[1]}: its memory cannot be measured: {last}")
    told: dict[str, int | str] = json.loads(done.stdout.splitlines()[-1])
    return told
