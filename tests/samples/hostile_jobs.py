"""Small load jobs drawn at random, whose files are damaged: all types, indexes and ways to load."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import msgspec
from mutations import compressed, mutated_data

from specs.contract import AmpLost, Case, TeradataSystem
from specs.contract.directories import CaseBundle
from specs.fastload.language import parse, require_plan, with_files
from specs.fastload.plan import Assignment, FastLoadPlan, Input, Load, SourceField
from specs.sql.statements import CreateTable
from specs.sql.tables import Column, PrimaryIndex, RangeCheck, TableDefinition

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"
VALUES: dict[str, tuple[str, ...]] = {
    "BYTEINT": ("0", "-128", "127", "5"),
    "SMALLINT": ("32767", "-1", "5"),
    "INTEGER": ("1", "2", "2147483647", "-2147483648"),
    "BIGINT": ("9223372036854775807", "0", "-5"),
    "DECIMAL(9,2)": ("1.50", "-0.01", "9999999.99", "3"),
    "DECIMAL(18,0)": ("999999999999999999", "-1"),
    "DECIMAL(38,10)": ("1234567890123456789012345678.0123456789", "0.5"),
    "FLOAT": ("0.1", "-2.5e-7", "1e22", "1.7976931348623157e308"),
    "CHAR(3)": ("abc", "a", "é", "AB "),
    "VARCHAR(5)": ("a", "A", "abcdef", "ß", " "),
    "VARCHAR(64000)": ("long", "日本", ""),
    "DATE": ("2024-02-29", "1999-12-31", "0001-01-01"),
    "TIME(6)": ("23:59:59.999999", "00:00:00"),
    "TIME(0)": ("12:00:00",),
    "TIMESTAMP(6)": ("2024-02-29 23:59:59.5", "1970-01-01 00:00:00"),
    "TIMESTAMP(0)": ("2024-02-29 23:59:59",),
}
CONVERSIONS: dict[str, tuple[str, ...]] = {
    "INTEGER": ("DECIMAL(18,3)", "VARCHAR(9)", "FLOAT", "BIGINT"),
    "DECIMAL(9,2)": ("FLOAT", "INTEGER", "DECIMAL(38,10)"),
    "VARCHAR(5)": ("INTEGER", "DECIMAL(9,2)", "DATE", "FLOAT", "CHAR(3)"),
    "FLOAT": ("DECIMAL(9,2)", "INTEGER"),
}
FORMATS = ("YYYY-MM-DD", "YYYY-MM-DD", "YYYY/MM/DD", "YYYYDDD", "DDBMMMBYYYY")


def hostile_job(random: Random) -> CaseBundle:
    """A job with one to four damaged files, once in a while with forty."""
    if random.random() < 0.15:
        return _orders(random)
    definition = _definition(random)
    count = random.choice((1, 1, 1, 2, 4)) if random.random() < 0.98 else 40
    delimiter = random.choice(("|", "|", "|", ",", "||", "\t", "~|", "é"))
    stops = random.choice(("continue", "continue", "continue", "stop"))
    inputs, files = [], {}
    for number in range(count):
        name = f"in{number}.txt" + random.choice(("", "", ".gz"))
        inputs.append(_input(random, definition, name, delimiter, stops))
        data = mutated_data(random, _data(random, definition))
        files[name] = _file(random, data.replace(b"|", delimiter.encode()), name)
    load = Load(
        target="t",
        error_table_1="e1",
        error_table_2="e2",
        inputs=tuple(inputs),
        sessions=random.choice((None, 1)),
        error_limit=random.choice((1_000_000, 1_000_000, 1_000_000, 1, 3)),
        checkpoint=random.choice((None, None, 1, 3)),
        date_form=random.choice(("ansi", "integer")),
    )
    case = Case(
        script="",
        plan=FastLoadPlan(steps=(CreateTable(definition=definition), load)),
        system=TeradataSystem(
            amps=random.choice((1, 2, 4, 7)), block_bytes=random.choice((1, 50, 65_536))
        ),
        edition=random.choice(("vendor", "vendor", "seed")),
        faults=random.choice(((), (), (), (AmpLost(amp=0),))),
    )
    return CaseBundle(case, files)


def _orders(random: Random) -> CaseBundle:
    plan = with_files(_quickstart_plan(), {"orders.csv": "orders.csv"})
    data = mutated_data(random, (QUICKSTART / "orders.csv").read_bytes())
    files = {"orders.csv": _file(random, data, "orders.csv")}
    return CaseBundle(Case(script="", plan=plan), files)


def _file(random: Random, data: bytes, name: str) -> bytes:
    """Compressed nearly always when the name says so, and seldom when it does not."""
    share = 0.95 if name.endswith(".gz") else 0.05
    return compressed(random, data) if random.random() < share else data


@cache
def _quickstart_plan() -> FastLoadPlan:
    return require_plan(parse((QUICKSTART / "orders.fl").read_text(encoding="utf-8")))


def _definition(random: Random) -> TableDefinition:
    columns = tuple(_column(random, f"c{n}") for n in range(random.choice((1, 2, 3, 6))))
    index = random.choice(("upi", "nupi", "nopi"))
    if index == "nopi":
        return TableDefinition(name="t", columns=columns, kind="MULTISET")
    names = [column.name for column in random.sample(columns, random.randint(1, len(columns)))]
    return TableDefinition(
        name="t",
        columns=columns,
        kind=random.choice(("SET", "MULTISET")),
        primary_index=PrimaryIndex(tuple(names), unique=index == "upi"),
    )


def _column(random: Random, name: str) -> Column:
    kind = random.choice(tuple(VALUES))
    values = VALUES[kind]
    text = "CHAR" in kind
    return Column(
        name=name,
        type=kind,
        not_null=random.random() < 0.2,
        case_specific=text and random.random() < 0.3,
        character_set="LATIN" if text and random.random() < 0.3 else "UNICODE",
        check=RangeCheck(values[0], None) if random.random() < 0.1 else None,
        default=random.choice(values) if random.random() < 0.2 else None,
        format=random.choice(FORMATS) if kind == "DATE" and random.random() < 0.5 else None,
    )


def _input(
    random: Random, definition: TableDefinition, name: str, delimiter: str, stops: str
) -> Input:
    lengths = (40, 40, 40, 64_000, 5)
    fields = tuple(
        SourceField(
            name=f"f_{column.name}",
            type=f"VARCHAR({random.choice(lengths)})",
            nullif=random.choice((None, None, None, "", "a", "1")),
        )
        for column in definition.columns
    )
    assignments = tuple(
        _assignment(random, column)
        for column in definition.columns
        if len(definition.columns) == 1 or random.random() < 0.9
    ) or (_assignment(random, definition.columns[0]),)
    start = random.choice((None, None, None, 2))
    return Input(
        file=name,
        fields=fields,
        assignments=assignments,
        delimiter=delimiter,
        on_bad_record="stop" if stops == "stop" else "continue",
        start=start,
        thru=random.choice((None, None, None, 5)),
    )


def _assignment(random: Random, column: Column) -> Assignment:
    conversion = form = None
    if column.type == "DATE" and random.random() < 0.7:
        form = "YYYY-MM-DD"
    elif random.random() < 0.2:
        conversion = random.choice(CONVERSIONS.get(column.type, (None,)))
    return Assignment(
        column=column.name, field=f"f_{column.name}", conversion=conversion, format=form
    )


def _data(random: Random, definition: TableDefinition) -> bytes:
    """A few records, some of them equal, of texts that their columns take."""
    choices = [VALUES[column.type] for column in definition.columns]
    rows = [[random.choice(c) for c in choices] for _ in range(random.choice((0, 1, 4, 30)))]
    rows += random.choices(rows, k=3) if rows else []
    return "".join("|".join(row) + "\n" for row in rows).encode()


def smaller(bundle: CaseBundle) -> str:
    """A case as a note beside a failing test."""
    files = {name: data[:1_000] for name, data in bundle.files.items()}
    return f"{msgspec.json.encode(bundle.case).decode()}\n{files!r}"
