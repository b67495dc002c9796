"""What grows alike in the cases of every engine: the system that a job meets, and typed rows."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from properties.engine.sizes import Growth
from properties.strategies.shared.definitions import Row
from properties.strategies.shared.values import decimal_of, stored_form
from specs.contract import Case
from specs.contract.system import System, TeradataSystem
from specs.sql.tables import Column, TableDefinition
from specs.sql.types import INTEGER_BITS

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_FIRST_DAY = datetime.date(1950, 1, 1)


def larger_system(case: Case, growth: Growth) -> System:
    """The system of a case with as many AMPs as the growth says.

    One with AMPs down or lost stays as it is: most of a larger one would be up.
    """
    system = case.system
    if growth.amps is None or not isinstance(system, TeradataSystem):
        return system
    if system.down_amps or case.faults or system.amps > growth.amps:
        return system
    return msgspec.structs.replace(system, amps=growth.amps)


def grown_rows(table: TableDefinition, rows: Sequence[Row], growth: Growth) -> list[Row]:
    """As many rows as the growth says: some as drawn, most with other values in some columns."""
    picked = random.Random(growth.seed)
    offset = picked.randrange(50)
    variations = [_variation(column) for column in table.columns]
    made: list[Row] = []
    for number in range(growth.records):
        row = picked.choice(rows)
        if picked.random() < 0.7:
            row = tuple(
                vary(number + offset) if vary and picked.random() < 0.8 else value
                for vary, value in zip(variations, row, strict=True)
            )
        made.append(row)
    return made


def _variation(column: Column) -> Callable[[int], Any] | None:
    """Row number -> a value of the column; rows near each other get different ones."""
    kind = column.column_type
    if column.check is not None:
        return None
    if kind.name in INTEGER_BITS:
        most = kind.integer_range[1] + 1
        return lambda number: number % most
    match kind.name:
        case "DECIMAL" if kind.precision > kind.scale:
            limit = 10 ** min(kind.precision - kind.scale, 9)
            return lambda number: decimal_of(number % limit * 10**kind.scale, kind.scale)
        case "CHAR" | "VARCHAR":
            return lambda number: stored_form(in_letters(number % 36**kind.length), kind)
        case "FLOAT":
            return lambda number: number + 0.5
        case "DATE":
            return lambda number: _FIRST_DAY + datetime.timedelta(days=number % 36_000)
        case _:
            return None


def in_letters(number: int) -> str:
    """The number to the base 36."""
    letters = _DIGITS[number % 36]
    while number := number // 36:
        letters = _DIGITS[number % 36] + letters
    return letters
