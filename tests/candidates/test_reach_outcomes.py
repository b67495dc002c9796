"""What a foreign candidate leaves is read by a process that may die of it, and told by name."""

from __future__ import annotations

import datetime
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from engine_samples import scenario

from candidates.reach import agreement, outcome_client, outcomes, reach
from candidates.reach.outcome_server import OutcomeLimits
from candidates.reach.outcomes import DirectReader, GuardedReader, read_table
from candidates.reach.removal import remove_tree
from loadproof.running import run_job
from loadproof.script_case import ScriptJob
from loadproof.selection import Chosen
from properties.engine.observed import read_observed
from properties.engine.trial import Difference, Trial
from specs.contract.directories import arrow_bytes
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

SAMPLES = Path(__file__).parents[1] / "samples"
SMALL = OutcomeLimits(
    document_bytes=10_000, document_depth=8, files=20, path_depth=3, total_bytes=1 << 20
)
TABLE = TableDefinition(
    name="t",
    columns=(Column(name="k", type="INTEGER"), Column(name="v", type="VARCHAR(9)")),
    primary_index=PrimaryIndex(("k",)),
)
ROWS = pa.table({"k": pa.array([1, 2, None], pa.int32()), "v": ["a", "", None]}).cast(
    TABLE.arrow_schema()
)
DOCUMENT = '{"status": "completed", "return_code": 0, "tables": {"t": ["t.arrow"]}}'


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """An outcome with a table t of one part, ``t.arrow``."""
    place = tmp_path / "outcome"
    place.mkdir()
    (place / "outcome.json").write_text(DOCUMENT)
    (place / "t.arrow").write_bytes(arrow_bytes(ROWS))
    yield place
    remove_tree(place)


@pytest.fixture
def guarded() -> GuardedReader:
    return GuardedReader("cmd:it", SMALL)


def read_all(guarded: GuardedReader, directory: Path) -> pa.Table:
    return read_table(guarded, directory, guarded.document(directory).tables["t"])


# --- right outcomes ------------------------------------------------------------------------------


def test_it_reads_what_a_direct_reader_reads(directory: Path, guarded: GuardedReader) -> None:
    direct = DirectReader("polars")
    assert guarded.document(directory) == direct.document(directory)
    table = read_all(guarded, directory)
    assert table.equals(direct.file(directory, "t.arrow"), check_metadata=True)
    assert table.equals(ROWS, check_metadata=True)
    assert read_observed(directory, []) == read_observed(directory, [], direct)


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", None]).cast(pa.string_view()),
        pa.array(["a", "a"]).dictionary_encode(),
        pa.array(["a", "b"], pa.large_string()),
        pa.array([b"a", b"\xff"]),
        pa.array([1.5, float("nan")]),
        pa.array([datetime.date.min, datetime.date.max]),
        pa.array([datetime.time.max]),
        pa.array([datetime.datetime.max, None]),
        pa.array([1_000], pa.timestamp("ns")),
        pa.array([1], pa.uint64()),
        pa.array([None, None]),
        pa.array([], pa.string()),
    ],
    ids=lambda column: str(column.type),
)
def test_columns_of_every_type_of_a_table_are_read(
    directory: Path, guarded: GuardedReader, column: pa.Array
) -> None:
    table = pa.table({"c": column})
    (directory / "t.arrow").write_bytes(arrow_bytes(table))
    assert read_all(guarded, directory).cast(table.schema).equals(table) or column.type == "double"


def test_row_files_and_parts_are_read(directory: Path, guarded: GuardedReader) -> None:
    (directory / "deeper").mkdir()
    (directory / "deeper" / "1.ndjson").write_text('{"columns": {"k": "INTEGER"}}\n{"k": 7}\n')
    (directory / "2.ndjson").write_text('{"columns": {"k": "INTEGER"}}\n{"k": null}\n')
    (directory / "outcome.json").write_text(
        DOCUMENT.replace('"t.arrow"', '"./deeper/1.ndjson", "2.ndjson"')
    )
    assert read_all(guarded, directory).to_pylist() == [{"k": 7}, {"k": None}]


def test_one_process_reads_everything(directory: Path, guarded: GuardedReader) -> None:
    guarded.document(directory)
    first = reader_process()
    for _ in range(20):
        read_all(GuardedReader("cmd:another"), directory)
    assert reader_process() == first


def test_what_was_read_stays_when_the_file_changes(directory: Path, guarded: GuardedReader) -> None:
    table = read_all(guarded, directory)
    os.truncate(directory / "t.arrow", 0)
    assert table.to_pylist() == ROWS.to_pylist()


def reader_process() -> int:
    service = outcomes._process._service
    assert service is not None
    return service._popen.pid


