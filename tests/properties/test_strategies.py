"""The strategies reach every hard class often, and what they find shrinks to almost nothing."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

import properties.engine.fresh_examples
import reference
from properties.engine.classes import classes_of_case
from properties.relations.fastload.loading import ExpectedLoad, expected_loads
from properties.strategies.fastload.jobs import (
    PLAIN,
    JobShape,
    fastload_jobs,
    load_of,
    steps_of,
    with_block_bytes,
    with_load,
)
from properties.strategies.fastload.spellings import SPELLINGS, respelled
from properties.strategies.fastload.texts import DATE_FORMATS, write_date
from properties.strategies.shared.definitions import LOADABLE_TYPES
from reference.jobs import JobEnded
from reference.values.equality import RowKeys
from specs.contract.directories import CaseBundle, definition_of
from specs.fastload.language import parse
from specs.fastload.plan import Load

DRAWS = 200
RICH = JobShape(
    indexes=("nupi", "upi", "nopi"), faulty=True, damaged=True, not_null=True, checks=True,
    ranges=True, around=True, loads=(1, 1, 1, 2), sessions=(None, 1, 3), checkpoints=(None, 2),
)  # fmt: skip
QUIET = settings(
    max_examples=DRAWS,
    backend=properties.engine.fresh_examples.BACKEND,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@cache
def draws(shape: JobShape) -> list[CaseBundle]:
    drawn: list[CaseBundle] = []

    @QUIET
    @given(fastload_jobs(shape))
    def collect(bundle: CaseBundle) -> None:
        drawn.append(bundle)

    collect()
    return drawn


def loads_of(shape: JobShape) -> Iterator[ExpectedLoad]:
    for bundle in draws(shape):
        yield from expected_loads(bundle)


# --- every case is sound -------------------------------------------------------------------------


def test_examples_are_really_different() -> None:
    drawn = {json.dumps(msgspec.to_builtins(bundle.case)) for bundle in draws(RICH)}
    assert len(drawn) > 0.9 * DRAWS


@pytest.mark.parametrize("shape", [RICH, PLAIN, JobShape()], ids=["rich", "plain", "default"])
def test_the_script_of_a_case_is_its_plan(shape: JobShape) -> None:
    for bundle in draws(shape)[::4]:
        tables = {
            name: definition_of(rows.schema)
            for name, rows in bundle.tables.items()
            if rows.schema.metadata
        }
        parsed = parse(bundle.case.script, tables)
        assert parsed.plan == bundle.case.plan, bundle.case.script


@pytest.mark.parametrize("shape", [RICH, PLAIN, JobShape()], ids=["rich", "plain", "default"])
def test_jobs_of_this_shape_complete(shape: JobShape) -> None:
    for bundle in draws(shape):
        result = reference.execute(bundle)
        assert result.status == "completed", (result.error, result.message)


def test_jobs_without_faults_have_none() -> None:
    for shape in (PLAIN, JobShape()):
        assert not [expected.faulty for expected in loads_of(shape) if expected.faulty]


def test_only_what_a_suite_asks_for_is_there() -> None:
    for bundle in draws(PLAIN):
        (source,) = load_of(bundle).inputs
        assert [a.field for a in source.assignments] == [f.name for f in source.fields]
        assert not any(a.conversion or a.format for a in source.assignments)
        assert not bundle.files[source.file].startswith(b"\x1f\x8b")
        assert bundle.case.steps[-1] is load_of(bundle)


# --- the hard classes are reached ----------------------------------------------------------------

LEAST: dict[str, float] = {
    # label of properties.engine.classes -> share of 200 draws of the richest jobs
    "no records": 0.05,
    "1 record": 0.05,
    "2 to 15 records": 0.5,
    "equal records": 0.3,
    "several blocks": 0.2,
    "empty field": 0.3,
    "empty line": 0.03,
    "wrong field count": 0.2,
    "invalid UTF-8": 0.1,
    "non-ASCII text": 0.03,
    "trailing blanks": 0.2,
    "last record without line end": 0.1,
    "CRLF": 0.15,
    "gzip": 0.25,
    "several inputs": 0.1,
    "several loads": 0.1,
    "delimiter of several characters": 0.2,
    "delimiter TAB": 0.05,
    "RECORD": 0.2,
    "THRU": 0.2,
    "NULLIF": 0.2,
    "explicit conversion": 0.3,
    "date FORMAT": 0.02,
    "fields in another order or not used": 0.3,
    "unique primary index": 0.15,
    "SET with plain index": 0.08,
    "MULTISET with plain index": 0.08,
    "no primary index": 0.15,
    "index of several columns": 0.08,
    "NOT NULL": 0.2,
    "CHECK": 0.1,
    "CASESPECIFIC": 0.05,
    "LATIN": 0.05,
    "16-bit hash buckets": 0.2,
    "1 AMP": 0.05,
    "16 to 99 AMPs": 0.05,
    "DROP TABLE": 0.2,
    "DELETE": 0.05,
    "tables there before the job": 0.3,
    "SESSIONS": 0.3,
    "CHECKPOINT": 0.2,
    **{f"{kind} column": 0.05 for kind in ("INTEGER", "DECIMAL", "FLOAT", "DATE", "CHAR")},
    **{f"{kind} column": 0.05 for kind in ("VARCHAR", "TIME", "TIMESTAMP", "BIGINT", "BYTEINT")},
}


def test_every_input_class_is_reached_often() -> None:
    counts = Counter(label for bundle in draws(RICH) for label in classes_of_case(bundle))
    rare = {
        label: f"{counts[label] / DRAWS:.0%} < {least:.0%}"
        for label, least in LEAST.items()
        if counts[label] < least * DRAWS
    }
    assert not rare


def share(shape: JobShape, met: Callable[[ExpectedLoad], bool]) -> float:
    return sum(map(met, loads_of(shape))) / DRAWS


def equal_rows(expected: ExpectedLoad) -> bool:
    keys = RowKeys(expected.definition)
    return len(set(map(keys.of_row, expected.rows))) < len(expected.rows)


def equal_rows_with_null(expected: ExpectedLoad) -> bool:
    keys = RowKeys(expected.definition)
    times = Counter(keys.of_row(row) for row in expected.rows if None in row)
    return max(times.values(), default=0) > 1


def equal_rows_not_identical(expected: ExpectedLoad) -> bool:
    keys = RowKeys(expected.definition)
    return len(set(map(keys.of_row, expected.rows))) < len(set(expected.rows))


def equal_keys_of_different_rows(expected: ExpectedLoad) -> bool:
    keys = RowKeys(expected.definition)
    return len({keys.of_index(row) for row in expected.rows}) < len(
        set(map(keys.of_row, expected.rows))
    )


def all_null_key(expected: ExpectedLoad) -> bool:
    keys = RowKeys(expected.definition)
    return any(set(keys.index_values(row)) == {None} for row in expected.rows)


def different_keys_of_equal_hash(expected: ExpectedLoad) -> bool:
    keys = RowKeys(expected.definition)
    arrived = [fact for fact in expected.facts if fact.row is not None]
    hashes = {fact.row_hash for fact in arrived}
    return len(hashes) < len({keys.of_index(fact.row) for fact in arrived if fact.row is not None})


def several_faults_in_one_record(expected: ExpectedLoad) -> bool:
    return any(len(fact.faults) > 1 for fact in expected.facts)


def violations_of_a_unique_index(expected: ExpectedLoad) -> bool:
    return expected.unique and equal_keys_of_different_rows(expected)


def hour_24(expected: ExpectedLoad) -> bool:
    return any(b"24:00:00" in fact.record.data and fact.faults for fact in expected.facts)


def null_where_none_may_be(expected: ExpectedLoad) -> bool:
    return any(fault.name == "null_in_not_null" for fact in expected.facts for fault in fact.faults)


INDEXED = replace(PLAIN, indexes=("nupi",))
UNIQUE = replace(PLAIN, indexes=("upi",), beside_key=True)
TEXTS = replace(INDEXED, types=("VARCHAR(5)", "CHAR(3)"), max_columns=2, alike=True)
COLLIDING = replace(
    INDEXED, alike=True, types=("BIGINT", "VARCHAR(5)", "TIMESTAMP(6)", "DECIMAL(18,0)")
)
SMALL = replace(
    UNIQUE, types=("INTEGER", "BIGINT", "VARCHAR(5)", "DATE"), max_columns=2, faulty=True,
    damaged=True, ranges=True, packed=True, inputs=(1, 2), around=True,
)  # fmt: skip
FAULTY = replace(PLAIN, faulty=True, max_columns=3)
HALF_TEXTS = replace(
    INDEXED, types=(*LOADABLE_TYPES, *("VARCHAR(5)", "CHAR(3)", "VARCHAR(2)") * 4), alike=True
)
TIMES = replace(
    FAULTY,
    types=("TIME(0)", "TIME(6)", "TIMESTAMP(0)"),
    max_columns=1,
    rewrite=True,
    conversions=(),
)
CONSTRAINED = replace(FAULTY, types=("INTEGER", "VARCHAR(5)", "DATE"), not_null=True, checks=True)


@pytest.mark.parametrize(
    ("shape", "met", "least"),
    [
        (INDEXED, equal_rows, 0.4),
        (INDEXED, equal_rows_with_null, 0.15),
        (TEXTS, equal_rows_not_identical, 0.2),
        (HALF_TEXTS, equal_rows_not_identical, 0.12),
        (INDEXED, equal_keys_of_different_rows, 0.2),
        (INDEXED, all_null_key, 0.15),
        (COLLIDING, different_keys_of_equal_hash, 0.12),
        (UNIQUE, violations_of_a_unique_index, 0.4),
        (FAULTY, several_faults_in_one_record, 0.05),
        (FAULTY, lambda expected: bool(expected.faulty), 0.3),
        (TIMES, hour_24, 0.12),
        (CONSTRAINED, null_where_none_may_be, 0.15),
    ],
)
def test_rows_meet_in_every_hard_way(
    shape: JobShape, met: Callable[[ExpectedLoad], bool], least: float
) -> None:
    assert share(shape, met) >= least


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("bad_character", 0.05),
        ("numeric_overflow", 0.02),
        ("invalid_date", 0.02),
        ("invalid_time", 0.02),
        ("invalid_timestamp", 0.02),
        ("untranslatable_character", 0.05),
        ("null_in_not_null", 0.1),
        ("check_violation", 0.02),
        ("field_count_mismatch", 0.2),
        ("field_too_long", 0.05),
    ],
)
def test_every_error_of_a_record_occurs(name: str, least: float) -> None:
    found = [{f.name for fact in t.facts for f in fact.faults} for t in loads_of(RICH)]
    assert sum(name in names for names in found) >= least * DRAWS


# --- what is found is small ----------------------------------------------------------------------


def records_of(bundle: CaseBundle) -> int:
    total = 0
    for data in bundle.files.values():
        plain = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
        total += plain.count(b"\n") + (bool(plain) and not plain.endswith(b"\n"))
    return total


def first_load(bundle: CaseBundle) -> ExpectedLoad | None:
    try:
        return expected_loads(bundle)[0]
    except JobEnded:
        return None


@pytest.mark.parametrize(
    ("met", "most"),
    [
        (equal_rows, 2),
        (equal_rows_with_null, 2),
        (equal_keys_of_different_rows, 2),
        (violations_of_a_unique_index, 2),
        (different_keys_of_equal_hash, 2),
        (all_null_key, 1),
        (lambda expected: any(fact.bad for fact in expected.facts), 1),
        (lambda expected: len(expected.faulty) >= 2, 2),
        (
            lambda expected: any(
                f.name == "invalid_date" for t in expected.facts for f in t.faults
            ),
            1,
        ),
        (lambda expected: expected.read - len(expected.facts) >= 2, 3),
    ],
)
def test_a_counterexample_shrinks_to_three_rows_at_most(
    met: Callable[[ExpectedLoad], bool], most: int
) -> None:
    def wanted(bundle: CaseBundle) -> bool:
        expected = first_load(bundle)
        return expected is not None and met(expected)

    found = find(
        fastload_jobs(SMALL),
        wanted,
        settings=settings(QUIET, max_examples=1_000, phases=[Phase.generate, Phase.shrink]),
    )
    assert records_of(found) <= most
    assert len(steps_of(found)) <= 2
    assert found.case.teradata.amps <= 2


# --- cases made from cases, texts, spellings -----------------------------------------------------


def test_a_changed_load_has_a_script_of_its_own() -> None:
    bundle = draws(PLAIN)[0]
    changed = with_load(bundle, sessions=3)
    assert load_of(changed).sessions == 3
    assert "SESSIONS 3" in changed.case.script
    assert changed.files is bundle.files
    assert with_block_bytes(bundle, 40).case.script == bundle.case.script


def test_dates_are_written_as_the_reference_reads_them() -> None:
    import datetime

    from reference.values.dates import read_date

    for day in (datetime.date(1988, 2, 29), datetime.date(1999, 12, 31), datetime.date(1900, 1, 1)):
        for date_format in DATE_FORMATS:
            text = write_date(day, date_format)
            assert text is not None
            assert read_date(text, date_format) == day
    assert write_date(datetime.date(2024, 2, 29), "YY/MM/DD") is None


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.__name__)
def test_a_spelling_changes_the_text_and_not_the_job(spelling: Callable[[str], str]) -> None:
    changed = 0
    for bundle in draws(RICH)[::10]:
        script = bundle.case.script
        tables = {
            name: definition_of(rows.schema)
            for name, rows in bundle.tables.items()
            if rows.schema.metadata
        }
        assert parse(spelling(script), tables).plan == bundle.case.plan
        changed += spelling(script) != script
    assert changed >= 10


def test_every_spelling_is_in_about_half_of_the_scripts() -> None:
    script = draws(RICH)[0].case.script
    lowered = []

    @QUIET
    @given(respelled(script))
    def collect(text: str) -> None:
        lowered.append("begin loading" in text)

    collect()
    assert 0.4 < sum(lowered) / len(lowered) < 0.6


def test_loads_of_a_script_have_tables_of_their_own() -> None:
    several = [b for b in draws(RICH) if sum(isinstance(s, Load) for s in steps_of(b)) == 2]
    assert several
    for bundle in several:
        targets = [step.target for step in steps_of(bundle) if isinstance(step, Load)]
        assert targets == ["t", "t2"]
