"""Jobs for histories of one system, where they are stopped, and what becomes of their inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties.engine.machine import Stop
from properties.strategies.fastload.jobs import (
    load_of,
    steps_of,
    with_load,
    with_steps,
)
from properties.strategies.fastload.stopped_jobs import (
    STOPPABLE,
    with_bad_record,
    with_changed_record,
)
from specs.contract import EventName
from specs.contract.directories import CaseBundle
from specs.fastload.plan import DEFAULT_ERROR_LIMIT
from specs.sql.statements import CreateTable

HISTORIC = replace(
    STOPPABLE,
    types=("INTEGER", "VARCHAR(5)", "DATE"),
    # always the columns c1 and c2, so that a job can load a table that another one has made
    max_columns=1,
    beside_key=True,
    records=(0, 6),
    damaged=False,
    nullif=False,
    defaults=False,
    checkpoints=(2, 1, None, 2, 3),
    block_bytes=(1, 20, 65_536),
    on_bad_record=("stop", "continue"),
    error_limits=(DEFAULT_ERROR_LIMIT, DEFAULT_ERROR_LIMIT, 2),
    end_loading=(True, True, False),
    inputs=(1,),
    loads=(1, 1, 2),
    packed=False,
    around=True,
    names=("t", "u"),
)
"""Small jobs of one or two loads, whose tables are sometimes those of another job."""

# A stop at an event that a job does not have so often is no stop.
_STOPS: Sequence[EventName | None] = (
    *("checkpoint", "step-done", "block-sent", None, "phase"),
    *("checkpoint", "part-written"),
)

STOPS: SearchStrategy[Stop] = st.tuples(st.sampled_from(_STOPS), st.integers(0, 2))

Change = Literal["bad record", "changed record"]
CHANGES: SearchStrategy[Change] = st.sampled_from(("bad record", "changed record"))

ScriptChange = Literal["sessions", "checkpoint", "end loading", "no create"]
SCRIPT_CHANGES: SearchStrategy[ScriptChange] = st.sampled_from(
    ("sessions", "checkpoint", "end loading", "no create")
)


def with_changed_input(bundle: CaseBundle, change: Change, record: int) -> CaseBundle:
    """The same job with another input: one bad record more, or one record that is another."""
    records = bundle.files[load_of(bundle).inputs[0].file].count(b"\n") + 1
    if change == "bad record":
        return with_bad_record(bundle, record % records)
    return with_changed_record(bundle, record % records)


def with_changed_script(bundle: CaseBundle, change: ScriptChange) -> CaseBundle:
    """Another script under the same job id, about the same tables and files."""
    load = load_of(bundle)
    match change:
        case "sessions":
            return with_load(bundle, sessions=None if load.sessions == 1 else 1)
        case "checkpoint":
            return with_load(bundle, checkpoint=None if load.checkpoint == 1 else 1)
        case "end loading":
            return with_load(bundle, end_loading=not load.end_loading)
        case "no create":
            kept = [step for step in steps_of(bundle) if not isinstance(step, CreateTable)]
            return with_steps(bundle, kept) if len(kept) < len(steps_of(bundle)) else bundle
