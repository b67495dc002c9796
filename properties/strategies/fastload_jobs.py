"""Whole FastLoad scenarios: table, script, plan, files and system, with what a suite asks for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import msgspec
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from properties.registry import EDITIONS, Scenario
from properties.strategies.definitions import (
    LOADABLE_TYPES,
    Index,
    arrow_rows,
    clusters,
    definitions,
)
from properties.strategies.records import LINE_ENDS, drafts, field_pool, file_bytes, records
from properties.strategies.texts import DATE_FORMATS, reading_of
from properties.strategies.values import decimal_of, stored_form, values
from reference.values import BadValue, ImpossibleConversion, Value, check_conversion, convert
from specs.contract import MAX_BLOCK_BYTES, Case, Edition, Fault
from specs.directories import CaseBundle
from specs.fastload import render
from specs.plans import (
    DEFAULT_ERROR_LIMIT,
    Assignment,
    CreateTable,
    DeleteRows,
    DropTable,
    FastLoadPlan,
    FastLoadStep,
    Input,
    Load,
    SourceField,
)
from specs.tables import Column, PrimaryIndex, TableDefinition, error_table_1_schema
from specs.types import INTEGER_BITS, ColumnType

OnBadRecord = Literal["stop", "continue"]
Target = Literal["created", "there"]

DELIMITERS = ("|", ",", "\t", "||", "~|~", ";")
CONVERSIONS = (
    *("INTEGER", "DECIMAL(9,2)", "BIGINT", "DECIMAL(5,0)", "DECIMAL(18,4)", "FLOAT", "BYTEINT"),
    *("VARCHAR(3)", "VARCHAR(20)", "CHAR(4)", "DATE", "TIME(0)", "TIMESTAMP(0)"),
)
OTHER_TABLE = TableDefinition(
    name="other", columns=(Column(name="k", type="INTEGER"),), primary_index=PrimaryIndex(("k",))
)
"""A table that no step of a job touches."""


@dataclass(frozen=True)
class Wishes:
    """What a suite wants its jobs to be like. The defaults make a job that completes.

    ``faulty``: some texts are no values (or break NOT NULL or CHECK); ``damaged``: some records
    are bad, which stops the job unless ``on_bad_record`` is only ``continue``. ``records`` are
    the fewest and most of one load. ``ranges``: RECORD and THRU are given sometimes. ``rewrite``:
    conversions and formats are given sometimes. ``target``: made by the script, or there before
    it; with ``around`` there may also be drops, deletes and tables of others.
    """

    editions: Sequence[Edition] = EDITIONS
    indexes: Sequence[Index] = ("nupi", "upi")
    kinds: Sequence[Literal["SET", "MULTISET"]] = ("SET", "MULTISET")
    types: Sequence[str] = LOADABLE_TYPES
    max_columns: int = 4
    beside_key: bool = False
    alike: bool = False
    records: tuple[int, int] = (0, 10)
    faulty: bool = False
    damaged: bool = False
    nulls: bool = True
    not_null: bool = False
    checks: bool = False
    defaults: bool = True
    rewrite: bool = True
    conversions: Sequence[str] = CONVERSIONS
    nullif: bool = True
    reorder: bool = True
    ranges: bool = False
    around: bool = False
    target: Sequence[Target] = ("created", "there")
    on_bad_record: Sequence[OnBadRecord] = ("continue",)
    sessions: Sequence[int | None] = (None,)
    checkpoints: Sequence[int | None] = (None,)
    error_limits: Sequence[int] = (DEFAULT_ERROR_LIMIT,)
    block_bytes: Sequence[int] = (MAX_BLOCK_BYTES, 40, 100, 1_000)
    amps: Sequence[int] = (2, 1, 3, 4, 7, 16)
    inputs: Sequence[int] = (1, 1, 1, 2)
    loads: Sequence[int] = (1,)
    delimiters: Sequence[str] = DELIMITERS
    packed: bool = True
    lost_amps: bool = False
    end_loading: Sequence[bool] = (True,)


PLAIN = Wishes(
    defaults=False, rewrite=False, nullif=False, reorder=False, inputs=(1,), packed=False
)
"""A file whose fields are the table's columns, so that nothing but its records matters."""


def wished(wishes: Wishes, **changes: Any) -> Wishes:
    """The same wishes but for these."""
    return replace(wishes, **changes)


def fastload_jobs(wishes: Wishes = Wishes()) -> SearchStrategy[CaseBundle]:
    """Cases with one or more loads; every table a load fills is called t, t2, ..."""

    @st.composite
    def build(draw: DrawFn) -> CaseBundle:
        return _job(draw, wishes)

    return build()


