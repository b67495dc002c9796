"""Benchmarks: a figure only for right work, and none when nothing was measured."""

from __future__ import annotations

import math
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import polars as pl
import pyarrow as pa
import pytest

from asv_benchmarks import data_sets, figures, run
from asv_benchmarks.benchmarks import fastload
from asv_benchmarks.child import peak_bytes
from asv_benchmarks.data_sets import make_data
from asv_benchmarks.expected import expectation
from asv_benchmarks.peers import check_peer, duckdb_statement, placing_statement
from asv_benchmarks.report import BenchReport, Measurement, read_report, to_json, to_markdown
from asv_benchmarks.run import Selection, run_benchmarks
from asv_benchmarks.store_sales import FIELDS, column_type, script, table_definition
from asv_benchmarks.tpcds import DsdgenMissing, tpcds_extension
from asv_benchmarks.unmeasurable import (
    BenchmarkError,
    BenchmarkInputError,
    NothingMeasured,
    WrongResult,
)
from candidates.reach import BUILT_IN, InProcess
from reference.candidate import factory as reference
from reference.storage.hashing import row_hash
from specs.contract import Case, Description, Outcome
from specs.contract.content import content_digest
from specs.contract.directories import (
    OUTCOME_DIRECTORY,
    arrow_bytes,
    read_outcome_document,
    read_outcome_table,
    write_outcome_document,
)
from specs.fastload.error_tables import error_table_1_schema
from specs.fastload.language import parse
from specs.fastload.report import FastLoadReport, load_reports

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "tests" / "samples" / "miniatures" / "served.py"
TINY = Selection(
    candidates=("reference",),
    formats=("csv",),
    amps=(4,),
    rows=(2_200,),
    data="dirty",
    rounds=1,
    peers=False,
    memory=False,
)


class Tampering:
    """The reference, but ``change`` is done to a table or the document of its outcome."""

    def __init__(self, change: Callable[[Path, Outcome], Outcome]) -> None:
        self.change = change

    def describe(self) -> Description:
        described: Description = reference().describe()
        return described

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        reference().run(case, workspace, emit)
        directory = workspace / OUTCOME_DIRECTORY
        outcome = self.change(directory, read_outcome_document(directory))
        write_outcome_document(outcome, directory)


class Breaking(Tampering):
    """It describes itself, but cannot run."""

    def __init__(self) -> None:
        super().__init__(lambda d, o: o)

    def run(self, case: Path, workspace: Path, emit: Any) -> None:
        raise OSError("the disk is full")


def rewrite(directory: Path, outcome: Outcome, name: str, change: Any) -> Outcome:
    rows = change(read_outcome_table(directory, outcome.tables[name]).combine_chunks())
    (directory / "changed.arrow").write_bytes(arrow_bytes(rows))
    return msgspec.structs.replace(outcome, tables={**outcome.tables, name: ("changed.arrow",)})


def dropping_a_row() -> Tampering:
    """Wrong: the last row of the target is lost."""
    return Tampering(
        lambda d, o: rewrite(d, o, load_reports(o.report)[0].target, lambda rows: rows[:-1])
    )


def replacing_a_row() -> Tampering:
    """Wrong: the last row is lost and the first one is there twice."""

    def change(rows: pa.Table) -> pa.Table:
        return pa.concat_tables([rows[:-1], rows[:1]])

    return Tampering(lambda d, o: rewrite(d, o, load_reports(o.report)[0].target, change))


def changing_a_record() -> Tampering:
    """Wrong: a record in error table 1 is not the one that was sent."""

    def change(rows: pa.Table) -> pa.Table:
        records = [b"other", *rows["DataParcel"].to_pylist()[1:]]
        return rows.set_column(0, rows.schema.field(0), pa.array(records, pa.binary()))

    return Tampering(lambda d, o: rewrite(d, o, load_reports(o.report)[0].error_table_1, change))


