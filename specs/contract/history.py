"""Histories: what happens on one system, action by action.

A single run is the shortest history. A stored history is a directory: ``history.json`` beside
``cases/NAME/`` with one case directory for each case that its actions name.
"""

from __future__ import annotations

from specs.contract.version import CONTRACT_VERSION
from specs.document import Document
from specs.engines import EventName


class RunJob(Document, frozen=True, kw_only=True, tag_field="action", tag="run"):
    """Run the case to its end; when its job is unfinished on the system, that is a restart."""

    case: str


class StopJob(Document, frozen=True, kw_only=True, tag_field="action", tag="stop"):
    """Run the case and stop the candidate at one of its events.

    ``occurrence`` counts the events of that name from 0, or all events when ``event`` is None. A
    run with fewer events goes on to its end.
    """

    case: str
    event: EventName | None = None
    occurrence: int = 0


class KillJob(Document, frozen=True, kw_only=True, tag_field="action", tag="kill"):
    """Run the case and send SIGKILL to the candidate ``seconds`` after the start of the run."""

    case: str
    seconds: float


class TakeSpace(Document, frozen=True, kw_only=True, tag_field="action", tag="take-space"):
    """From here on no file can grow beyond ``file_bytes`` bytes: the disk is full."""

    file_bytes: int


class GiveSpaceBack(Document, frozen=True, kw_only=True, tag_field="action", tag="give-space-back"):
    """The disk has room again."""


class LetTimePass(Document, frozen=True, kw_only=True, tag_field="action", tag="let-time-pass"):
    """The virtual clock goes on by ``seconds``; jobs that start later see it in their ``now``."""

    seconds: int


Action = RunJob | StopJob | KillJob | TakeSpace | GiveSpaceBack | LetTimePass


class History(Document, frozen=True, kw_only=True):
    """``history.json``: the actions in order. Each case that they name is in ``cases/``."""

    contract: int = CONTRACT_VERSION
    actions: tuple[Action, ...]
