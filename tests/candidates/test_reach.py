"""Every way to reach a candidate, and every way in which a candidate misbehaves on it."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from candidates.reach import (
    BUILT_IN,
    InProcess,
    OutcomeLimits,
    ReachedCandidate,
    Terms,
    agreement,
    process,
    program,
    reach,
    spec_of,
)
from specs.contract import Description, Stopped
from specs.contract.directories import read_outcome_document

HERE = Path(__file__).parents[1] / "samples"
MINIATURES = HERE / "miniatures"
PYTHON = shlex.quote(sys.executable)
QUICK = 1.5
"""A time-out in seconds that is reached on purpose, but never by a Python that starts up."""

Reach = Callable[..., ReachedCandidate]


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reach]:
    """Reach a candidate for the time of a test; afterwards no process is left of it."""
    monkeypatch.chdir(HERE)
    candidates: list[ReachedCandidate] = []
    reach("cmd:true").outcomes.prepare()  # type: ignore[attr-defined]  # it stays for all tests
    children_before = children()

    def reach_for_test(spec: str | InProcess, **limits: Any) -> ReachedCandidate:
        candidates.append(reach(spec, **limits))
        return candidates[-1]

    yield reach_for_test
    for candidate in candidates:
        candidate.close()
    assert children() <= children_before


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


def children() -> set[str]:
    """Ids of this process's children, zombies among them."""
    tasks = Path("/proc/self/task")
    return {child for task in tasks.iterdir() for child in (task / "children").read_text().split()}


def misbehaving(name: str) -> str:
    return f"cmd:{PYTHON} {shlex.quote(str(MINIATURES / 'misbehaving.py'))} {name}"


def in_process(name: str) -> InProcess:
    return InProcess("miniatures.in_process", name)


def in_worker(name: str) -> str:
    return f"py:miniatures.in_process:{name}"


WAYS = pytest.mark.parametrize("way", [in_process, in_worker])
Way = Callable[[str], str | InProcess]


def ignore(name: str, details: dict[str, Any]) -> None:
    pass


def stop_at_once(name: str, details: dict[str, Any]) -> None:
    raise Stopped(name)


