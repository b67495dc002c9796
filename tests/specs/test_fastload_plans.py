"""Plans to scripts and back: what is rendered parses to itself."""

from __future__ import annotations

import string

import msgspec
import pytest
from fastload_samples import job
from hypothesis import given, settings
from hypothesis import strategies as st

from specs.fastload.language import (
    RenderError,
    parse,
    parse_create_table,
    render,
    render_create_table,
    require_plan,
)
from specs.fastload.plan import Assignment, FastLoadPlan, Input, Load, ReleaseLoad, SourceField
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, PrimaryIndex, RangeCheck, TableDefinition

odd_names = st.sampled_from(
    ["a", "b1", "Total", "select", "primary", "DATE", "with blank", 'quo"te', "x#$", "ünïcode",
     "between", "check", "format", "values", "not", "1st", "semi;colon", "it's", "--", "/*"]
)  # fmt: skip
texts = st.text(
    st.sampled_from(string.ascii_letters + "0159 '\"|,;.:/*-()=\\\tæ”“$"), min_size=1, max_size=12
)
files = st.sampled_from(
    ["in.csv", "data/a b.csv.gz", "D:\\x y\\z.txt", " lead", "trail ", "a;b", "it's", 'q"q',
     "a --b", "a /*b", "x--y", "$odd", "“x”"]
)  # fmt: skip
delimiters = st.one_of(
    st.sampled_from(["|", ",", "\t", "||", '"', "'", ";", "--", "/*", "\x01"]), texts
)
column_types = st.sampled_from(
    ["BYTEINT", "INTEGER", "BIGINT", "DECIMAL(9,2)", "DECIMAL(38,0)", "FLOAT", "CHAR(5)",
     "VARCHAR(20)", "DATE", "TIME(0)", "TIMESTAMP(6)"]
)  # fmt: skip
numbers = st.one_of(st.none(), st.integers(1, 10**6))
literals = {
    "DATE": st.dates().map(str),
    "TIME(0)": st.sampled_from(["00:00:00", "23:59:59"]),
    "TIMESTAMP(6)": st.sampled_from(["2024-02-29 00:00:00", "0001-01-01 23:59:59.000001"]),
}


def literals_of(type_name: str) -> st.SearchStrategy[str]:
    """Texts that a CHECK or DELETE may compare with a column of the type."""
    if "CHAR" in type_name:
        return texts
    return literals.get(type_name, st.sampled_from(["1", "-0.5", "+7", ".5e-3", "9" * 40, "0."]))


@st.composite
def columns(draw: st.DrawFn, name: str) -> Column:
    type_name = draw(column_types)
    ends = st.none() | literals_of(type_name)
    low, high = draw(st.tuples(ends, ends))
    return Column(
        name=name,
        type=type_name,
        not_null=draw(st.booleans()),
        case_specific=draw(st.booleans()),
        character_set=draw(st.sampled_from(["LATIN", "UNICODE"])),
        format=draw(st.sampled_from([None, "YYYY-MM-DD", "dd.mmm.yy"])) if type_name == "DATE"
        else None,
        check=RangeCheck(low, high) if low is not None or high is not None else None,
        default=draw(st.one_of(st.none(), texts, st.sampled_from(["1", "-0.5", "+7", "NULL"]))),
    )  # fmt: skip


@st.composite
def definitions(draw: st.DrawFn, name: str) -> TableDefinition:
    names = draw(st.lists(odd_names, min_size=1, max_size=5, unique_by=str.casefold))
    made = tuple(draw(columns(n)) for n in names)
    index = draw(st.none() | st.lists(st.sampled_from(names), min_size=1, unique=True))
    return TableDefinition(
        name=name,
        columns=made,
        kind=draw(st.sampled_from(["SET", "MULTISET"])),
        primary_index=None if index is None else PrimaryIndex(tuple(index), draw(st.booleans())),
        partitioned=draw(st.booleans()),
        attached=draw(st.sampled_from([(), ("secondary-index",), ("foreign-key",)])),
    )


def conversions_of(column: Column) -> list[tuple[str | None, str | None]]:
    kind = column.column_type.name
    if kind == "DATE":
        return [(None, None), (None, "YYYYMMDD"), (None, "bYYYY-M3/,d2."), ("DATE", None)]
    if kind in ("CHAR", "VARCHAR"):
        return [(None, None), ("INTEGER", None), ("DATE", None), ("CHAR(3)", None)]
    if kind in ("TIME", "TIMESTAMP"):
        return [(None, None), (column.type, None)]
    return [(None, None), ("DECIMAL(18,3)", None), ("FLOAT", None), ("VARCHAR(9)", None)]


