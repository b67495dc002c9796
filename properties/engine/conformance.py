"""The one test function of a conformance run; the plugin gives it every property in turn."""

from __future__ import annotations

import pytest

from properties.engine.plugin import Session, try_property
from properties.engine.registry import Property


def test_property(claimed: Property, conformance_session: Session) -> None:
    result = try_property(claimed, conformance_session)
    if result.verdict == "not_supported":
        pytest.skip(result.reason)  # told as not supported, with this reason, in every report
    assert result.verdict == "holds", result.reason
