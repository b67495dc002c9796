"""The contract between harness and loader: case, outcome, description, events, messages.

Every class here is one JSON document; `specs.contract.schemas` publishes their JSON Schemas.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from specs.engines import Plan

CONTRACT_VERSION = 1
MAX_BLOCK_BYTES = 65_536
"""Most bytes of records in one block of the acquisition phase (FL-06)."""

MAX_RECORD_BYTES = 64_000
"""Longest record (FL-26); a longer one is an error record."""

RESTART_LOG = "SYSADMIN.FASTLOG"
"""Name of the restart log table in an outcome (FL-21)."""

Edition = Literal["vendor", "seed"]
Capability = Literal[
    "distribute",
    "distribute/nopi",
    "distribute/reconfigure",
    "fastload",
    "fastload/nopi",
    "fastload/restart",
    "fastload/amp-loss",
    "stream",
    "copy",
]
Exposure = Literal["content", "placement", "events", "counts"]
Status = Literal["completed", "refused", "paused", "failed"]

ErrorName = Literal[
    # refusals before anything is read
    "target_not_empty",
    "target_missing",
    "target_has_attachment",
    "target_is_view",
    "target_partitioned_nopi",
    "amp_down",
    "error_table_exists",
    "table_being_loaded",
    "table_exists",
    "no_job_to_release",
    "input_changed",
    "unsupported_format",
    # the candidate declines this one case (status refused): counts as not supported
    "unsupported_case",
    # why a job stopped
    "bad_record",
    "error_limit_reached",
    "end_loading_missing",
    "input_unreadable",
    # errors of one record or row
    "bad_character",
    "invalid_date",
    "invalid_time",
    "invalid_timestamp",
    "numeric_overflow",
    "untranslatable_character",
    "null_in_not_null",
    "check_violation",
    "field_count_mismatch",
    "field_too_long",
    "record_too_long",
    "amp_unavailable",
    "upi_violation",
    "duplicate_row",
]

ERROR_CODES: dict[str, int] = {
    "bad_character": 2679,
    "invalid_date": 2665,
    "invalid_time": 6758,
    "invalid_timestamp": 6760,
    "numeric_overflow": 2616,
    "untranslatable_character": 6706,
    "null_in_not_null": 3604,
    "check_violation": 5317,
    "field_count_mismatch": 2673,
    "field_too_long": 2673,
    "record_too_long": 2673,
    "amp_unavailable": 2641,
    "upi_violation": 2794,
    "duplicate_row": 2802,
    "table_being_loaded": 2652,
    "table_exists": 3803,
    "target_missing": 3807,
    "error_table_exists": 3803,
}
"""Codes beside the names.

Published by the vendor: 2679; and 3944, which an overflow gets in place of 2616 where a number is
converted to a CHAR or VARCHAR too short for it. Observed on a practitioner's page: 2652. All others
are assumed: 2665, 2794, 2802 and 3604 are the customary ones, but no page that we could read
gives them for these errors; 2616, 2641, 2673, 3803, 3807, 5317, 6706, 6758 and 6760 are our choice.
"""


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


# --- case --------------------------------------------------------------------------------------


class Cluster(_Document, frozen=True, kw_only=True):
    """The system a case runs on. ``down_amps`` are down from before the job starts (FL-05)."""

    amps: int = 4
    hash_bucket_bits: Literal[16, 20] = 20
    down_amps: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.amps <= 1 << self.hash_bucket_bits:
            raise ValueError(f"a cluster has 1 to 2**{self.hash_bucket_bits} AMPs, not {self.amps}")


class Fault(_Document, frozen=True, kw_only=True):
    """Something that goes wrong while the job runs.

    ``amp-lost``: the AMP is up at the start and lost right after, so each row that belongs to it
    goes to error table 1 (FL-08).
    """

    kind: Literal["amp-lost"]
    amp: int


class Case(_Document, frozen=True, kw_only=True):
    """A job and the system it meets; the directory around it holds its files and tables.

    ``script`` is the job's text with any password masked; ``plan`` the same job parsed.
    ``block_bytes``: a block holds at most this many bytes of records (up to 65,536).
    ``tables``: name of each table that exists before the job -> its Arrow file.
    """

    contract: int = CONTRACT_VERSION
    script: str
    plan: Plan
    cluster: Cluster = Cluster()
    edition: Edition = "vendor"
    block_bytes: int = MAX_BLOCK_BYTES
    faults: tuple[Fault, ...] = ()
    tables: dict[str, str] = {}


# --- outcome -----------------------------------------------------------------------------------


class NamedError(_Document, frozen=True, kw_only=True):
    """What went wrong, by name; ``code`` beside it where one is known. Text is never matched."""

    name: ErrorName
    message: str
    code: int | None = None


class Counts(_Document, frozen=True, kw_only=True):
    """A load's accounts (FL-11): read = skipped + sent; sent = e1 + e2 + applied + duplicates."""

    read: int
    skipped: int
    sent: int
    error_table_1: int
    error_table_2: int
    applied: int
    duplicates: int


