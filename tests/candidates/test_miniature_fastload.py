"""The process protocol carries the same verdicts, in another language and for a served loader.

One candidate is a short script for node that imports nothing of ours, others are Python
loaders in processes of their own; all are held against the reference, run directly:
on fixed jobs, and by the properties of the registry.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from candidates.reach import BUILT_IN, ReachedCandidate, reach
from properties.engine.observed import Observed, read_observed
from properties.engine.registry import Property, select
from properties.engine.running import Effort, run_property
from properties.strategies.fastload.jobs import PLAIN, fastload_scenarios
from specs.contract import Case, TeradataSystem
from specs.contract.directories import CaseBundle, write_case
from specs.contract.results import PropertyResult
from specs.fastload.plan import (
    DEFAULT_ERROR_LIMIT,
    Assignment,
    FastLoadPlan,
    FastLoadStep,
    Input,
    Load,
    SourceField,
)
from specs.fastload.report import load_reports
from specs.sql.statements import CreateTable, DropTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

ROOT = Path(__file__).parents[2]
MINIATURE = f"cmd:node {shlex.quote(str(ROOT / 'tests/samples/miniatures/fastload.mjs'))}"
SERVE = f"cmd:{shlex.quote(sys.executable)} tests/samples/miniatures/served.py"


SPECS = {
    "reference": "reference",
    "served reference": f"{SERVE} {BUILT_IN['reference']}",
    "polars": "polars",
    "served polars": f"{SERVE} {BUILT_IN['polars']}",
    "miniature": MINIATURE,
}

Candidates = Callable[[str], ReachedCandidate]


@pytest.fixture(scope="module")
def candidates() -> Iterator[Candidates]:
    """Candidates by name, each reached once for all cases."""
    reached: dict[str, ReachedCandidate] = {}

    def candidate(name: str) -> ReachedCandidate:
        if name not in reached:
            reached[name] = reach(SPECS[name])
        return reached[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        yield candidate
        for each in reached.values():
            each.close()


def job(
    data: bytes,
    *,
    unique: bool = False,
    index: PrimaryIndex | None = None,
    error_limit: int = DEFAULT_ERROR_LIMIT,
    stop: bool = False,
    case_specific: bool = False,
    first: tuple[FastLoadStep, ...] = (),
    **input_options: Any,
) -> CaseBundle:
    """Load ``data`` into t (id INTEGER NOT NULL, name VARCHAR(4), note VARCHAR(9))."""
    table = TableDefinition(
        name="t",
        columns=(
            Column(name="id", type="INTEGER", not_null=True),
            Column(name="name", type="VARCHAR(4)"),
            Column(name="note", type="VARCHAR(9)", case_specific=case_specific),
        ),
        kind="MULTISET",
        primary_index=index or PrimaryIndex(("id",), unique=unique),
    )
    source = Input(
        file="t.txt",
        fields=(
            SourceField(name="f_id", type="VARCHAR(12)"),
            SourceField(name="f_name", type="VARCHAR(12)"),
            SourceField(name="f_note", type="VARCHAR(12)"),
        ),
        assignments=(
            Assignment(column="note", field="f_note"),
            Assignment(column="id", field="f_id"),
            Assignment(column="name", field="f_name"),
        ),
        on_bad_record="stop" if stop else "continue",
        **input_options,
    )
    load = Load(
        target="t",
        error_table_1="t_e1",
        error_table_2="t_e2",
        inputs=(source,),
        error_limit=error_limit,
    )
    plan = FastLoadPlan(steps=(*first, CreateTable(definition=table), load))
    return CaseBundle(Case(script="", plan=plan, system=TeradataSystem(amps=3)), {"t.txt": data})


JOBS = {
    "clean": job(b"1|one|a\n2|two|b\n"),
    "no line end, CRLF": job(b"1|one|a\r\n2|two|b"),
    "empty file": job(b""),
    "duplicates": job(b"1|Ab |x\n1|aB|x \n1||x\n1||x\n1|ab|X\n"),
    "duplicates under a UPI": job(b"1|a|x\n1|a|x\n2|a|x\n", unique=True),
    "UPI violations": job(b"1|a|x\n1|b|x\n2|a|x\n+1|c|\n", unique=True),
    "UPI on text": job(b"1|a|x\n2|A |x\n3||x\n4||x\n", index=PrimaryIndex(("name",), unique=True)),
    "values": job(
        b" 7 |a|\n-0|b|\n2147483647|c|\n2147483648|d|\n-2147483648|e|\n-2147483649|f|\n"
        b"1.0|g|\n  |h|\n1e2|i|\n|j|\n99999999999|k|\n"
    ),
    "texts": job("1|éüßñ𝄞|ß\n1|éüßñ𝄞|SS\n2|abcdefgh|   \n".encode()),
    "bad records": job(b"1|a\n1|a|b|c\n\n2|a|b\n1|aaaaaaaaaaaaa|b\n" + b"x" * 64_001 + b"\n"),
    "another delimiter": job("1§§a§b§§c\n".encode(), delimiter="§§"),
}

DECLINED = {
    "RECORD": job(b"1|a|b\n", start=2),
    "a drop": job(b"1|a|b\n", first=(DropTable(table="t"),)),
    "CASESPECIFIC": job(b"1|a|b\n", case_specific=True),
    "gzip": job(b"\x1f\x8b"),
    "not UTF-8": job(b"1|\xff|\n"),
    "bad record that stops": job(b"1\n", stop=True),
    "error limit": job(b"x|a|b\nx|a|b\n", error_limit=2),
}


def run(candidate: ReachedCandidate, bundle: CaseBundle, directory: Path) -> Observed:
    shutil.rmtree(directory, ignore_errors=True)
    write_case(bundle, directory / "case")
    (directory / "workspace").mkdir()
    events: list[tuple[str, dict[str, Any]]] = []
    outcome = candidate.run(
        directory / "case", directory / "workspace", lambda *event: events.append(event)
    )
    return read_observed(outcome, events)


def content(observed: Observed) -> dict[str, Counter[tuple[Any, ...]]]:
    return {
        name: Counter(table.rows) for name, table in observed.tables.items() if table is not None
    }


@pytest.mark.parametrize("name", [name for name in SPECS if name != "reference"])
@pytest.mark.parametrize("case", JOBS)
def test_a_job_ends_the_same_on(
    candidates: Candidates, tmp_path: Path, case: str, name: str
) -> None:
    expected = run(candidates("reference"), JOBS[case], tmp_path / "expected")
    observed = run(candidates(name), JOBS[case], tmp_path / "observed")
    assert observed.outcome.status == expected.outcome.status == "completed"
    assert observed.outcome.return_code == expected.outcome.return_code
    assert content(observed) == content(expected)
    assert [x.counts for x in load_reports(observed.outcome.report)] == [
        x.counts for x in load_reports(expected.outcome.report)
    ]
    for report, wanted_report in zip(
        load_reports(observed.outcome.report), load_reports(expected.outcome.report), strict=True
    ):
        assert report.summary.splitlines() == wanted_report.summary.splitlines()
    for table, seen in observed.tables.items():
        wanted = expected.tables[table]
        assert seen is not None
        assert wanted is not None
        types = dict(zip(wanted.schema.names, wanted.schema.types, strict=True))
        assert all(seen.schema.field(c).type == types[c] for c in seen.columns)


@pytest.mark.parametrize("case", DECLINED)
def test_what_the_miniature_cannot_do_it_declines(
    candidates: Candidates, tmp_path: Path, case: str
) -> None:
    outcome = run(candidates("miniature"), DECLINED[case], tmp_path / "declined").outcome
    assert outcome.status == "refused"
    assert outcome.error is not None
    assert outcome.error.name == "unsupported_case"
    assert not outcome.tables


def test_the_miniature_claims_no_more_than_it_does(
    candidates: Candidates,
) -> None:
    description = candidates("miniature").describe()
    assert description.language == "JavaScript"
    assert description.capabilities == ("fastload",)
    assert description.exposes == ("content", "counts")


def test_the_miniature_is_one_short_file() -> None:
    source = (ROOT / "tests/samples/miniatures/fastload.mjs").read_text().splitlines()
    code = [line for line in source if line.strip() and not line.lstrip().startswith("//")]
    assert len(code) <= 64
    assert max(map(len, source)) <= 100


SUITES = ("accounts", "duplicates", "error_table_1", "unique_index")
CLAIMS = {claimed.id: replace(claimed, share=0.2) for claimed in select(suites=SUITES)}

PLAIN_JOBS = replace(
    PLAIN,
    editions=("vendor",),
    types=("INTEGER", "VARCHAR(5)", "VARCHAR(2)"),
    max_columns=3,
    not_null=True,
    target=("created",),
    delimiters=("|", ";"),
)
"""What the miniature does not decline, but for columns that are CASESPECIFIC or LATIN."""


def plain(claimed: Property) -> Property:
    """The same claim about plain jobs."""
    suite = claimed.suite.rpartition(".")[2]
    about_errors = suite in ("accounts", "error_table_1")
    jobs = replace(
        PLAIN_JOBS,
        indexes=("upi",) if suite == "unique_index" else ("nupi",),
        faulty=about_errors,
        damaged=about_errors,
    )
    return replace(claimed, scenarios=fastload_scenarios(jobs))


def tried(claimed: Property, candidate: ReachedCandidate, scratch: Path) -> PropertyResult:
    return run_property(claimed, candidate, candidate.describe(), Effort(), scratch)


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_property_gets_the_same_verdict_however_a_loader_is_reached(
    candidates: Candidates, tmp_path: Path, claim: str
) -> None:
    names = ("reference", "polars", "served polars")
    results = {name: tried(CLAIMS[claim], candidates(name), tmp_path) for name in names}
    assert {name: result.verdict for name, result in results.items()} == dict.fromkeys(
        names, "holds"
    ), [result.reason for result in results.values()]
    direct, served = results["polars"], results["served polars"]
    assert direct.classes == served.classes
    assert direct.editions == served.editions


def test_the_miniature_gets_the_verdicts_of_the_reference_on_plain_jobs(
    candidates: Candidates, tmp_path: Path
) -> None:
    results = [tried(plain(each), candidates("miniature"), tmp_path) for each in CLAIMS.values()]
    verdicts = Counter(result.verdict for result in results)
    assert set(verdicts) == {"holds", "not_supported"}, results
    held = [result.id for result in results if result.verdict == "holds"]
    assert len(held) >= 5
    for claim in held:
        assert tried(plain(CLAIMS[claim]), candidates("reference"), tmp_path).verdict == "holds"


def test_the_miniature_holds_a_property_of_the_registry_as_it_is(
    candidates: Candidates, tmp_path: Path
) -> None:
    claimed = CLAIMS[
        "fastload.unique_index.equals_of_the_row_that_stays_are_duplicates_and_no_violations"
    ]
    result = tried(claimed, candidates("miniature"), tmp_path)
    assert result.verdict == "holds"
    assert result.declined, "the reports count what it declined; it conforms to no rule in whole"
    assert set(result.editions) == {"vendor"}