def exists(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"  # a zombie is left to its own parent


# --- finding a candidate -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("nobody", agreement.UnknownCandidateError, r"'nobody' names no candidate; .*polars"),
        ("", agreement.UnknownCandidateError, "names no candidate"),
        ("py:module", agreement.UnknownCandidateError, "py:package.module:factory"),
        ("py:a:b:c", agreement.UnknownCandidateError, "names no candidate"),
        ("cmd:", agreement.UnknownCandidateError, "names no candidate"),
        ("cmd:'open", agreement.UnknownCandidateError, "quote as in a shell"),
        ("py:no.such.module:f", agreement.NotImportableError, "no.such.module cannot be imported"),
        ("py:json:loader", agreement.NoFactoryError, "module json has no loader"),
        (in_worker("NOT_CALLABLE"), agreement.NoFactoryError, "expected a callable"),
        (in_worker("NoRun"), agreement.NoFactoryError, "no method run"),
        (in_worker("factory_raises"), agreement.FaultError, "OSError: no licence found"),
        (in_process("NOT_CALLABLE"), agreement.NoFactoryError, "expected a callable"),
        (in_process("NoRun"), agreement.NoFactoryError, "no method run"),
        (in_process("factory_raises"), agreement.FaultError, "OSError: no licence found"),
        (InProcess("no.such.module", "f"), agreement.NotImportableError, "cannot be imported"),
        (InProcess("json", "loader"), agreement.NoFactoryError, "module json has no loader"),
    ],
)
def test_a_spec_that_names_no_candidate_is_refused_by_name(
    reached: Reach, spec: str | InProcess, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        reached(spec).describe()


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_name_is_reached_in_this_process(reached: Reach, name: str) -> None:
    children_before = children()
    assert spec_of(name) == name
    assert reached(name).describe().name == name
    assert children() == children_before


@pytest.mark.parametrize("name", ["miniatures.in_process:Behaving", "InProcess('json', 'loads')"])
def test_no_text_of_a_user_s_selects_this_process(name: str) -> None:
    with pytest.raises(agreement.UnknownCandidateError):
        reach(name)
    with pytest.raises(agreement.NotImportableError, match="'reference' is a package of loadproof"):
        reach("py:reference.candidate:factory").describe()


def test_terms_reach_a_loader_under_another_interpreter(tmp_path: Path, reached: Reach) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/called\nexec {PYTHON} "$@"\n')
    python.chmod(0o755)
    candidate = Terms(str(python), 20).reach(in_worker("Behaving"))
    assert candidate.describe().name == "in-process"
    candidate.close()
    assert (tmp_path / "called").read_text().split()[-1] == "miniatures.in_process:Behaving"
    with pytest.raises(agreement.NotExecutableError, match="no-such-python' cannot be started"):
        reached(in_worker("Behaving"), python="no-such-python").describe()


@pytest.mark.parametrize("mode", [0o644, 0o755])
def test_a_program_that_cannot_be_executed_is_refused(
    reached: Reach, tmp_path: Path, mode: int
) -> None:
    (tmp_path / "loader").write_text("neither a script nor a binary")
    (tmp_path / "loader").chmod(mode)
    with pytest.raises(agreement.NotExecutableError, match="cannot be started"):
        reached(f"cmd:{tmp_path / 'loader'}").describe()
    with pytest.raises(agreement.NotExecutableError, match="cannot be started"):
        reached("cmd:no-such-program --flag").describe()


# --- the same, however it is reached -----------------------------------------------------------


@WAYS
def test_a_right_candidate_describes_itself_and_runs(
    reached: Reach, workspace: Path, way: Way
) -> None:
    candidate = reached(way("Behaving"))
    events: list[tuple[str, dict[str, Any]]] = []
    outcome = candidate.run(workspace, workspace, lambda *event: events.append(event))
    assert isinstance(candidate.describe(), Description)
    assert candidate.outcomes.document(outcome).status == "completed"
    assert events == [
        ("phase", {"phase": "acquisition"}),
        ("phase", {"phase": "application"}),
        ("completed", {}),
    ]


@WAYS
@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("DescribeRaises", agreement.FaultError, "RuntimeError: no idea who I am"),
        (
            "DescribesAsText",
            agreement.DescriptionError,
            r"describe\(\) must give a Description or a dict of its shape",
        ),
        (
            "UnknownCapability",
            agreement.DescriptionError,
            r"Invalid enum value 'teleport' - at `\$\.capabilities\[0\]`",
        ),
    ],
)
def test_a_wrong_description_is_told(
    reached: Reach, way: Way, name: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        reached(way(name)).describe()


@WAYS
@pytest.mark.parametrize(
    ("name", "errors", "message"),
    [
        ("RunRaises", agreement.FaultError, r"run\(\) raised ZeroDivisionError: rows per AMP"),
        ("RunExits", agreement.FaultError, r"run\(\) raised SystemExit: 1"),
        (
            "ReturnsPath",
            (agreement.ProtocolError, agreement.FaultError),
            r"run\(\) returned .*; expected None",
        ),
        ("UnknownEvent", agreement.ProtocolError, "(?s)half-way.*Invalid enum value"),
        (
            "EventOfObjects",
            (agreement.ProtocolError, agreement.FaultError),
            r"emit\('phase', .*\) is no event",
        ),
        ("NoOutcome", agreement.OutcomeError, r"left no outcome/outcome\.json"),
    ],
)
def test_a_wrong_run_is_told(
    reached: Reach,
    workspace: Path,
    way: Way,
    name: str,
    errors: type[Exception] | tuple[type[Exception], ...],
    message: str,
) -> None:
    with pytest.raises(errors, match=message):
        reached(way(name)).run(workspace, workspace, ignore)


@WAYS
@pytest.mark.parametrize("name", ["Behaving", "BadCleanUp"])
def test_emit_stops_a_candidate(reached: Reach, workspace: Path, way: Way, name: str) -> None:
    candidate = reached(way(name))
    with pytest.raises(Stopped):
        candidate.run(workspace, workspace, stop_at_once)
    assert not (workspace / "outcome").exists()
    if name == "Behaving":
        candidate.run(workspace, workspace, ignore)


def test_a_candidate_that_catches_its_stop_is_told(reached: Reach, workspace: Path) -> None:
    with pytest.raises(agreement.ProtocolError, match="caught Stopped"):
        reached(in_process("Undead")).run(workspace, workspace, stop_at_once)


def test_out_of_process_no_stop_can_be_caught(reached: Reach, workspace: Path) -> None:
    with pytest.raises(Stopped):
        reached(in_worker("Undead")).run(workspace, workspace, stop_at_once)


@WAYS
def test_what_emit_raises_comes_through(reached: Reach, workspace: Path, way: Way) -> None:
    def emit(name: str, details: dict[str, Any]) -> None:
        raise AssertionError("the harness's own")

    with pytest.raises(AssertionError, match="the harness's own"):
        reached(way("Behaving")).run(workspace, workspace, emit)


def test_a_candidate_in_process_cannot_be_killed(reached: Reach) -> None:
    with pytest.raises(agreement.NotKillableError, match="only through emit"):
        reached(in_process("Behaving")).kill_after(1)


# --- programs that misbehave -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("garbage_line", agreement.ProtocolError, "done or fault, found the line 'Loading 12"),
        ("not_utf8", agreement.ProtocolError, "(?i)utf-8"),
        ("wrong_schema", agreement.ProtocolError, r"half-way.*Invalid enum value"),
        ("wrong_turn", agreement.ProtocolError, "not its turn"),
        ("impatient", agreement.ProtocolError, "expected nothing before it is asked again"),
        ("deaf", agreement.CandidateError, "expected"),
        ("endless", agreement.TimedOutError, r"longer than 2 s \(run time-out\)"),
        ("hangs", agreement.TimedOutError, r"no answer within 1\.5 s .*done or fault"),
        ("drips", agreement.TimedOutError, r"no answer within 1\.5 s"),
        ("huge_line", agreement.ProtocolError, "more than 16777216 bytes"),
        ("closes_stdout", agreement.ProtocolError, "closed its stdin or stdout but runs on"),
        ("dies", agreement.DiedError, r"died with exit code 3(?s:.*)stderr: line 99$"),
        ("killed_by_signal", agreement.DiedError, r"died with signal 11 \(SIGSEGV\)"),
        ("leaves_early", agreement.DiedError, "died with exit code 0; expected: event, done"),
        ("no_outcome", agreement.OutcomeError, r"left no outcome/outcome\.json"),
        ("bad_outcome", agreement.OutcomeError, "Invalid enum value 'fine'"),
        ("lost_table", agreement.OutcomeError, r"names 't\.arrow', which is no file"),
        ("extra_output", agreement.ProtocolError, "expected nothing before it is asked again"),
        ("faulty", agreement.FaultError, "the disk is full"),
        ("slow_describe", agreement.TimedOutError, "expected: description"),
        ("other_contract", agreement.DescriptionError, "contract version 99"),
    ],
)  # fmt: skip
def test_a_misbehaving_program_is_told_by_name_and_in_time(
    reached: Reach, workspace: Path, name: str, error: type[Exception], message: str
) -> None:
    candidate = reached(misbehaving(name), message_timeout=QUICK, run_timeout=2.0)
    start = time.monotonic()
    with pytest.raises(error, match=message) as told:
        candidate.run(workspace, workspace, ignore)
    assert time.monotonic() - start < 10
    assert told.value.args[0].startswith("cmd:")


