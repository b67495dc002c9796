"""What a load must leave for its time to count, and the check of an outcome against it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pyarrow as pa

from asv_benchmarks.unmeasurable import WrongResult
from candidates.reach import CandidateError
from candidates.reach.outcomes import OutcomeReader, read_table
from specs.contract import Outcome
from specs.contract.content import content_digest
from specs.fastload.error_tables import error_table_1_schema
from specs.fastload.report import Counts, LoadReport, load_reports


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """The result of loading a data set, known without any loader.

    ``rows``: digest of the typed rows of target and error table 2 together, because of two rows
    with one key either may stay (FL-09). ``rejected``: digest of error table 1.
    """

    rows: str
    rejected: str
    counts: Counts


def expectation(
    loaded: pa.Table, rejected: pa.Table | None = None, *, violations: int = 0, duplicates: int = 0
) -> Expected:
    """What is expected of a file whose good rows, without the duplicates, are ``loaded``.

    ``rejected``: the rows of error table 1; ``violations`` of ``loaded`` go to error table 2.
    """
    error_rows = error_table_1_schema().empty_table() if rejected is None else rejected
    sent = loaded.num_rows + duplicates + error_rows.num_rows
    return Expected(
        rows=content_digest(loaded),
        rejected=content_digest(error_rows),
        counts=Counts(
            read=sent,
            skipped=0,
            sent=sent,
            error_table_1=error_rows.num_rows,
            error_table_2=violations,
            applied=loaded.num_rows - violations,
            duplicates=duplicates,
        ),
    )


def check_outcome(
    directory: Path, expected: Expected, candidate: str, reader: OutcomeReader
) -> Outcome:
    """The outcome document, when the outcome is the expected one. Raises `WrongResult`."""
    try:
        return _checked(directory, expected, candidate, reader)
    except CandidateError as error:
        raise WrongResult(f"{candidate}: no figure, because {error}") from error


def _checked(directory: Path, expected: Expected, candidate: str, reader: OutcomeReader) -> Outcome:
    outcome = reader.document(directory)
    loads = load_reports(outcome.report)
    if outcome.status != "completed" or not loads or loads[-1].counts is None:
        reason = f": {outcome.error.name}, {outcome.error.message}" if outcome.error else ""
        raise WrongResult(f"{candidate}: the load {outcome.status}{reason}; it has no figure")
    load = load_reports(outcome.report)[-1]
    if load.counts != expected.counts:
        raise WrongResult(
            f"{candidate}: no figure, because its counts are wrong: "
            f"expected {expected.counts}, found {load.counts}"
        )
    target = _rows(reader, directory, outcome, load.target)
    if target.num_rows != expected.counts.applied:
        raise WrongResult(
            f"{candidate}: no figure, because the target holds {target.num_rows:,} rows, "
            f"expected {expected.counts.applied:,}"
        )
    kept = pa.concat_tables([target, *_error_tables(reader, directory, outcome, load, 2)])
    _compare(candidate, "target and error table 2", content_digest(kept), expected.rows)
    rejected = [
        error_table_1_schema().empty_table(),
        *_error_tables(reader, directory, outcome, load, 1),
    ]
    found = content_digest(pa.concat_tables(rejected))
    _compare(candidate, "error table 1", found, expected.rejected)
    return outcome


def _compare(candidate: str, what: str, found: str, expected: str) -> None:
    if found != expected:
        raise WrongResult(
            f"{candidate}: no figure, because the rows of {what} are wrong "
            f"(digest {found[:12]}.., expected {expected[:12]}..)"
        )


def _error_tables(
    reader: OutcomeReader, directory: Path, outcome: Outcome, load: LoadReport, number: int
) -> list[pa.Table]:
    name = load.error_table_1 if number == 1 else load.error_table_2
    return [_rows(reader, directory, outcome, name)] if outcome.tables.get(name) else []


def _rows(reader: OutcomeReader, directory: Path, outcome: Outcome, name: str) -> pa.Table:
    table = read_table(reader, directory, outcome.tables.get(name, ()))
    content = [column for column in table.column_names if not column.startswith("_")]
    return table.select(content).replace_schema_metadata(None)