def fastload_scenarios(wishes: Wishes = Wishes()) -> SearchStrategy[Scenario]:
    """`fastload_jobs` for checks that do nothing with a case but run it."""
    return fastload_jobs(wishes).map(Scenario)


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
    """The same case with fields of its document changed (``block_bytes=40``, ``plan=...``)."""
    case = msgspec.structs.replace(bundle.case, **changes)
    if "plan" in changes and "script" not in changes:
        assert isinstance(case.plan, FastLoadPlan), "the case is no FastLoad job"
        case = msgspec.structs.replace(case, script=render(case.plan))
    return CaseBundle(case, bundle.files if files is None else files, bundle.tables)


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


def _job(draw: DrawFn, wishes: Wishes) -> CaseBundle:
    steps: list[FastLoadStep] = []
    files: dict[str, bytes] = {}
    tables: dict[str, Any] = {}
    delimiter = draw(st.sampled_from(tuple(wishes.delimiters)))
    for number in range(1, draw(st.sampled_from(tuple(wishes.loads))) + 1):
        name = "t" if number == 1 else f"t{number}"
        definition = draw(
            definitions(
                name,
                indexes=wishes.indexes,
                kinds=wishes.kinds,
                types=wishes.types,
                max_columns=wishes.max_columns,
                not_null=wishes.not_null,
                checks=wishes.checks,
                defaults=wishes.defaults,
                formats=wishes.rewrite,
            )
        )
        if wishes.beside_key:
            definition = _with_column_beside_key(definition)
        load = _load(draw, wishes, definition, delimiter, files)
        _surround(draw, wishes, definition, load, steps, tables)
    plan = FastLoadPlan(steps=tuple(steps))
    cluster = draw(clusters(wishes.amps))
    faults: tuple[Fault, ...] = ()
    if wishes.lost_amps:
        faults = (Fault(kind="amp-lost", amp=draw(st.integers(0, cluster.amps - 1))),)
    case = Case(
        script=render(plan),
        plan=plan,
        cluster=cluster,
        edition=draw(st.sampled_from(tuple(wishes.editions))),
        block_bytes=draw(st.sampled_from(tuple(wishes.block_bytes))),
        faults=faults,
        tables={name: f"tables/{name}.arrow" for name in tables},
    )
    return CaseBundle(case, files, tables)


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
    wishes: Wishes,
    definition: TableDefinition,
    delimiter: str,
    files: dict[str, bytes],
) -> Load:
    ansi = draw(st.booleans())
    date_form: Literal["integer", "ansi"] = "ansi" if ansi else "integer"
    assignments = _assignments(draw, wishes, definition)
    fields = _fields(draw, wishes, definition, assignments)
    pools = _pools(draw, wishes, definition, fields, assignments, date_form)
    drafted = draw(drafts(*wishes.records, wishes.damaged))
    made = records(drafted, pools, delimiter.encode())
    count = draw(st.sampled_from(tuple(wishes.inputs)))
    cuts = sorted(draw(st.integers(0, len(made))) for _ in range(count - 1))
    on_bad_record = draw(st.sampled_from(tuple(wishes.on_bad_record)))
    display_errors = draw(st.booleans())
    inputs = []
    for number, (first, after) in enumerate(zip([0, *cuts], [*cuts, len(made)], strict=True)):
        way = draw(st.integers(0, 15 if wishes.packed else 7))
        file = f"{definition.name}{number or ''}.{'txt.gz' if 8 <= way < 14 else 'txt'}"
        files[file] = file_bytes(
            made[first:after], LINE_ENDS[way & 1], ends=way & 6 < 4, packed=way >= 8
        )
        start, thru = _range(draw, wishes, after - first)
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
        sessions=draw(st.sampled_from(tuple(wishes.sessions))),
        error_limit=draw(st.sampled_from(tuple(wishes.error_limits))),
        checkpoint=draw(st.sampled_from(tuple(wishes.checkpoints))),
        date_form=date_form,
        end_loading=draw(st.sampled_from(tuple(wishes.end_loading))),
    )


def _range(draw: DrawFn, wishes: Wishes, count: int) -> tuple[int | None, int | None]:
    if not wishes.ranges:
        return None, None
    start = draw(st.none() | st.integers(1, count + 2))
    thru = draw(st.none() | st.integers(start or 1, count + 3))
    return (1, thru) if start is None and thru is not None else (start, thru)


def _assignments(
    draw: DrawFn, wishes: Wishes, definition: TableDefinition
) -> tuple[Assignment, ...]:
    columns = list(definition.columns)
    if wishes.reorder and len(columns) > 1:
        columns = draw(st.permutations(columns))
        spare = columns[-1]
        optional = wishes.faulty or not spare.not_null or spare.default is not None
        if wishes.defaults and optional and draw(st.integers(0, 3)) == 3:
            columns.pop()
    return tuple(_assignment(draw, wishes, column) for column in columns)


