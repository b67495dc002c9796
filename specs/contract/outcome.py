"""An outcome: how a job ended and what it left."""

from __future__ import annotations

from typing import Literal

from specs.contract.version import CONTRACT_VERSION
from specs.document import Document
from specs.engines import ErrorName, Report

Status = Literal["completed", "refused", "paused", "failed"]


class NamedError(Document, frozen=True, kw_only=True):
    """What went wrong, by name; ``code`` is the engine's, where one is known.

    Text is never matched.
    """

    name: ErrorName
    message: str
    code: int | None = None


class Outcome(Document, frozen=True, kw_only=True):
    """How a job ended and what its system holds then.

    ``warnings``: what made the return code 4 although the job went on (FL-25); a candidate may
    leave it out. ``report``: what the engine's utility tells at the end.
    ``tables``: name -> files (parts in order) of every table that exists at the end, error tables
    and logs included; a table that is locked is listed with no files (``[]``), except an error
    table that stays readable (FL-14). ``locked``: the tables that no other job may touch.
    ``answers``: position of a step in the plan -> file with its answer.
    Files are Arrow IPC files or, named ``*.ndjson``, row files (`specs.contract.rowfiles`).
    ``work``: countable work (``blocks``, ``bytes``, ``fsyncs``, ...).
    """

    contract: int = CONTRACT_VERSION
    status: Status
    return_code: int
    error: NamedError | None = None
    warnings: tuple[NamedError, ...] = ()
    report: Report | None = None
    tables: dict[str, tuple[str, ...]] = {}
    locked: tuple[str, ...] = ()
    answers: dict[str, str] = {}
    versions: dict[str, str] = {}
    work: dict[str, int] = {}
