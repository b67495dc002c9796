"""What a run says about a rule: every verdict, and that none is given too lightly."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace
from report_samples import (
    COUNTEREXAMPLE,
    describe,
    differing,
    differing_run,
    held,
    other,
    perfect_run,
    planned_property,
    sample_run,
    sample_runs,
    unfinished_run,
    vendor_run,
)

from reports.verdicts import (
    MINIMUM_EXAMPLES,
    VERDICTS,
    AnyVerdict,
    ExitCode,
    RuleVerdict,
    count_by_status,
    exit_code,
    judge,
)
from specs.contract import Edition, KnownGap
from specs.contract.results import Counterexample, PlannedProperty, PropertyResult, RunResult
from specs.rules import load_catalogue


def judged(run: RunResult, rule: str, *others: RunResult, minimum: int = 1) -> RuleVerdict:
    verdicts = judge([run, *others], load_catalogue(), minimum_examples=minimum)
    return next(v for v in verdicts if v.rule == rule and v.candidate == run.candidate.name)


def run_of(
    *properties: tuple[PlannedProperty, PropertyResult | None], **about: object
) -> RunResult:
    """A run of just these properties."""
    return replace(
        sample_run(describe("loader", **about)),
        planned=tuple(planned for planned, _ in properties),
        results=tuple(result for _, result in properties if result is not None),
    )


def under(edition: Edition) -> Counterexample:
    """The sample counterexample, found under an edition."""
    return replace(COUNTEREXAMPLE, edition=edition)


def test_a_rule_conforms_when_every_property_held_in_every_edition() -> None:
    verdict = judged(perfect_run(), "FL-02")
    assert verdict.overall.status == "conforms"
    assert verdict.overall.examples == 200
    assert {edition: v.status for edition, v in verdict.editions.items()} == {
        "vendor": "conforms",
        "seed": "conforms",
    }


def test_one_differing_property_outweighs_those_that_held() -> None:
    planned = planned_property("FL-02")
    second = replace(planned_property("FL-11", "FL-02"), id="accounts")
    run = run_of((planned, differing("FL-02")), (second, replace(held(second), id="accounts")))
    verdict = judged(run, "FL-02").overall
    assert verdict.status == "differs"
    assert verdict.evidence == (planned.id,)
    assert verdict.properties == (planned.id, "accounts")
    assert verdict.reason == COUNTEREXAMPLE.message
    assert judged(run, "FL-11").overall.status == "conforms"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (other("FL-02", "not_supported", "declared"), "not_supported"),
        (other("FL-02", "inconclusive", "out of time"), "inconclusive"),
        (other("FL-02", "harness_error", "KeyError"), "harness_error"),
        (None, "inconclusive"),
        (replace(held(planned_property("FL-02")), declined=1), "not_supported"),
        (replace(held(planned_property("FL-02")), editions={"vendor": 200}), "inconclusive"),
    ],
    ids=["declared", "time-out", "harness", "never run", "one declined", "edition not exercised"],
)
def test_whatever_is_less_than_held_does_not_conform(
    result: PropertyResult | None, expected: str
) -> None:
    planned = planned_property("FL-02")
    second = replace(planned, id="second")
    run = run_of((planned, result), (second, replace(held(second), id="second")))
    assert judged(run, "FL-02").overall.status == expected


def test_fewer_examples_than_the_minimum_are_inconclusive_and_say_so() -> None:
    run = perfect_run()
    assert judged(run, "FL-02", minimum=100).overall.status == "conforms"
    verdict = judged(run, "FL-02", minimum=101).overall
    assert verdict.status == "inconclusive"
    assert "100 examples under edition vendor, at least 101 needed" in verdict.reason


def test_an_edition_without_a_property_keeps_the_rule_from_conforming() -> None:
    planned = planned_property("FL-03", editions=("vendor",))
    verdict = judged(run_of((planned, held(planned))), "FL-03")
    assert verdict.editions["vendor"].status == "conforms"
    assert verdict.editions["seed"].status == "not_covered"
    assert verdict.overall.status == "inconclusive"
    assert "edition seed" in verdict.overall.reason


@pytest.mark.parametrize(("found", "left"), [("vendor", "seed"), ("seed", "vendor")])
def test_a_difference_counts_against_its_edition_and_the_other_is_no_pass(
    found: Edition, left: Edition
) -> None:
    planned = planned_property("FL-02")
    late = replace(held(planned), verdict="differs", counterexample=under(found))
    verdict = judged(run_of((planned, late)), "FL-02")
    assert verdict.overall.status == "differs"
    assert verdict.editions[found].status == "differs"
    assert verdict.editions[found].reason == COUNTEREXAMPLE.message
    assert verdict.editions[left].examples == 100, "a hundred that held are no pass either"
    assert verdict.editions[left].status == "inconclusive"
    assert verdict.editions[left].reason == (
        f"edition {left} was not tried to the end: "
        f"the search stopped at a difference under edition {found}"
    )


def test_editions_differ_each_by_a_property_of_its_own() -> None:
    planned = planned_property("FL-02")
    second = replace(planned, id="second")
    results = [
        replace(differing("FL-02", under(edition)), id=id)
        for id, edition in ((planned.id, "vendor"), ("second", "seed"))
    ]
    both = judged(run_of(*zip((planned, second), results, strict=True)), "FL-02")
    assert [v.status for v in both.editions.values()] == ["differs", "differs"]
    assert [v.evidence for v in both.editions.values()] == [(planned.id,), ("second",)]
    # One that held in both editions makes up for nothing.
    one = judged(run_of((planned, results[0]), (second, replace(held(second)))), "FL-02")
    assert {e: v.status for e, v in one.editions.items()} == {
        "vendor": "differs",
        "seed": "inconclusive",
    }


def test_a_difference_of_no_known_edition_counts_against_all() -> None:
    planned = planned_property("FL-02")
    verdict = judged(run_of((planned, differing("FL-02", None))), "FL-02")
    assert {v.status for v in verdict.editions.values()} == {"differs"}


def test_a_candidate_is_held_to_the_editions_it_follows() -> None:
    verdict = judged(vendor_run(), "FL-03")
    assert verdict.editions["seed"].status == "not_supported"
    assert verdict.overall.status == "conforms"


def test_a_rule_that_nobody_tries_is_not_covered_even_when_the_capability_is_missing() -> None:
    assert judged(perfect_run(), "CP-01").overall.status == "not_covered"


def test_a_rule_that_another_run_tries_is_not_supported_without_the_capability() -> None:
    silent = run_of(
        (planned_property("FL-01"), held(planned_property("FL-01"))), capabilities=("fastload",)
    )
    assert judged(silent, "HD-01").overall.status == "not_covered"
    assert judged(silent, "HD-01", perfect_run()).overall.status == "not_supported"
    assert judged(silent, "FL-02", perfect_run()).overall.status == "not_covered"


def test_a_declared_gap_that_differs_is_a_known_gap_with_its_link() -> None:
    verdict = judged(differing_run(), "FL-09").overall
    assert verdict.status == "known_gap"
    assert verdict.issue == "https://example.org/duckdb-copy/issues/7"
    assert verdict.code is ExitCode.DIFFERS, "no candidate exempts itself"


def test_an_edition_that_only_a_known_gap_kept_from_being_tried_is_part_of_the_gap() -> None:
    gap = KnownGap(rule="FL-02", issue="https://example.org/1", reason="keeps duplicates")
    planned = planned_property("FL-02")
    verdict = judged(run_of((planned, differing("FL-02")), known_gaps=(gap,)), "FL-02")
    assert [v.status for v in verdict.editions.values()] == ["known_gap", "known_gap"]
    assert verdict.editions["vendor"].reason == "keeps duplicates"
    assert "seed was not tried to the end" in verdict.editions["seed"].reason
    assert verdict.overall.status == "known_gap"
    # A gap speaks for no property but those that differ.
    second = replace(planned, id="second")
    run = run_of((planned, differing("FL-02")), (second, None), known_gaps=(gap,))
    verdict = judged(run, "FL-02")
    assert {e: v.status for e, v in verdict.editions.items()} == {
        "vendor": "known_gap",
        "seed": "inconclusive",
    }
    assert verdict.overall.status == "inconclusive"


def test_a_declared_gap_that_holds_is_an_unexpected_pass_and_an_error() -> None:
    verdict = judged(differing_run(), "HD-16")
    assert verdict.overall.status == "unexpected_pass"
    assert {v.status for v in verdict.editions.values()} == {"unexpected_pass"}
    assert verdict.overall.code is ExitCode.DIFFERS


def test_a_declared_gap_that_was_not_tried_enough_is_inconclusive() -> None:
    gap = KnownGap(rule="FL-02", issue="https://example.org/1", reason="keeps duplicates")
    run = run_of((planned_property("FL-02"), None), known_gaps=(gap,))
    assert judged(run, "FL-02").overall.status == "inconclusive"


def test_the_samples_show_every_verdict() -> None:
    counts = count_by_status(judge(sample_runs(), load_catalogue()))
    assert list(counts) == [kind.status for kind in VERDICTS]
    assert min(counts.values()) > 0
    assert sum(counts.values()) == 4 * len(load_catalogue())


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (perfect_run(), ExitCode.CONFORMS),
        (differing_run(), ExitCode.DIFFERS),
        (unfinished_run(), ExitCode.HARNESS_ERROR),
        (sample_run(describe("x"), {"FL-12": None}, finished=False), ExitCode.INCONCLUSIVE),
    ],
    ids=["conforms", "differs", "harness error", "inconclusive"],
)
def test_exit_codes(run: RunResult, expected: ExitCode) -> None:
    assert exit_code(judge([run], load_catalogue())) is expected


def test_a_run_in_which_nothing_was_examined_is_inconclusive() -> None:
    declined = {rule.id: other(rule.id, "not_supported", "declared") for rule in load_catalogue()}
    planned = planned_property("FL-02")
    partly = run_of((planned, replace(held(planned), declined=5)))
    for run in (run_of(), sample_run(describe("x"), declined), partly):
        assert exit_code(judge([run], load_catalogue())) is ExitCode.INCONCLUSIVE


def test_a_known_gap_is_told_as_one_and_fails_the_run() -> None:
    gap = KnownGap(rule="FL-02", issue="https://example.org/1", reason="keeps duplicates")
    found = replace(differing("FL-02"), examples=0, editions={})
    run = run_of((planned_property("FL-02"), found), known_gaps=(gap,))
    assert judged(run, "FL-02").overall.status == "known_gap"
    assert exit_code(judge([run], load_catalogue())) is ExitCode.DIFFERS


def test_a_run_that_held_no_rule_is_inconclusive_when_nothing_differs() -> None:
    declined = replace(held(planned_property("FL-02")), verdict="not_supported")
    verdicts = judge([run_of((planned_property("FL-02"), declined))], load_catalogue())
    assert {v.overall.status for v in verdicts} == {"not_supported", "not_covered"}
    assert exit_code(verdicts) is ExitCode.INCONCLUSIVE


def test_a_rule_rests_on_the_examples_of_all_its_properties_together() -> None:
    planned = planned_property("FL-02")
    few = replace(held(planned), examples=12, editions={"vendor": 6, "seed": 6})
    alone = run_of((planned, few))
    verdict = judged(alone, "FL-02", minimum=MINIMUM_EXAMPLES)
    assert verdict.overall.status == "inconclusive"
    assert "6 examples under edition vendor, at least 10 needed" in verdict.overall.reason
    second = replace(planned, id="second")
    both = run_of((planned, few), (second, replace(few, id="second")))
    assert judged(both, "FL-02", minimum=MINIMUM_EXAMPLES).overall.status == "conforms"
    # but none of them may have nothing to say in an edition
    mute = replace(few, id="second", editions={"vendor": 12})
    lame = run_of((planned, few), (second, mute))
    assert judged(lame, "FL-02", minimum=5).editions["seed"].status == "inconclusive"


def test_an_input_class_that_was_promised_and_not_reached_is_named() -> None:
    planned = replace(planned_property("FL-02"), promises=("AMPs: 1", "stopped at phase"))
    verdict = judged(run_of((planned, held(planned))), "FL-02").overall
    assert verdict.status == "inconclusive"
    assert verdict.reason == "never reached, as promised: stopped at phase"
    reached = replace(planned, promises=("AMPs: 1",))
    assert judged(run_of((reached, held(reached))), "FL-02").overall.status == "conforms"


def test_a_difference_outranks_a_harness_error() -> None:
    verdicts = judge([differing_run(), unfinished_run()], load_catalogue())
    assert exit_code(verdicts) is ExitCode.DIFFERS
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 5]


def test_verdicts_have_the_same_attributes_and_survive_json() -> None:
    assert len({kind.status for kind in VERDICTS}) == len(VERDICTS) == 8
    assert len({kind.mark for kind in VERDICTS}) == len({kind.severity for kind in VERDICTS}) == 8
    for kind in VERDICTS:
        verdict = kind(examples=3, reason="why")
        assert kind.__struct_config__.tag == kind.status
        assert kind.word
        assert kind.meaning
        encoded = msgspec.json.encode(verdict)
        assert msgspec.json.decode(encoded, type=AnyVerdict) == verdict