def _assignment(draw: DrawFn, wishes: Wishes, column: Column) -> Assignment:
    conversion = date_format = None
    choice = draw(st.integers(0, 7)) if wishes.rewrite else 0
    if column.column_type.name == "DATE" and choice in (2, 3, 4, 5):
        date_format = draw(st.sampled_from(DATE_FORMATS))
    elif choice in (5, 6, 7):
        conversions = _conversions_to(column.column_type, tuple(wishes.conversions), wishes.faulty)
        conversion = draw(st.sampled_from(conversions))
    return Assignment(
        column=column.name, field=f"f_{column.name}", conversion=conversion, format=date_format
    )


@cache
def _conversions_to(
    target: ColumnType, conversions: tuple[str, ...], faulty: bool
) -> tuple[str, ...]:
    """Types whose values FastLoad converts to ``target``; all of them fit unless ``faulty``."""
    fitting = [str(target)]
    for text in conversions:
        source = ColumnType.parse(text)
        try:
            check_conversion(source, target)
            for value in () if faulty else _extremes(source):
                convert(value, source, target)
        except (ImpossibleConversion, BadValue):
            continue
        fitting.append(text)
    return tuple(dict.fromkeys(fitting))


def _extremes(source: ColumnType) -> tuple[Value, ...]:
    if source.name == "DECIMAL":
        most = decimal_of(10**source.precision - 1, source.scale)
        return (most, -most)
    if source.name in INTEGER_BITS:
        return source.integer_range
    match source.name:
        case "FLOAT":
            return (1e308, -1e308)
        case "DATE":
            return (datetime.date.max,)
        case _:
            return ("x",)


def _fields(
    draw: DrawFn,
    wishes: Wishes,
    definition: TableDefinition,
    assignments: tuple[Assignment, ...],
) -> tuple[SourceField, ...]:
    """DEFINE: the fields of the assignments, perhaps in another order and with one not used."""
    names = [assignment.field for assignment in assignments]
    choice = draw(st.integers(0, 7)) if wishes.reorder else 0
    if choice & 1:
        names.insert(choice % (len(names) + 1), "f_unused")
    if choice & 2 and len(names) > 1:
        names = draw(st.permutations(names))
    narrow = None
    if wishes.damaged and draw(st.integers(0, 3)) == 3:
        narrow = draw(st.sampled_from(names))
    nullable = [
        assignment.field
        for assignment in assignments
        if wishes.faulty or not definition.column(assignment.column).not_null
    ]
    nullif = draw(st.sampled_from([None, None, *nullable])) if wishes.nullif else None
    return tuple(
        SourceField(
            name=name,
            type="VARCHAR(4)" if name == narrow else "VARCHAR(100)",
            nullif=draw(st.sampled_from(("N", "NULL", "0", "-", " "))) if name == nullif else None,
        )
        for name in names
    )


def _pools(
    draw: DrawFn,
    wishes: Wishes,
    definition: TableDefinition,
    fields: tuple[SourceField, ...],
    assignments: tuple[Assignment, ...],
    date_form: str,
) -> list[list[bytes]]:
    by_field = {assignment.field: assignment for assignment in assignments}
    pools = []
    for field in fields:
        assignment = by_field.get(field.name)
        if assignment is None:
            pools.append(field_pool(draw, None, None, nulls=True, faulty=False))
            continue
        column = definition.column(assignment.column)
        reading = reading_of(column, assignment, date_form)
        nulls = wishes.nulls and (wishes.faulty or not column.not_null)
        pools.append(
            field_pool(
                draw,
                reading,
                field.nullif,
                nulls=nulls,
                faulty=wishes.faulty,
                alike=wishes.alike,
            )
        )
    return pools


def _surround(
    draw: DrawFn,
    wishes: Wishes,
    definition: TableDefinition,
    load: Load,
    steps: list[FastLoadStep],
    tables: dict[str, Any],
) -> None:
    """The load and the steps before it; the target is created, or there and empty, or emptied."""
    way = draw(st.sampled_from([{"created": 0, "there": 1}[target] for target in wishes.target]))
    if wishes.around:
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
                lambda value, kind=c.column_type: stored_form(value, kind)  # type: ignore[misc]
            )
            for c in definition.columns
        )
    )


def _left_over() -> pa.Table:
    rows = {"DataParcel": [b"old"], "ErrorCode": [2679], "ErrorFieldName": ["f"]}
    return pa.table(rows, schema=error_table_1_schema())