# --- documents that are none ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "outcome.json is not JSON"),
        ('{"status": ', "outcome.json is not JSON"),
        ('{"status": "\xff"}', "is not JSON: 'utf-8' codec|Outcome document"),
        ("[]", "Expected `object`, got `array`"),
        (DOCUMENT.replace("completed", "fine"), "Invalid enum value 'fine'"),
        (DOCUMENT.replace("0", "9" * 5_000), "outcome.json has a number of 5,000 digits"),
        (DOCUMENT.replace("0", "9" * 21), "outcome.json has a number of 21 digits"),
        (DOCUMENT.replace("0", "1e999999"), "Outcome document: .*range"),
        ("[" * 9_000, "outcome.json is nested deeper than 8 levels"),
        ('{"x": "' + '\\"[' * 3_000 + '"}', "unknown field"),
        (DOCUMENT.replace("}}", "}, " + '"t": 1, ' * 900 + '"t": 1}'), "gives the name 't' 901 times"),
        (DOCUMENT.replace("]}", '], "t": []}'), "gives the name 't' 2 times"),
        (DOCUMENT + " " * 10_000, r"outcome.json has 10,\d+ bytes; expected at most 10,000"),
        (DOCUMENT.replace("{", '{"contract": 99, "new": 1, ', 1), "contract version 99"),
        (DOCUMENT.replace('"t.arrow"', ", ".join(['"t.arrow"'] * 21)), "names 21 files"),
        (DOCUMENT.replace("t.arrow", ""), "names '', which is no file"),
        (DOCUMENT.replace("t.arrow", "."), r"names '\.', which is no file"),
        (DOCUMENT.replace("t.arrow", "t.arrow/../t.arrow"), "which is no file"),
        (DOCUMENT.replace("t.arrow", "outcome.json/x"), "which is no file"),
        (DOCUMENT.replace("t.arrow", "\\u0000"), r"names '\\x00', which is no file"),
    ],
)  # fmt: skip
def test_a_document_that_is_none_is_told(
    directory: Path, guarded: GuardedReader, text: str, message: str
) -> None:
    (directory / "outcome.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(agreement.OutcomeError, match=f"^cmd:it: (?s:.*)(?:{message})"):
        guarded.document(directory)


def test_texts_of_a_document_keep_no_control_characters_but_line_ends(
    directory: Path, guarded: GuardedReader
) -> None:
    error = '"error": {"name": "bad_record", "message": "\\u001b[2J one\\ntwo\\r"}'
    (directory / "outcome.json").write_text(DOCUMENT.replace("}}", "}, " + error + "}"))
    told = guarded.document(directory).error
    assert told is not None
    assert told.message == "\\x1b[2J one\ntwo\\r"


# --- directories that hold something else --------------------------------------------------------


def link(directory: Path) -> None:
    (directory / "t.arrow").unlink()
    (directory / "t.arrow").symlink_to("/etc/passwd")


def link_within(directory: Path) -> None:
    (directory / "unnamed").symlink_to("t.arrow")


def linked_directory(directory: Path) -> None:
    directory.rename(directory.with_name("elsewhere"))
    directory.symlink_to("elsewhere")


def pipe(directory: Path) -> None:
    os.mkfifo(directory / "pipe")


def deep(directory: Path) -> None:
    (directory / "a" / "b" / "c" / "d").mkdir(parents=True)


def many(directory: Path) -> None:
    for number in range(20):
        (directory / str(number)).touch()


def large(directory: Path) -> None:
    (directory / "unnamed").touch()
    os.truncate(directory / "unnamed", 1 << 40)


def gone(directory: Path) -> None:
    remove_tree(directory)


def no_document(directory: Path) -> None:
    (directory / "outcome.json").unlink()


def directory_for_document(directory: Path) -> None:
    (directory / "outcome.json").unlink()
    (directory / "outcome.json").mkdir()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (link, r"'outcome/t\.arrow' is a link; an outcome holds plain files"),
        (link_within, "'outcome/unnamed' is a link"),
        (linked_directory, "outcome is a link; expected a directory"),
        (pipe, "'outcome/pipe' is a named pipe"),
        (deep, "'outcome/a/b/c/d': directories in one another deeper than 3"),
        (many, "outcome/ holds more than 20 files and directories"),
        (large, r"the outcome's files have 1,099,511,\d+,\d+ bytes; expected at most 1,048,576"),
        (gone, "said it was done but left no outcome/outcome.json"),
        (no_document, "said it was done but left no outcome/outcome.json"),
        (directory_for_document, "said it was done but left no outcome/outcome.json"),
    ],
)
def test_a_directory_that_holds_something_else_is_told(
    directory: Path, guarded: GuardedReader, change: Callable[[Path], None], message: str
) -> None:
    change(directory)
    with pytest.raises(agreement.OutcomeError, match=f"^cmd:it: {message}"):
        guarded.document(directory)


