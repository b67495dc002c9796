"""Events: what a candidate tells after each durable step, validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from specs.document import Event
from specs.engines import ENGINES

EVENTS: dict[str, type[Event]] = {
    str(event.__struct_config__.tag): event for engine in ENGINES for event in engine.events
}
"""Every engine's events by their names."""


class EventError(ValueError):
    """An event of an unknown name, or without the details that its name asks for."""


def check_event(name: Any, details: Any) -> Mapping[str, Any]:
    """The details of an event, with the types that they must have. Raises `EventError`."""
    if name not in EVENTS:
        raise EventError(f"unknown event {name!r}; there are: {', '.join(EVENTS)}")
    if not isinstance(details, Mapping):
        raise EventError(f"{name}: expected an object with details, found {details!r}")
    try:
        msgspec.json.encode(details)
        msgspec.convert({**details, "name": name}, EVENTS[name])
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
        raise EventError(f"{name}: {error}") from error
    return dict(details)
