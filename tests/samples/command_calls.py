"""The command as its users call it: a process with arguments, output and an exit code."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from loadproof.calling import call
from loadproof.ending import ending_of

SCRIPT = """\
.LOGON tdp/loader,s3cret;
CREATE MULTISET TABLE db.t (a INTEGER NOT NULL, b VARCHAR(5)) UNIQUE PRIMARY INDEX (a);
SET RECORD VARTEXT "," DISPLAY_ERRORS NOSTOP;
DEFINE a (VARCHAR(9)), b (VARCHAR(5)) FILE=t.csv;
BEGIN LOADING db.t ERRORFILES db.e1, db.e2;
INSERT INTO db.t VALUES (:a, :b);
END LOADING;
.LOGOFF;
"""
DATA = "1,one\n2,two\n2,zwei\nx,bad\n1,one\n"

RIGHT_LOADER = '''
import json
import subprocess
import sys

SERVER = """
import json, sys
from pathlib import Path
import msgspec
from candidates.polars.loader import factory
loader = factory()

def emit(name, details):
    print(json.dumps([name, details]), flush=True)
    sys.stdin.readline()

for line in sys.stdin:
    case, workspace = json.loads(line)
    if case is None:
        print(json.dumps(msgspec.to_builtins(loader.describe())), flush=True)
    else:
        loader.run(Path(case), Path(workspace), emit)
        print("null", flush=True)
"""

class Right:
    """polars in a process of its own, as another's loader cannot import it."""
    server = None

    def ask(self, case=None, workspace=None):
        if self.server is None:
            self.server = subprocess.Popen(
                [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        return self.tell(json.dumps([case and str(case), workspace and str(workspace)]))

    def tell(self, line):
        self.server.stdin.write(line + chr(10))
        self.server.stdin.flush()
        return json.loads(self.server.stdout.readline())

    def describe(self):
        return self.ask()

    def run(self, case, workspace, emit):
        told = self.ask(case, workspace)
        try:
            while told is not None:
                emit(*told)
                told = self.tell("")
        except BaseException:
            self.server.kill()
            self.server.wait()
            self.server = None
            raise
'''
"""A loader that does all that polars does, and imports nothing of ours."""

WRONG_LOADER = (
    RIGHT_LOADER
    + '''
class LosesLast(Right):
    """Loses the last record of a file."""
    def run(self, case, workspace, emit):
        for path in (case / "files").iterdir():
            data = path.read_bytes()
            if not data.startswith((b"ARROW1", b"\\x1f\\x8b")):
                path.write_bytes(b"".join(data.splitlines(keepends=True)[:-1]))
        super().run(case, workspace, emit)
'''
)

PROGRAM = '''
import json
import pathlib
import sys

def serve(loader):
    """Any loader as a program of the process protocol."""
    def tell(**message): print(json.dumps(message), flush=True)
    def emit(name, details):
        tell(type="event", name=name, details=details)
        sys.stdin.readline()
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["type"] == "describe":
            tell(type="description", description=loader.describe())
        elif asked["type"] == "run":
            loader.run(pathlib.Path(asked["case"]), pathlib.Path(asked["workspace"]), emit)
            tell(type="done")
        elif asked["type"] == "stop":
            break
'''
"""What makes a loader of these a ``cmd:`` program."""


def command(*arguments: object) -> list[str]:
    """The command line of a call."""
    return [sys.executable, "-P", "-m", "loadproof", *map(str, arguments)]


def surroundings(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a call: wide, so that no message is cut."""
    return {**os.environ, "COLUMNS": "200", **(environment or {})}


def loadproof(
    *arguments: object,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    limit: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command; no run may end in a traceback. What it keeps is kept beside ``cwd``."""
    temporary = cwd.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    done = subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=surroundings({"TMPDIR": str(temporary), **(environment or {})}),
        capture_output=True,
        text=True,
        timeout=240,
        preexec_fn=limit,
        check=False,
    )
    told = f"\n{done.stdout}\n{done.stderr}"
    assert "\nTraceback" not in told, told
    return done


def call_here(
    *arguments: object, cwd: Path, monkeypatch: pytest.MonkeyPatch
) -> subprocess.CompletedProcess[str]:
    """The command in this process, for a call that starts no other: much quicker than `loadproof`.

    What the process itself does, such as ending its children, is not part of it.
    """
    monkeypatch.chdir(cwd)
    monkeypatch.setenv("COLUMNS", "200")
    words = list(map(str, arguments))
    out, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
        try:
            code = call(words)
        except Exception as error:
            message, code = ending_of(error)
            told.write(f"loadproof: {message}\n")
    assert "fault of loadproof itself" not in told.getvalue(), told.getvalue()
    return subprocess.CompletedProcess(words, code, out.getvalue(), told.getvalue())


def write_job(directory: Path) -> Path:
    """A small right script, ``t.fl``, and its data, ``t.csv``, in a directory."""
    (directory / "t.fl").write_text(SCRIPT)
    (directory / "t.csv").write_text(DATA)
    return directory
