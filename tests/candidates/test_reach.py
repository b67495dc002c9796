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
    InProcessCandidate,
    ReachedCandidate,
    agreement,
    process,
    reach,
)
from specs.contract import Description, Stopped
from specs.contract.directories import read_outcome_document

HERE = Path(__file__).parents[1]
MINIATURES = HERE / "samples" / "miniatures"
PYTHON = shlex.quote(sys.executable)
QUICK = 1.5
"""A time-out in seconds that is reached on purpose, but never by a Python that starts up."""

Reach = Callable[..., ReachedCandidate]


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reach]:
    """Reach a candidate for the time of a test; afterwards no process is left of it."""
    monkeypatch.syspath_prepend(str(HERE))
    candidates: list[ReachedCandidate] = []
    children_before = children()

    def reach_for_test(spec: str, **limits: Any) -> ReachedCandidate:
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


def in_process(name: str) -> str:
    return f"py:miniatures.in_process:{name}"


def served(name: str) -> str:
    search = f"sys.path[:0] = {[str(HERE.parent), str(HERE)]!r}"
    main = "from candidates.reach.serve import main; sys.exit(main(sys.argv[1:]))"
    return f"cmd:{PYTHON} -c {shlex.quote(f'import sys; {search}; {main}')} {in_process(name)}"


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


def vanishes(process_id: int, seconds: float = 30) -> bool:
    """Whether a killed process, not our child, ends; its pipes close before it is a zombie."""
    deadline = time.monotonic() + seconds
    while exists(process_id) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not exists(process_id)


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
        (in_process("NOT_CALLABLE"), agreement.NoFactoryError, "expected a callable"),
        (in_process("NoRun"), agreement.NoFactoryError, "no method run"),
        (in_process("factory_raises"), agreement.FaultError, "OSError: no licence found"),
    ],
)
def test_a_spec_that_names_no_candidate_is_refused_by_name(
    reached: Reach, spec: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        reached(spec)


def test_a_built_in_name_is_reached_as_its_spec_says(reached: Reach) -> None:
    assert BUILT_IN["polars"] == "py:candidates.polars.loader:factory"
    candidate = reach("mine", built_in={"mine": in_process("Behaving")})
    assert candidate.describe().name == "in-process"
    assert isinstance(candidate, InProcessCandidate)


def test_a_module_beside_the_user_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_own_loader.py").write_text("from miniatures.in_process import Behaving\n")
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    assert reach("py:my_own_loader:Behaving").describe().name == "in-process"


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


@pytest.mark.parametrize("way", [in_process, served])
def test_a_right_candidate_describes_itself_and_runs(
    reached: Reach, workspace: Path, way: Callable[[str], str]
) -> None:
    candidate = reached(way("Behaving"))
    events: list[tuple[str, dict[str, Any]]] = []
    outcome = candidate.run(workspace, workspace, lambda *event: events.append(event))
    assert isinstance(candidate.describe(), Description)
    assert read_outcome_document(outcome).status == "completed"
    assert events == [
        ("phase", {"phase": "acquisition"}),
        ("phase", {"phase": "application"}),
        ("completed", {}),
    ]


@pytest.mark.parametrize("way", [in_process, served])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("DescribeRaises", "RuntimeError: no idea who I am"),
        ("DescribesAsText", "describe.. must give a Description or a dict of its shape"),
        ("UnknownCapability", r"Invalid enum value 'teleport' - at `\$\.capabilities\[0\]`"),
    ],
)
def test_a_wrong_description_is_told(
    reached: Reach, way: Callable[[str], str], name: str, message: str
) -> None:
    with pytest.raises(agreement.CandidateError, match=message):
        reached(way(name)).describe()


@pytest.mark.parametrize("way", [in_process, served])
@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("RunRaises", agreement.FaultError, r"run\(\) raised ZeroDivisionError: rows per AMP"),
        ("RunExits", agreement.FaultError, r"run\(\) raised SystemExit: 1"),
        ("ReturnsPath", agreement.ProtocolError, r"run\(\) returned .*; expected None"),
        ("UnknownEvent", agreement.ProtocolError, r"emit\('half-way', {}\) is no event"),
        ("NoOutcome", agreement.OutcomeError, r"left no outcome/outcome\.json"),
    ],
)
def test_a_wrong_run_is_told(
    reached: Reach,
    workspace: Path,
    way: Callable[[str], str],
    name: str,
    error: type[Exception],
    message: str,
) -> None:
    # a served candidate's fault comes as a fault message, whatever it was
    with pytest.raises(error if way is in_process else agreement.FaultError, match=message):
        reached(way(name)).run(workspace, workspace, ignore)


@pytest.mark.parametrize("way", [in_process, served])
@pytest.mark.parametrize("name", ["Behaving", "BadCleanUp"])
def test_emit_stops_a_candidate(
    reached: Reach, workspace: Path, way: Callable[[str], str], name: str
) -> None:
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
        reached(served("Undead")).run(workspace, workspace, stop_at_once)


@pytest.mark.parametrize("way", [in_process, served])
def test_what_emit_raises_comes_through(
    reached: Reach, workspace: Path, way: Callable[[str], str]
) -> None:
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


def test_a_program_that_will_not_leave_is_killed(reached: Reach) -> None:
    candidate = reached(misbehaving("will_not_leave"))
    candidate.describe()
    start = time.monotonic()
    candidate.close()
    assert time.monotonic() - start < 6


def test_children_of_a_program_are_killed_with_it(reached: Reach, workspace: Path) -> None:
    candidate = reached(misbehaving("hangs_with_child"), message_timeout=QUICK)
    with pytest.raises(agreement.TimedOutError):
        candidate.run(workspace, workspace, ignore)
    assert vanishes(int((workspace / "child").read_text()))


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
    candidate = reached(served("RunRaises"))
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


# --- serving -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("py:no.such.module:f", "no.such.module cannot be imported"),
        ("cmd:true", "speaks the process protocol itself"),
    ],
)
def test_what_cannot_be_served_is_told(
    reached: Reach, monkeypatch: pytest.MonkeyPatch, argument: str, message: str
) -> None:
    monkeypatch.chdir(HERE.parent)
    with pytest.raises(agreement.DiedError, match=rf"exit code 2(?s:.*){message}"):
        reached(f"cmd:{PYTHON} -m candidates.reach.serve {argument}").describe()


def test_the_limits_are_those_that_are_told() -> None:
    assert process.MAX_LINE_BYTES == 16 * 2**20
    assert process.MESSAGE_TIMEOUT == 60
