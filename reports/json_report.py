"""The report as one document: everything the other formats show, with a published JSON Schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from reports.integrity import check_runs
from reports.verdicts import (
    MINIMUM_EXAMPLES,
    AnyVerdict,
    ExitCode,
    NotSupported,
    RuleVerdict,
    count_by_status,
    exit_code,
    judge,
)
from reports.visible import visible_json
from specs.contract import Description
from specs.contract.results import PlannedProperty, Profile, PropertyResult, RunResult
from specs.rules import FAMILIES, Rule, load_catalogue

REPORT_VERSION = 1
SCHEMA_FILE = Path(__file__).parent / "report.schema.json"

FAMILY_TITLES: dict[str, str] = {family.id: family.title for family in FAMILIES.values()}


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class PropertyReport(_Part, frozen=True, kw_only=True):
    """A planned property and what came of it; ``result`` is null when it was never run."""

    planned: PlannedProperty
    result: PropertyResult | None


class CandidateReport(_Part, frozen=True, kw_only=True):
    """One candidate's run. ``label`` is unique in the report; ``totals``: status -> rules."""

    label: str
    description: Description
    reached: str
    profile: Profile
    seed: int
    started: str
    seconds: float
    jobs: int
    selection: dict[str, Any]
    versions: dict[str, str]
    finished: bool
    totals: dict[str, int]
    exit_code: int
    properties: tuple[PropertyReport, ...]

    @property
    def examples(self) -> int:
        """Examples checked to the end, over all properties."""
        return sum(entry.result.examples for entry in self.properties if entry.result)

    @property
    def largest(self) -> int:
        """Records of the largest example checked to the end; at that size it was right."""
        return max((e.result.largest for e in self.properties if e.result), default=0)

    @property
    def classes(self) -> dict[str, int]:
        """Input class -> examples in it, over all properties, most frequent first."""
        return merge_classes(entry.result for entry in self.properties if entry.result)


class RuleReport(_Part, frozen=True, kw_only=True):
    """A rule and its verdict for each candidate, in the order of the candidates."""

    rule: Rule
    verdicts: tuple[RuleVerdict, ...]

    @property
    def covered(self) -> bool:
        """Whether any candidate's run says anything about this rule."""
        return any(verdict.overall.status != "not_covered" for verdict in self.verdicts)

    def verdict_on(self, label: str) -> RuleVerdict:
        """The verdict on the candidate of that label."""
        return next(verdict for verdict in self.verdicts if verdict.candidate == label)


class Report(_Part, frozen=True, kw_only=True, tag_field="state", tag="final"):
    """A conformance report: candidates side by side, rule by rule.

    ``minimum_examples``: fewest examples that a rule's verdict rests on in each edition.
    """

    version: int = REPORT_VERSION
    exit_code: int
    minimum_examples: int
    candidates: tuple[CandidateReport, ...]
    rules: tuple[RuleReport, ...]

    @property
    def families(self) -> dict[str, tuple[RuleReport, ...]]:
        """The rules by family, both in catalogue order."""
        names = dict.fromkeys(entry.rule.family for entry in self.rules)
        return {
            name: tuple(entry for entry in self.rules if entry.rule.family == name)
            for name in names
        }

    def mixed_editions(self, verdict: RuleVerdict) -> dict[str, AnyVerdict]:
        """The verdict's editions that its candidate follows, when they do not all say the same."""
        candidate = next(entry for entry in self.candidates if entry.label == verdict.candidate)
        rule = next(entry.rule for entry in self.rules if entry.rule.id == verdict.rule)
        editions = candidate.description.editions_of(rule.capability)
        followed: dict[str, AnyVerdict] = {
            edition: spoken for edition, spoken in verdict.editions.items() if edition in editions
        }
        return followed if len({spoken.status for spoken in followed.values()}) > 1 else {}

    @property
    def selected(self) -> bool:
        """Whether a run tried a selection only, so that more rules may have properties."""
        return any(any(candidate.selection.values()) for candidate in self.candidates)

    @property
    def verdicts(self) -> tuple[RuleVerdict, ...]:
        """Every verdict on every rule."""
        return tuple(verdict for entry in self.rules for verdict in entry.verdicts)


class _Unfinished(msgspec.Struct, frozen=True, kw_only=True, tag_field="state"):
    version: int = REPORT_VERSION
    started: str


class RunningReport(_Unfinished, frozen=True, kw_only=True, tag="running"):
    """A check that has started, at the moment ``started``; also one that was killed outright."""

    @property
    def headline(self) -> str:
        """What there is to say, in a line."""
        return f"running, started {self.started}"

    @property
    def explanation(self) -> str:
        """What that means."""
        return "This check has not finished. If it is no longer running, it was killed."


class FailedReport(_Unfinished, frozen=True, kw_only=True, tag="failed"):
    """A check that did not finish, why, and the exit code it ended with."""

    reason: str
    exit_code: int

    @property
    def headline(self) -> str:
        """What there is to say, in a line."""
        return f"did not finish, started {self.started}"

    @property
    def explanation(self) -> str:
        """What that means."""
        return self.reason


