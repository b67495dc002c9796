"""Jobs that are stopped, pause by themselves, or are met by somebody else's job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from properties.engine.scenario import Scenario
from properties.strategies.fastload.jobs import (
    JobShape,
    fastload_jobs,
    load_of,
    steps_of,
    with_load,
    with_steps,
)
from properties.strategies.fastload.typed_loads import load_case
from specs.contract.directories import CaseBundle
from specs.fastload.plan import FastLoadStep, Load, ReleaseLoad
from specs.sql.naming import with_tables_renamed
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, TableDefinition

STOPPABLE = JobShape(
    types=("INTEGER", "VARCHAR(5)", "CHAR(3)", "DATE", "DECIMAL(9,2)", "BIGINT"),
    max_columns=3,
    records=(0, 12),
    faulty=True,
    damaged=True,
    rewrite=False,
    reorder=False,
    sessions=(None, 1, 2, 3),
    checkpoints=(2, None, 1, 3, 5, 0),
    block_bytes=(20, 65_536, 1, 60),
    amps=(2, 1, 3, 4, 7),
)
"""Jobs of several blocks and checkpoints, whose bad records do not stop them."""

CHECKPOINTED = replace(STOPPABLE, checkpoints=(2, 1, 3, 5), records=(3, 12))

UNCHECKPOINTED = replace(STOPPABLE, checkpoints=(None, 0), records=(1, 12))

PAUSING = replace(
    STOPPABLE,
    on_bad_record=("stop", "continue"),
    error_limits=(1, 2, 3, 1_000_000),
    end_loading=(False, True),
    records=(0, 8),
)
"""Jobs that mostly pause by themselves, for any of the three reasons."""

LIMITED = replace(
    STOPPABLE,
    error_limits=(1, 2, 3, 5),
    sessions=(1, 2, None),
    amps=(1, 2, 3),
    block_bytes=(20, 1, 40, 65_536),
    records=(1, 16),
    types=("INTEGER", "DATE", "DECIMAL(9,2)", "BYTEINT"),
)
"""Jobs with many faulty records and a low ERRLIMIT."""

OTHER_JOB = "other"
"""The id of other people's jobs."""

OTHER = TableDefinition(name="other", columns=(Column(name="c1", type="INTEGER"),), kind="MULTISET")


# A checkpoint is one event among many: asked for by name, so that a stop at one is no rarity.
ANY_EVENT = (
    *(None, "checkpoint", "block-sent", "checkpoint"),
    *("phase", "step-done", "checkpoint", "block-sent"),
)
WITHIN_ACQUISITION = ("block-sent", "checkpoint", None)


def stopped_jobs(
    shape: JobShape = STOPPABLE, stops: int = 1, at: Sequence[str | None] = ANY_EVENT
) -> SearchStrategy[Scenario]:
    """Jobs to be stopped; ``choices`` ``stops``: as many events, each as `stop_choices` has it."""
    picked = st.lists(stop_choices(at), min_size=stops, max_size=stops)
    return st.builds(
        lambda bundle, each: Scenario(bundle, {"stops": each}), fastload_jobs(shape), picked
    )


def stop_choices(at: Sequence[str | None] = ANY_EVENT) -> SearchStrategy[dict[str, Any]]:
    """Where to stop a job: ``event``, a name out of ``at`` or None for any, and ``occurrence``.

    `properties.engine.stops` counts the occurrences modulo those that a job has.
    """
    return st.fixed_dictionaries(
        {"event": st.sampled_from(tuple(at)), "occurrence": st.integers(0, 60)}
    )


@st.composite
def stopped_loads(draw: DrawFn, loads: SearchStrategy[Scenario]) -> Scenario:
    """The same loads, with CHECKPOINT or not, to be stopped once in phase 1.

    ``choices`` are theirs and those of `stopped_jobs`.
    """
    scenario = draw(loads)
    checkpoint = draw(st.sampled_from((2, None, 1, 3, 5)))
    choices = {**scenario.choices, "stops": [draw(stop_choices(WITHIN_ACQUISITION))]}
    return Scenario(with_load(scenario.bundle, checkpoint=checkpoint), choices)


def paused_jobs() -> SearchStrategy[Scenario]:
    """Jobs that pause since they leave before END LOADING."""
    shape = replace(STOPPABLE, end_loading=(False,), records=(0, 6), error_limits=(1_000_000,))
    return fastload_jobs(shape).map(Scenario)


@st.composite
def changed_inputs(draw: DrawFn) -> Scenario:
    """Jobs to be stopped and then restarted with another input.

    ``choices``: ``stops``, and ``changed_record``, the position of the record that changes.
    """
    shape = replace(CHECKPOINTED, packed=False, inputs=(1,), records=(3, 10))
    scenario = draw(stopped_jobs(shape, at=WITHIN_ACQUISITION))
    return Scenario(
        scenario.bundle, {**scenario.choices, "changed_record": draw(st.integers(0, 3))}
    )


def with_changed_record(bundle: CaseBundle, record: int) -> CaseBundle:
    """The same case, with one more byte at the start of a record of its first input."""
    name = load_of(bundle).inputs[0].file
    lines = bundle.files[name].split(b"\n")
    lines[record] = b"#" + lines[record]
    return CaseBundle(bundle.case, {**bundle.files, name: b"\n".join(lines)}, bundle.tables)


