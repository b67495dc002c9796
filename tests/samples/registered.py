"""A pytest plugin: loaders made by hand, by built-in names in every process of a run."""

import pytest

from candidates.reach import BUILT_IN, InProcess

MADE_BY_HAND = {name: InProcess("engine_samples", name) for name in ("dying", "losing")}


def pytest_configure(config: pytest.Config) -> None:
    BUILT_IN.update(MADE_BY_HAND)
