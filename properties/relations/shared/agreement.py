"""Two outcomes of one case side by side: what really differs, and what the rules leave free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from properties.engine.observed import Observed, ObservedTable, Row
from properties.relations.shared.answers import told_rows
from properties.relations.shared.content import plainly, typed_row
from reference.values.equality import RowKeys
from specs.contract import Outcome
from specs.contract.directories import CaseBundle, DirectoryError, definition_of
from specs.sql.statements import CreateTable
from specs.sql.tables import TableDefinition

SAME_ROWS_KEPT = "both keep one of the equal rows, another one"
"""The freedom of FL-02: which of several equal rows stays."""


class Table(Protocol):
    """A readable table of an outcome, placement aside; its rows can be gone through again."""

    @property
    def schema(self) -> pa.Schema: ...

    def rows(self) -> Iterator[Row]: ...


@dataclass(frozen=True)
class SmallTable:
    """A table whose rows are in memory."""

    table: ObservedTable

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([self.table.schema.field(name) for name in self.table.columns])

    def rows(self) -> Iterator[Row]:
        return iter(self.table.rows)


@dataclass(frozen=True)
class Side:
    """One of the two outcomes; ``name`` says whose it is, ``tables`` are those with rows to read.

    ``observed`` is the same outcome with its rows in memory, if it is small.
    """

    name: str
    outcome: Outcome
    tables: Mapping[str, Table]
    observed: Observed | None = None


def side_of(name: str, observed: Observed) -> Side:
    """A side of a comparison from an outcome whose rows are in memory."""
    tables = {n: SmallTable(table) for n, table in observed.tables.items() if table is not None}
    return Side(name, observed.outcome, tables, observed)


@dataclass
class Agreement:
    """``differences``: what no rule permits, ``freedoms``: what is otherwise and may be."""

    differences: list[str] = field(default_factory=list)
    freedoms: list[str] = field(default_factory=list)

    def differ(self, what: str, left: Side, right: Side, a: object, b: object) -> None:
        """Note a difference when ``a`` and ``b`` are not equal."""
        if a != b:
            self.differences.append(f"{what}: {left.name} {a}, {right.name} {b}")


def ends_agree(found: Agreement, left: Side, right: Side) -> None:
    """Both jobs ended alike: status, error by name, return code."""
    for what in ("status", "return_code"):
        found.differ(what, left, right, getattr(left.outcome, what), getattr(right.outcome, what))
    found.differ("error", left, right, error_of(left), error_of(right))


def error_of(side: Side) -> str:
    """The name of the error with which a job ended."""
    return side.outcome.error.name if side.outcome.error else "none"


def tables_agree(
    found: Agreement,
    left: Side,
    right: Side,
    definition_of: Callable[[str], TableDefinition | None],
    *,
    but: Collection[str] = (),
    identical: Collection[str] = (),
) -> None:
    """Both left the same tables with the same rows; of equal rows either may stay.

    ``definition_of`` a table says which rows are equal; without one none are. ``but`` are not
    compared, ``identical`` are known to hold the same rows.
    """
    for name in sorted({*left.outcome.tables, *right.outcome.tables} - set(but)):
        if not both_can_be_read(found, left, right, name) or name in identical:
            continue
        definition = definition_of(name)
        keys = RowKeys(definition) if definition is not None else None
        only = rows_of_one_side(left.tables[name].rows, right.tables[name].rows)
        rows_agree(found, left, right, f"table {name}", only, keys.of_row if keys else None)


def both_can_be_read(found: Agreement, left: Side, right: Side, name: str) -> bool:
    """Whether a table is there on both sides with rows of the same columns; else it is noted."""
    states = [_state(side, name) for side in (left, right)]
    found.differ(f"table {name}", left, right, *states)
    if set(states) != {"readable"}:
        return False
    columns = [_columns(side.tables[name].schema) for side in (left, right)]
    found.differ(f"columns of table {name}", left, right, *map(_told_columns, columns))
    return columns[0] == columns[1]


def rows_agree(
    found: Agreement,
    left: Side,
    right: Side,
    what: str,
    only: tuple[list[Row], list[Row]],
    key_of: Callable[[Row], Hashable] | None,
    freedom: str = SAME_ROWS_KEPT,
) -> None:
    """Rows that only one side has are permitted when the other has as many of the same key."""
    if only == ([], []):
        return
    if key_of is not None and Counter(map(key_of, only[0])) == Counter(map(key_of, only[1])):
        told = f"{left.name} {told_rows(only[0])}, {right.name} {told_rows(only[1])}"
        found.freedoms.append(f"{what}: {freedom}: {told}")
        return
    told = "; ".join(
        f"only in {side.name}: {told_rows(rows)}"
        for side, rows in zip((left, right), only, strict=True)
        if rows
    )
    found.differences.append(f"{what}: {told}")


def rows_of_one_side(
    left: Callable[[], Iterable[Row]], right: Callable[[], Iterable[Row]]
) -> tuple[list[Row], list[Row]]:
    """The rows that only the left side has, and only the right, as often as it has them more.

    Goes through both sides twice and keeps a number for each row, so that tables may be large.
    """
    balance: Counter[int] = Counter()
    for row in left():
        balance[hash(typed_row(row))] += 1
    for row in right():
        balance[hash(typed_row(row))] -= 1
    more = +balance
    fewer = -balance
    return _taken(left(), more), _taken(right(), fewer)


def _taken(rows: Iterable[Row], wanted: Counter[int]) -> list[Row]:
    taken = []
    for row in rows if wanted else ():
        key = hash(typed_row(row))
        if wanted[key] > 0:
            wanted[key] -= 1
            taken.append(row)
    return taken


def _state(side: Side, name: str) -> str:
    if name in side.tables:
        return "readable"
    return "locked" if name in side.outcome.tables else "not there"


def _columns(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    return [(column.name, plainly(column.type)) for column in schema]


def _told_columns(columns: list[tuple[str, pa.DataType]]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns) or "none"


# --- two runs of a loader ------------------------------------------------------------------------

RunsAgree = Callable[[CaseBundle, Observed, Observed], Agreement]
"""An engine's comparison of two outcomes of one case, each on a system of its own."""

RUNS = ("one run", "another run")
"""What the two sides of a comparison of a loader with itself are called."""


def outcomes_agree(bundle: CaseBundle, one: Observed, other: Observed) -> Agreement:
    """Two runs of any case ended alike and left the same tables."""
    found = Agreement()
    left, right = side_of(RUNS[0], one), side_of(RUNS[1], other)
    ends_agree(found, left, right)
    tables_agree(found, left, right, lambda name: table_definition(bundle, name))
    return found


def table_definition(bundle: CaseBundle, name: str) -> TableDefinition | None:
    """The definition of a table that a case creates or brings; None for any other."""
    for step in bundle.case.steps:
        if isinstance(step, CreateTable) and step.definition.name == name:
            return step.definition
    try:
        return definition_of(bundle.tables[name].schema)
    except (KeyError, DirectoryError):  # an error table has none
        return None