@pytest.mark.parametrize("name", ["../outside.arrow", "/etc/passwd", "link.arrow", "pipe", "none"])
def test_a_file_that_became_something_else_is_not_read(
    directory: Path, guarded: GuardedReader, name: str
) -> None:
    """As when a candidate changes its outcome after the document was checked."""
    (directory.parent / "outside.arrow").write_bytes(arrow_bytes(ROWS))
    (directory / "link.arrow").symlink_to("../outside.arrow")
    os.mkfifo(directory / "pipe")
    with pytest.raises(agreement.OutcomeError, match="is no plain file in outcome/"):
        guarded.file(directory, name)


# --- files that lie ------------------------------------------------------------------------------


def patched(table: pa.Table, right: bytes, wrong: bytes) -> bytes:
    data = arrow_bytes(table)
    assert data.count(right) == 1
    return data.replace(right, wrong)


def offsets(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def compressed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def of_names(*names: str) -> bytes:
    columns = [pa.array([1]) for _ in names]
    return arrow_bytes(pa.Table.from_arrays(columns, names=list(names)))


TEXTS = pa.table({"v": ["abc", "def"]})
LONG = pa.table({"v": pa.array(["x" * 1_000]).dictionary_encode().take(pa.array([0] * 10_000))})
DATES = pa.table({"d": pa.array([10**9], pa.int32()).cast(pa.date32())})
TIMES = pa.table({"d": pa.array([2**62], pa.int64()).cast(pa.timestamp("us"))})
ZONES = pa.table({"d": pa.array([5], pa.int64()).cast(pa.timestamp("us", "No/Where"))})
NOTHING = pa.Array.from_buffers(pa.null(), 1 << 30, [None])
NANOSECONDS = pa.table({"d": pa.array([1], pa.timestamp("ns"))})

LYING = {
    "offset behind the end": (patched(TEXTS, offsets(0, 3, 6), offsets(0, 3, 1 << 30)), "t.arrow:"),
    "offset before the start": (patched(TEXTS, offsets(0, 3, 6), offsets(0, -9, 6)), "t.arrow:"),
    "offsets that fall": (patched(TEXTS, offsets(0, 3, 6), offsets(0, 5, 3)), "t.arrow:"),
    "not UTF-8": (patched(TEXTS, b"abcdef", b"abc\xff\xfe\xfd"), "t.arrow: .*[Uu][Tt][Ff]-?8"),
    "a column's name that is not UTF-8": (of_names("column").replace(b"column", b"c\xff\xfe\xfdmn"), "t.arrow: .*utf-8"),
    "cut short": (arrow_bytes(ROWS)[:-9], "t.arrow: not a complete Arrow IPC file"),
    "cut in the middle": (arrow_bytes(ROWS)[:200], "t.arrow: not a complete Arrow IPC file"),
    "empty": (b"", "t.arrow: not a complete Arrow IPC file"),
    "another format": (b"PAR1" * 100, "t.arrow: not a complete Arrow IPC file"),
    "one name twice": (of_names("a", "a"), "t.arrow: two columns are named 'a'"),
    "a name with an escape": (of_names("\x1b[2J"), r"the column name '\\+x1b\[2J' holds a character"),
    "lists": (arrow_bytes(pa.table({"l": [[1], [2]]})), "Arrow type list<.*>, which no column"),
    "dates behind the calendar": (arrow_bytes(DATES), "t.arrow: column d: .*days"),
    "moments behind the calendar": (arrow_bytes(TIMES), "t.arrow: column d: .*out of range"),
    "a time zone that is none": (arrow_bytes(ZONES), "t.arrow: .*(zone|No/Where)"),
    "nanoseconds": (arrow_bytes(NANOSECONDS), "t.arrow: .*would lose data"),
    "small until it is unpacked": (compressed(pa.table({"v": ["x" * (4 << 20)]})), "t.arrow: unpacked it has 4,"),
    "small until it is written out": (arrow_bytes(LONG), "t.arrow: unpacked it has 10,"),
    "rows without columns": (arrow_bytes(pa.table({"n": NOTHING})), "t.arrow: unpacked it has 8,589"),
}  # fmt: skip


@pytest.mark.parametrize("name", LYING)
def test_a_file_that_lies_is_told(directory: Path, guarded: GuardedReader, name: str) -> None:
    data, message = LYING[name]
    (directory / "t.arrow").write_bytes(data)
    with pytest.raises(agreement.OutcomeError, match=f"^cmd:it: (?s:.*){message}"):
        read_all(guarded, directory)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "t.ndjson: empty"),
        ('{"columns": {"k": "INTEGER"}}', "t.ndjson: the last line has no line end"),
        ('{"columns": {"k": "INTEGER"}}\n{"k": ' + "9" * 5_000 + "}\n", "t.ndjson, line 2: not JSON"),
        ('{"columns": {"k": "FLOAT"}}\n{"k": ' + "9" * 400 + "}\n", "t.ndjson"),
        ('{"columns": {"k": "INTEGER"}}\n' + "[" * 5_000 + "\n", "t.ndjson.*(recursion|JSON)"),
        ('{"columns": {"k": "DATE"}}\n{"k": "2024-99-99"}\n', "t.ndjson, line 2, column k"),
        ('{"columns": {"k": "VARCHAR(9)"}}\n{"k": "\\ud800"}\n', "t.ndjson"),
    ],
)  # fmt: skip
def test_a_row_file_that_is_none_is_told(
    directory: Path, guarded: GuardedReader, text: str, message: str
) -> None:
    (directory / "t.ndjson").write_text(text)
    (directory / "outcome.json").write_text(DOCUMENT.replace("t.arrow", "t.ndjson"))
    with pytest.raises(agreement.OutcomeError, match=f"^cmd:it: {message}"):
        read_all(guarded, directory)


