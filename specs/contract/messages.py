"""The process protocol: one JSON document a line on stdin and stdout."""

from __future__ import annotations

from typing import Any

from specs.contract.description import Description
from specs.document import Document
from specs.engines import EventName


class DescribeRequest(Document, frozen=True, kw_only=True, tag_field="type", tag="describe"):
    """Harness to candidate: tell me about yourself."""


class RunRequest(Document, frozen=True, kw_only=True, tag_field="type", tag="run"):
    """Harness to candidate: run this case directory in this workspace directory."""

    case: str
    workspace: str


class StopRequest(Document, frozen=True, kw_only=True, tag_field="type", tag="stop"):
    """Harness to candidate: no more requests; exit with code 0."""


class DescriptionReply(Document, frozen=True, kw_only=True, tag_field="type", tag="description"):
    """Candidate to harness: the answer to ``describe``."""

    description: Description


class EventMessage(Document, frozen=True, kw_only=True, tag_field="type", tag="event"):
    """Candidate to harness: a durable step is done. It goes on only after ``continue``.

    ``details`` are the fields of the event of that name, without the name.
    """

    name: EventName
    details: dict[str, Any] = {}


class ContinueMessage(Document, frozen=True, kw_only=True, tag_field="type", tag="continue"):
    """Harness to candidate: the event is noted, go on."""


class DoneMessage(Document, frozen=True, kw_only=True, tag_field="type", tag="done"):
    """Candidate to harness: the outcome directory is complete."""


class FaultMessage(Document, frozen=True, kw_only=True, tag_field="type", tag="fault"):
    """Candidate to harness: the candidate itself is broken.

    ``message`` says how; ``traceback`` is where, in the candidate's own code, if it can tell.
    """

    message: str
    traceback: str = ""


HarnessMessage = DescribeRequest | RunRequest | StopRequest | ContinueMessage
CandidateMessage = DescriptionReply | EventMessage | DoneMessage | FaultMessage
