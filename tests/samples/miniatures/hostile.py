"""Loaders that mean harm, each in the one way that its docstring tells, for both ways in.

``py:miniatures.hostile:NAME`` reaches one in a worker, ``cmd:python hostile.py NAME`` as a program of
its own. None of them imports anything of ours. Ids of processes that are to outlive a loader are in
``left-behind`` in the workspace.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import struct
import sys
import time
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))
from miniatures.in_process import DESCRIPTION  # beside this one, however it runs

ESCAPES = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\x9b31m\r"
"""Sets a terminal's title, clears it, turns the reading order round, colours it, overwrites it."""


def outcome(workspace: Path, **fields: Any) -> Path:
    """An outcome directory with its document."""
    directory = workspace / "outcome"
    directory.mkdir(exist_ok=True)
    document = {"status": "completed", "return_code": 0, **fields}
    (directory / "outcome.json").write_text(json.dumps(document))
    return directory


class Harmless:
    """Does nothing wrong, nor anything else."""

    def describe(self) -> Any:
        return DESCRIPTION

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        outcome(workspace)


# --- endless, hanging, flooding ------------------------------------------------------------------


class PrintsWithoutEnd(Harmless):
    """Prints lines for ever."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        while True:
            print("x" * 1000)


class FloodsStderr(Harmless):
    """Writes to stderr for ever, without a line end."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        while True:
            os.write(2, b"x" * 65_536)


class EmitsWithoutEnd(Harmless):
    """Emits events for ever."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        while True:
            emit("phase", {"phase": "acquisition"})


class HangsInDescribe(Harmless):
    """Never says who it is."""

    def describe(self) -> Any:
        time.sleep(3600)


class HangsInRun(Harmless):
    """Never ends a run, and asks not to be disturbed."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(3600)


class HangsAtAnEvent(Harmless):
    """Takes no answer for an answer."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        leave_behind(workspace, os.getpid())
        emit("completed", {})
        time.sleep(3600)


class HangsInItsFactory(Harmless):
    """Is never made."""

    def __init__(self) -> None:
        time.sleep(3600)


class HangsInCleanUp(Harmless):
    """Is never done cleaning up after it was asked to leave."""

    def describe(self) -> Any:
        atexit.register(time.sleep, 3600)
        return super().describe()


# --- lying ---------------------------------------------------------------------------------------


class LeavesNothing(Harmless):
    """Says that it is done, and is not."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        pass


