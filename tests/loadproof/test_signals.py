"""Signals: whatever the command is doing, it ends at once, in order, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_calls import PROGRAM, RIGHT_LOADER, command, surroundings, write_job

SHARED_MEMORY = Path("/dev/shm")
PATIENCE = 120.0
"""Seconds that a phase of a call may take to come, or the call to end, on a busy machine."""

SLOW = """
import os, subprocess, sys, time
from pathlib import Path

class Slow(Right):
    '''Tells that it runs, with a program of its own in a session of its own, and goes on.'''
    def run(self, case, workspace, emit):
        subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True
        )
        Path(os.environ["LOADPROOF_TEST_SIGN"]).touch()
        time.sleep(600)
"""


def until(there: Callable[[], bool], what: str) -> None:
    """Wait for a moment that must come."""
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, f"{what} never came"
        time.sleep(0.02)


class Call:
    """A call under way, and every process that comes of it: all carry a mark of their own."""

    def __init__(self, directory: Path, arguments: tuple[object, ...]) -> None:
        self.directory = directory
        self.mark = f"LOADPROOF_TEST_SIGN={directory / 'sign'}"
        self.temporary = directory / "temporary"
        self.temporary.mkdir()
        self.semaphores: set[str] = set()
        environment = {
            "LOADPROOF_TEST_SIGN": str(directory / "sign"),
            "TMPDIR": str(self.temporary),
        }
        self.process = subprocess.Popen(
            command(*arguments),
            cwd=directory,
            env=surroundings(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # a shell's background job is deaf to Ctrl-C
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def processes(self) -> list[int]:
        """Those that have the mark in their environment and are no zombies."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
        return found

    def end_by(self, number: signal.Signals) -> tuple[int, str, str]:
        """Send a signal; the exit code, and what was told."""
        with contextlib.suppress(OSError):
            maps = Path(f"/proc/{self.process.pid}/maps").read_text()
            self.semaphores = set(re.findall(r"/dev/shm/(sem\.\S+)", maps))
        self.process.send_signal(number)
        out, told = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, told

    def left(self) -> list[str]:
        """What is left of the call: processes, temporary files, shared memory."""
        with contextlib.suppress(AssertionError):
            # multiprocessing's resource tracker leaves by itself, a moment after its parent
            until(lambda: not self.processes(), "the end of all processes")
        shared = os.listdir(SHARED_MEMORY) if SHARED_MEMORY.is_dir() else []
        own = f"loadproof-{self.process.pid}-"
        mine = [name for name in shared if name.startswith(own) or name in self.semaphores]
        return [*map(str, self.processes()), *os.listdir(self.temporary), *mine]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Call]]:
    """Start the command in a directory with a job and a slow loader."""
    write_job(tmp_path)
    (tmp_path / "slow.py").write_text(RIGHT_LOADER + SLOW)
    (tmp_path / "program.py").write_text(RIGHT_LOADER + SLOW + PROGRAM + "serve(Slow())\n")
    calls: list[Call] = []

    def started(*arguments: object) -> Call:
        calls.append(Call(tmp_path, arguments))
        return calls[-1]

    yield started
    for call in calls:
        while left := call.processes():  # none, unless the test failed
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        call.process.communicate()


def assert_told(told: str, number: signal.Signals) -> None:
    assert told == f"loadproof: ended by {number.name}\n"


CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
SPECS = {
    "py": "py:slow:Slow",
    "cmd": f"cmd:{shlex.quote(sys.executable)} program.py",
}


# --- check ---------------------------------------------------------------------------------------


def report_started(call: Call) -> bool:
    return (call.directory / "loadproof-report" / "index.html").exists()


def pytest_started(call: Call) -> bool:
    return (call.directory / "loadproof-report" / "polars" / "pytest.log").exists()


def workers_started(call: Call) -> bool:
    log = call.directory / "loadproof-report" / "polars" / "pytest.log"
    return log.exists() and "bringing up nodes" in log.read_text()


def result_arrived(call: Call) -> bool:
    results = call.directory / "loadproof-report" / "polars" / "results"
    return results.is_dir() and any(results.glob("*.json"))


