"""A candidate's own settings: values under which it must behave the same, drawn for examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from specs.contract import Case, Description
from specs.contract.directories import CaseBundle

SHARE = 4
"""One in so many examples runs under settings."""

MOST_AT_ONCE = 2

Settings = Mapping[str, Any]


def settings_of(description: Description) -> SearchStrategy[dict[str, Any]]:
    """Settings to run an example under: mostly none, else one or two with a value offered."""
    offered = {name: values for name, values in description.settings.items() if values}
    if not offered:
        return st.just({})
    names = st.lists(
        st.sampled_from(tuple(offered)), min_size=1, max_size=MOST_AT_ONCE, unique=True
    )
    some = names.flatmap(
        lambda chosen: st.fixed_dictionaries(
            {name: st.sampled_from(offered[name]) for name in chosen}
        )
    )
    return st.integers(0, SHARE - 1).flatmap(
        lambda number: some if number == SHARE - 1 else st.just({})
    )


def under_settings(bundle: CaseBundle, settings: Settings) -> CaseBundle:
    """The same case for a candidate that runs under these settings."""
    if not settings:
        return bundle
    case = msgspec.structs.replace(bundle.case, settings=dict(settings))
    return CaseBundle(case, bundle.files, bundle.tables)


def settings_in_words(case: Case) -> str:
    """As in ``piece_bytes = 64, workers = 3``; nothing for a case without settings."""
    return ", ".join(f"{name} = {value!r}" for name, value in case.settings.items())
