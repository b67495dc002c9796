"""Of equal rows one stays: every permitted outcome is accepted, every other refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations_with_replacement, product

import pytest

from properties.engine.observed import Row
from properties.engine.trial import Difference
from properties.relations.fastload.duplicates import one_of_equal_rows_stays
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

BLIND = TableDefinition(
    name="t",
    columns=(Column(name="c", type="VARCHAR(3)"),),
    primary_index=PrimaryIndex(("c",)),
)
SPECIFIC = TableDefinition(
    name="t",
    columns=(Column(name="c", type="VARCHAR(3)", case_specific=True),),
    primary_index=PrimaryIndex(("c",)),
)
UNIVERSE: tuple[Row, ...] = (("a",), ("A",), ("a ",), ("b",), (None,), ("",))


def equals(one: Row, other: Row, definition: TableDefinition) -> bool:
    """Written anew: blanks at the end are nothing, nor is case unless CASESPECIFIC."""

    def plain(row: Row) -> object:
        text = row[0]
        if text is None:
            return None
        return text.rstrip(" ") if definition is SPECIFIC else text.rstrip(" ").upper()

    return plain(one) == plain(other)


def permitted(arrived: tuple[Row, ...], definition: TableDefinition) -> set[frozenset[Row]]:
    sets: list[list[Row]] = []
    for row in arrived:
        for found in sets:
            if equals(found[0], row, definition):
                found.append(row)
                break
        else:
            sets.append([row])
    return {frozenset(chosen) for chosen in product(*sets)}


def multisets(most: int) -> Iterator[tuple[Row, ...]]:
    for size in range(most + 1):
        yield from combinations_with_replacement(UNIVERSE, size)


@pytest.mark.parametrize("definition", [BLIND, SPECIFIC], ids=["case-blind", "case-specific"])
def test_exactly_the_permitted_outcomes_are_accepted(definition: TableDefinition) -> None:
    tried = Counter[bool]()
    for arrived in multisets(3):
        allowed = permitted(arrived, definition)
        for stored in multisets(3):
            right = len(set(stored)) == len(stored) and frozenset(stored) in allowed
            tried[right] += 1
            if right:
                one_of_equal_rows_stays(definition, arrived, stored)
            else:
                with pytest.raises(Difference):
                    one_of_equal_rows_stays(definition, arrived, stored)
    assert tried[True] > 80
    assert tried[False] > 1_000


def test_messages_name_the_rows() -> None:
    with pytest.raises(Difference, match=r"one of the equal rows .*; observed \('a'\), \('A'\)"):
        one_of_equal_rows_stays(BLIND, [("a",), ("A",)], [("a",), ("A",)])
    with pytest.raises(Difference, match=r"missing \(NULL\)"):
        one_of_equal_rows_stays(BLIND, [(None,)], [])
    with pytest.raises(Difference, match=r"unexpected row \('b'\)"):
        one_of_equal_rows_stays(BLIND, [("a",)], [("b",)])
    with pytest.raises(Difference, match=r"as they were sent, \('a '\); observed \('a'\)"):
        one_of_equal_rows_stays(BLIND, [("a ",)], [("a",)])
