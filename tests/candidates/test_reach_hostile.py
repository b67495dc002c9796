"""Loaders that mean harm, over ``py:`` and ``cmd:``: each is told by name, in time, and is gone."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from miniatures.in_process import DESCRIPTION

from candidates.reach import CandidateError, OutcomeLimits, ReachedCandidate, agreement, reach
from candidates.reach.removal import remove_tree
from specs.contract import Stopped

SAMPLES = Path(__file__).parents[1] / "samples"
LIMIT = 1.5
"""Seconds after which a loader that hangs is ended."""

Harm = Callable[..., ReachedCandidate]


def by_worker(name: str) -> str:
    return f"py:miniatures.hostile:{name}"


def by_program(name: str) -> str:
    program = [sys.executable, str(SAMPLES / "miniatures" / "hostile.py"), name]
    return f"cmd:{shlex.join(program)}"


WAYS = pytest.mark.parametrize("way", [by_worker, by_program], ids=["py", "cmd"])


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """A workspace; afterwards there is nothing beside it, and nobody who was left behind."""
    place = tmp_path / "workspace"
    place.mkdir()
    yield place
    assert [path.name for path in tmp_path.iterdir()] == ["workspace"]
    told = place / "left-behind"
    left = told.read_text().split() if told.exists() else []
    assert [process for process in left if runs(int(process))] == []
    remove_tree(place)
    assert not place.exists()


@pytest.fixture
def harm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Harm]:
    """Reach a loader for the time of a test, with time-outs for its silence and its runs."""
    monkeypatch.chdir(SAMPLES)
    reached: list[ReachedCandidate] = []

    def reach_for_test(spec: str, silence: float = 60, run: float = 60) -> ReachedCandidate:
        limits = OutcomeLimits(total_bytes=8 << 20)
        candidate = reach(spec, message_timeout=silence, run_timeout=run, limits=limits)
        reached.append(candidate)
        return candidate

    yield reach_for_test
    for candidate in reached:
        candidate.close()


def runs(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def ignore(name: str, details: dict[str, Any]) -> None:
    pass


DISHONEST = {
    "PrintsWithoutEnd": "expected",
    "FloodsStderr": r"longer than 1\.5 s",
    "EmitsWithoutEnd": r"longer than 1\.5 s",
    "HangsInDescribe": r"no answer within 1\.5 s .*expected: description",
    "HangsInItsFactory": r"no answer within 1\.5 s .*expected: description",
    "HangsInRun": r"longer than 1\.5 s .*expected: event, done or fault",
    "LeavesNothing": r"left no outcome/outcome\.json",
    "NamesAFileThatIsNotThere": r"names 't\.arrow', which is no file in outcome/",
    "NamesOneFileOverAndOver": "names 100,000 files; expected at most 10,000",
    "NestsDeeply": "nested deeper than 32 levels",
    "MakesADeepDirectory": "'outcome/deeper/.*: directories in one another deeper than 8",
    "NamesAFileAbove": r"names '\.\./above\.arrow', which is no file in outcome/",
    "NamesAFileOfTheSystem": "names '/etc/passwd', which is no file in outcome/",
    "LinksToTheSystem": r"'outcome/t\.arrow' is a link",
    "LinksItsOutcome": "outcome is a link",
    "LeavesAPipe": r"'outcome/t\.arrow' is a named pipe",
    "EscapesInItsName": r"Invalid enum value '\\+x1b\]0;owned",
    "EscapesInAFault": r"\\x1b\]0;owned\\x07",
    "EscapesInAnEvent": r"u001b\]0;owned\\+u0007",
    "EscapesInItsLastWords": r"died with exit code 3(?s:.*)stderr: \\x1b\]0;owned\\x07",
    "EscapesInAFileName": r"names '\\x1b\]0;owned\\x07",
    "LeavesAtOnce": "died with exit code 5",
    "ExitsPolitely": "I have had enough",
    "KillsItself": r"died with signal 9 \(SIGKILL\)",
    "KillsItsParent": "died with the process that supervises it",
    "AsksItsParentToLeave": r"longer than 1\.5 s",
    "StopsItsParent": r"longer than 1\.5 s",
    "LeavesBothAndHangs": r"longer than 1\.5 s",
    "LeavesBothAndDies": "died with exit code 6",
}
"""Loaders of `miniatures.hostile` and what is told of them."""


@WAYS
@pytest.mark.parametrize("name", DISHONEST)
def test_it_is_told_by_name_in_time_and_nothing_is_left(
    harm: Harm, workspace: Path, way: Callable[[str], str], name: str
) -> None:
    silent = "no answer" in DISHONEST[name]
    endless = "longer" in DISHONEST[name] or name == "PrintsWithoutEnd"
    candidate = harm(way(name), LIMIT if silent else 60, LIMIT if endless else 60)
    begun = time.monotonic()
    with pytest.raises(CandidateError, match=DISHONEST[name]) as told:
        candidate.run(workspace, workspace, ignore)
    candidate.close()
    assert time.monotonic() - begun < 30
    text = str(told.value)
    assert all(line.isprintable() for line in text.split("\n")), text
    assert len(text) < 12_000


@WAYS
@pytest.mark.parametrize("name", ["LeavesAChild", "LeavesADaemon", "HangsInCleanUp"])
def test_what_a_loader_leaves_ends_when_it_is_let_go(
    harm: Harm, workspace: Path, way: Callable[[str], str], name: str
) -> None:
    candidate = harm(way(name))
    assert candidate.run(workspace, workspace, ignore) == workspace / "outcome"
    begun = time.monotonic()
    candidate.close()
    assert time.monotonic() - begun < 20


@WAYS
def test_what_a_loader_leaves_ends_when_it_is_stopped(
    harm: Harm, workspace: Path, way: Callable[[str], str]
) -> None:
    def stop(name: str, details: dict[str, Any]) -> None:
        raise Stopped(name)

    candidate = harm(way("LeavesBothAndIsStopped"))
    with pytest.raises(Stopped):
        candidate.run(workspace, workspace, stop)
    left = (workspace / "left-behind").read_text().split()
    assert len(left) == 2
    assert not any(runs(int(process)) for process in left)


def test_a_description_keeps_none_of_its_control_characters() -> None:
    described = {**DESCRIPTION, "name": "\x1b[2J\u202e", "issues": "a\nb"}
    told = agreement.check_description(described, "x")
    assert (told.name, told.issues) == (r"\x1b[2J\u202e", r"a\nb")


HARNESS = """
import os, sys
from pathlib import Path
from candidates.reach import reach

