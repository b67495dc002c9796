"""Run records of four invented loaders that together show every verdict a report can tell."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from specs.contract import Description, KnownGap
from specs.contract.results import (
    Counterexample,
    Grid,
    PlannedProperty,
    PropertyResult,
    RunResult,
)
from specs.rules import load_catalogue

CLASSES = {
    "rows: none": 9,
    "rows: one": 14,
    "rows: 2 to 20": 131,
    "duplicate rows": 88,
    "duplicate rows with NULL": 41,
    "equal keys, different rows": 63,
    "different keys, equal row hash": 17,
    "all-NULL key": 22,
    "trailing blanks": 35,
    "AMPs: 1": 12,
    "AMPs: above 256": 6,
}
"""Input classes of a property of 200 examples."""

SENTENCES = {
    "FL-01": "A table that already holds a row is refused and nothing changes",
    "FL-02": "Rows that are equal in every column are kept once and counted",
    "FL-03": "A table without a primary index keeps every equal row",
    "FL-09": "A row that breaks a unique primary index goes to error table 2",
    "FL-11": "Rows read are rows skipped, refused, dropped and applied, to the last one",
    "FL-13": "A load stopped anywhere and started again ends as one that was never stopped",
    "HD-03": "The published row hashes come out as published",
    "HD-09": "Uniqueness counts from 1 within each row hash without a gap",
}

COUNTEREXAMPLE = Counterexample(
    directory="counterexamples/fastload.duplicates.equal-rows-once",
    edition="vendor",
    size=3,
    message="The target holds 2 rows where 1 is permitted: a NULL was not taken as equal to NULL.",
    script=(
        "SESSIONS 1;\n"
        "LOGON tdp/user,********;\n"
        "CREATE MULTISET TABLE t (k INTEGER, v VARCHAR(5)) PRIMARY INDEX (k);\n"
        'SET RECORD VARTEXT "|";\n'
        "DEFINE k (VARCHAR(11)), v (VARCHAR(5)) FILE=rows.txt;\n"
        "BEGIN LOADING t ERRORFILES t_e1, t_e2;\n"
        "INSERT INTO t VALUES (:k, :v);\n"
        "END LOADING;\n"
        "LOGOFF;\n"
    ),
    files={"rows.txt": "1|\n1|\n2|b \u00a0\t\r\n"},
    expected=(
        Grid(title="t", columns=("k", "v"), rows=(("1", "NULL"), ("2", "b \u00a0\t"))),
        Grid(
            title="counts",
            columns=("read", "error table 1", "error table 2", "applied", "duplicates"),
            rows=(("3", "0", "0", "2", "1"),),
        ),
    ),
    observed=(
        Grid(
            title="t",
            columns=("k", "v"),
            rows=(("1", "NULL"), ("1", "NULL"), ("2", "b")),
            marked=((1, 0), (1, 1), (2, 1)),
        ),
        Grid(
            title="counts",
            columns=("read", "error table 1", "error table 2", "applied", "duplicates"),
            rows=(("3", "0", "0", "3", "0"),),
            marked=((0, 3), (0, 4)),
        ),
    ),
    replay=(
        "loadproof replay counterexamples/fastload.duplicates.equal-rows-once "
        "--candidate duckdb-copy"
    ),
    snippet=(
        "from properties.engine.replay import replay\n\n\n"
        "def test_fastload_duplicates_equal_rows_once() -> None:\n"
        '    result = replay("/reports/equal-rows-once", candidate="py:duckdb_copy:Loader")\n'
        '    assert result.verdict == "holds", result.reason\n'
    ),
)


def describe(name: str, **changes: object) -> Description:
    """A candidate that claims both FastLoad capabilities in both editions."""
    plain = Description(
        name=name,
        version="2.1.0",
        language="Python",
        homepage=f"https://example.org/{name}",
        issues=f"https://example.org/{name}/issues",
        capabilities=("distribution", "fastload"),
        exposes=("content", "placement", "events", "counts"),
        editions={"fastload": ("vendor", "seed"), "distribution": ("vendor", "seed")},
    )
    return replace(plain, **changes)


def property_id(rule: str) -> str:
    """The id of the sample property of a rule."""
    return f"{rule.lower()}.sample"


def planned_property(
    *rules: str, editions: tuple[str, ...] = ("vendor", "seed")
) -> PlannedProperty:
    """A property of these rules, named after the first."""
    title = load_catalogue().by_id[rules[0]].title
    return PlannedProperty(
        id=property_id(rules[0]),
        engine=load_catalogue().by_id[rules[0]].capability,
        sentence=SENTENCES.get(rules[0], f"Whatever the job: {title[0].lower()}{title[1:]}"),
        suite="hash distribution" if rules[0].startswith("HD") else "fastload",
        rules=rules,
        editions=editions,
    )


def held(planned: PlannedProperty, examples: int = 200) -> PropertyResult:
    """A property that held, its examples spread evenly over its editions."""
    share = examples // len(planned.editions)
    return PropertyResult(
        id=planned.id,
        verdict="holds",
        examples=share * len(planned.editions),
        editions=dict.fromkeys(planned.editions, share),
        classes=CLASSES,
        seconds=1.3,
    )


def sample_run(
    description: Description,
    outcomes: Mapping[str, PropertyResult | None] | None = None,
    *,
    families: tuple[str, ...] = ("HD", "FL"),
    finished: bool = True,
) -> RunResult:
    """A run of one property a rule; ``outcomes``: rule -> its result, None for never run."""
    planned = tuple(
        planned_property(rule.id) for rule in load_catalogue() if rule.family in families
    )
    changed = {property_id(rule): result for rule, result in (outcomes or {}).items()}
    results = (changed.get(entry.id, held(entry)) for entry in planned)
    return RunResult(
        candidate=description,
        reached=description.name,
        profile="quick",
        seed=20_261,
        started="2026-05-04T09:30:00+00:00",
        seconds=47.3,
        jobs=2,
        versions={"loadproof": "0.1.0", "python": "3.11.9", description.name: description.version},
        planned=planned,
        results=tuple(result for result in results if result is not None),
        finished=finished,
    )


def differing(rule: str, found: Counterexample | None = COUNTEREXAMPLE) -> PropertyResult:
    """The sample property of a rule, with a counterexample."""
    return replace(held(planned_property(rule), 36), verdict="differs", counterexample=found)


def other(rule: str, verdict: str, reason: str, **changes: object) -> PropertyResult:
    """The sample property of a rule with any other verdict."""
    nothing = {"examples": 0, "editions": {}, "classes": {}}
    result = replace(held(planned_property(rule)), verdict=verdict, reason=reason)
    return replace(result, **(nothing | changes))


def perfect_run() -> RunResult:
    """polars: keeps every rule that is covered."""
    return sample_run(describe("polars"))


def differing_run() -> RunResult:
    """duckdb-copy: one difference, a known gap, a gap that is gone, a part not supported."""
    gaps = (
        KnownGap(
            rule="FL-09",
            issue="https://example.org/duckdb-copy/issues/7",
            reason="error table 2 keeps the first row of a key instead of any other",
        ),
        KnownGap(
            rule="HD-16",
            issue="https://example.org/duckdb-copy/issues/9",
            reason="SET tables take duplicate rows",
        ),
    )
    second = replace(
        COUNTEREXAMPLE, message="The first row of the key is in error table 2.", size=2
    )
    return sample_run(
        describe("duckdb-copy", language="SQL", known_gaps=gaps),
        {
            "FL-02": differing("FL-02"),
            "FL-09": differing("FL-09", second),
            "FL-13": other("FL-13", "not_supported", "does not declare fastload/restart"),
        },
    )


def vendor_run() -> RunResult:
    """arrowload: follows the vendor's edition only and exposes no placement."""
    declined = replace(held(planned_property("FL-26")), declined=12)
    return sample_run(
        describe(
            "arrowload",
            language="Rust",
            editions={"fastload": ("vendor",)},
            capabilities=("fastload",),
        ),
        {"FL-26": declined}
        | {
            rule.id: other(rule.id, "not_supported", "does not declare distribute")
            for rule in load_catalogue()
            if rule.family == "HD"
        },
    )


def unfinished_run() -> RunResult:
    """legacy: harness trouble, too few examples, and a run that was cut off."""
    few = replace(held(planned_property("FL-03")), examples=4, editions={"vendor": 4}, classes={})
    return sample_run(
        describe("legacy", language="C", version="14.10"),
        {
            "FL-03": few,
            "FL-06": other("FL-06", "harness_error", "the reference raised KeyError: 'amp'"),
            "FL-12": other("FL-12", "inconclusive", "out of time after 60 s"),
            "FL-25": None,
            "FL-26": None,
        },
        finished=False,
    )


def sample_runs() -> list[RunResult]:
    """All four; between them every verdict occurs."""
    return [perfect_run(), differing_run(), vendor_run(), unfinished_run()]