@st.composite
def mended_inputs(draw: DrawFn) -> Scenario:
    """Jobs that a bad record stops; ``choices`` ``bad_record``: where in the first input it was.

    The case's own input is the mended one.
    """
    shape = replace(
        STOPPABLE,
        damaged=False,
        nullif=False,
        packed=False,
        inputs=(1,),
        records=(2, 10),
        checkpoints=(2, 1, None, 1, 3, 0),
        on_bad_record=("stop",),
    )
    bundle = draw(fastload_jobs(shape))
    records = bundle.files[load_of(bundle).inputs[0].file].count(b"\n")
    return Scenario(bundle, {"bad_record": draw(st.integers(0, records))})


def with_bad_record(bundle: CaseBundle, position: int) -> CaseBundle:
    """The same case with one record more in its first input, of far too many fields."""
    source = load_of(bundle).inputs[0]
    lines = bundle.files[source.file].split(b"\n")
    lines.insert(position, source.delimiter.encode() * 40)
    files = {**bundle.files, source.file: b"\n".join(lines)}
    return CaseBundle(bundle.case, files, bundle.tables)


# --- other people's jobs -------------------------------------------------------------------------


@st.composite
def conflicting_jobs(draw: DrawFn, jobs: SearchStrategy[Scenario]) -> Scenario:
    """Jobs, and in ``choices`` ``conflict`` the number of the other job that comes between."""
    scenario = draw(jobs)
    number = draw(st.integers(0, 2 * CONFLICTS - 1))
    return Scenario(scenario.bundle, {**scenario.choices, "conflict": number})


CONFLICTS = 6
"""How many other jobs `conflicting_job` has; as many more name the table in the other case."""

DROP_TARGET = 0
"""The number of the other job that drops the target."""


def conflicting_job(bundle: CaseBundle, number: int) -> CaseBundle:
    """A job of somebody else that touches a table which the case's load has locked.

    From `CONFLICTS` on they are the same jobs with names in the other letter case.
    """
    load = load_of(bundle)
    if number >= CONFLICTS:
        spelled = conflicting_job(bundle, number - CONFLICTS)
        return with_steps(
            spelled, [with_tables_renamed(step, str.swapcase) for step in steps_of(spelled)]
        )
    match number:
        case 0:  # DROP_TARGET
            return other_job(bundle, DropTable(table=load.target))
        case 1:
            return other_job(bundle, DeleteRows(table=load.target))
        case 2:
            return other_job(bundle, DropTable(table=load.error_table_1))
        case 3:
            return other_job(bundle, DropTable(table=load.error_table_2))
        case 4:  # another load into the same table
            return other_job(bundle, _renamed(load, error_table_1="x_e1", error_table_2="x_e2"))
        case _:  # another load that wants to write into the same error table
            other = load_case(OTHER, [(1,)], bundle.case.teradata)
            create, into_other = other.case.steps
            assert isinstance(create, CreateTable), "such a load begins with its table"
            assert isinstance(into_other, Load), "and loads it"
            renamed = _renamed(into_other, error_table_1=load.error_table_1)
            case = msgspec.structs.replace(other.case, job=OTHER_JOB, edition=bundle.case.edition)
            return with_steps(CaseBundle(case, other.files), [create, renamed])


def release_of(bundle: CaseBundle) -> CaseBundle:
    """The case that releases the tables of a case's load: BEGIN and END LOADING alone."""
    load = load_of(bundle)
    step = ReleaseLoad(
        target=load.target, error_table_1=load.error_table_1, error_table_2=load.error_table_2
    )
    return other_job(bundle, step)


def other_job(bundle: CaseBundle, *steps: FastLoadStep) -> CaseBundle:
    """A job of these steps under another id on the same system, with no tables of its own."""
    case = msgspec.structs.replace(bundle.case, job=OTHER_JOB, tables={}, faults=())
    return with_steps(CaseBundle(case, bundle.files), steps)


def _renamed(load: Load, **names: Any) -> Load:
    return msgspec.structs.replace(load, **names)


# --- error tables that stay ----------------------------------------------------------------------


@st.composite
def loads_under_one_name(draw: DrawFn) -> Scenario:
    """A script with two loads that name the same error tables, which it drops between or not.

    ``choices`` ``dropped``: whether it does.
    """
    shape = replace(LIMITED, loads=(2,), records=(1, 6), inputs=(1,), error_limits=(1_000_000,))
    bundle = draw(fastload_jobs(shape))
    dropped = draw(st.sampled_from((False, True, False)))
    first, second = (step for step in bundle.case.steps if isinstance(step, Load))
    names = (first.error_table_1, first.error_table_2)
    steps: list[Any] = []
    for step in bundle.case.steps:
        if step is second:
            steps += [DropTable(table=name) for name in names] if dropped else []
            step = _renamed(step, error_table_1=names[0], error_table_2=names[1])
        steps.append(step)
    return Scenario(with_steps(bundle, steps), {"dropped": dropped})


@st.composite
def sessions_pairs(draw: DrawFn) -> Scenario:
    """Jobs with one number of sessions; ``choices`` ``sessions``: another one."""
    numbers: Sequence[int | None] = (None, 1, 2, 3, 8, 100)
    shape = replace(STOPPABLE, sessions=numbers, records=(0, 8), checkpoints=(None, 2))
    other = draw(st.sampled_from(numbers))
    return Scenario(draw(fastload_jobs(shape)), {"sessions": other})


def with_sessions(bundle: CaseBundle, sessions: int | None) -> CaseBundle:
    """The same case with another SESSIONS."""
    return with_load(bundle, sessions=sessions)
