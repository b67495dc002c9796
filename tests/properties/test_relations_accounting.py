"""Accounts: the identities hold for exactly the sums that add up, the summary is exact text."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest

from properties.engine.trial import Difference
from properties.relations.fastload.accounting import (
    accounts_add_up,
    counts_are,
    end_summary,
    summary_tells_the_counts,
)
from specs.fastload.report import Counts, LoadReport

NAMES = ("read", "skipped", "sent", "error_table_1", "error_table_2", "applied", "duplicates")


def report(counts: Counts | None, summary: str = "") -> LoadReport:
    return LoadReport(
        target="t", error_table_1="e1", error_table_2="e2", sessions=1, counts=counts,
        summary=summary,
    )  # fmt: skip


def test_accounts_add_up_exactly_when_both_identities_hold() -> None:
    right = 0
    for numbers in product((0, 1, 2), repeat=7):
        read, skipped, sent, *ends = numbers
        made = report(Counts(**dict(zip(NAMES, numbers, strict=True))))
        if read == skipped + sent and sent == sum(ends):
            right += 1
            accounts_add_up(made)
        else:
            with pytest.raises(Difference):
                accounts_add_up(made)
    assert right > 20


def test_a_negative_count_never_adds_up() -> None:
    counts = Counts(
        read=1, skipped=0, sent=1, error_table_1=0, error_table_2=0, applied=2, duplicates=-1
    )
    with pytest.raises(Difference, match="duplicates is -1"):
        accounts_add_up(report(counts))


def test_a_completed_load_has_counts() -> None:
    with pytest.raises(Difference, match="expected its counts"):
        accounts_add_up(report(None))


COUNTS = Counts(
    read=500, skipped=50, sent=450, error_table_1=25, error_table_2=3, applied=420, duplicates=2
)
WITH_RECORD = """\
Total Records Read  = 500
 skipped by RECORD command = 50
 sent to the RDBMS  = 450
Total Error Table 1 = 25
Total Error Table 2 = 3
Total Inserts Applied = 420
Total Duplicate Rows = 2"""
WITHOUT = "\n".join(line for line in WITH_RECORD.split("\n") if not line.startswith(" "))


def test_the_summary_is_the_layout_of_the_utility() -> None:
    assert end_summary(COUNTS, record_given=True) == WITH_RECORD
    assert end_summary(COUNTS, record_given=False) == WITHOUT
    for text in (WITH_RECORD, WITH_RECORD + "\n"):
        summary_tells_the_counts(report(COUNTS, text), record_given=True)
    summary_tells_the_counts(report(COUNTS, WITHOUT), record_given=False)


@pytest.mark.parametrize("given", [True, False])
def test_any_other_text_is_a_difference(given: bool) -> None:
    right = end_summary(COUNTS, given)
    lines = right.split("\n")
    wrong = [
        WITHOUT if given else WITH_RECORD,
        "",
        right.replace("Read  =", "Read ="),
        right.replace("25", "26"),
        right + "\nTotal = 1",
        "\n".join(lines[:-1]),
        "\n".join(reversed(lines)),
        right.upper(),
    ]
    for text in wrong:
        with pytest.raises(Difference, match="end summary of t"):
            summary_tells_the_counts(report(COUNTS, text), given)


@pytest.mark.parametrize("name", NAMES)
def test_each_count_is_compared(name: str) -> None:
    counts_are(report(COUNTS), **msgspec.structs.asdict(COUNTS))
    off = msgspec.structs.replace(COUNTS, **{name: 7})
    with pytest.raises(Difference, match=f"expected {name} {getattr(COUNTS, name)}, observed 7"):
        counts_are(report(off), **msgspec.structs.asdict(COUNTS))
