"""The process protocol carries the same verdicts, in another language and for a served loader.

One candidate is a script for node that imports nothing of ours, others are Python loaders behind
``python -m candidates.serve``; all are held against the reference, run directly.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from candidates.reach import BUILT_IN, ReachedCandidate, reach
from properties.observed import Observed, read_observed
from specs.contract import Case, Cluster
from specs.directories import CaseBundle, write_case
from specs.plans import (
    Assignment,
    CreateTable,
    DropTable,
    FastLoadPlan,
    FastLoadStep,
    Input,
    Load,
    SourceField,
)
from specs.tables import Column, PrimaryIndex, TableDefinition

ROOT = Path(__file__).parent.parent
MINIATURE = f"cmd:node {shlex.quote(str(ROOT / 'tests/miniatures/fastload.mjs'))}"
SERVE = f"cmd:{shlex.quote(sys.executable)} -m candidates.serve"
REFERENCE = "py:reference.candidate:factory"


SPECS = {
    "reference": REFERENCE,
    "served reference": f"{SERVE} {REFERENCE}",
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
    error_limit: int = 1000,
    stop: bool = False,
    first: tuple[FastLoadStep, ...] = (),
    **input_options: Any,
) -> CaseBundle:
    """Load ``data`` into t (id INTEGER NOT NULL, name VARCHAR(4), note VARCHAR(9) CASESPECIFIC)."""
    table = TableDefinition(
        name="t",
        columns=(
            Column(name="id", type="INTEGER", not_null=True),
            Column(name="name", type="VARCHAR(4)"),
            Column(name="note", type="VARCHAR(9)", case_specific=True),
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
    return CaseBundle(Case(script="", plan=plan, cluster=Cluster(amps=3)), {"t.txt": data})


JOBS = {
    "clean": job(b"1|one|a\n2|two|b\n"),
    "no line end, CRLF": job(b"1|one|a\r\n2|two|b"),
    "empty file": job(b""),
    "drop of a missing table": job(b"1|a|b\n", first=(DropTable(table="t"),)),
    "duplicates": job(b"1|Ab |x\n1|aB|x \n1||x\n1||x\n1|ab|X\n"),
    "duplicates under a UPI": job(b"1|a|x\n1|a|x\n2|a|x\n", unique=True),
    "UPI violations": job(b"1|a|x\n1|b|x\n2|a|x\n+1|c|\n", unique=True),
    "UPI on text": job(b"1|a|x\n2|A |x\n3||x\n4||x\n", index=PrimaryIndex(("name",), unique=True)),
    "values": job(
        b" 7 |a|\n-0|b|\n2147483647|c|\n2147483648|d|\n-2147483648|e|\n-2147483649|f|\n"
        b"1.0|g|\n  |h|\n1e2|i|\n|j|\n99999999999|k|\n"
    ),
    "texts": job("1|éüßñ𝄞|ß\n1|éüßñ𝄞|SS\n2|abcdefgh|   \n".encode() + b"3|\xff|\n4|\xc3|\n"),
    "bad records": job(b"1|a\n1|a|b|c\n\n2|a|b\n1|aaaaaaaaaaaaa|b\n" + b"x" * 64_001 + b"\n"),
    "another delimiter": job("1§§a§b§§c\n".encode(), delimiter="§§"),
}

DECLINED = {
    "RECORD": job(b"1|a|b\n", start=2),
    "gzip": job(b"\x1f\x8b"),
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
    assert [x.counts for x in observed.outcome.loads] == [x.counts for x in expected.outcome.loads]
    assert [x.summary for x in observed.outcome.loads] == [
        x.summary for x in expected.outcome.loads
    ]
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
