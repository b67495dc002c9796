"""Verdicts: what a run says about each rule, per candidate and per edition.

Every verdict is a small frozen class with the same attributes, so whoever shows or counts them
never asks which one it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import ClassVar

import msgspec

from specs.contract import KnownGap as DeclaredGap
from specs.contract.results import PlannedProperty, PropertyResult, RunResult
from specs.rules import Rule

MINIMUM_EXAMPLES = 10
"""Fewest examples that a rule's verdict rests on in each edition, over all of its properties."""

MINIMUM_OF_A_PROPERTY = 1
"""Fewest of them that each of the properties has to bring; fewer are never a pass."""


class ExitCode(IntEnum):
    """What the command's exit code means."""

    CONFORMS = 0
    DIFFERS = 1
    USAGE = 2
    INCONCLUSIVE = 3
    HARNESS_ERROR = 4
    SLOWER = 5


class Verdict(msgspec.Struct, frozen=True, kw_only=True, tag_field="status"):
    """What is known about one rule, or one edition of it.

    ``examples`` were checked to the end, ``declined`` answered with "unsupported case".
    ``properties`` are the ids that speak about it, ``evidence`` those that decided. ``issue`` is
    the link of a known gap, else empty. Class attributes: ``status`` the name in documents,
    ``mark`` one character, ``word`` for people, ``meaning`` a sentence, ``severity`` (the highest
    decides when several meet), ``code`` the exit code it calls for, ``held`` whether the rule is
    kept; a run in which none is cannot succeed.
    """

    examples: int = 0
    declined: int = 0
    properties: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    reason: str = ""
    issue: str = ""

    status: ClassVar[str]
    mark: ClassVar[str]
    word: ClassVar[str]
    meaning: ClassVar[str]
    severity: ClassVar[int]
    code: ClassVar[ExitCode] = ExitCode.CONFORMS
    held: ClassVar[bool] = False


class Conforms(Verdict, frozen=True, kw_only=True, tag="conforms"):
    """The rule is kept."""

    status: ClassVar[str] = "conforms"
    mark: ClassVar[str] = "✓"
    word: ClassVar[str] = "conforms"
    meaning: ClassVar[str] = "Every property of the rule was tried and held."
    severity: ClassVar[int] = 0
    held: ClassVar[bool] = True


class NotSupported(Verdict, frozen=True, kw_only=True, tag="not_supported"):
    """Declared or declined by the candidate; never counted as conforming."""

    status: ClassVar[str] = "not_supported"
    mark: ClassVar[str] = "–"  # noqa: RUF001 - a dash for people
    word: ClassVar[str] = "not supported"
    meaning: ClassVar[str] = "The candidate says that it does not do this. It is not a pass."
    severity: ClassVar[int] = 1


class NotCovered(Verdict, frozen=True, kw_only=True, tag="not_covered"):
    """No property speaks about it; nothing is known."""

    status: ClassVar[str] = "not_covered"
    mark: ClassVar[str] = "○"
    word: ClassVar[str] = "not covered"
    meaning: ClassVar[str] = "No property was planned for it, so nothing is known."
    severity: ClassVar[int] = 2


class KnownGap(Verdict, frozen=True, kw_only=True, tag="known_gap"):
    """Differs, and its author says so under a link; it is no less a break for that.

    A candidate cannot exempt itself: only whoever runs the check may accept a gap.
    """

    status: ClassVar[str] = "known_gap"
    mark: ClassVar[str] = "△"
    word: ClassVar[str] = "known gap"
    meaning: ClassVar[str] = (
        "It differs as its author declares, with a link to the issue. It is not a pass."
    )
    severity: ClassVar[int] = 3
    code: ClassVar[ExitCode] = ExitCode.DIFFERS