workspace = Path(sys.argv[2])

def emit(name, details):
    print("at an event", flush=True)
    sys.stdin.readline()

reach(sys.argv[1]).run(workspace, workspace, emit)
"""


@pytest.fixture
def harness(workspace: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Another harness, which waits in a run of a loader at its first event."""
    started: list[subprocess.Popen[bytes]] = []

    def start(spec: str) -> subprocess.Popen[bytes]:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        command = [sys.executable, "-c", HARNESS, spec, str(workspace)]
        started.append(subprocess.Popen(command, cwd=SAMPLES, **pipes))
        assert started[-1].stdout is not None
        assert started[-1].stdout.readline() == b"at an event\n"
        return started[-1]

    yield start
    for process in started:
        with process:
            process.kill()


@WAYS
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_harness_that_is_killed_takes_everything_with_it(
    workspace: Path,
    harness: Callable[[str], subprocess.Popen[bytes]],
    way: Callable[[str], str],
    number: signal.Signals,
) -> None:
    process = harness(way("LeavesBothAndIsStopped"))
    left = [int(word) for word in (workspace / "left-behind").read_text().split()]
    left += [each for each in descendants(process.pid) if each not in left]
    assert len(left) >= 4, "the two left behind, the loader and its supervisor"
    process.send_signal(number)
    assert all_end(left)


@WAYS
def test_a_harness_that_is_killed_with_its_supervisor_takes_the_loader_with_it(
    workspace: Path, harness: Callable[[str], subprocess.Popen[bytes]], way: Callable[[str], str]
) -> None:
    process = harness(way("HangsAtAnEvent"))
    (loader,) = map(int, (workspace / "left-behind").read_text().split())
    supervisor = int(Path(f"/proc/{loader}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(supervisor, signal.SIGSTOP)
    process.kill()
    os.kill(supervisor, signal.SIGKILL)
    assert all_end([loader, supervisor])


def all_end(processes: list[int]) -> bool:
    """Whether these processes, which are not ours to wait for, end soon."""
    until = time.monotonic() + 20
    while any(map(runs, processes)) and time.monotonic() < until:
        time.sleep(0.01)
    return not any(map(runs, processes))


def descendants(process: int) -> list[int]:
    found: list[int] = []
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        found += map(int, children.read_text().split())
    return found + [further for child in found for further in descendants(child)]
