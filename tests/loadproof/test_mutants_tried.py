"""Mutants at work: in processes of their own, noticed, timed out or left over, and gone at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from loadproof.mutants import measuring, trying
from loadproof.mutants.equivalents import Equivalent
from loadproof.mutants.measuring import measure
from loadproof.mutants.sites import SUBJECTS, Mutant, Subject
from loadproof.mutants.trying import DESCRIBE, PropertyOrder, Task, try_mutant, try_mutants
from properties.engine.registry import Property, select
from properties.engine.running import Effort
from reference.storage.hashing import HASH_MULTIPLIER
from reports.verdicts import ExitCode

STRING_3 = "distribution.hashing.the_string_3_has_its_published_row_hash"
FOUR_BYTES = "distribution.hashing.a_row_hash_is_an_answer_of_four_bytes"

REFERENCE = SUBJECTS["reference"]
MARK = "LOADPROOF_TEST_OF_MUTANTS"

FOREVER = """
def {name}(*arguments, **others):
    import threading
    threading.Event().wait()
"""


def the_mutant(module: str, before: str, after: str) -> Mutant:
    (found,) = (
        mutant
        for mutant in REFERENCE.mutants
        if (mutant.module, mutant.before, mutant.after) == (module, before, after)
    )
    return found


OTHER_HASHES = the_mutant(
    "reference.storage.hashing", "HASH_MULTIPLIER = 0x9E3779B6", "HASH_MULTIPLIER = 2654435767"
)
EQUIVALENT = the_mutant(
    "reference.values.conversion",
    "if len(digits) > 19: # more digits than any BIGINT has",
    "if len(digits) > 20: # more digits than any BIGINT has",
)


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """The command lines of all mutants that this test has started and that still run."""
    monkeypatch.setenv(MARK, str(tmp_path))

    def running() -> list[str]:
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes()
                if (
                    b"loadproof.mutants.serving" in line
                    and f"{MARK}={tmp_path}".encode() in (entry / "environ").read_bytes()
                ):
                    found.append(line.decode())
        return found

    return running


@pytest.fixture
def two_properties(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two quick properties stand for all of them."""
    two: tuple[Property, ...] = select(ids=[STRING_3, FOUR_BYTES])
    monkeypatch.setattr(trying, "select", lambda: two)


def task(mutant: Mutant, source: str, seconds: float = trying.SECONDS) -> Task:
    return Task(
        mutant=mutant,
        source=source,
        original=REFERENCE.sources[mutant.module].content.decode(),
        place=REFERENCE.place,
        properties=(FOUR_BYTES, STRING_3),
        effort=Effort(),
        seconds=seconds,
    )


@pytest.mark.usefixtures("two_properties")
def test_a_mutant_is_killed_by_name_and_an_equivalent_is_matched_from_the_list(
    monkeypatch: pytest.MonkeyPatch, processes: Callable[[], list[str]]
) -> None:
    known = Equivalent(
        module=EQUIVALENT.module,
        function=EQUIVALENT.function,
        before=EQUIVALENT.before,
        after=EQUIVALENT.after,
        reason="20 digits are out of range too",
    )
    gone = replace(known, before="if len(digits) > 18:")
    monkeypatch.setattr(measuring, "equivalents", lambda: (known, gone))
    monkeypatch.setattr(Subject, "sample", lambda *_: (EQUIVALENT, OTHER_HASHES))
    progress: list[tuple[int, int]] = []
    told = measure(REFERENCE, 2, Effort(), 1, lambda *done: progress.append(done))
    survived, killed = told.tried
    assert killed.mutant == OTHER_HASHES
    assert (killed.fate, killed.killed_by) == ("killed", STRING_3)
    assert "broke down" not in killed.message
    assert (survived.fate, survived.properties_tried, survived.not_held) == ("survived", 2, {})
    assert [why for _, why in told.equivalents] == ["20 digits are out of range too"]
    assert told.stale == (gone,)
    assert told.exit_code == ExitCode.CONFORMS
    assert progress == [(1, 2), (2, 2)]
    assert processes() == []
    assert HASH_MULTIPLIER == 0x9E3779B6, "the harness has the original"


@pytest.mark.parametrize("moment", ["start", "run"])
def test_an_endless_mutant_is_timed_out_once_and_ended(
    moment: str, processes: Callable[[], list[str]]
) -> None:
    source = REFERENCE.sources["reference.storage.hashing"].content.decode()
    source += FOREVER.format(name="row_hash") + ("row_hash()" if moment == "start" else "")
    # a start takes longer than 3 seconds on a busy machine, and is then what runs out of time
    tried = try_mutant(task(OTHER_HASHES, source, seconds=3.0))
    assert tried.fate == "timed_out"
    assert tried.killed_by in ((DESCRIBE,) if moment == "start" else (DESCRIBE, FOUR_BYTES))
    assert "no answer within 3 s" in tried.message
    assert processes() == []


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_a_mutant_that_does_not_start_is_killed_by_that(subject: Subject) -> None:
    there = next(m for m in subject.mutants if m.module.endswith(".storage.hashing"))
    original = subject.sources[there.module].content.decode()
    broken = replace(task(OTHER_HASHES, "raise ValueError('never')"), mutant=there)
    tried = try_mutant(replace(broken, original=original, place=subject.place))
    assert (tried.fate, tried.killed_by, tried.properties_tried) == ("killed", DESCRIBE, 0)
    assert "never" in tried.message
    assert not tried.error


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("raise ValueError('never')", "never"),
        (REFERENCE.mutated(OTHER_HASHES), "expected 3FDD850D"),
    ],
)
def test_what_is_so_without_the_change_is_no_kill(
    source: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "_right_without_change", set())
    tried = try_mutant(replace(task(OTHER_HASHES, source), original=source))
    assert (tried.fate, tried.killed_by) == ("survived", "")
    assert "it is so without the change: " in tried.error
    assert told in tried.error


def test_a_change_that_is_no_python_is_a_fault_of_the_harness() -> None:
    with pytest.raises(SyntaxError):
        try_mutant(task(OTHER_HASHES, "if"))


@pytest.mark.usefixtures("two_properties")
def test_who_stops_taking_them_ends_the_processes(processes: Callable[[], list[str]]) -> None:
    tried = try_mutants(REFERENCE, [OTHER_HASHES, EQUIVALENT, EQUIVALENT], Effort(), 1)
    assert next(tried).fate == "killed"
    tried.close()
    assert processes() == []


def test_a_stopped_run_is_not_the_end_of_the_mutants_process(tmp_path: Path) -> None:
    (claimed,) = select(ids=["fastload.restarts.two_stops_and_two_restarts_end_like_no_stop"])
    source = REFERENCE.sources["reference.system"].content.decode()
    source += f"""
import os
with open({str(tmp_path / "starts")!r}, "a") as starts:
    starts.write(f"{{os.getpid()}}\\n")
"""
    there = next(mutant for mutant in REFERENCE.mutants if mutant.module == "reference.system")
    tried = try_mutant(replace(task(there, source), properties=(claimed.id,)))
    assert (tried.fate, tried.not_held, tried.error) == ("survived", {}, "")
    assert len((tmp_path / "starts").read_text().splitlines()) == 1


def test_every_property_is_tried_until_one_notices() -> None:
    assert set(PropertyOrder(select()).of("reference.system")) == {c.id for c in select()}