UnfinishedReport = RunningReport | FailedReport
"""What stands in a report's place as long as there is none."""


def build_report(
    runs: Sequence[RunResult],
    catalogue: Iterable[Rule] | None = None,
    *,
    minimum_examples: int = MINIMUM_EXAMPLES,
) -> Report:
    """Judge the runs and put everything known into one document.

    A run that did not finish is admitted: what it did not try is inconclusive. Raises a subclass
    of `UntrustworthyRunError` for records that no verdict may rest on.
    """
    check_runs(runs, partial=True)
    rules = tuple(load_catalogue() if catalogue is None else catalogue)
    labels = _labels(runs)
    verdicts = judge(runs, rules, labels=labels, minimum_examples=minimum_examples)
    return Report(
        exit_code=_exit_code(verdicts, runs),
        minimum_examples=minimum_examples,
        candidates=tuple(
            _candidate_report(run, label, [v for v in verdicts if v.candidate == label])
            for run, label in zip(runs, labels, strict=True)
        ),
        rules=tuple(
            RuleReport(rule=rule, verdicts=tuple(verdicts[position :: len(rules)]))
            for position, rule in enumerate(rules)
        ),
    )


def encode_report(report: Report | UnfinishedReport) -> bytes:
    """The report as canonical JSON: two-space indent, newline at the end, no invisible text."""
    text = visible_json(msgspec.json.format(msgspec.json.encode(report), indent=2))
    return text.encode() + b"\n"


def decode_report(data: bytes) -> Report:
    """Read a report document. Raises `msgspec.ValidationError` when it is not one."""
    return msgspec.json.decode(data, type=Report)


def report_schema() -> bytes:
    """The JSON Schema of a report, finished or not, as published in ``report.schema.json``."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "loadproof conformance report",
        **msgspec.json.schema(Report | UnfinishedReport),
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


def merge_classes(results: Iterable[PropertyResult]) -> dict[str, int]:
    """Input class -> examples over several results, most frequent first, then by name."""
    total: Counter[str] = Counter()
    for result in results:
        total.update(result.classes)
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def unsupported_reasons(report: Report, label: str) -> dict[str, list[str]]:
    """Why rules are not supported by a candidate -> their ids; most rules first."""
    told: dict[str, list[str]] = {}
    for entry in report.rules:
        verdict = entry.verdict_on(label).overall
        if isinstance(verdict, NotSupported):
            told.setdefault(verdict.reason, []).append(entry.rule.id)
    return dict(sorted(told.items(), key=lambda item: -len(item[1])))


def count_conforming(report: Report, label: str, family: str | None = None) -> tuple[int, int]:
    """Rules that the candidate keeps, and all rules, of one family or of the covered ones."""
    chosen = [
        verdict.overall
        for entry in report.rules
        for verdict in entry.verdicts
        if verdict.candidate == label and (entry.rule.family == family if family else entry.covered)
    ]
    return sum(verdict.status == "conforms" for verdict in chosen), len(chosen)


def verdicts_of(report: Report, label: str) -> list[tuple[Rule, str, AnyVerdict]]:
    """Rule, edition and verdict of one candidate, in catalogue order."""
    return [
        (entry.rule, edition, verdict)
        for entry in report.rules
        for spoken in entry.verdicts
        if spoken.candidate == label
        for edition, verdict in spoken.editions.items()
    ]


def _candidate_report(
    run: RunResult, label: str, verdicts: Sequence[RuleVerdict]
) -> CandidateReport:
    results = {result.id: result for result in run.results}
    return CandidateReport(
        label=label,
        description=run.candidate,
        reached=run.reached,
        profile=run.profile,
        seed=run.seed,
        started=run.started,
        seconds=run.seconds,
        jobs=run.jobs,
        selection=run.selection,
        versions=run.versions,
        finished=run.finished,
        totals=count_by_status(verdicts),
        exit_code=_exit_code(verdicts, [run]),
        properties=tuple(
            PropertyReport(planned=planned, result=results.get(planned.id))
            for planned in run.planned
        ),
    )


def _exit_code(verdicts: Sequence[RuleVerdict], runs: Sequence[RunResult]) -> ExitCode:
    code = exit_code(verdicts)
    if code is ExitCode.CONFORMS and not all(run.finished for run in runs):
        return ExitCode.INCONCLUSIVE
    return code


def _labels(runs: Sequence[RunResult]) -> list[str]:
    """The shortest of name, name and version, name and address that tells all runs apart."""
    for choice in ("{name}", "{name} {version}", "{name} {version} ({reached})"):
        labels = [
            choice.format(
                name=run.candidate.name, version=run.candidate.version, reached=run.reached
            )
            for run in runs
        ]
        if len(set(labels)) == len(labels):
            break
    return labels
