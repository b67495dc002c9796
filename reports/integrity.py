"""Integrity: every way in which a result file cannot be trusted, each refused by its own name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from specs.contract.documents import DocumentError, decoded
from specs.contract.results import RESULT_VERSION, RunResult
from specs.rules import load_catalogue

_RERUN = "Run `loadproof check` again and use the file it writes."


class UntrustworthyRunError(ValueError):
    """A run record that no verdict may rest on: ``source``, ``problem`` and what to do."""

    def __init__(self, source: Path | str, problem: str, remedy: str = _RERUN) -> None:
        self.source = source
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{source}: {problem}. {remedy}")


class MissingResultFileError(UntrustworthyRunError):
    """There is no such file, or it cannot be read."""


class EmptyResultFileError(UntrustworthyRunError):
    """The file has no content."""


class TruncatedResultFileError(UntrustworthyRunError):
    """The file is not a complete JSON document."""


class WrongResultVersionError(UntrustworthyRunError):
    """The record was written in another version of the format."""


class WrongResultSchemaError(UntrustworthyRunError):
    """JSON, but not a record of a run."""


class UnfinishedRunError(UntrustworthyRunError):
    """The run did not come to its own end."""


class DuplicatePropertyError(UntrustworthyRunError):
    """A property is planned twice or has two results."""


class MissingPropertyResultError(UntrustworthyRunError):
    """The run says it finished, but a planned property has no result."""


class UnplannedResultError(UntrustworthyRunError):
    """A result of a property that was never planned."""


class EmptyClaimError(UntrustworthyRunError):
    """A property is said to hold, but no example was checked."""


class InconsistentCountsError(UntrustworthyRunError):
    """Counts that contradict each other or are negative."""


class UntriedEditionError(UntrustworthyRunError):
    """A counterexample under an edition that its property was not tried under."""


class UnknownRuleIdError(UntrustworthyRunError):
    """A property or known gap names a rule that the catalogue does not have."""


class NoRunsError(UntrustworthyRunError):
    """A report was asked for without a run."""


class DuplicateCandidateError(UntrustworthyRunError):
    """Two runs of the same candidate cannot be told apart in one report."""


def load_run(path: Path, *, partial: bool = False) -> RunResult:
    """Read and check the record of a run; ``partial`` admits one that did not finish.

    Raises a subclass of `UntrustworthyRunError` that names what is wrong.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MissingResultFileError(
            path,
            f"cannot be read ({error.strerror or error})",
            "Give the path of a result file that `loadproof check --report DIR` wrote.",
        ) from error
    if not data.strip():
        raise EmptyResultFileError(path, "the file is empty; the run stopped before writing it")
    run = _decode(data, path)
    check_run(run, source=path, partial=partial)
    return run


def check_run(run: RunResult, *, source: Path | str | None = None, partial: bool = False) -> None:
    """Check that the record accounts for all it planned and claims nothing it did not do.

    ``partial`` admits a run that did not finish, for a report that says so. Raises a subclass of
    `UntrustworthyRunError`; ``source`` is named in it.
    """
    source = source or f"the run of {run.candidate.name}"
    if run.version != RESULT_VERSION:
        raise _wrong_version(source, run.version)
    if not run.finished and not partial:
        done, all_of_them = len(run.results), len(run.planned)
        raise UnfinishedRunError(
            source, f"the run did not finish: {done} of {all_of_them} properties have a result"
        )
    _check_ids(run, source)
    _check_counts(run, source)
    _check_editions(run, source)
    _check_rules(run, source)


def check_runs(runs: Sequence[RunResult], *, partial: bool = False) -> None:
    """Check each run, and that they can stand side by side in one report."""
    if not runs:
        raise NoRunsError("report", "there is no run to tell of", "Name at least one candidate.")
    for run in runs:
        check_run(run, partial=partial)
    names = Counter((run.candidate.name, run.candidate.version, run.reached) for run in runs)
    for (name, version, reached), times in names.items():
        if times > 1:
            raise DuplicateCandidateError(
                f"{name} {version}",
                f"{times} runs of it, all reached as {reached}",
                "Give one run of each candidate.",
            )


def _decode(data: bytes, path: Path) -> RunResult:
    try:
        document = decoded(data)
    except DocumentError as error:
        raise TruncatedResultFileError(
            path, f"not a complete JSON document of {len(data):,} bytes ({error})"
        ) from error
    version = document.get("version") if isinstance(document, dict) else None
    if version is not None and version != RESULT_VERSION:
        raise _wrong_version(path, version)
    try:
        return msgspec.convert(document, RunResult)
    except msgspec.ValidationError as error:
        raise WrongResultSchemaError(path, f"JSON, but not a record of a run: {error}") from error


def _wrong_version(source: Path | str, version: object) -> WrongResultVersionError:
    return WrongResultVersionError(
        source,
        f"written in version {version!r} of the format, this program reads {RESULT_VERSION}",
        "Read it with the loadproof that wrote it, or run `loadproof check` again.",
    )


def _check_ids(run: RunResult, source: Path | str) -> None:
    planned = [entry.id for entry in run.planned]
    answered = [result.id for result in run.results]
    for ids, what in ((planned, "is planned"), (answered, "has a result")):
        for id, times in Counter(ids).items():
            if times > 1:
                raise DuplicatePropertyError(source, f"property {id} {what} {times} times")
    for id in answered:
        if id not in planned:
            raise UnplannedResultError(source, f"a result of property {id}, which was not planned")
    if run.finished:
        for id in planned:
            if id not in answered:
                raise MissingPropertyResultError(
                    source, f"the run says it finished, but property {id} has no result"
                )


def _check_counts(run: RunResult, source: Path | str) -> None:
    for result in run.results:
        if result.verdict == "holds" and not result.examples:
            raise EmptyClaimError(source, f"property {result.id} is said to hold after 0 examples")
        counts = (result.examples, result.declined, *result.editions.values())
        # One example may be checked under several editions, so only each of them is bounded.
        if min(counts) < 0 or max(counts[2:], default=0) > result.examples:
            raise InconsistentCountsError(
                source,
                f"property {result.id} counts {result.examples} examples, but by edition "
                f"{result.editions}",
            )


def _check_editions(run: RunResult, source: Path | str) -> None:
    planned = {entry.id: entry for entry in run.planned}
    for result in run.results:
        found = result.counterexample
        entry = planned[result.id]
        followed = run.candidate.editions_of(entry.engine)
        tried = [edition for edition in entry.editions if edition in followed]
        if found is not None and found.edition not in tried:
            raise UntriedEditionError(
                source,
                f"property {result.id} differs under edition {found.edition}, but is tried under "
                f"{', '.join(tried) or 'none'}",
            )


def _check_rules(run: RunResult, source: Path | str) -> None:
    known = load_catalogue().by_id
    named = [(id, f"property {entry.id}") for entry in run.planned for id in entry.rules]
    named += [(gap.rule, "a known gap") for gap in run.candidate.known_gaps]
    for id, who in named:
        if id not in known:
            raise UnknownRuleIdError(
                source,
                f"{who} names rule {id}, which the catalogue does not have",
                "Use the ids that `loadproof explain` lists, and the same version on both sides.",
            )