def losing_error_table_2() -> Tampering:
    """Wrong: the rows that broke the unique index are nowhere."""

    def change(directory: Path, outcome: Outcome) -> Outcome:
        kept = {
            k: v
            for k, v in outcome.tables.items()
            if k != load_reports(outcome.report)[0].error_table_2
        }
        return msgspec.structs.replace(outcome, tables=kept)

    return Tampering(change)


def counting_one_more() -> Tampering:
    """Wrong: the accounts are not those of the file."""

    def change(directory: Path, outcome: Outcome) -> Outcome:
        load = load_reports(outcome.report)[0]
        assert load.counts is not None
        counts = msgspec.structs.replace(load.counts, read=load.counts.read + 1)
        return msgspec.structs.replace(
            outcome,
            report=FastLoadReport(loads=(msgspec.structs.replace(load, counts=counts),)),
        )

    return Tampering(change)


def failing() -> Tampering:
    """Wrong: it says that it failed."""
    return Tampering(lambda d, o: msgspec.structs.replace(o, status="failed", return_code=12))


WRONG = (
    dropping_a_row,
    replacing_a_row,
    changing_a_record,
    losing_error_table_2,
    counting_one_more,
    failing,
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_a_wrong_loader_has_no_figure(
    wrong: Callable[[], Tampering], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BUILT_IN, "wrong", InProcess(__name__, wrong.__name__))
    selection = msgspec.structs.replace(TINY, candidates=("wrong",), directory=tmp_path)
    with pytest.raises(WrongResult, match="wrong: "):
        run_benchmarks(selection)


def test_the_command_fails_without_a_figure_when_a_row_is_lost(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = tmp_path / "bench.json"
    monkeypatch.setitem(BUILT_IN, "wrong", InProcess(__name__, "dropping_a_row"))
    arguments = ["--rows", "500", "--format", "csv", "--rounds", "1", "--no-peers", "--no-memory"]
    code = run.main(["--candidate", "wrong", *arguments, "--json", str(stored)])
    told = capsys.readouterr()
    assert code == 1
    assert "the target holds 499 rows, expected 500" in told.err
    assert "rows/s" not in told.out
    assert not stored.exists()


def test_asv_gets_no_figure_of_a_wrong_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BUILT_IN, "wrong", InProcess(__name__, "dropping_a_row"))
    monkeypatch.setattr(fastload, "CANDIDATES", ("wrong",))
    monkeypatch.setattr(fastload, "ROWS", (500,))
    with pytest.raises(WrongResult):
        fastload.measured()


def test_a_right_loader_is_measured_beside_its_peers_in_both_formats(tmp_path: Path) -> None:
    selection = msgspec.structs.replace(
        TINY, formats=("csv", "csv.gz"), peers=True, memory=True, directory=tmp_path
    )
    report = run_benchmarks(selection)
    assert [m.format for m in report.measurements] == ["csv", "csv.gz"]
    for found in report.measurements:
        assert set(found.peers) == {"duckdb", "bare parse", "pandas parse"}
        assert found.rows == 2_200
        assert found.seconds > 0
        assert found.peak_mb is not None
        assert 20 < found.peak_mb < 2_000
        assert all(peer.ratio > 0 and peer.peak_mb for peer in found.peers.values())
        assert found.work["blocks"] > 0
    assert not (tmp_path / "targets").exists(), "targets are not left behind"


def test_nothing_selected_is_not_a_report() -> None:
    with pytest.raises(NothingMeasured) as caught:
        run_benchmarks(msgspec.structs.replace(TINY, candidates=()))
    assert caught.value.exit_code == 3
    with pytest.raises(NothingMeasured):
        BenchReport(started="", machine={}, versions={}, measurements=())


def test_an_empty_stored_report_is_refused(tmp_path: Path) -> None:
    stored = tmp_path / "bench.json"
    stored.write_text('{"started": "", "machine": {}, "versions": {}, "measurements": []}')
    with pytest.raises(NothingMeasured):
        read_report(stored)
    stored.write_bytes(to_json(report_of(measurement()))[:-40])
    with pytest.raises(BenchmarkInputError, match="not a complete benchmark report"):
        read_report(stored)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"formats": ("orc",)}, "format 'orc': expected csv or csv.gz"),
        ({"amps": (0,)}, "AMPs 0: expected 1 to 1,048,576"),
        ({"rows": (0,)}, "rows 0: ask for at least one"),
        ({"data": "mine"}, "data 'mine': expected one of synthetic, dirty, tpcds"),
        ({"rounds": 0}, "rounds 0"),
    ],
)
def test_a_selection_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BenchmarkInputError, match=message) as caught:
        run_benchmarks(msgspec.structs.replace(TINY, **change))
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("candidate", "message", "code"),
    [
        ("nobody", "'nobody' names no candidate; give one of polars, reference, ", 2),
        ("py:nosuch_module:factory", "module nosuch_module cannot be imported", 2),
        ("py:json:nosuch_factory", "module json has no nosuch_factory", 2),
        ("cmd:/nosuch/program", "'/nosuch/program' cannot be started", 2),
        ("cmd:sh -c 'read line; exit 3'", "died with exit code 3; expected: description", 4),
        ("py:math:pi", "expected a callable", 2),
    ],
)
def test_a_candidate_that_is_not_there_is_told_before_any_work(
    candidate: str, message: str, code: int, tmp_path: Path
) -> None:
    asked = msgspec.structs.replace(TINY, candidates=("polars", candidate), directory=tmp_path)
    with pytest.raises(BenchmarkError, match=message) as caught:
        run_benchmarks(asked)
    assert caught.value.exit_code == code
    assert not list(tmp_path.iterdir()), "no data was made"