class LoadReport(_Document, frozen=True, kw_only=True):
    """What one load of the script did. ``counts`` is None unless the load completed.

    ``sessions`` is the number used, at most one per AMP (FL-16). ``summary`` is the end summary
    in the utility's layout, empty unless the load completed.
    """

    target: str
    error_table_1: str
    error_table_2: str
    sessions: int
    counts: Counts | None = None
    summary: str = ""


class Outcome(_Document, frozen=True, kw_only=True):
    """How a case ended.

    ``warnings``: what made the return code 4 although the job went on (FL-25); a candidate may
    leave it out.
    ``tables``: name -> files (parts in order) of every table that exists at the end, error tables
    and the restart log included; a table that is locked by a paused job is listed with no files
    (``[]``), except error table 1, which stays readable (FL-14).
    ``answers``: position of a step in the plan -> file with its answer.
    Files are Arrow IPC files or, named ``*.ndjson``, row files (`specs.contract.rowfiles`).
    ``work``: countable work (``blocks``, ``bytes``, ``fsyncs``, ...).
    """

    contract: int = CONTRACT_VERSION
    status: Status
    return_code: int
    error: NamedError | None = None
    warnings: tuple[NamedError, ...] = ()
    loads: tuple[LoadReport, ...] = ()
    tables: dict[str, tuple[str, ...]] = {}
    locked: tuple[str, ...] = ()
    answers: dict[str, str] = {}
    versions: dict[str, str] = {}
    work: dict[str, int] = {}


# --- description -------------------------------------------------------------------------------


class KnownGap(_Document, frozen=True, kw_only=True):
    """A deviation that the candidate's author knows of, with a pinned example directory."""

    rule: str
    issue: str
    reason: str
    example: str | None = None


class Description(_Document, frozen=True, kw_only=True):
    """A candidate about itself."""

    contract: int = CONTRACT_VERSION
    name: str
    version: str
    language: str
    homepage: str
    issues: str
    capabilities: tuple[Capability, ...]
    exposes: tuple[Exposure, ...]
    editions: tuple[Edition, ...]
    known_gaps: tuple[KnownGap, ...] = ()


# --- in process ----------------------------------------------------------------------------------

EventName = Literal["phase", "block-sent", "checkpoint", "step-done", "part-written", "completed"]

Emit = Callable[[str, dict[str, Any]], None]
"""Called by a candidate after each durable step: event name and details (JSON values)."""


class Stopped(BaseException):
    """Raised by the harness's ``emit`` to stop a candidate; a candidate lets it pass."""


class Candidate(Protocol):
    """What a ``py:`` factory returns. Duck-typed: nothing of ours has to be imported.

    ``describe()`` returns a `Description` or a dict of the same shape. ``run`` executes the case
    directory with ``workspace`` as its only durable storage and leaves ``workspace/outcome/``;
    the same case in the same workspace again is a restart.
    """

    def describe(self) -> Any: ...

    def run(self, case: Path, workspace: Path, emit: Emit) -> None: ...


# --- messages of the process protocol: one JSON document a line ----------------------------------


class DescribeRequest(_Document, frozen=True, kw_only=True, tag_field="type", tag="describe"):
    """Harness to candidate: tell me about yourself."""


class RunRequest(_Document, frozen=True, kw_only=True, tag_field="type", tag="run"):
    """Harness to candidate: run this case directory in this workspace directory."""

    case: str
    workspace: str


class StopRequest(_Document, frozen=True, kw_only=True, tag_field="type", tag="stop"):
    """Harness to candidate: no more requests; exit with code 0."""


class DescriptionReply(_Document, frozen=True, kw_only=True, tag_field="type", tag="description"):
    """Candidate to harness: the answer to ``describe``."""

    description: Description


class EventMessage(_Document, frozen=True, kw_only=True, tag_field="type", tag="event"):
    """Candidate to harness: a durable step is done. It goes on only after ``continue``."""

    name: EventName
    details: dict[str, Any] = {}


class ContinueMessage(_Document, frozen=True, kw_only=True, tag_field="type", tag="continue"):
    """Harness to candidate: the event is noted, go on."""


class DoneMessage(_Document, frozen=True, kw_only=True, tag_field="type", tag="done"):
    """Candidate to harness: the outcome directory is complete."""


class FaultMessage(_Document, frozen=True, kw_only=True, tag_field="type", tag="fault"):
    """Candidate to harness: the candidate itself is broken; ``message`` says how.

    ``traceback``: where in its own code that came up, line by line, in the language's own form.
    """

    message: str
    traceback: str = ""


HarnessMessage = DescribeRequest | RunRequest | StopRequest | ContinueMessage
CandidateMessage = DescriptionReply | EventMessage | DoneMessage | FaultMessage