class Inconclusive(Verdict, frozen=True, kw_only=True, tag="inconclusive"):
    """Too few examples, nothing generated, never run, or out of time."""

    status: ClassVar[str] = "inconclusive"
    mark: ClassVar[str] = "?"
    word: ClassVar[str] = "inconclusive"
    meaning: ClassVar[str] = "Too little was tried to say anything."
    severity: ClassVar[int] = 4
    code: ClassVar[ExitCode] = ExitCode.INCONCLUSIVE


class UnexpectedPass(Verdict, frozen=True, kw_only=True, tag="unexpected_pass"):
    """A declared gap that is gone: the declaration is out of date."""

    status: ClassVar[str] = "unexpected_pass"
    mark: ClassVar[str] = "!"
    word: ClassVar[str] = "unexpected pass"
    meaning: ClassVar[str] = "A declared gap was not found any more; take the declaration away."
    severity: ClassVar[int] = 5
    code: ClassVar[ExitCode] = ExitCode.DIFFERS


class HarnessError(Verdict, frozen=True, kw_only=True, tag="harness_error"):
    """The harness itself broke; says nothing about the candidate."""

    status: ClassVar[str] = "harness_error"
    mark: ClassVar[str] = "#"
    word: ClassVar[str] = "harness error"
    meaning: ClassVar[str] = "The harness itself failed; this says nothing about the candidate."
    severity: ClassVar[int] = 6
    code: ClassVar[ExitCode] = ExitCode.HARNESS_ERROR


class Differs(Verdict, frozen=True, kw_only=True, tag="differs"):
    """A counterexample was found."""

    status: ClassVar[str] = "differs"
    mark: ClassVar[str] = "✗"
    word: ClassVar[str] = "differs"
    meaning: ClassVar[str] = "A counterexample was found."
    severity: ClassVar[int] = 7
    code: ClassVar[ExitCode] = ExitCode.DIFFERS


AnyVerdict = (
    Conforms
    | Differs
    | NotSupported
    | KnownGap
    | UnexpectedPass
    | Inconclusive
    | HarnessError
    | NotCovered
)

VERDICTS: tuple[type[AnyVerdict], ...] = (
    Conforms,
    Differs,
    UnexpectedPass,
    KnownGap,
    Inconclusive,
    HarnessError,
    NotSupported,
    NotCovered,
)
"""Every kind, in the order in which people are told."""


class RuleVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate and one rule: each edition, and all of them taken together."""

    candidate: str
    rule: str
    overall: AnyVerdict
    editions: dict[str, AnyVerdict]


def judge(
    runs: Sequence[RunResult],
    catalogue: Iterable[Rule],
    *,
    labels: Sequence[str] | None = None,
    minimum_examples: int = MINIMUM_EXAMPLES,
) -> tuple[RuleVerdict, ...]:
    """The verdict of every run on every rule, run by run, rules in catalogue order.

    ``labels`` name the candidates, by default as they describe themselves. A rule that no run
    planned is `NotCovered`; one that another run planned, of a capability this candidate does
    not declare, is `NotSupported`.
    """
    rules = tuple(catalogue)
    names = labels or [run.candidate.name for run in runs]
    planned_anywhere = {
        id for run in runs for planned in run.planned for id in _rules_of(planned, run)
    }
    return tuple(
        _judge_rule(rule, run, name, rule.id in planned_anywhere, minimum_examples)
        for run, name in zip(runs, names, strict=True)
        for rule in rules
    )


def exit_code(verdicts: Iterable[RuleVerdict]) -> ExitCode:
    """The exit code that the verdicts call for.

    A difference found stands whatever else went wrong, so it comes first; then a harness error,
    then anything inconclusive. A run in which no rule was held is inconclusive too.
    """
    overall = [verdict.overall for verdict in verdicts]
    called = {verdict.code for verdict in overall}
    for code in (ExitCode.DIFFERS, ExitCode.HARNESS_ERROR, ExitCode.INCONCLUSIVE):
        if code in called:
            return code
    held = any(verdict.held for verdict in overall)
    return ExitCode.CONFORMS if held else ExitCode.INCONCLUSIVE


def count_by_status(verdicts: Iterable[RuleVerdict]) -> dict[str, int]:
    """How many rules have each status, every status listed."""
    found = Counter(verdict.overall.status for verdict in verdicts)
    return {kind.status: found[kind.status] for kind in VERDICTS}


def _judge_rule(
    rule: Rule, run: RunResult, label: str, planned_elsewhere: bool, minimum: int
) -> RuleVerdict:
    planned = [entry for entry in run.planned if rule.id in _rules_of(entry, run)]
    if not planned:
        verdict = _unplanned(rule, run, planned_elsewhere)
        same: dict[str, AnyVerdict] = dict.fromkeys(rule.editions, verdict)
        return RuleVerdict(candidate=label, rule=rule.id, overall=verdict, editions=same)
    results = {result.id: result for result in run.results}
    editions: dict[str, AnyVerdict] = {
        edition: _judge_edition(edition, rule, planned, results, run, minimum)
        for edition in rule.editions
    }
    gaps = [gap for gap in run.candidate.known_gaps if gap.rule == rule.id]
    if gaps:
        editions = _with_gap(editions, gaps)
    # A candidate is held to the editions that it follows; the others are shown, not counted.
    followed = [editions[e] for e in run.candidate.editions_of(rule.capability) if e in editions]
    overall = _taken_together(followed or list(editions.values()))
    if isinstance(overall, NotCovered):
        missing = ", ".join(e for e, v in editions.items() if isinstance(v, NotCovered))
        overall = _recast(Inconclusive, overall, reason=f"no property tries edition {missing}")
    spoken = [results[entry.id] for entry in planned if entry.id in results]
    overall = msgspec.structs.replace(
        overall,
        examples=sum(result.examples for result in spoken),
        declined=sum(result.declined for result in spoken),
    )
    return RuleVerdict(candidate=label, rule=rule.id, overall=overall, editions=editions)


def _rules_of(planned: PlannedProperty, run: RunResult) -> tuple[str, ...]:
    """The rules that a property speaks for in a run.

    When rules were selected, only these: of any other one, a part of the properties was planned.
    """
    selected = run.selection.get("rules") or planned.rules
    return tuple(id for id in planned.rules if id in selected)


def _unplanned(rule: Rule, run: RunResult, planned_elsewhere: bool) -> AnyVerdict:
    if not planned_elsewhere:
        # A selection leaves rules out that a whole run may well cover.
        chosen = any(run.selection.values())
        why = "not selected in this run" if chosen else "no property tries this rule yet"
        return NotCovered(reason=why)
    if rule.capability not in run.candidate.capabilities:
        return NotSupported(reason=f"does not declare the capability {rule.capability}")
    return NotCovered(reason="this run planned no property for it")


def _judge_edition(
    edition: str,
    rule: Rule,
    planned: Sequence[PlannedProperty],
    results: dict[str, PropertyResult],
    run: RunResult,
    minimum: int,
) -> AnyVerdict:
    if edition not in run.candidate.editions_of(rule.capability):
        return NotSupported(reason=f"does not follow edition {edition}")
    speaking = [entry for entry in planned if edition in entry.editions]
    if not speaking:
        return NotCovered(reason=f"no property tries edition {edition}")
    told = _taken_together(
        [_judge_property(entry, results.get(entry.id), edition) for entry in speaking]
    )
    if isinstance(told, Conforms) and told.examples < minimum:
        return _recast(Inconclusive, told, reason=_too_few(told.examples, edition, minimum))
    return told


def _judge_property(
    planned: PlannedProperty, result: PropertyResult | None, edition: str
) -> AnyVerdict:
    one = (planned.id,)
    if result is None:
        return Inconclusive(properties=one, evidence=one, reason="planned, but never run")
    examples = result.editions.get(edition, 0)
    kind: type[AnyVerdict] = _OF_PROPERTY[result.verdict]
    reason = result.reason
    found = result.counterexample
    if found is not None:
        reason = found.message
    if kind is Differs and found is not None and found.edition != edition:
        # What held until then is part of a trial only, however many examples it were.
        kind = Inconclusive
        reason = (
            f"edition {edition} was not tried to the end: the search stopped at a difference "
            f"under edition {found.edition}"
        )
    elif kind is Conforms and result.declined:
        # One who declines the hard cases has not kept the promise in them.
        total = result.declined + result.examples
        kind, reason = NotSupported, f"declined {result.declined:,} of {total:,} examples"
    elif kind is Conforms and examples < MINIMUM_OF_A_PROPERTY:
        kind, reason = Inconclusive, _too_few(examples, edition, MINIMUM_OF_A_PROPERTY)
    elif kind is Conforms and (missed := missed_classes(planned, result)):
        kind, reason = Inconclusive, f"never reached, as promised: {', '.join(missed)}"
    return kind(
        examples=examples,
        declined=result.declined,
        properties=one,
        evidence=one,
        reason=reason,
    )


def missed_classes(planned: PlannedProperty, result: PropertyResult) -> list[str]:
    """The input classes that a property promises to try and that no example was in."""
    return [promised for promised in planned.promises if not result.classes.get(promised)]


def _too_few(examples: int, edition: str, minimum: int) -> str:
    return f"{examples:,} examples under edition {edition}, at least {minimum:,} needed"


def _with_gap(
    editions: dict[str, AnyVerdict], gaps: Sequence[DeclaredGap]
) -> dict[str, AnyVerdict]:
    issue = gaps[0].issue
    reason = "; ".join(gap.reason for gap in gaps)
    differing = {
        id for spoken in editions.values() if isinstance(spoken, Differs) for id in spoken.evidence
    }
    tried = [verdict for verdict in editions.values() if verdict.examples or verdict.properties]
    gone = bool(tried) and all(isinstance(verdict, Conforms) for verdict in tried)
    told: dict[str, AnyVerdict] = {}
    for edition, verdict in editions.items():
        if isinstance(verdict, Differs):
            told[edition] = _recast(KnownGap, verdict, reason=reason, issue=issue)
        elif isinstance(verdict, Inconclusive) and differing.issuperset(verdict.evidence):
            # A gap is declared for the rule, and nothing but the gap kept this edition from
            # being tried to the end.
            told[edition] = _recast(KnownGap, verdict, reason=verdict.reason, issue=issue)
        elif gone and isinstance(verdict, Conforms):
            stale = f"declared as a gap ({reason}), but every example held"
            told[edition] = _recast(UnexpectedPass, verdict, reason=stale, issue=issue)
        else:
            told[edition] = verdict
    return told


def _taken_together(verdicts: Sequence[AnyVerdict]) -> AnyVerdict:
    """The gravest of several verdicts, speaking for all of them."""
    gravest = max(verdicts, key=lambda verdict: verdict.severity)
    deciding = [verdict for verdict in verdicts if verdict.status == gravest.status]
    return msgspec.structs.replace(
        gravest,
        examples=sum(verdict.examples for verdict in verdicts),
        declined=sum(verdict.declined for verdict in verdicts),
        properties=_unique(id for verdict in verdicts for id in verdict.properties),
        evidence=_unique(id for verdict in deciding for id in verdict.evidence),
        reason="; ".join(_unique(verdict.reason for verdict in deciding if verdict.reason)),
    )


def _recast(
    kind: type[AnyVerdict], verdict: AnyVerdict, *, reason: str, issue: str = ""
) -> AnyVerdict:
    return kind(**(msgspec.structs.asdict(verdict) | {"reason": reason, "issue": issue}))


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


_OF_PROPERTY: dict[str, type[AnyVerdict]] = {
    "holds": Conforms,
    "differs": Differs,
    "not_supported": NotSupported,
    "inconclusive": Inconclusive,
    "harness_error": HarnessError,
}
