"""Input files that are named pipes: the pipes themselves, and loaders that read from them."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from polars_loader_cases import content, fastload_case, ignore

from candidates.polars.loader import PolarsLoader
from properties.engine.pipes import as_pipes
from reference.candidate import ReferenceLoader
from specs.contract import Candidate, Outcome, Stopped
from specs.contract.directories import read_case, read_outcome_document

DATA = b"".join(b"%d|%d.25|n%d\n" % (n % 37, n, n % 3) for n in range(60)) + b"x|1|a\nbad\n" * 3
LARGE = b"".join(b"%d|%d.25|n\n" % (n, n % 99) for n in range(20_000))
"""More than a pipe holds at a time."""

LOADERS = (ReferenceLoader, PolarsLoader)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def run(loader: Candidate, case: Path, workspace: Path, emit: Any = ignore) -> Outcome:
    """Run a case whose input is a named pipe."""
    with as_pipes(case / "files", ["in.txt"]):
        loader.run(case, workspace, emit)
    return read_outcome_document(workspace / "outcome")


# --- the pipes -----------------------------------------------------------------------------------


def test_a_pipe_gives_its_bytes_once_and_its_first_byte_alone(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(LARGE)
    with as_pipes(tmp_path, ["f"]):
        assert (tmp_path / "f").is_fifo()
        with (tmp_path / "f").open("rb", buffering=0) as stream:
            assert stream.read(100) == LARGE[:1]
            assert b"".join(iter(lambda: stream.read(1 << 20), b"")) == LARGE[1:]
        assert (tmp_path / "f").read_bytes() == b""


def test_what_one_reader_of_a_pipe_left_unread_the_next_does_not_get_whole(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(LARGE)
    with as_pipes(tmp_path, ["f"]):
        with (tmp_path / "f").open("rb") as stream:
            assert stream.read(2) == LARGE[:2]
        assert len((tmp_path / "f").read_bytes()) < len(LARGE) - 2


def test_a_pipe_that_nobody_opens_or_that_is_left_full_keeps_nobody_waiting(tmp_path: Path) -> None:
    for name in ("f", "g"):
        (tmp_path / name).write_bytes(LARGE)
    with as_pipes(tmp_path, ["f", "g"]), (tmp_path / "g").open("rb", buffering=0) as stream:
        assert stream.read(1)


def test_who_comes_too_late_or_writes_into_a_pipe_does_not_wait(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(DATA)
    with as_pipes(tmp_path, ["f"], patience=0.0):
        assert (tmp_path / "f").read_bytes() == b""
        (tmp_path / "f").open("wb").close()


def test_a_whole_case_is_read_with_what_comes_out_of_its_pipes(tmp_path: Path) -> None:
    case = fastload_case(tmp_path / "case", LARGE)
    bundle = read_case(case)
    with as_pipes(case / "files", ["in.txt"]):
        assert read_case(case) == bundle
    assert bundle.files == {"in.txt": LARGE}


# --- loaders -------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [DATA, DATA[:-1], LARGE, b"", b"7", b"\n"], ids=len)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("loader", LOADERS)
def test_a_pipe_loads_like_a_file(
    tmp_path: Path, loader: type[Candidate], packed: bool, data: bytes
) -> None:
    case = fastload_case(tmp_path / "case", gzip.compress(data, mtime=0) if packed else data)
    loader().run(case, tmp_path / "file", ignore)
    outcome = read_outcome_document(tmp_path / "file" / "outcome")
    piped = run(loader(), case, tmp_path / "pipe")
    assert outcome.status == "completed"
    assert content(tmp_path / "pipe", piped) == content(tmp_path / "file", outcome)


@pytest.mark.parametrize(
    "data", [gzip.compress(DATA, mtime=0)[:-9], b""], ids=["cut short", "no bytes"]
)
@pytest.mark.parametrize("loader", LOADERS)
def test_gzip_that_ends_too_early_pauses_the_load(
    tmp_path: Path, loader: type[Candidate], data: bytes
) -> None:
    case = fastload_case(tmp_path / "case", data, file="in.txt.gz")
    with as_pipes(case / "files", ["in.txt.gz"]):
        loader().run(case, tmp_path / "pipe", ignore)
    outcome = read_outcome_document(tmp_path / "pipe" / "outcome")
    assert outcome.error is not None
    assert (outcome.status, outcome.error.name) == ("paused", "input_unreadable")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("checkpoint", [None, 7])
@pytest.mark.parametrize("loader", [ReferenceLoader(), PolarsLoader(piece_bytes=100)])
def test_a_restart_opens_the_pipe_once_more_and_ends_like_no_stop(
    tmp_path: Path, loader: Candidate, checkpoint: int | None, packed: bool
) -> None:
    data = gzip.compress(DATA, mtime=0) if packed else DATA
    case = fastload_case(tmp_path / "case", data, checkpoint=checkpoint, sessions=1)
    names: list[str] = []
    whole = tmp_path / "whole"
    loader.run(case, whole, lambda name, details: names.append(name))
    expected = content(whole, read_outcome_document(whole / "outcome"))
    for number in range(0, len(names), 3):
        case = fastload_case(tmp_path / "case", data, checkpoint=checkpoint, sessions=1)
        events = iter(range(number))

        def stop(name: str, details: dict[str, Any], events: Iterator[int] = events) -> None:
            if next(events, None) is None:
                raise Stopped(name)

        workspace = tmp_path / f"stopped-{number}"
        with pytest.raises(Stopped):
            run(loader, case, workspace, stop)
        case = fastload_case(tmp_path / "case", data, checkpoint=checkpoint, sessions=1)
        assert content(workspace, run(loader, case, workspace)) == expected


@pytest.mark.parametrize("loader", LOADERS)
def test_a_restart_whose_pipe_gives_other_bytes_notices(
    tmp_path: Path, loader: type[Candidate]
) -> None:
    options: dict[str, Any] = {"checkpoint": 2, "on_bad_record": "stop"}
    case = fastload_case(tmp_path / "case", b"1|1|a\n2|1|a\nbad\n", **options)
    assert run(loader(), case, tmp_path / "ws").status == "paused"
    for data in (b"1|1|a\n9|1|a\n3|1|a\n", b"1|1|a\n", b""):
        case = fastload_case(tmp_path / "case", data, **options)
        outcome = run(loader(), case, tmp_path / "ws")
        assert outcome.error is not None
        assert outcome.error.name == "input_changed"
    case = fastload_case(tmp_path / "case", b"1|1|a\n2|1|a\n3|1|a\n", **options)
    assert run(loader(), case, tmp_path / "ws").status == "completed"
