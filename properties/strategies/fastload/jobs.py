"""Whole FastLoad scenarios: table, script, plan, files and system, with what a suite asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

import msgspec
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from properties.engine.scenario import Scenario
from properties.strategies.fastload.mappings import assignments_of, fields_of, redefined, renamed
from properties.strategies.fastload.records import (
    LINE_ENDS,
    drafts,
    field_pool,
    file_bytes,
    records,
)
from properties.strategies.fastload.shapes import PLAIN, USUAL, JobShape
from properties.strategies.fastload.texts import reading_of
from properties.strategies.shared.definitions import (
    arrow_rows,
    definitions,
    systems,
)
from properties.strategies.shared.values import stored_form, values
from specs.contract import AmpLost, Case
from specs.contract.directories import CaseBundle
from specs.fastload.error_tables import error_table_1_schema
from specs.fastload.language import render
from specs.fastload.plan import Assignment, FastLoadPlan, FastLoadStep, Input, Load, SourceField
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

__all__ = [
    "OTHER_TABLE",
    "PLAIN",
    "JobShape",
    "definition_in",
    "fastload_jobs",
    "fastload_scenarios",
    "load_of",
    "lost_amps",
    "rows_of",
    "steps_of",
    "with_case",
    "with_load",
    "with_steps",
    "with_tables",
]

OTHER_TABLE = TableDefinition(
    name="other", columns=(Column(name="k", type="INTEGER"),), primary_index=PrimaryIndex(("k",))
)
"""A table that no step of a job touches."""


def fastload_jobs(shape: JobShape = USUAL) -> SearchStrategy[CaseBundle]:
    """Cases with one or more loads; the tables that they fill are called t, t2, ..."""

    @st.composite
    def build(draw: DrawFn) -> CaseBundle:
        return _job(draw, shape)

    return build()


def fastload_scenarios(shape: JobShape = USUAL) -> SearchStrategy[Scenario]:
    """`fastload_jobs` for checks that do nothing with a case but run it."""
    return fastload_jobs(shape).map(Scenario)


# --- cases related to a case ---------------------------------------------------------------------


def with_steps(bundle: CaseBundle, steps: Sequence[FastLoadStep]) -> CaseBundle:
    """The same system and files with another plan, its script written anew."""
    return with_case(bundle, plan=FastLoadPlan(steps=tuple(steps)))


def with_load(bundle: CaseBundle, **changes: Any) -> CaseBundle:
    """The same case with every load changed, as in ``with_load(bundle, sessions=2)``."""
    steps = steps_of(bundle)
    changed = [
        msgspec.structs.replace(step, **changes) if isinstance(step, Load) else step
        for step in steps
    ]
    return with_steps(bundle, changed)


def with_case(
    bundle: CaseBundle, *, files: Mapping[str, bytes] | None = None, **changes: Any
) -> CaseBundle:
    """The same case with fields of its document changed (``edition="seed"``, ``plan=...``)."""
    case = msgspec.structs.replace(bundle.case, **changes)
    if "plan" in changes and "script" not in changes:
        assert isinstance(case.plan, FastLoadPlan), "the case is no FastLoad job"
        case = msgspec.structs.replace(case, script=render(case.plan))
    return CaseBundle(case, bundle.files if files is None else files, bundle.tables)


def with_block_bytes(bundle: CaseBundle, block_bytes: int) -> CaseBundle:
    """The same job in blocks of at most that many bytes."""
    system = msgspec.structs.replace(bundle.case.teradata, block_bytes=block_bytes)
    return with_case(bundle, system=system)


def with_tables(bundle: CaseBundle, tables: Mapping[str, pa.Table]) -> CaseBundle:
    """The same job on a system that holds these tables before it."""
    case = msgspec.structs.replace(
        bundle.case, tables={name: f"tables/{name}.arrow" for name in tables}
    )
    return CaseBundle(case, bundle.files, tables)


def steps_of(bundle: CaseBundle) -> tuple[FastLoadStep, ...]:
    """The steps of a FastLoad case."""
    plan = bundle.case.plan
    assert isinstance(plan, FastLoadPlan), "the case is no FastLoad job"
    return plan.steps


def load_of(bundle: CaseBundle) -> Load:
    """The first load of a FastLoad case."""
    return next(step for step in steps_of(bundle) if isinstance(step, Load))


def definition_in(bundle: CaseBundle, table: str) -> TableDefinition:
    """The definition of a table that the case creates or already has."""
    for step in steps_of(bundle):
        if isinstance(step, CreateTable) and step.definition.name == table:
            return step.definition
    raw = bundle.tables[table].schema.metadata[b"loadproof.table"]
    return msgspec.json.decode(raw, type=TableDefinition)


# --- building one case ---------------------------------------------------------------------------


def _job(draw: DrawFn, shape: JobShape) -> CaseBundle:
    steps: list[FastLoadStep] = []
    files: dict[str, bytes] = {}
    tables: dict[str, Any] = {}
    delimiter = draw(st.sampled_from(tuple(shape.delimiters)))
    first_name = draw(st.sampled_from(tuple(shape.names)))
    for number in range(1, draw(st.sampled_from(tuple(shape.loads))) + 1):
        name = first_name if number == 1 else f"{first_name}{number}"
        definition = draw(
            definitions(
                name,
                indexes=shape.indexes,
                kinds=shape.kinds,
                types=shape.types,
                max_columns=shape.max_columns,
                not_null=shape.not_null,
                checks=shape.checks,
                defaults=shape.defaults,
                formats=shape.rewrite,
            )
        )
        if shape.beside_key:
            definition = _with_column_beside_key(definition)
        load = _load(draw, shape, definition, delimiter, files)
        _surround(draw, shape, definition, load, steps, tables)
    plan = FastLoadPlan(steps=tuple(steps))
    system = draw(systems(shape.amps))
    block_bytes = draw(st.sampled_from(tuple(shape.block_bytes)))
    faults: tuple[AmpLost, ...] = ()
    if shape.lost_amps:
        faults = draw(lost_amps(system.amps))
    case = Case(
        script=render(plan),
        plan=plan,
        system=msgspec.structs.replace(system, block_bytes=block_bytes),
        edition=draw(st.sampled_from(tuple(shape.editions))),
        faults=faults,
        tables={name: f"tables/{name}.arrow" for name in tables},
    )
    return CaseBundle(case, files, tables)


def lost_amps(amps: int) -> SearchStrategy[tuple[AmpLost, ...]]:
    """One or more of the AMPs lost, now and then all of them."""
    # Left to itself, a set of few numbers has all of them more often than not.
    some = st.sets(st.integers(0, amps - 1), min_size=1, max_size=max(1, amps - 1))
    every = st.just(set(range(amps)))
    return st.sampled_from((some, some, some, every)).flatmap(
        lambda lost: lost.map(lambda numbers: tuple(map(_lost, sorted(numbers))))
    )


def _lost(amp: int) -> AmpLost:
    return AmpLost(amp=amp)


def _with_column_beside_key(definition: TableDefinition) -> TableDefinition:
    index, columns = definition.primary_index, definition.columns
    if index is None or len(index.columns) < len(columns):
        return definition
    if len(columns) == 1:
        column = msgspec.structs.replace(columns[0], name="c2", default=None)
        return msgspec.structs.replace(definition, columns=(*columns, column))
    shorter = PrimaryIndex(index.columns[:-1], index.unique)
    return msgspec.structs.replace(definition, primary_index=shorter)


def _load(
    draw: DrawFn,
    shape: JobShape,
    definition: TableDefinition,
    delimiter: str,
    files: dict[str, bytes],
) -> Load:
    ansi = draw(st.booleans())
    date_form: Literal["integer", "ansi"] = "ansi" if ansi else "integer"
    assignments = assignments_of(draw, shape, definition)
    fields = fields_of(draw, shape, definition, assignments)
    pools = _pools(draw, shape, definition, fields, assignments, date_form)
    if shape.faulty and draw(st.integers(0, 15)) == 15:  # longer than an error table's column
        fields, assignments = renamed(fields, assignments, "n" * 118)
    drafted = draw(drafts(*shape.records, shape.damaged))
    made = records(drafted, pools, delimiter.encode())
    count = draw(st.sampled_from(tuple(shape.inputs)))
    cuts = sorted(draw(st.integers(0, len(made))) for _ in range(count - 1))
    on_bad_record = draw(st.sampled_from(tuple(shape.on_bad_record)))
    display_errors = draw(st.booleans())
    inputs = []
    for number, (first, after) in enumerate(zip([0, *cuts], [*cuts, len(made)], strict=True)):
        if number and draw(st.booleans()):
            fields, assignments, pools = redefined(draw, fields, assignments, pools)
            made = records(drafted, pools, delimiter.encode())
        way = draw(st.integers(0, 15 if shape.packed else 7))
        file = f"{definition.name}{number or ''}.{'txt.gz' if 8 <= way < 14 else 'txt'}"
        files[file] = file_bytes(
            made[first:after], LINE_ENDS[way & 1], ends=way & 6 < 4, packed=way >= 8
        )
        start, thru = _range(draw, shape, after - first)
        inputs.append(
            Input(
                file=file,
                fields=fields,
                assignments=assignments,
                delimiter=delimiter,
                on_bad_record=on_bad_record,
                display_errors=display_errors,
                start=start,
                thru=thru,
            )
        )
    return Load(
        target=definition.name,
        error_table_1=f"{definition.name}_e1",
        error_table_2=f"{definition.name}_e2",
        inputs=tuple(inputs),
        sessions=draw(st.sampled_from(tuple(shape.sessions))),
        error_limit=draw(st.sampled_from(tuple(shape.error_limits))),
        checkpoint=draw(st.sampled_from(tuple(shape.checkpoints))),
        date_form=date_form,
        end_loading=draw(st.sampled_from(tuple(shape.end_loading))),
    )


def _range(draw: DrawFn, shape: JobShape, count: int) -> tuple[int | None, int | None]:
    if not shape.ranges:
        return None, None
    start = draw(st.none() | st.integers(1, count + 2))
    return start, draw(st.none() | st.integers(start or 1, count + 3))


def _pools(
    draw: DrawFn,
    shape: JobShape,
    definition: TableDefinition,
    fields: tuple[SourceField, ...],
    assignments: tuple[Assignment, ...],
    date_form: str,
) -> list[list[bytes]]:
    by_field = {assignment.field: assignment for assignment in assignments}
    pools = []
    # There are many ways to be no value; but with several columns few records would be sound.
    faults = 0 if not shape.faulty else 3 if len(assignments) == 1 else 1
    for field in fields:
        assignment = by_field.get(field.name)
        if assignment is None:
            pools.append(field_pool(draw, None, None, nulls=True, faults=0))
            continue
        column = definition.column(assignment.column)
        reading = reading_of(column, assignment, date_form)
        nulls = shape.nulls and (shape.faulty or not column.not_null)
        pool = field_pool(
            draw, reading, field.nullif, nulls=nulls, faults=faults, alike=shape.alike
        )
        if nulls and column.not_null and b"" not in pool:
            pool.append(b"")  # of what may not be NULL, NULL is the value to try
        pools.append(pool)
    return pools


def _surround(
    draw: DrawFn,
    shape: JobShape,
    definition: TableDefinition,
    load: Load,
    steps: list[FastLoadStep],
    tables: dict[str, Any],
) -> None:
    """The load and the steps before it; the target is created, or there and empty, or emptied."""
    way = draw(st.sampled_from([{"created": 0, "there": 1}[target] for target in shape.target]))
    if shape.around:
        way = draw(st.integers(way, 6))
    create = CreateTable(definition=definition)
    drops = [DropTable(table=t) for t in (load.error_table_1, load.error_table_2, load.target)]
    name = definition.name
    match way:
        case 0:
            steps += [create, load]
        case 1:
            tables[name] = arrow_rows(definition, [])
            steps += [load]
        case 2:  # nothing to drop: a warning each
            steps += [*drops, create, load]
        case 3:  # what an earlier run left
            tables[name] = arrow_rows(definition, [draw(rows_of(definition))])
            tables[load.error_table_1] = _left_over()
            steps += [*drops, create, load]
        case 4:
            tables[name] = arrow_rows(definition, [draw(rows_of(definition))])
            steps += [DeleteRows(table=name), load]
        case 5:  # the other job's table stays as it is
            tables["other"] = arrow_rows(OTHER_TABLE, [(1,), (2,)])
            steps += [create, load]
        case _:  # only the drop line of a table that is there is no warning
            tables[name] = arrow_rows(definition, [])
            steps += [drops[2], create, load]


def rows_of(definition: TableDefinition) -> SearchStrategy[tuple[Any, ...]]:
    """One row of a table, as stored, without NULL."""
    return st.tuples(
        *(
            values(c.column_type, c.character_set).map(
                partial(stored_form, column_type=c.column_type)
            )
            for c in definition.columns
        )
    )


def _left_over() -> pa.Table:
    rows = {"DataParcel": [b"old"], "ErrorCode": [2679], "ErrorFieldName": ["f"]}
    return pa.table(rows, schema=error_table_1_schema())