def test_a_candidate_that_breaks_while_it_is_measured_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(BUILT_IN, "breaking", InProcess(__name__, "Breaking"))
    asked = msgspec.structs.replace(TINY, candidates=("breaking",))
    with pytest.raises(
        BenchmarkError, match=r"csv, .*cannot be measured: .*disk is full"
    ) as caught:
        run_benchmarks(asked)
    assert caught.value.exit_code == 4


def test_a_program_is_measured_with_its_memory() -> None:
    served = [sys.executable, str(SERVER), str(BUILT_IN["reference"])]
    asked = msgspec.structs.replace(TINY, candidates=(f"cmd:{shlex.join(served)}",), memory=True)
    (found,) = run_benchmarks(asked).measurements
    assert found.peak_mb is not None
    assert found.peak_mb > 20, "more than its supervisor takes"


def test_figures_are_told_before_they_cannot_be_stored(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--rows", "300", "--format", "csv", "--rounds", "1", "--no-peers", "--no-memory"]
    assert run.main(["--candidate", "polars", *arguments, "--json", "/dev/null/x"]) == 4
    told = capsys.readouterr()
    assert "rows/s" in told.out
    assert "bench: [Errno 20] Not a directory: '/dev/null/x'" in told.err


def test_without_duckdb_the_peer_is_left_out_by_name() -> None:
    program = (
        "import sys; sys.modules['duckdb'] = None\n"
        "from asv_benchmarks.run import main\n"
        "sys.exit(main(['--candidate', 'reference', '--rows', '300', '--format', 'csv',"
        " '--rounds', '1']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "Left out: duckdb, because duckdb is not installed" in done.stdout
    assert "bare parse: ratio" in done.stdout


def test_without_the_extra_real_data_is_refused_with_the_way_to_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb_extension_tpcds", None)
    with pytest.raises(DsdgenMissing, match=r"pip install 'loadproof\[tpcds\]'"):
        tpcds_extension()
    with pytest.raises(DsdgenMissing):
        run_benchmarks(msgspec.structs.replace(TINY, data="tpcds", directory=tmp_path))


@pytest.mark.parametrize("name", ["synthetic", "dirty"])
def test_duckdb_reads_the_same_rows_as_are_expected(name: str, tmp_path: Path) -> None:
    data = make_data(name, 5_000, tmp_path)
    types = {f"ss_{field}": column_type(field) for field in FIELDS}
    read = duckdb.read_csv(
        str(data.plain), sep="|", header=False, columns=types, ignore_errors=True
    )
    rows = read.distinct().to_arrow_table().replace_schema_metadata(None)
    expected = data.expected
    assert content_digest(rows) == expected.rows
    assert rows.num_rows == expected.counts.applied + expected.counts.error_table_2
    packed = pl.read_csv(data.packed, separator="|", has_header=False, infer_schema=False)
    assert packed.height == 5_000 == expected.counts.read
    if name == "dirty":
        assert (expected.counts.error_table_1, expected.counts.error_table_2) == (5, 2)
        assert packed.to_series(FIELDS.index("quantity")).str.contains("O").sum() == 5
    assert expected.counts.duplicates == 5


def test_what_duckdb_reads_of_real_data_is_expected_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = make_data("synthetic", 2_000, tmp_path)

    def write(path: Path, scale: float, rows: int) -> int:
        path.write_bytes(known.plain.read_bytes())
        return rows

    monkeypatch.setattr(data_sets, "write_store_sales", write)
    assert make_data("tpcds", 2_000, tmp_path).expected == known.expected


def test_data_is_the_same_every_time_and_other_data_is_not(tmp_path: Path) -> None:
    first, again = (make_data("dirty", 3_000, tmp_path / n) for n in "ab")
    assert first.plain.read_bytes() == again.plain.read_bytes()
    assert first.packed.read_bytes() == again.packed.read_bytes()
    assert first.expected == again.expected
    assert make_data("synthetic", 3_000, tmp_path / "c").expected != first.expected
    first.packed.write_bytes(b"as it was left")
    assert make_data("dirty", 3_000, tmp_path / "a") == first
    assert first.packed.read_bytes() == b"as it was left", "what is there is used again"
    first.plain.unlink()
    assert (
        make_data("dirty", 3_000, tmp_path / "a").packed.read_bytes() == again.packed.read_bytes()
    )


def test_duckdbs_statement_places_rows_as_the_hash_says(tmp_path: Path) -> None:
    data = make_data("synthetic", 1_500, tmp_path)
    assert duckdb_statement(data.plain, 16, tmp_path) == data.expected.counts.applied
    placed = duckdb.sql(
        f"SELECT ss_ticket_number, ss_item_sk, _row_hash, _amp, _uniqueness FROM read_parquet("
        f"'{tmp_path}/placed/**/*.parquet', hive_partitioning = true)"
    ).fetchall()
    definition = table_definition()
    index = [definition.column(f"ss_{name}") for name in ("ticket_number", "item_sk")]
    for ticket, item, hashed, amp, uniqueness in placed[::50]:
        assert hashed == row_hash([ticket, item], index)
        assert amp == ((1 << 20) - 1 - (hashed >> 12)) % 16
        assert uniqueness >= 1
    assert "DISTINCT" in placing_statement(data.plain, 16, tmp_path)


def test_a_peer_that_loses_rows_has_no_figure() -> None:
    check_peer("duckdb", 8, read=10, distinct=8, good=9)
    check_peer("bare parse", 10, read=10, distinct=8, good=9)
    with pytest.raises(WrongResult, match="peer duckdb: no figure, because it kept 7 rows, not 8"):
        check_peer("duckdb", 7, read=10, distinct=8, good=9)
    with pytest.raises(WrongResult, match="kept 8 rows, not 9 to 10"):
        check_peer("bare parse", 8, read=10, distinct=8, good=9)


def test_the_measured_script_parses_and_keeps_its_password() -> None:
    parsed = parse(script("store_sales.csv"))
    assert parsed.plan is not None
    assert "secret" not in parsed.redacted
    assert len(table_definition().columns) == 23
    assert Case(script=parsed.redacted, plan=parsed.plan).edition == "vendor"


def test_expectations_count_every_record() -> None:
    rows = pa.table({"n": [1, 2, 3]})
    rejected = error_table_1_schema().empty_table()
    counts = expectation(rows, rejected, violations=1, duplicates=4).counts
    assert (counts.read, counts.sent, counts.applied) == (7, 7, 2)


def test_peak_memory_is_that_of_this_process_alone() -> None:
    program = "from asv_benchmarks.child import peak_bytes; print(peak_bytes())"
    # a large parent must not show in the child's figure
    program = f"""
import subprocess, sys
ballast = b"x" * 700_000_000
print(subprocess.run([sys.executable, "-c", {program!r}], capture_output=True, text=True).stdout)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert 10e6 < int(done.stdout) < 400e6, done.stderr
    assert peak_bytes() > 10e6


def measurement(**changes: Any) -> Measurement:
    base = Measurement(
        candidate="polars",
        data="synthetic",
        format="csv",
        amps=16,
        rows=1_000,
        megabytes=2.0,
        seconds=0.5,
        all_seconds=(0.5, 0.6),
        rounds=2,
        disturbed_rounds=0,
        disturbed=False,
        peak_mb=123.4,
        work={"blocks": 7},
        peers={},
    )
    return msgspec.structs.replace(base, **changes)


def report_of(*measurements: Measurement) -> BenchReport:
    return BenchReport(
        started="2026-01-01T00:00:00+00:00",
        machine={"cores": "2"},
        versions={"Python": "3.11"},
        measurements=measurements,
        left_out={"duckdb": "it is not installed"},
    )


def test_the_readme_block_is_made_from_the_stored_run(tmp_path: Path) -> None:
    stored, readme = tmp_path / "figures.json", tmp_path / "README.md"
    stored.write_bytes(to_json(report_of(measurement())))
    readme.write_text(f"before\n{figures.START}\nold\n{figures.END}\nafter\n")
    options = ["--bench", str(stored), "--readme", str(readme)]
    assert figures.main([*options, "--check"]) == 1
    assert figures.main(options) == 0
    assert figures.main([*options, "--check"]) == 0
    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "| polars | synthetic | csv | 16 | 1,000 | 0.50 | 2,000 | 4 | 123 |" in text
    assert "Left out: duckdb, because it is not installed." in text
    assert "old" not in text


def test_a_readme_without_the_markers_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored, readme = tmp_path / "figures.json", tmp_path / "README.md"
    stored.write_bytes(to_json(report_of(measurement())))
    readme.write_text("nothing here")
    assert figures.main(["--bench", str(stored), "--readme", str(readme)]) == 2
    assert "expected one line" in capsys.readouterr().err
    assert figures.main(["--bench", str(tmp_path / "no.json"), "--readme", str(readme)]) == 2


def test_a_disturbed_measurement_says_so() -> None:
    assert "(disturbed)" in to_markdown(report_of(measurement(disturbed=True)))


def test_asv_finds_a_figure_for_every_setting() -> None:
    cache = {
        (m.candidate, m.format, m.amps, m.rows): m
        for m in (measurement(), measurement(candidate="reference", rows=5_000))
    }
    benchmark = fastload.FastLoad()
    assert benchmark.track_rows_per_second(cache, "polars", "csv", 16, 1_000) == 2_000
    assert benchmark.track_rows_per_second(cache, "reference", "csv", 16, 5_000) == 10_000
    # a figure of fewer rows than the label says would be a wrong one
    assert math.isnan(benchmark.track_rows_per_second(cache, "reference", "csv", 16, 200_000))
    with pytest.raises(KeyError):
        benchmark.track_rows_per_second(cache, "polars", "csv", 16, 200_000)
    assert benchmark.track_blocks(cache, "polars", "csv", 16, 1_000) == 7
    duckdb_ratio = benchmark.track_time_over_duckdb(cache, "polars", "csv", 16, 1_000)
    assert duckdb_ratio != duckdb_ratio, "NaN: the peer was left out"
