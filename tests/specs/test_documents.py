"""Documents and tables from outside: whatever is in them, the error says which file it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from properties.engine.history_directory import read_scenario
from specs.contract import Case
from specs.contract.directories import (
    CaseBundle,
    DirectoryError,
    arrow_bytes,
    definition_of,
    encode_document,
    read_arrow,
    read_case_document,
    read_outcome_document,
    write_case,
)
from specs.fastload.plan import Assignment, FastLoadPlan, Input, Load, SourceField
from specs.sql.statements import CreateTable
from specs.sql.tables import Column, TableDefinition

DEEP = b"[" * 10_000 + b"]" * 10_000
HUGE = "9" * 5_000
NO_DOCUMENTS = {
    "empty": b"",
    "deep": DEEP,
    "deep inside": b'{"script":' + DEEP + b"}",
    "deep and unknown": b'{"fnord":' + DEEP + b"}",
    "a number of thousands of digits": b'{"contract":' + HUGE.encode() + b"}",
    "no UTF-8": b'{"script":"\xff"}',
    "half of a character": b'{"script":"\\ud800"}',
    "UTF-16": '{"contract":1}'.encode("utf-16"),
    "NUL bytes": b"\0" * 100,
}


@pytest.mark.parametrize("data", NO_DOCUMENTS.values(), ids=NO_DOCUMENTS)
def test_what_is_no_document_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    for name in ("case.json", "outcome.json"):
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DirectoryError, match=r"case\.json"):
        read_case_document(tmp_path)
    with pytest.raises(DirectoryError, match=r"outcome\.json"):
        read_outcome_document(tmp_path)


def test_a_document_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "case.json").mkdir()
    with pytest.raises(DirectoryError, match=r"case\.json: cannot be read"):
        read_case_document(tmp_path)


@pytest.mark.parametrize("data", NO_DOCUMENTS.values(), ids=NO_DOCUMENTS)
def test_what_is_no_scenario_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    write_case(CaseBundle(case()), tmp_path)
    (tmp_path / "history.json").write_bytes(data)
    with pytest.raises(DirectoryError, match=r"history\.json"):
        read_scenario(tmp_path)


def case() -> Case:
    definition = TableDefinition(name="t", columns=(Column(name="a", type="INTEGER"),))
    source = Input(
        file="f",
        fields=(SourceField(name="x", type="VARCHAR(9)"),),
        assignments=(Assignment(column="a", field="x", conversion="FLOAT"),),
    )
    load = Load(target="t", error_table_1="e1", error_table_2="e2", inputs=(source,))
    return Case(script="", plan=FastLoadPlan(steps=(CreateTable(definition=definition), load)))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"type":"INTEGER"', f'"type":"DECIMAL({HUGE})"'),
        ('"type":"VARCHAR(9)"', f'"type":"VARCHAR({HUGE})"'),
        ('"conversion":"FLOAT"', f'"conversion":"FLOAT({HUGE})"'),
        ('"check":null', '"check":{"low":"x","high":null}'),
        ('"check":null', f'"check":{{"low":"{HUGE}","high":null}}'),
        ('"format":null,"check"', '"format":"YYYYfnord","check"'),
        ('"error_limit":1000000', f'"error_limit":{HUGE}'),
    ],
)
def test_a_case_that_no_loader_could_run_is_refused(tmp_path: Path, right: str, wrong: str) -> None:
    text = json.dumps(json.loads(encode_document(case())), separators=(",", ":"))
    assert right in text
    (tmp_path / "case.json").write_text(text.replace(right, wrong, 1))
    with pytest.raises(DirectoryError, match=r"case\.json: not a valid Case") as refused:
        read_case_document(tmp_path)
    assert len(str(refused.value)) < 1_000


@pytest.mark.parametrize("data", NO_DOCUMENTS.values(), ids=NO_DOCUMENTS)
def test_a_schema_with_no_definition_is_refused(data: bytes) -> None:
    with pytest.raises(DirectoryError, match="definition"):
        definition_of(pa.schema([], metadata={b"loadproof.table": data}))


def test_a_damaged_arrow_file_is_refused(tmp_path: Path) -> None:
    data = arrow_bytes(pa.table({"a": ["x" * 100, "y", None] * 10}))
    path = tmp_path / "t.arrow"
    ends: set[str] = set()
    for at in range(0, len(data), 3):
        damaged = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        path.write_bytes(damaged)
        try:
            read_arrow(path).to_pylist()
            ends.add("read")
        except DirectoryError as error:
            assert "t.arrow" in str(error)  # noqa: PT017  # either is fine
            ends.add("refused")
    assert ends == {"read", "refused"}


CUT_SHORT = """
import os, sys
from pathlib import Path
from specs.contract.directories import read_arrow
table = read_arrow(Path(sys.argv[1]))
os.truncate(sys.argv[1], 0)
print(table.column("a").to_pylist()[-1])
"""


def test_a_file_that_is_cut_short_later_does_not_end_the_process(tmp_path: Path) -> None:
    path = tmp_path / "t.arrow"
    path.write_bytes(arrow_bytes(pa.table({"a": list(range(1_000_000))})))
    done = subprocess.run(
        [sys.executable, "-c", CUT_SHORT, str(path)],
        capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "999999", done.returncode
