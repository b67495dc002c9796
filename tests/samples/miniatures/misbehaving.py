"""Candidates that misbehave: `python misbehaving.py NAME` runs the function of that name.

Each breaks the process protocol, or the contract, in the one way that its docstring tells. None
of them imports anything of ours.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DESCRIPTION = {
    "name": "misbehaving",
    "version": "1.0",
    "language": "Python",
    "homepage": "https://example.org",
    "issues": "https://example.org/issues",
    "capabilities": ["fastload"],
    "exposes": ["content"],
    "editions": {"fastload": ["vendor"]},
}
DONE = {"type": "done"}
EVENT = {"type": "event", "name": "phase", "details": {"phase": "acquisition"}}


def tell(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


def requests() -> Iterator[dict[str, Any]]:
    """Messages other than ``describe``, which is answered properly."""
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "describe":
            tell({"type": "description", "description": DESCRIPTION})
        elif message["type"] == "stop":
            return
        else:
            yield message


def leave_outcome(workspace: str, **other: Any) -> None:
    directory = Path(workspace, "outcome")
    directory.mkdir(parents=True, exist_ok=True)
    outcome = {"status": "completed", "return_code": 0, **other}
    (directory / "outcome.json").write_text(json.dumps(outcome))


def behaves() -> None:
    """Does nothing wrong: one event, counted in its workspace, then an outcome."""
    for message in requests():
        if message["type"] == "run":
            workspace = Path(message["workspace"])
            with (workspace / "starts").open("a") as starts:
                starts.write(f"{os.getpid()}\n")
            tell(EVENT)
        elif message["type"] == "continue":
            leave_outcome(str(workspace))
            tell(DONE)


def garbage_line() -> None:
    """Prints a line for people where a message is expected."""
    for _ in requests():
        print("Loading 12 rows ...", flush=True)


def not_utf8() -> None:
    """Answers with Latin-1 bytes."""
    for _ in requests():
        sys.stdout.buffer.write(b'{"type": "fault", "message": "caf\xe9"}\n')
        sys.stdout.buffer.flush()


def wrong_schema() -> None:
    """Sends an event under a name that the contract does not know."""
    for _ in requests():
        tell({"type": "event", "name": "half-way", "details": {}})


def wrong_turn() -> None:
    """Describes itself when it should run."""
    for _ in requests():
        tell({"type": "description", "description": DESCRIPTION})


def impatient() -> None:
    """Goes on after an event without waiting for ``continue``."""
    for _ in requests():
        print(json.dumps(EVENT) + "\n" + json.dumps(DONE), flush=True)


def deaf() -> None:
    """Sends events without end and never reads an answer."""
    for _ in requests():
        while True:
            tell(EVENT)


def endless() -> None:
    """Answers every ``continue`` with one more event."""
    for _ in requests():
        tell(EVENT)


def dies() -> None:
    """Dies in the middle of a run with exit code 3 and last words."""
    for _ in requests():
        print("\n".join(f"line {n}" for n in range(100)), file=sys.stderr)
        sys.exit(3)


def killed_by_signal() -> None:
    """Is ended by SIGSEGV in the middle of a run."""
    for _ in requests():
        os.kill(os.getpid(), 11)


def hangs() -> None:
    """Is silent for ever after ``run``."""
    for _ in requests():
        time.sleep(3600)


def hangs_with_child() -> None:
    """Is silent for ever, and so is a child that holds its pipes; its id is in the workspace."""
    for message in requests():
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
        Path(message["workspace"], "child").write_text(str(child.pid))
        time.sleep(3600)


def drips() -> None:
    """Sends a byte now and then and never a line end."""
    for _ in requests():
        while True:
            sys.stdout.write(" ")
            sys.stdout.flush()
            time.sleep(0.02)


def huge_line() -> None:
    """Sends 17 MiB without a line end."""
    for _ in requests():
        sys.stdout.write("x" * (17 * 1024 * 1024))
        sys.stdout.flush()


def closes_stdout() -> None:
    """Closes its stdout and lives on."""
    for _ in requests():
        os.close(1)
        time.sleep(3600)


def chatty() -> None:
    """Does its work, but writes 4 MiB to stderr before and after."""
    for message in requests():
        sys.stderr.write("chatter " * 524_288)
        leave_outcome(message["workspace"])
        tell(DONE)
        sys.stderr.write("chatter " * 524_288)


def no_outcome() -> None:
    """Says that it is done and leaves nothing."""
    for _ in requests():
        tell(DONE)


def leaves_early() -> None:
    """Exits with code 0 instead of saying that it is done."""
    for message in requests():
        leave_outcome(message["workspace"])
        sys.exit(0)


def bad_outcome() -> None:
    """Leaves an outcome with a status that does not exist."""
    for message in requests():
        leave_outcome(message["workspace"], status="fine")
        tell(DONE)


def lost_table() -> None:
    """Leaves an outcome that names a table file which is not there."""
    for message in requests():
        leave_outcome(message["workspace"], tables={"t": ["t.arrow"]})
        tell(DONE)


def extra_output() -> None:
    """Says that it is done twice."""
    for message in requests():
        leave_outcome(message["workspace"])
        print(json.dumps(DONE) + "\n" + json.dumps(DONE), flush=True)


def faulty() -> None:
    """Says that it is broken."""
    for _ in requests():
        tell({"type": "fault", "message": "the disk is full"})


def slow_describe() -> None:
    """Takes an hour to describe itself."""
    time.sleep(3600)


def other_contract() -> None:
    """Describes itself as following a contract of the future."""
    for _ in sys.stdin:
        tell({"type": "description", "description": {**DESCRIPTION, "contract": 99}})


def will_not_leave() -> None:
    """Behaves, but ignores ``stop`` and the end of stdin."""
    for line in sys.stdin:
        if json.loads(line)["type"] == "describe":
            tell({"type": "description", "description": DESCRIPTION})
    time.sleep(3600)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