class NamesAFileThatIsNotThere(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        outcome(workspace, tables={"t": ["t.arrow"]})


class NamesOneFileOverAndOver(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        (outcome(workspace, tables={"t": ["t.arrow"] * 100_000}) / "t.arrow").write_bytes(b"")


class NestsDeeply(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        (outcome(workspace) / "outcome.json").write_text("[" * 10_000)


class MakesADeepDirectory(Harmless):
    """2,000 directories in one another, longer together than a path may be."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        os.chdir(outcome(workspace))
        for _ in range(2_000):
            os.mkdir("deeper")
            os.chdir("deeper")


class LiesAboutItsTexts(Harmless):
    """Its table is an Arrow file in which a text ends far behind the end of the file."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        import pyarrow as pa

        directory = outcome(workspace, tables={"t": ["t.arrow"]})
        rows = pa.table({"name": ["abc", "def"]})
        with pa.ipc.new_file(directory / "t.arrow", rows.schema) as writer:
            writer.write_table(rows)
        data = (directory / "t.arrow").read_bytes()
        right, wrong = (struct.pack("<3i", 0, 3, end) for end in (6, 1 << 30))
        assert data.count(right) == 1
        (directory / "t.arrow").write_bytes(data.replace(right, wrong))


# --- climbing ------------------------------------------------------------------------------------


class NamesAFileAbove(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        (workspace / "above.arrow").write_bytes(b"")
        outcome(workspace, tables={"t": ["../above.arrow"]})


class NamesAFileOfTheSystem(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        outcome(workspace, answers={"0": "/etc/passwd"})


class LinksToTheSystem(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        directory = outcome(workspace, tables={"t": ["t.arrow"]})
        (directory / "t.arrow").symlink_to("/etc/passwd")


class LinksItsOutcome(Harmless):
    """The outcome directory is somewhere else."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        (workspace / "elsewhere").mkdir()
        outcome(workspace / "elsewhere")
        (workspace / "outcome").symlink_to(workspace / "elsewhere" / "outcome")


class LeavesAPipe(Harmless):
    """Whoever reads its table waits for ever."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        os.mkfifo(outcome(workspace, tables={"t": ["t.arrow"]}) / "t.arrow")


# --- escaping ------------------------------------------------------------------------------------


class EscapesInItsName(Harmless):
    def describe(self) -> Any:
        return {**DESCRIPTION, "name": ESCAPES, "capabilities": [ESCAPES]}


class EscapesInAFault(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        raise ValueError(ESCAPES)


class EscapesInAnEvent(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        emit(ESCAPES, {})


class EscapesInItsLastWords(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        os.write(2, ESCAPES.encode() + b"\n")
        os._exit(3)


class EscapesInAFileName(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        outcome(workspace, tables={"t": [ESCAPES]})


# --- exiting -------------------------------------------------------------------------------------


class LeavesAtOnce(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        os._exit(5)


class ExitsPolitely(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        sys.exit("I have had enough")


class KillsItself(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class KillsItsParent(Harmless):
    """Ends whoever started it, and goes on."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        leave_behind(workspace, os.getpid())
        sleeping_child(workspace)
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(3600)


class AsksItsParentToLeave(Harmless):
    """Tells whoever started it to go, and goes on."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        daemon(workspace)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(os.getppid(), number)
        time.sleep(3600)


class StopsItsParent(Harmless):
    """Holds up whoever started it, and goes on."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        sleeping_child(workspace)
        daemon(workspace)
        os.kill(os.getppid(), signal.SIGSTOP)
        time.sleep(3600)


# --- forking -------------------------------------------------------------------------------------


def leave_behind(workspace: Path, process: int) -> None:
    with (workspace / "left-behind").open("a") as told:
        told.write(f"{process}\n")


def sleeping_child(workspace: Path) -> None:
    """A child that holds all pipes."""
    process = os.fork()
    if process == 0:
        time.sleep(3600)
    leave_behind(workspace, process)


def daemon(workspace: Path) -> None:
    """A process of a session of its own, with no parent, no pipe and no environment of ours."""
    told, tell = os.pipe()
    if os.fork():
        os.wait()
        os.read(told, 1)
        return
    os.setsid()
    if os.fork() == 0:
        leave_behind(workspace, os.getpid())
        os.write(tell, b".")
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        os.closerange(3, 256)
        os.execve(sys.executable, ["python", "-c", "import time; time.sleep(3600)"], {})
    os._exit(0)


class LeavesAChild(Harmless):
    """Does its work, and leaves a process that sleeps."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        sleeping_child(workspace)
        outcome(workspace)


class LeavesADaemon(Harmless):
    """Does its work, and leaves a process that nothing ties to it."""

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        daemon(workspace)
        outcome(workspace)


class LeavesBothAndHangs(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        sleeping_child(workspace)
        daemon(workspace)
        time.sleep(3600)


class LeavesBothAndDies(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        sleeping_child(workspace)
        daemon(workspace)
        os._exit(6)


class LeavesBothAndIsStopped(Harmless):
    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        sleeping_child(workspace)
        daemon(workspace)
        emit("completed", {})


# --- as a program of its own ---------------------------------------------------------------------


def main(name: str) -> None:
    """Speak the process protocol for the loader of that name."""

    def tell(**message: Any) -> None:
        print(json.dumps(message), flush=True)

    def emit(event: str, details: dict[str, Any]) -> None:
        tell(type="event", name=event, details=details)
        sys.stdin.readline()

    loader = globals()[name]()
    for line in sys.stdin:
        request = json.loads(line)
        if request["type"] == "stop":
            return
        if request["type"] == "describe":
            tell(type="description", description=loader.describe())
            continue
        try:
            loader.run(Path(request["case"]), Path(request["workspace"]), emit)
        except Exception as error:
            tell(type="fault", message=str(error))
        else:
            tell(type="done")


if __name__ == "__main__":
    main(sys.argv[1])
