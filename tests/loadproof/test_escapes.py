"""What a loader says, and what is in data, is shown; a terminal or reader obeys none of it."""

from __future__ import annotations

import shlex
import sys
import unicodedata
from pathlib import Path

import pytest
from command_calls import PROGRAM, RIGHT_LOADER, SCRIPT, call_here, loadproof, write_job

EVIL = "\x1b[31m\x1b]0;owned\x07 \x9b2J \r \x00 \x7f \u202eevil\u2066 \u200b [/red] [bold] "

WRITES_ESCAPES = (
    RIGHT_LOADER
    + f"""
import pyarrow as pa
import sys

EVIL = {EVIL!r}

class Escapes(Right):
    '''Puts escapes into every text that it may write.'''

    def describe(self):
        told = super().describe()
        told.update(dict.fromkeys(["name", "version", "language", "homepage", "issues"], EVIL))
        gap = dict(rule="FL-25", issue=EVIL, reason=EVIL)
        return dict(told, known_gaps=[gap])

    def run(self, case, workspace, emit):
        print(EVIL, file=sys.stderr, flush=True)
        super().run(case, workspace, emit)
        outcome = workspace / "outcome"
        document = outcome / "outcome.json"
        told = json.loads(document.read_text())
        for number, (name, files) in enumerate(list(told["tables"].items())):
            told["tables"][name] = []
            for part, file in enumerate(files):
                with pa.memory_map(str(outcome / file)) as source:
                    rows = pa.ipc.open_file(source).read_all()
                columns = [
                    pa.array([EVIL] * rows.num_rows) if pa.types.is_string(column.type) else column
                    for column in rows.columns
                ]
                names = [n if n.startswith("_") else n + EVIL for n in rows.column_names]
                changed = pa.table(columns, names=names).replace_schema_metadata(
                    rows.schema.metadata
                )
                new = f"evil-{{number}}-{{part}}.arrow"
                with pa.ipc.new_file(str(outcome / new), changed.schema) as writer:
                    writer.write_table(changed)
                told["tables"][name].append(new)
        self.spoil(told)
        text = json.dumps(told).replace("db.", "db." + json.dumps(EVIL)[1:-1])
        document.write_text(text)

    def spoil(self, told):
        if isinstance(told, dict):
            for key, value in told.items():
                if key in ("summary", "message"):
                    told[key] = f"{{value}}{{EVIL}}"
                self.spoil(value)
            told.get("versions", {{}})[EVIL] = EVIL
        elif isinstance(told, list):
            for value in told:
                self.spoil(value)

class Breaks(Escapes):
    def describe(self):
        return Right.describe(self)

    def run(self, case, workspace, emit):
        print(EVIL, file=sys.stderr, flush=True)
        raise RuntimeError(EVIL)

class DiesSpeaking(Breaks):
    def describe(self):
        print(EVIL, file=sys.stderr, flush=True)
        sys.exit(EVIL)

class TalksNonsense(Breaks):
    def run(self, case, workspace, emit):
        emit(EVIL, {{EVIL: EVIL}})
"""
)


def obeyed(text: str) -> set[str]:
    """The characters of a text that a terminal or reader would obey and not show."""
    return {c for c in text if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cf", "Cs"}}


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A directory with a job and the loaders, each as a program too."""
    write_job(tmp_path)
    (tmp_path / "evil.py").write_text(WRITES_ESCAPES)
    for loader in ("Escapes", "Breaks", "DiesSpeaking", "TalksNonsense"):
        program = WRITES_ESCAPES + PROGRAM + f"serve({loader}())\n"
        (tmp_path / f"{loader}.py").write_text(program)
    return tmp_path


def program(loader: str) -> str:
    return f"cmd:{shlex.quote(sys.executable)} {loader}.py"


@pytest.mark.parametrize("loader", ["Escapes", "Breaks", "DiesSpeaking", "TalksNonsense"])
@pytest.mark.parametrize("option", [(), ("--json",), ("--against", "polars")], ids=" ".join)
def test_a_run_shows_what_a_loader_wrote(job: Path, loader: str, option: tuple[str, ...]) -> None:
    done = loadproof("run", "t.fl", "--candidate", program(loader), *option, cwd=job)
    assert done.returncode in (0, 1, 4), done.stderr
    assert not obeyed(done.stdout + done.stderr)
    told = (done.stdout + done.stderr).lower()
    assert any(spelled in told for spelled in ("⟨u+001b⟩", "\\u001b", "\\x1b"))


@pytest.mark.parametrize("loader", ["Escapes", "DiesSpeaking"])
def test_a_check_and_its_report_show_what_a_loader_wrote(job: Path, loader: str) -> None:
    call = ("check", program(loader), "--rule", "FL-25", "--jobs", 1)
    done = loadproof(*call, cwd=job)
    assert done.returncode in (0, 1, 3, 4), done.stderr
    assert not obeyed(done.stdout + done.stderr)
    told = done.stdout + done.stderr
    for path in (job / "loadproof-report").rglob("*"):
        if path.is_file() and "counterexamples" not in path.parts:
            text = path.read_text()
            assert not obeyed(text), path
            told += text
    assert "⟨U+001B⟩" in told or r"\x1b" in told
    stored = sorted((job / "loadproof-report").glob("*/counterexamples/*"))
    for option in ((), ("--json",)) if stored else ():
        done = loadproof("replay", stored[0], "--candidate", program(loader), *option, cwd=job)
        assert not obeyed(done.stdout + done.stderr)


def test_names_on_the_command_line_and_in_a_script_are_shown(
    job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = EVIL.replace("\x00", "")
    (job / "evil.fl").write_text(SCRIPT.replace("ERRORFILES", f"ERROR{evil}"))
    (job / f"{evil.strip().replace('/', '')}.fl").write_text("nonsense")
    named = next(job.glob("*evil*[[]bold*"))
    for call in (
        ("check", f"cmd:{evil}"),
        ("check", f"py:{evil}:x"),
        ("check", evil),
        ("check", "polars", "--rule", evil),
        ("check", "polars", "--suite", evil),
        ("check", "polars", f"--{evil}"),
        ("check", "polars", "--profile", evil),
        ("run", "t.fl", "--candidate", f"cmd:{evil}"),
        ("run", evil, "--candidate", "polars"),
        ("run", "evil.fl", "--candidate", "polars"),
        ("run", named, "--candidate", "polars"),
        ("run", "t.fl", "--candidate", "polars", "--table", evil),
        ("replay", evil, "--candidate", "polars"),
        ("explain", evil),
        ("lint", "evil.fl"),
        ("lint", named),
        ("lint", "evil.fl", "--json"),
        ("selftest", "--fault", evil),
        ("bench", "--candidate", evil),
        ("bench", f"--{evil}"),
    ):
        done = call_here(*call, cwd=job, monkeypatch=monkeypatch)
        assert done.returncode in (1, 2), (call, done.stderr)
        assert not obeyed(done.stdout + done.stderr), call