@st.composite
def inputs(draw: st.DrawFn, table: TableDefinition) -> Input:
    names = draw(st.lists(odd_names, min_size=1, max_size=5, unique_by=str.casefold))
    fields = tuple(
        SourceField(name=n, type=f"VARCHAR({draw(st.integers(1, 64000))})",
                    nullif=draw(st.none() | texts))
        for n in names
    )  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(table.columns), min_size=1, unique_by=lambda c: c.name))
    assignments = []
    for column in chosen:
        conversion, form = draw(st.sampled_from(conversions_of(column)))
        assignments.append(
            Assignment(column=column.name, field=draw(st.sampled_from(names)),
                       conversion=conversion, format=form)
        )  # fmt: skip
    return Input(file=draw(files), fields=fields, assignments=tuple(assignments))


@st.composite
def loads(draw: st.DrawFn, table: TableDefinition) -> Load:
    made = draw(st.lists(inputs(table), min_size=1, max_size=3))
    layout = {
        "delimiter": draw(delimiters),
        "on_bad_record": draw(st.sampled_from(["stop", "continue"])),
        "display_errors": draw(st.booleans()),
        "indicators": draw(st.booleans()),
    }
    start = draw(st.none() | st.integers(1, 50))
    record = {"start": start, "thru": draw(st.none() | st.integers(start or 1, 99))}
    most = draw(numbers.filter(lambda n: n is None or n <= 32767))
    return Load(
        target=table.name,
        error_table_1=table.name + "_e1",
        error_table_2=table.name + "_e2",
        inputs=tuple(msgspec.structs.replace(one, **layout, **record) for one in made),
        sessions=most,
        min_sessions=draw(st.none() | st.integers(1, most or 9)),
        error_limit=draw(st.sampled_from([1, 25, 1_000_000])),
        checkpoint=draw(st.none() | st.integers(0, 10**6)),
        date_form=draw(st.sampled_from(["integer", "ansi"])),
        end_loading=draw(st.booleans()),
    )


@st.composite
def plans(draw: st.DrawFn) -> tuple[FastLoadPlan, dict[str, TableDefinition]]:
    """A plan of up to three loads, and the tables it needs to exist."""
    steps: list[object] = []
    existing: dict[str, TableDefinition] = {}
    for number in range(draw(st.integers(1, 3))):
        table = draw(definitions(f"db.t{number}" if number else "t0"))
        if draw(st.booleans()):
            steps += [DropTable(table=table.name), CreateTable(definition=table)]
        else:
            existing[table.name] = table
        if draw(st.booleans()):
            column = draw(st.none() | st.sampled_from(table.columns))
            value = draw(st.none() | literals_of(column.type)) if column else None
            name = column.name if column else None
            steps.append(DeleteRows(table=table.name, column=name, value=value))
        if draw(st.integers(0, 3)):
            steps.append(draw(loads(table)))
        else:
            steps.append(
                ReleaseLoad(target=table.name, error_table_1="db.x1", error_table_2="db.x2")
            )
    return FastLoadPlan(steps=tuple(steps)), existing  # type: ignore[arg-type]


@settings(max_examples=150, derandomize=True, deadline=None)
@given(plans())
def test_a_rendered_plan_parses_to_itself(
    case: tuple[FastLoadPlan, dict[str, TableDefinition]],
) -> None:
    plan, existing = case
    text = render(plan)
    parsed = parse(text, existing)
    assert require_plan(parsed) == plan
    assert parsed.redacted == text


@settings(max_examples=100, derandomize=True, deadline=None)
@given(definitions("d.t"))
def test_a_rendered_table_parses_to_itself(table: TableDefinition) -> None:
    assert parse_create_table(render_create_table(table)) == table


def test_a_plan_that_no_script_can_say_is_refused() -> None:
    plan = require_plan(parse(job()))
    (load,) = [step for step in plan.steps if isinstance(step, Load)]
    other = msgspec.structs.replace(load.inputs[0], delimiter=";")
    two = msgspec.structs.replace(load, inputs=(load.inputs[0], other))
    with pytest.raises(RenderError, match="differ"):
        render(FastLoadPlan(steps=(two,)))
    with pytest.raises(RenderError, match="no input"):
        render(FastLoadPlan(steps=(msgspec.structs.replace(load, inputs=()),)))