@pytest.mark.parametrize(
    ("phase", "number"),
    [
        (report_started, signal.SIGTERM),
        (pytest_started, signal.SIGHUP),
        (workers_started, signal.SIGINT),
        (result_arrived, signal.SIGTERM),
    ],
)
def test_a_check_ends_in_order_in_every_phase(
    start: Callable[..., Call], phase: Callable[[Call], bool], number: signal.Signals
) -> None:
    call = start("check", "polars", "--suite", "duplicates", "--jobs", 2)
    until(lambda: phase(call), phase.__name__)
    code, _, told = call.end_by(number)
    assert code == CODES[number], told
    assert_told(told, number)
    assert call.left() == []
    report = json.loads((call.directory / "loadproof-report" / "report.json").read_text())
    assert report["state"] == "failed"
    assert number.name in report["reason"]
    assert report["exit_code"] == CODES[number]


@pytest.mark.parametrize(("way", "jobs"), [("py", 2), ("cmd", 1)])
def test_a_check_ends_with_the_programs_of_its_loader(
    start: Callable[..., Call], way: str, jobs: int
) -> None:
    call = start("check", SPECS[way], "--suite", "duplicates", "--jobs", jobs)
    until((call.directory / "sign").exists, "the loader's sign")
    code, _, told = call.end_by(signal.SIGTERM)
    assert code == 143, told
    assert_told(told, signal.SIGTERM)
    assert call.left() == []


def test_a_check_that_is_killed_outright_ends_too_and_reads_as_running(
    start: Callable[..., Call],
) -> None:
    call = start("check", "polars", "--suite", "duplicates", "--jobs", 2)
    until(lambda: workers_started(call), "workers")
    call.process.kill()
    call.process.communicate()
    assert call.left() == []
    directory = call.directory / "loadproof-report"
    assert json.loads((directory / "report.json").read_text())["state"] == "running"
    again = start_again(call)
    assert again.returncode == 0, again.stderr


def start_again(call: Call) -> subprocess.CompletedProcess[str]:
    """A check over what a killed one left."""
    return subprocess.run(
        command("check", "polars", "--rule", "HD-03", "--jobs", 1),
        cwd=call.directory,
        env=surroundings(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


# --- the others ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "of", "number_of_processes"),
    [
        (signal.SIGINT, ("--rule", "FL-02"), 4),  # two and their tracker
        (signal.SIGTERM, ("--rule", "FL-02"), 4),
        (signal.SIGINT, ("--mutants", 4), 8),  # and two mutants, each with its supervisor
        (signal.SIGTERM, ("--mutants", 4), 8),
    ],
)
def test_a_selftest_ends_in_order(
    start: Callable[..., Call],
    number: signal.Signals,
    of: tuple[object, ...],
    number_of_processes: int,
) -> None:
    call = start("selftest", *of, "--jobs", 2)
    until(lambda: len(call.processes()) >= number_of_processes, "its processes")
    code, out, told = call.end_by(number)
    assert (code, out) == (CODES[number], ""), told
    assert_told(told, number)
    assert call.left() == []


@pytest.mark.parametrize(
    ("number", "way"),
    [(signal.SIGINT, "py"), (signal.SIGTERM, "cmd"), (signal.SIGHUP, "py")],
)
def test_a_run_ends_in_order(start: Callable[..., Call], number: signal.Signals, way: str) -> None:
    call = start("run", "t.fl", "--candidate", SPECS[way])
    until((call.directory / "sign").exists, "the loader's sign")
    code, _, told = call.end_by(number)
    assert code == CODES[number], told
    assert_told(told, number)
    assert call.left() == []


def test_a_run_keeps_the_workspace_that_its_user_named(start: Callable[..., Call]) -> None:
    call = start("run", "t.fl", "--candidate", "py:slow:Slow", "--workspace", "w")
    until((call.directory / "sign").exists, "the loader's sign")
    assert call.end_by(signal.SIGTERM)[0] == 143
    assert call.left() == []
    assert (call.directory / "w" / "workspace-py-slow-Slow").is_dir()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_benchmark_ends_in_order(start: Callable[..., Call], number: signal.Signals) -> None:
    call = start(
        *("bench", "--candidate", "py:slow:Slow", "--rows", 500, "--no-peers", "--no-memory"),
        *("--format", "csv"),
    )
    until((call.directory / "sign").exists, "the loader's sign")
    code, _, told = call.end_by(number)
    assert code == CODES[number], told
    assert told.splitlines()[-1] == f"loadproof: ended by {number.name}"
    assert call.left() == []


def test_what_nohup_ignores_stays_ignored(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, signal; from loadproof.signals import raise_on_signals\n"
            "raise_on_signals(); os.kill(os.getpid(), signal.SIGHUP); print('here')",
        ],
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "here\n", done.stderr
