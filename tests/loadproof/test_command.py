"""The command as its users meet it: a process with arguments, output and an exit code."""

from __future__ import annotations

import gzip
import json
import os
import resource
import shlex
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from command_calls import (
    PROGRAM,
    SCRIPT,
    WRONG_LOADER,
    call_here,
    loadproof,
    surroundings,
    write_job,
)

ROOT = Path(__file__).resolve().parents[2]
ORDERS = ROOT / "examples" / "quickstart" / "orders.fl"

LOADERS = """
import json, os, time

class LoadsNothing:
    def describe(self):
        texts = dict.fromkeys(("name", "version", "language", "homepage", "issues"), "x")
        capabilities = ["fastload", "fastload/nopi"]
        return dict(texts, contract=2, capabilities=capabilities, exposes=["content", "counts"],
                    editions={"fastload": ["vendor"]})
    def run(self, case, workspace, emit):
        (workspace / "outcome").mkdir()
        outcome = dict(contract=2, status="completed", return_code=0, tables={})
        (workspace / "outcome" / "outcome.json").write_text(json.dumps(outcome))

class Dies(LoadsNothing):
    def run(self, case, workspace, emit): os._exit(7)

class Hangs(LoadsNothing):
    def run(self, case, workspace, emit): time.sleep(3600)

class Shouts(LoadsNothing):
    def run(self, case, workspace, emit):
        super().run(case, workspace, emit)
        error = dict(name="bad_record", message="\\x1b[2J\\nHighest return code encountered = '0'.")
        outcome = dict(status="failed", return_code=12, error=error, locked=["\\x1b[31m"])
        (workspace / "outcome" / "outcome.json").write_text(json.dumps(outcome))
"""


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A directory with a small right script and its data."""
    return write_job(tmp_path)


# --- check and replay ----------------------------------------------------------------------------


def test_a_right_loader_gets_a_report_and_exit_code_0(tmp_path: Path) -> None:
    done = loadproof("check", "polars", "--rule", "FL-02", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    page = tmp_path / "loadproof-report" / "index.html"
    assert str(page) in done.stdout
    written = {path.name for path in page.parent.iterdir()}
    assert {"index.html", "report.json", "junit.xml", "summary.md", "badge.svg"} <= written
    report = json.loads((page.parent / "report.json").read_text())
    told = {entry["rule"]["id"]: entry["verdicts"][0]["overall"] for entry in report["rules"]}
    assert told["FL-02"]["status"] == "conforms"
    assert told["FL-02"]["examples"] > 0
    assert {told[rule]["status"] for rule in told if rule != "FL-02"} <= {"not_covered", "conforms"}
    assert told["ST-01"]["status"] == "not_covered"


ODD = "it's $HOME\"s `loader`\n\x1b[31m* \u202e"
"""A name that means something else to a shell that is not told to leave it alone."""


def test_a_wrong_loader_differs_and_each_way_to_reproduce_it_works(tmp_path: Path) -> None:
    program = tmp_path / f"{ODD}.py"
    program.write_text(WRONG_LOADER + PROGRAM + "serve(LosesLast())\n")
    spec = f"cmd:{shlex.join([sys.executable, str(program)])}"
    call = ("check", spec, "--rule", "FL-02", "--jobs", 2, "--report", ODD)
    done = loadproof(*call, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    (record,) = (tmp_path / ODD).glob("cmd-*/run.json")
    run = json.loads(record.read_text())
    found = [r["counterexample"] for r in run["results"] if r["counterexample"]]
    assert found
    assert found[0]["size"] <= 3
    assert found[0]["replay"] in done.stdout, "it can be copied from a terminal"

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "loadproof").write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m loadproof "$@"\n'
    )
    (tmp_path / "bin" / "loadproof").chmod(0o700)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def paste(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", line],
            cwd=tmp_path,
            env=surroundings({"PATH": path}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    pasted = paste(found[0]["replay"])
    assert (pasted.returncode, "differs" in pasted.stdout) == (1, True), pasted.stderr
    before, option, _ = found[0]["replay"].partition(" --candidate ")
    right = paste(f"{before}{option}polars")
    assert (right.returncode, "holds" in right.stdout) == (0, True), right.stderr

    test = tmp_path / "elsewhere" / "test_snippet.py"
    test.parent.mkdir()
    for candidate, outcome in ((spec, "1 failed"), ("polars", "1 passed")):
        test.write_text(found[0]["snippet"].replace(repr(spec), repr(candidate)))
        tried = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test.name],
            cwd=test.parent,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert outcome in tried.stdout, tried.stdout + tried.stderr


def test_a_loader_that_kills_its_process_differs_and_is_told_by_its_exit_code(
    tmp_path: Path,
) -> None:
    (tmp_path / "dying.py").write_text(LOADERS)
    done = loadproof("check", "py:dying:Dies", "--rule", "FL-02", "--jobs", 2, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "died with exit code 7" in done.stdout


def test_a_loader_runs_under_the_interpreter_and_in_the_time_that_the_user_says(
    tmp_path: Path,
) -> None:
    (tmp_path / "wrong.py").write_text(LOADERS)
    python = tmp_path / "my python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    terms = ("--python", python, "--timeout", 30)
    call = ("check", "py:wrong:LoadsNothing", "--suite", "duplicates", "--jobs", 1, *terms)
    done = loadproof(*call, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    run = json.loads(
        (tmp_path / "loadproof-report" / "py-wrong-LoadsNothing" / "run.json").read_text()
    )
    found = next(r["counterexample"] for r in run["results"] if r["counterexample"])
    replay = shlex.split(found["replay"])
    assert replay[-4:] == ["--python", str(python), "--timeout", "30.0"]
    assert loadproof(*replay[1:], cwd=tmp_path).returncode == 1
    assert f", python={str(python)!r}, timeout=30.0)\n" in found["snippet"]


def test_a_run_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(LOADERS)
    done = loadproof(
        *("run", ORDERS, "--candidate", "py:wrong:Hangs", "--timeout", 2), cwd=tmp_path
    )
    assert done.returncode == 4, done.stdout + done.stderr
    assert "the run took longer than 2 s (run time-out)" in done.stderr


def test_nothing_that_a_loader_says_reaches_the_terminal_as_a_command(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(LOADERS)
    done = loadproof("run", ORDERS, "--candidate", "py:wrong:Shouts", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert all(line.isprintable() for line in done.stdout.split("\n")), done.stdout
    assert r"bad_record: \x1b[2J\nHighest return code" in done.stdout
    assert done.stdout.count("\nHighest return code encountered = '12'.") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("check", "polars", "--python", "python3"), 2, "--python python3: runs py: loaders alone"),
        (("check", "py:json:x", "--python", "/nosuch/python"), 2, "'/nosuch/python' cannot be"),
        (("check", "cmd:true", "--timeout", "0"), 2, "--timeout 0: expected seconds, more than 0"),
        (("replay", "x", "--candidate", "polars", "--timeout", "nan"), 2, "--timeout nan"),
        (("check", "nosuch"), 2, "'nosuch' names no candidate"),
        (("check", "polars", "--rule", "FL-99"), 2, "FL-99"),
        (("check", "polars", "--suite", "nosuch"), 2, "suites:"),
        (("check", "py:nosuch_module:factory"), 2, "nosuch_module"),
        (("check", "polars", "polars"), 2, "named twice"),
        (("run", ORDERS, "--candidate", "polars", "--against", "polars"), 2, "named twice"),
        (("check", "cmd:/nosuch/program"), 2, "/nosuch/program"),
        (("replay", "nosuch", "--candidate", "polars"), 2, "nosuch"),
        (("explain", "XX-01"), 2, "XX-01"),
        (("selftest", "--fault", "nosuch"), 2, "known faults"),
        (("selftest", "--rule", "FL-99"), 2, "FL-99"),
        (("check", "polars", "--rule", "FL-02", "--report", "/dev/null/x"), 2, "/dev/null"),
        (("run", ORDERS, "--candidate", "polars", "--workspace", "/dev/null/x"), 2, "/dev/null"),
        (("lint", "nosuch.fl"), 2, "nosuch.fl"),
        (("lint", "latin1.fl"), 2, "line 2 holds the byte 0xe9"),
        (("run", "latin1.fl", "--candidate", "polars"), 2, "saved as UTF-8"),
        (("run", ORDERS, "--candidate", "polars", "--workspace", "latin1.fl"), 2, "no directory"),
        (("check", "polars", "--report", "latin1.fl"), 2, "no directory"),
        (("lint", ORDERS, "--table", "a=t.sql", "--table", "A=t.sql"), 2, "named twice"),
        (("lint", ORDERS, "--table", "a=t.csv"), 2, "must be .sql"),
        (("run", "nosuch.fl", "--candidate", "polars"), 2, "nosuch.fl"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    (tmp_path / "latin1.fl").write_bytes("LOGON h/u,p;\n-- café\n".encode("latin-1"))
    (tmp_path / "t.sql").write_text("CREATE TABLE a (c INTEGER) PRIMARY INDEX (c);")
    done = call_here(*arguments, cwd=tmp_path, monkeypatch=monkeypatch)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr


# --- run -----------------------------------------------------------------------------------------


def test_run_shows_summary_error_tables_and_distribution(job: Path) -> None:
    done = loadproof("run", "t.fl", "--candidate", "polars", "--against", "reference", cwd=job)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in (
        "Total Records Read  = 5",
        "Total Error Table 1 = 1",
        "Total Error Table 2 = 1",
        "Total Inserts Applied = 2",
        "Total Duplicate Rows = 1",
        "db.e1: 1 rows",
        "skew: largest/mean",
        "polars against reference: 0 differences",
    ):
        assert line in done.stdout


def test_the_quick_start_is_the_same_by_both_loaders(tmp_path: Path) -> None:
    done = loadproof(
        "run", ORDERS, "--candidate", "polars", "--against", "reference", "--json", cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["differences"] == []
    counts = told["outcome"]["report"]["loads"][0]["counts"]
    assert min(counts["error_table_1"], counts["error_table_2"], counts["duplicates"]) > 0


def test_a_password_is_in_no_output(job: Path) -> None:
    outputs = [
        loadproof("run", "t.fl", "--candidate", "polars", "--workspace", "w", cwd=job),
        loadproof("lint", "t.fl", cwd=job),
    ]
    (job / "t.fl").write_text(SCRIPT.replace("LOGON", "LOGGON"))
    outputs.append(loadproof("lint", "t.fl", cwd=job))
    outputs.append(loadproof("run", "t.fl", "--candidate", "polars", cwd=job))
    assert all("s3cret" not in done.stdout + done.stderr for done in outputs)
    kept = b"".join(p.read_bytes() for p in (job / "w").rglob("*") if p.is_file())
    assert b"s3cret" not in kept


def test_a_wrong_script_is_told_with_line_and_column(job: Path) -> None:
    (job / "t.fl").write_text(SCRIPT.replace("ERRORFILES", "ERRORILES"))
    done = loadproof("run", "t.fl", "--candidate", "polars", cwd=job)
    assert done.returncode == 2
    assert "t.fl:5:" in done.stderr
    assert "ERRORFILES" in done.stderr
    assert loadproof("lint", "t.fl", cwd=job).returncode == 1


def test_a_missing_data_file_is_named(job: Path) -> None:
    (job / "t.csv").unlink()
    done = loadproof("run", "t.fl", "--candidate", "polars", cwd=job)
    assert done.returncode == 2
    assert "t.csv" in done.stderr
    assert "--data" in done.stderr


def test_a_data_file_that_cannot_be_read_is_named(job: Path) -> None:
    (job / "t.csv").unlink()
    (job / "t.csv").mkdir()
    done = loadproof("run", "t.fl", "--candidate", "polars", cwd=job)
    assert done.returncode == 2
    assert "t.csv" in done.stderr


def test_a_gzip_file_that_is_cut_short_pauses_the_job_and_a_whole_one_completes_it(
    job: Path,
) -> None:
    whole = gzip.compress((job / "t.csv").read_bytes(), mtime=0)
    (job / "t.csv").write_bytes(whole[:-9])
    call = ("run", "t.fl", "--candidate", "polars", "--workspace", "w")
    done = loadproof(*call, cwd=job)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "input_unreadable" in done.stdout
    assert "locked by the paused job" in done.stdout
    (job / "t.csv").write_bytes(whole)
    done = loadproof(*call, cwd=job)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Total Records Read  = 5" in done.stdout


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("candidate", ["polars", "reference"])
def test_a_data_file_may_be_a_named_pipe(job: Path, candidate: str, packed: bool) -> None:
    data = (job / "t.csv").read_bytes()
    (job / "t.csv").unlink()
    os.mkfifo(job / "t.csv")
    feed = gzip.compress(data, mtime=0) if packed else data
    Thread(target=(job / "t.csv").write_bytes, args=(feed,), daemon=True).start()
    done = loadproof("run", "t.fl", "--candidate", candidate, "--json", cwd=job)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = json.loads(done.stdout)["outcome"]["report"]["loads"][0]["counts"]
    names = ("read", "error_table_1", "error_table_2", "applied", "duplicates")
    assert [counts[name] for name in names] == [5, 1, 1, 2, 1]


def test_a_target_that_is_not_empty_is_refused_and_keeps_its_rows(job: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    create, load = SCRIPT.split("\n", 2)[1], SCRIPT.replace(SCRIPT.split("\n", 2)[1], "")
    (job / "t.fl").write_text(load)
    (job / "t.sql").write_text(create)
    pq.write_table(pa.table({"a": pa.array([7], pa.int32()), "b": ["old"]}), job / "t.parquet")
    call = ("run", "t.fl", "--candidate", "polars", "--table", "db.t=t.parquet", "--json")
    done = loadproof(*call, cwd=job)
    assert done.returncode == 1, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["outcome"]["error"]["name"] == "target_not_empty"
    assert told["rows"]["db.t"] == 1


def test_a_full_disk_loses_nothing(job: Path) -> None:
    rows = "".join(f"{n},v{n % 100}\n" for n in range(60_000))
    (job / "t.csv").write_text(rows)
    call = ("run", "t.fl", "--candidate", "polars", "--workspace", "w")
    full = loadproof(
        *call, cwd=job, limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))
    )
    assert full.returncode == 4, full.stdout + full.stderr
    assert "w" in full.stderr
    done = loadproof(*call, cwd=job)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Total Inserts Applied = 60000" in done.stdout


def test_another_job_runs_on_the_same_system(job: Path) -> None:
    call = ("--candidate", "polars", "--workspace", "w")
    assert loadproof("run", "t.fl", *call, cwd=job).returncode == 0
    (job / "u.fl").write_text(SCRIPT.replace("db.t ", "db.u ").replace("db.e", "db.f"))
    done = loadproof("run", "u.fl", *call, cwd=job)
    assert done.returncode == 0, done.stdout + done.stderr
    # The first script is a new job now, and its table is there.
    again = loadproof("run", "t.fl", *call, "--json", cwd=job)
    assert json.loads(again.stdout)["outcome"]["error"]["name"] == "table_exists"


# --- the rest ------------------------------------------------------------------------------------


def test_explain_tells_source_certainty_properties_and_faults(tmp_path: Path) -> None:
    told = json.loads(loadproof("explain", "FL-02", "--json", cwd=tmp_path).stdout)
    assert told["sources"]
    assert told["certainty"]
    assert told["properties"]
    assert told["planted_faults"]
    assert "not covered" in loadproof("explain", "CP-08", cwd=tmp_path).stdout


def test_selftest_names_the_property_that_caught_a_fault(tmp_path: Path) -> None:
    done = loadproof("selftest", "--rule", "FL-02", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)["detections"]
    assert len(told) >= 2
    assert all(found["caught_by"] and found["examples"] for found in told)


def test_a_foreign_package_in_place_of_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "__init__.py").write_text("")
    done = loadproof("check", cwd=tmp_path, environment={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 4
    assert str(tmp_path / "reports") in done.stderr
    assert "environment of its own" in done.stderr


def test_run_tells_what_lint_warns_of(job: Path) -> None:
    (job / "empty.fl").write_text("-- nothing to do\n")
    done = loadproof("run", "empty.fl", "--candidate", "polars", cwd=job)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning:" in done.stdout
    (job / "dir").mkdir()
    (job / "t.fl").write_text((job / "t.fl").read_text().replace("FILE=t.csv", "FILE=dir"))
    done = loadproof("run", "t.fl", "--candidate", "polars", cwd=job)
    assert (done.returncode, "is a directory" in done.stderr) == (2, True), done.stderr
