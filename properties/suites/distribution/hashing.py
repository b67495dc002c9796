"""HASHROW: published values, the formula, several columns, and which types hash alike."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa

from properties.engine.observed import Observed
from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from properties.relations.distribution.placement import hashes_are_those_asked_for
from properties.relations.shared.answers import answer, answer_column, completed, placed, told_rows
from properties.strategies.distribution.hashed_rows import (
    digits_and_numbers,
    hashed_integer_family,
    hashed_keys,
    hashed_nothings,
    hashed_texts,
    hashed_values,
    published_integers,
)
from properties.strategies.distribution.placed_tables import (
    published_text,
    stored_published_integers,
    stored_rows,
)
from properties.strategies.distribution.requests import (
    in_either_edition,
    on_another_system,
    rows_in,
    steps_of,
)
from reference.storage.hashing import row_hash
from specs.contract import Capability
from specs.distribution.plan import HashRows

PUBLISHED_ROW_HASHES = {
    1: 0x79B69E37,
    2: 0xF3713C6E,
    3: 0x6D27DAA6,
    4: 0xE6E278DD,
    5: 0x609D1715,
    6: 0xDA53B54C,
}
PUBLISHED_TEXT_HASH = 0x3FDD850D
"""HASHROW('3')."""

DISTRIBUTE: tuple[Capability, ...] = ("distribution",)
_FEW_PUBLISHED = "of few values alone the row hash was published"


@claim("HD-02", given=in_either_edition(hashed_nothings()), needs=DISTRIBUTE)
def nothing_but_nulls_zeros_and_blanks_hashes_to_zero(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    _, rows = rows_in(scenario.bundle, "rows.arrow")
    for row, (found,) in zip(rows, answer(observed, 0, "row_hash", rows=len(rows)), strict=True):
        _same_hash(f"HASHROW{told_rows([row])}", 0, found)
    constants = dict(answer(observed, 1, "name", "value"))
    _same_hash("HASHROW()", 0xFFFFFFFF, constants.get("HASHROW()"))


@claim("HD-02", given=in_either_edition(hashed_values()), needs=DISTRIBUTE, share=0.25)
def a_row_hash_is_an_answer_of_four_bytes(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    for at in range(len(steps_of(scenario.bundle))):
        found = answer_column(observed, at, "row_hash").type
        if found != pa.uint32():
            raise Difference(f"answer of step {at}: expected row_hash uint32, observed {found}")


@claim(
    "HD-04",
    given=in_either_edition(hashed_values()),
    needs=DISTRIBUTE,
    promises=["key: NULL"],
)
def every_value_hashes_by_the_formula(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    definition, rows = rows_in(scenario.bundle, "rows.arrow")
    for at, column in enumerate(definition.columns):
        found = answer(observed, at, "row_hash", rows=len(rows))
        for row, (observed_hash,) in zip(rows, found, strict=True):
            value = (row[at],)
            if row[at] is None:
                trial.note("key: NULL")
            expected = row_hash(value, (column,))
            _same_hash(f"HASHROW{told_rows([value])} of {column.type}", expected, observed_hash)


@claim("HD-03", given=in_either_edition(published_integers()), needs=DISTRIBUTE, share=0.5)
def the_integers_1_to_6_have_their_published_row_hash(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    _, rows = rows_in(scenario.bundle, "rows.arrow")
    for (number,), (found,) in zip(
        rows, answer(observed, 0, "row_hash", rows=len(rows)), strict=True
    ):
        _same_hash(f"HASHROW({number})", PUBLISHED_ROW_HASHES[int(number)], found)


@claim(
    "HD-03",
    given=in_either_edition(published_text()),
    needs=DISTRIBUTE,
    share=0.25,
    sizes=_FEW_PUBLISHED,
)
def the_string_3_has_its_published_row_hash(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    _same_hash("HASHROW('3')", PUBLISHED_TEXT_HASH, _first_hash(observed, 2))


@claim(
    "HD-03",
    given=in_either_edition(stored_published_integers()),
    needs=DISTRIBUTE,
    exposes=("placement",),
    share=0.5,
    sizes=_FEW_PUBLISHED,
)
def published_keys_are_stored_under_their_published_row_hash(
    trial: Trial, scenario: Scenario
) -> None:
    table, placement = placed(completed(trial.run(scenario.bundle)), "t")
    hashes = {row: PUBLISHED_ROW_HASHES[row[0]] for row in table.rows}
    hashes_are_those_asked_for(table.rows, placement, hashes)


@claim("HD-05", given=in_either_edition(hashed_keys()), needs=DISTRIBUTE)
def the_order_of_the_index_columns_does_not_change_the_hash(
    trial: Trial, scenario: Scenario
) -> None:
    observed = completed(trial.run(scenario.bundle))
    steps = steps_of(scenario.bundle)
    _, rows = rows_in(scenario.bundle, "rows.arrow")
    one, other = (answer(observed, at, "row_hash", rows=len(rows)) for at in (0, 1))
    for row, (first,), (second,) in zip(rows, one, other, strict=True):
        if first != second:
            orders = [", ".join(step.columns) for step in steps[:2] if isinstance(step, HashRows)]
            raise Difference(
                f"HASHROW of {told_rows([row])}: expected the same in both orders, observed "
                f"{first:08X} for ({orders[0]}) and {second:08X} for ({orders[1]})"
            )


@claim(
    "HD-05",
    given=in_either_edition(hashed_keys()),
    needs=DISTRIBUTE,
    promises=["key: a column that hashes to 0"],
)
def several_columns_hash_to_the_fold_of_their_own_hashes(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    _, rows = rows_in(scenario.bundle, "rows.arrow")
    alone = [
        answer(observed, at, "row_hash", rows=len(rows))
        for at in range(2, len(steps_of(scenario.bundle)))
    ]
    for at, (found,) in enumerate(answer(observed, 0, "row_hash", rows=len(rows))):
        hashes = [int(answers[at][0]) for answers in alone]
        expected = reduce(lambda a, b: (a * b + a + b) % 2**32, hashes)
        if 0 in hashes:
            trial.note("key: a column that hashes to 0")
        told = ", ".join(f"{value:08X}" for value in hashes)
        _same_hash(f"HASHROW{told_rows([rows[at]])}, columns {told}", expected, found)


@claim("HD-06", given=in_either_edition(hashed_integer_family()), needs=DISTRIBUTE)
def equal_integers_of_any_type_hash_alike(trial: Trial, scenario: Scenario) -> None:
    _all_hash_alike(trial, scenario)


@claim("HD-06", given=in_either_edition(hashed_texts()), needs=DISTRIBUTE)
def char_and_varchar_hash_alike_whatever_their_case_and_blanks_behind(
    trial: Trial, scenario: Scenario
) -> None:
    _all_hash_alike(trial, scenario)


@claim("HD-06", given=in_either_edition(digits_and_numbers()), needs=DISTRIBUTE, share=0.5)
def a_number_and_its_digits_hash_differently(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    _, rows = rows_in(scenario.bundle, "rows.arrow")
    number, text = _first_hash(observed, 0), _first_hash(observed, 1)
    if number == text:
        raise Difference(
            f"{told_rows(rows)}: expected different hashes for the number and the text, observed "
            f"{number:08X} for both"
        )


@claim("HD-01", given=in_either_edition(hashed_keys()), needs=DISTRIBUTE)
def a_row_hash_is_the_same_on_every_system(trial: Trial, scenario: Scenario) -> None:
    here = completed(trial.run(scenario.bundle))
    there = completed(trial.run(on_another_system(scenario.bundle)))
    _, rows = rows_in(scenario.bundle, "rows.arrow")
    one, other = (answer(run, 0, "row_hash", rows=len(rows)) for run in (here, there))
    for row, (first,), (second,) in zip(rows, one, other, strict=True):
        _same_hash(f"HASHROW{told_rows([row])} with one AMP more", first, second)


@claim("HD-01", given=in_either_edition(stored_rows()), needs=DISTRIBUTE, exposes=("placement",))
def a_row_is_stored_under_the_hash_of_its_index_columns(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    table, placement = placed(observed, "t")
    _, rows = rows_in(scenario.bundle, "rows.arrow")
    asked = [found for (found,) in answer(observed, 2, "row_hash", rows=len(rows))]
    hashes_are_those_asked_for(table.rows, placement, dict(zip(rows, asked, strict=True)))


def _all_hash_alike(trial: Trial, scenario: Scenario) -> None:
    observed = completed(trial.run(scenario.bundle))
    definition, (row,) = rows_in(scenario.bundle, "rows.arrow")
    hashes = [_first_hash(observed, at) for at in range(len(definition.columns))]
    for column, value, found in zip(definition.columns, row, hashes, strict=True):
        what = f"HASHROW{told_rows([(value,)])} of {column.type}"
        _same_hash(f"{what}, as of {definition.columns[0].type} {row[0]!r}", hashes[0], found)


def _first_hash(observed: Observed, step: int) -> int:
    """The row hash of the first row that a step was asked about."""
    for (found,) in answer(observed, step, "row_hash"):
        return int(found)
    raise Difference(f"answer of step {step}: expected a row hash, observed no row")


def _same_hash(what: str, expected: int, observed: object) -> None:
    if observed != expected:
        told = f"{observed:08X}" if isinstance(observed, int) else repr(observed)
        raise Difference(f"{what}: expected {expected:08X}, observed {told}")
