"""Inputs are read a part at a time: by the reference and by the polars loader alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from polars_loader_cases import fastload_case, ignore, table

from candidates.polars.loader import PolarsLoader
from reference.candidate import ReferenceLoader
from specs.contract import Outcome
from specs.contract.directories import read_outcome_document

LOADERS: dict[str, Callable[[], Any]] = {
    "reference": ReferenceLoader,
    "polars": lambda: PolarsLoader(piece_bytes=100),
}
RECORDS = b"".join(b"%d|1.50|ab\n" % number for number in range(100_000))
"""More than any loader reads ahead."""


def write_more(file: Path) -> None:
    with file.open("ab") as stream:
        stream.write(b"0|1.50|ab\n")


def replace_it(file: Path) -> None:
    other = file.with_suffix(".new")
    other.write_bytes(RECORDS)
    other.replace(file)


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "longer": (write_more, "its size changed"),
    "another": (replace_it, "another file took its place"),
    "removed": (Path.unlink, "it was removed"),
}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_while_it_is_read_pauses_the_load_by_name(
    tmp_path: Path, loader: str, change: str
) -> None:
    act, told = CHANGES[change]
    case = fastload_case(tmp_path / "case", RECORDS, block_bytes=100, amps=2)
    pending = [case / "files" / "in.txt"]

    def emit(name: str, details: dict[str, Any]) -> None:
        if name == "block-sent" and pending:
            act(pending.pop())

    outcome = outcome_of(loader, case, tmp_path / "ws", emit)
    assert outcome.status == "paused"
    assert outcome.error is not None
    assert outcome.error.name == "input_changed"
    assert told in outcome.error.message
    assert "in.txt" in outcome.error.message


@pytest.mark.parametrize("loader", LOADERS)
def test_a_block_of_empty_records_gets_full(tmp_path: Path, loader: str) -> None:
    case = fastload_case(tmp_path / "case", b"\n" * 10, block_bytes=4, error_limit=2)
    outcome = outcome_of(loader, case, tmp_path / "ws", ignore)
    assert outcome.error is not None
    assert outcome.error.name == "error_limit_reached"
    # The first block is finished, and holds four.
    assert table(tmp_path / "ws", outcome, "e1").num_rows == 4


@pytest.mark.parametrize("loader", LOADERS)
def test_a_name_with_nul_is_no_file(tmp_path: Path, loader: str) -> None:
    case = fastload_case(tmp_path / "case", b"1|1|a\n")
    document = case / "case.json"
    document.write_bytes(document.read_bytes().replace(b'"in.txt"', rb'"in\u0000.txt"'))
    outcome = outcome_of(loader, case, tmp_path / "ws", ignore)
    assert outcome.status == "refused"
    assert outcome.error is not None
    assert outcome.error.name == "input_unreadable"


def outcome_of(loader: str, case: Path, workspace: Path, emit: Any) -> Outcome:
    LOADERS[loader]().run(case, workspace, emit)
    return read_outcome_document(workspace / "outcome")
