"""Which row of a key stays is free; what follows from it for error table 2 is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations_with_replacement, product

import pytest

from properties.engine.observed import Row
from properties.engine.trial import Difference
from properties.relations.fastload.unique_keys import (
    Arrival,
    one_row_of_each_key_stays,
    violations_are_in_error_table_2,
    violations_are_in_error_table_2_as_sent,
)
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

DEFINITION = TableDefinition(
    name="t",
    columns=(Column(name="k", type="INTEGER"), Column(name="v", type="VARCHAR(2)")),
    primary_index=PrimaryIndex(("k",), unique=True),
)
# two equal rows of one key that are not identical, two violations of theirs, and another key
UNIVERSE: tuple[Row, ...] = ((None, "x"), (None, "X"), (None, "y"), (1, "x"))
MARK = (2794, "f")

Outcome = tuple[tuple[Row, ...], tuple[Row, ...]]
"""Rows of the target and of error table 2, each sorted."""


def ordered(rows: Iterator[Row] | tuple[Row, ...] | list[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=str))


def permitted(arrived: tuple[Row, ...]) -> set[Outcome]:
    """Written anew: choose who stays, then how many of each set of equal violations are told."""
    keys = sorted({row[0] for row in arrived}, key=str)
    outcomes: set[Outcome] = set()
    for stayed in product(*([row for row in arrived if row[0] == key] for key in keys)):
        choices: list[list[tuple[Row, ...]]] = []
        for kept in stayed:
            violations: dict[str, list[Row]] = {}
            for row in arrived:
                if row[0] == kept[0] and row[1].upper() != kept[1].upper():
                    violations.setdefault(row[1].upper(), []).append(row)
            for equal in violations.values():
                numbers = range(1, 1 << len(equal))
                choices.append(
                    [tuple(r for at, r in enumerate(equal) if n >> at & 1) for n in numbers]
                )
        for told in product(*choices):
            outcomes.add((ordered(stayed), ordered([row for rows in told for row in rows])))
    return outcomes


def multisets(most: int) -> Iterator[tuple[Row, ...]]:
    for size in range(most + 1):
        yield from combinations_with_replacement(UNIVERSE, size)


def check(arrived: tuple[Row, ...], stored: tuple[Row, ...], table_2: tuple[Row, ...]) -> None:
    arrivals = [Arrival(row) for row in arrived]
    one_row_of_each_key_stays(DEFINITION, arrivals, stored)
    violations_are_in_error_table_2(DEFINITION, "e2", arrivals, stored, table_2)


def check_as_sent(
    arrived: tuple[Row, ...], stored: tuple[Row, ...], table_2: tuple[Row, ...]
) -> None:
    arrivals = [Arrival(row, repr(row).encode(), MARK) for row in arrived]
    one_row_of_each_key_stays(DEFINITION, arrivals, stored)
    sent = [(repr(row).encode(), *MARK) for row in table_2]
    violations_are_in_error_table_2_as_sent(DEFINITION, "e2", arrivals, stored, sent)


@pytest.mark.parametrize("relation", [check, check_as_sent], ids=["vendor", "seed"])
def test_exactly_the_permitted_outcomes_are_accepted(relation: object) -> None:
    assert callable(relation)
    tried = Counter[bool]()
    for arrived in multisets(4):
        if len(arrived) == 4 and len(set(arrived)) < 2:
            continue
        allowed = permitted(arrived)
        for stored, table_2 in product(multisets(2), multisets(2)):
            right = (ordered(stored), ordered(table_2)) in allowed
            tried[right] += 1
            if right:
                relation(arrived, stored, table_2)
            else:
                with pytest.raises(Difference):
                    relation(arrived, stored, table_2)
    assert tried[True] > 100
    assert tried[False] > 5_000


def test_edition_seed_shows_code_and_field_of_the_index() -> None:
    arrivals = [Arrival((1, "x"), b"1|x", MARK), Arrival((1, "y"), b"1|y", MARK)]
    stored = [(1, "y")]
    right = (b"1|x", 2794, "f")
    violations_are_in_error_table_2_as_sent(DEFINITION, "e2", arrivals, stored, [right])
    for wrong in [(b"1|x", 2793, "f"), (b"1|x", 2794, None), (b"1|x", 2794, "g"),
                  (b"1|y", 2794, "f"), (b"1|x\n", 2794, "f")]:  # fmt: skip
        with pytest.raises(Difference):
            violations_are_in_error_table_2_as_sent(DEFINITION, "e2", arrivals, stored, [wrong])
    with pytest.raises(Difference, match="each at most once"):
        violations_are_in_error_table_2_as_sent(DEFINITION, "e2", arrivals, stored, [right, right])


def test_messages_name_the_rows() -> None:
    with pytest.raises(Difference, match=r"one row of the key \(1\); observed \(1, 'x'\), \(1, 'y"):
        check(((1, "x"), (1, "y")), ((1, "x"), (1, "y")), ())
    with pytest.raises(Difference, match=r"missing \(1, 'y'\), which has the key"):
        check(((1, "x"), (1, "y")), ((1, "x"),), ())
    with pytest.raises(Difference, match=r"observed no row of this key"):
        check(((1, "x"),), (), ())
