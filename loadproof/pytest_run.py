"""The processes that try properties: pytest and its workers, in a session of their own."""

from __future__ import annotations

import codecs
import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, Popen

import msgspec

from loadproof.children import end_session
from properties.engine import conformance
from properties.engine.plugin import PlugOptions
from reports.visible import printable

Progress = Callable[[int, int], None]
"""Called now and then with the number of properties done and planned."""

_TICK = 0.2
"""Seconds between two looks at the results, when nothing is said."""

_OF_USERS_TESTS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


def run_pytest(
    options: PlugOptions, jobs: int, directory: Path, planned: int, progress: Progress
) -> bool:
    """Run the properties in processes of their own; whether they came to their own end."""
    lifeline, ours = os.pipe()
    try:
        options = msgspec.structs.replace(options, lifeline=lifeline)
        with Popen(
            _pytest_command(options, jobs),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env=_environment(Path(options.scratch)),
            pass_fds=[lifeline],
            start_new_session=True,
        ) as process:
            try:
                _follow(
                    process,
                    directory / "pytest.log",
                    lambda: progress(_count(directory / "results"), planned),
                )
            finally:
                end_session(process)
    finally:
        os.close(lifeline)
        os.close(ours)
    return process.returncode in (0, 1)


def _pytest_command(options: PlugOptions, jobs: int) -> list[str]:
    command = [sys.executable, "-P", "-m", "pytest", conformance.__file__]
    command += ["-p", "properties.engine.plugin", "-p", "no:cacheprovider", "--noconftest", "-q"]
    command += ["-c", os.devnull, f"--rootdir={options.scratch}", "--import-mode", "importlib"]
    command += ["-n", str(jobs) if jobs > 1 else "0", "--dist", "worksteal", "--tb", "short"]
    return [*command, "--loadproof", msgspec.json.encode(options).decode()]


def _environment(scratch: Path) -> dict[str, str]:
    """The environment of the processes that try properties.

    No settings of the user's own tests get in, nor modules of the working directory; what they and
    their loaders put into temporary files goes when the scratch directory does.
    """
    temporary = scratch / "temporary"
    temporary.mkdir()
    inherited = {name: value for name, value in os.environ.items() if name not in _OF_USERS_TESTS}
    return {
        **inherited,
        "PYTHONSAFEPATH": "1",
        "TMPDIR": str(temporary),
    }


def _follow(process: Popen[bytes], log: Path, tick: Callable[[], None]) -> None:
    """Write what a process says into a log, with everything visible, until it has ended."""
    assert process.stdout is not None
    decode = codecs.getincrementaldecoder("utf-8")("backslashreplace").decode
    os.set_blocking(process.stdout.fileno(), False)
    with log.open("w", encoding="utf-8") as stream:
        running = True
        while running:
            running = process.poll() is None
            tick()
            select.select([process.stdout] if running else [], [], [], _TICK if running else 0)
            while said := process.stdout.read(1 << 16):
                stream.write(printable(decode(said)))
            if said == b"" and running:
                process.wait()  # it has closed its output and is about to end


def _count(directory: Path) -> int:
    return sum(1 for _ in directory.glob("*.json"))