def test_the_last_twenty_lines_of_stderr_are_told(reached: Reach, workspace: Path) -> None:
    with pytest.raises(agreement.DiedError) as told:
        reached(misbehaving("dies")).run(workspace, workspace, ignore)
    lines = [line for line in str(told.value).splitlines() if "stderr: " in line]
    assert lines == [f"  stderr: line {n}" for n in range(80, 100)]


def test_stderr_is_drained(reached: Reach, workspace: Path) -> None:
    candidate = reached(misbehaving("chatty"))
    for _ in range(2):
        assert read_outcome_document(candidate.run(workspace, workspace, ignore))


def test_a_run_has_only_so_many_bytes_of_messages(
    reached: Reach, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "MAX_RUN_BYTES", 10_000)
    with pytest.raises(agreement.ProtocolError, match="more than 10,000 bytes of messages"):
        reached(misbehaving("endless")).run(workspace, workspace, ignore)


def test_a_program_that_will_not_leave_is_killed(reached: Reach) -> None:
    candidate = reached(misbehaving("will_not_leave"))
    candidate.describe()
    start = time.monotonic()
    candidate.close()
    assert time.monotonic() - start < 6


# --- one program for many runs, and restarts ---------------------------------------------------


def test_a_program_is_started_once_and_again_after_a_stop(reached: Reach, workspace: Path) -> None:
    candidate = reached(misbehaving("behaves"))
    for _ in range(3):
        candidate.run(workspace, workspace, ignore)
    with pytest.raises(Stopped):
        candidate.run(workspace, workspace, stop_at_once)
    candidate.run(workspace, workspace, ignore)
    starts = (workspace / "starts").read_text().split()
    assert len(set(starts[:4])) == 1
    assert starts[4] not in starts[:4]
    assert not exists(int(starts[0]))


def test_a_program_that_says_it_is_broken_takes_the_next_run(
    reached: Reach, workspace: Path
) -> None:
    candidate = reached(in_worker("RunRaises"))
    for _ in range(2):
        with pytest.raises(agreement.FaultError, match="ZeroDivisionError"):
            candidate.run(workspace, workspace, ignore)
    assert candidate.describe().name == "in-process"


def test_a_program_is_killed_at_the_moment_asked_for(reached: Reach, workspace: Path) -> None:
    candidate = reached(misbehaving("hangs"), message_timeout=30)
    candidate.describe()
    candidate.kill_after(0.2)
    start = time.monotonic()
    with pytest.raises(Stopped):
        candidate.run(workspace, workspace, ignore)
    assert 0.2 <= time.monotonic() - start < 5


def test_a_run_that_ends_before_its_kill_is_not_disturbed(reached: Reach, workspace: Path) -> None:
    candidate = reached(misbehaving("behaves"))
    candidate.kill_after(30)
    candidate.run(workspace, workspace, ignore)
    candidate.run(workspace, workspace, ignore)  # and the next has none


def test_a_candidate_that_was_never_closed_leaves_no_process(workspace: Path) -> None:
    candidate = reach(misbehaving("behaves"))
    candidate.run(workspace, workspace, ignore)
    process_id = int((workspace / "starts").read_text())
    del candidate
    assert not exists(process_id)


def test_the_limits_are_those_that_are_told() -> None:
    assert OutcomeLimits().document_bytes == 4 * 2**20
    assert OutcomeLimits().total_bytes == 4 * 2**30
    assert program.MAX_LINE_BYTES == 16 * 2**20
    assert process.MESSAGE_TIMEOUT == 60
