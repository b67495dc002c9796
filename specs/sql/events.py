"""Events of every job that is a list of statements."""

from __future__ import annotations

from specs.document import Event


class StepDone(Event, frozen=True, kw_only=True, tag="step-done"):
    """A step of the plan is done and will not be repeated; ``step`` is its position, from 0."""

    step: int


class Completed(Event, frozen=True, kw_only=True, tag="completed"):
    """The job has completed and its outcome is written."""