def test_parts_that_do_not_fit_together_are_told(directory: Path, guarded: GuardedReader) -> None:
    (directory / "u.arrow").write_bytes(of_names("other"))
    (directory / "outcome.json").write_text(DOCUMENT.replace('"t.arrow"', '"t.arrow", "u.arrow"'))
    with pytest.raises(agreement.OutcomeError, match=r"t\.arrow, u\.arrow: expected the parts"):
        read_all(guarded, directory)


# --- readings that go wrong ----------------------------------------------------------------------


def test_a_reading_that_kills_the_reader_is_told_and_the_next_one_works(
    directory: Path, guarded: GuardedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = guarded.document(directory)
    process = reader_process()
    answer = outcome_client._Service.answer

    def killed(service: Any, request: Any) -> Any:
        os.kill(process, signal.SIGSEGV)
        return answer(service, request)

    monkeypatch.setattr(outcome_client._Service, "answer", killed)
    with pytest.raises(
        agreement.OutcomeError,
        match=r"t\.arrow: the process that read it died with signal 11 \(SIGSEGV\)",
    ):
        guarded.file(directory, "t.arrow")
    monkeypatch.undo()
    assert guarded.document(directory) == document
    assert reader_process() != process
    assert not Path(f"/proc/{process}").exists(), "no zombie is left"


def test_a_reading_that_takes_too_long_is_told(directory: Path) -> None:
    rows = '{"k": "2024-02-29"}\n' * 200_000
    (directory / "t.ndjson").write_text('{"columns": {"k": "DATE"}}\n' + rows)
    hurried = GuardedReader("cmd:it", OutcomeLimits(seconds=0.05))
    with pytest.raises(agreement.OutcomeError, match=r"t\.ndjson: reading it took more than 0\.05"):
        hurried.file(directory, "t.ndjson")
    assert GuardedReader("cmd:it").file(directory, "t.arrow").num_rows == 3


def test_a_reading_that_takes_too_much_memory_is_told(directory: Path) -> None:
    (directory / "t.arrow").write_bytes(compressed(pa.table({"v": ["x" * (96 << 20)]})))
    narrow = GuardedReader("cmd:it", OutcomeLimits(memory_bytes=32 << 20))
    with pytest.raises(agreement.OutcomeError, match=r"t\.arrow: .*memory"):
        narrow.file(directory, "t.arrow")


def test_the_reader_ends_with_the_harness(directory: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from candidates.reach import outcomes\n"
        "outcomes.GuardedReader('').document(Path(sys.argv[1]))\n"
        "print(outcomes._process._service._popen.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(directory)], capture_output=True, text=True
    )
    until = time.monotonic() + 10
    while Path(f"/proc/{int(done.stdout)}/exe").exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert not Path(f"/proc/{int(done.stdout)}/exe").exists(), "a zombie has none"


# --- everywhere that outcomes are read -----------------------------------------------------------


def test_a_lying_file_is_a_difference_and_an_outcome_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SAMPLES)
    spec = "py:miniatures.hostile:LiesAboutItsTexts"
    bundle = scenario(1).bundle
    candidate = reach(spec)
    try:
        with pytest.raises(Difference, match=r"the outcome cannot be read: py:.*t\.arrow:"):
            Trial(candidate, tmp_path, candidate.describe()).run(bundle)
    finally:
        candidate.close()
    (tmp_path / "t.txt").write_bytes(bundle.files["t.txt"])
    job = ScriptJob(bundle.case, {"t.txt": tmp_path / "t.txt"}, {})
    (tmp_path / "home").mkdir()
    with pytest.raises(agreement.OutcomeError, match=r"^py:.*t\.arrow:"):
        run_job(Chosen("x", spec), job, tmp_path / "home", lambda n, d: None)
