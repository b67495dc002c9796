"""The reference's row hash and hash maps against literals that were read elsewhere."""

from __future__ import annotations

import datetime
from collections import Counter
from decimal import Decimal

import pytest

from reference.storage.hash_maps import HashMap, hash_map, highest_bucket
from reference.storage.hashing import HashVector, hash_bucket, hash_vectors, row_hash
from reference.values.conversion import Value, column_type, value_of_text
from specs.sql.tables import Column


def column(type_text: str, case_specific: bool = False) -> Column:
    return Column(name="c", type=type_text, case_specific=case_specific)


def hash_of(value: Value, type_text: str) -> int:
    return row_hash([value], [column(type_text)])


PUBLISHED_INTEGERS = [
    (1, 0x79B69E37, 498537),
    (2, 0xF3713C6E, 997139),
    (3, 0x6D27DAA6, 447101),
    (4, 0xE6E278DD, 945703),
    (5, 0x609D1715, 395729),
    (6, 0xDA53B54C, 894267),
]


@pytest.mark.parametrize(("value", "hashed", "bucket"), PUBLISHED_INTEGERS)
@pytest.mark.parametrize("type_text", ["BYTEINT", "SMALLINT", "INTEGER", "BIGINT"])
def test_published_integers_and_their_buckets(
    value: int, hashed: int, bucket: int, type_text: str
) -> None:
    assert hash_of(value, type_text) == hashed
    assert hash_bucket(hash_of(value, type_text), 20) == bucket


def test_published_character() -> None:
    assert hash_of("3", "CHAR(1)") == 0x3FDD850D
    assert hash_of("3", "VARCHAR(20)") == 0x3FDD850D
    assert hash_of("3   ", "CHAR(4)") == 0x3FDD850D


def test_functions_without_an_argument() -> None:
    assert row_hash([], []) == 0xFFFFFFFF
    assert highest_bucket(16) == 65_535
    assert highest_bucket(20) == 1_048_575
    assert hash_bucket(None) is None


@pytest.mark.parametrize(
    ("value", "type_text"),
    [
        (None, "INTEGER"),
        (None, "VARCHAR(5)"),
        (0, "INTEGER"),
        (Decimal("0.00"), "DECIMAL(9,2)"),
        (0.0, "FLOAT"),
        (-0.0, "FLOAT"),
        ("", "VARCHAR(5)"),
        ("     ", "CHAR(5)"),
        (b"\0\0", "BYTE(2)"),
    ],
)
def test_what_hashes_to_zero(value: Value, type_text: str) -> None:
    assert hash_of(value, type_text) == 0


def test_a_list_of_nulls_hashes_to_zero() -> None:
    assert row_hash([None, None], [column("INTEGER"), column("DATE")]) == 0


def test_columns_in_any_order_and_zero_columns_change_nothing() -> None:
    integer = column("INTEGER")
    expected = (0x79B69E37 * 0xF3713C6E + 0x79B69E37 + 0xF3713C6E) % 2**32
    assert row_hash([1, 2], [integer] * 2) == expected
    assert row_hash([2, 1], [integer] * 2) == expected
    assert row_hash([2, None, 0, 1], [integer] * 4) == expected


def test_values_that_hash_alike() -> None:
    assert hash_of(Decimal(3), "DECIMAL(38,0)") == hash_of(3, "BYTEINT")
    assert hash_of("ab", "VARCHAR(2)") == hash_of("AB  ", "CHAR(4)")
    assert hash_of(3 + 2**32 - 5, "BIGINT") == hash_of(3, "BIGINT")
    assert hash_of(3, "INTEGER") != hash_of("3", "CHAR(1)")
    assert hash_of(Decimal("3.00"), "DECIMAL(9,2)") == hash_of(300, "INTEGER")
    assert hash_of(datetime.date(1900, 1, 3), "DATE") == hash_of(103, "INTEGER")
    sensitive = column("VARCHAR(2)", case_specific=True)
    assert row_hash(["ab"], [sensitive]) != row_hash(["AB"], [sensitive])


def test_a_decimal_of_38_digits_hashes_exactly() -> None:
    digits = 12345678901234567890123456789012345678
    value = Decimal(f"0.{digits}")
    assert hash_of(value, "DECIMAL(38,38)") == hash_of(Decimal(digits), "DECIMAL(38,0)")
    assert hash_of(Decimal(digits), "DECIMAL(38,0)") == hash_of(digits, "BIGINT")


def value_of_vector(text: str | None, type_text: str) -> Value:
    if text is None:
        return None
    if type_text.startswith("VARBYTE"):
        return bytes.fromhex(text)
    return value_of_text(text, column_type(type_text))


@pytest.mark.parametrize("vector", hash_vectors(), ids=str)
def test_vectors_beside_the_module(vector: HashVector) -> None:
    values = [
        value_of_vector(text, column.type)
        for text, column in zip(vector.values, vector.columns, strict=True)
    ]
    assert row_hash(values, vector.columns) == vector.row_hash
    assert vector.certainty in ("published", "assumed")


# --- maps ----------------------------------------------------------------------------------------


def test_published_buckets_are_on_amp_0_of_two() -> None:
    two = hash_map(2)
    assert [two.owners[bucket] for _, _, bucket in PUBLISHED_INTEGERS] == [0] * 6


@pytest.mark.parametrize("bits", [16, 20])
@pytest.mark.parametrize("amps", [1, 2, 3, 7, 1024])
def test_a_new_map_is_balanced(amps: int, bits: int) -> None:
    counts = Counter(hash_map(amps, bits).owners)
    assert len(counts) == amps
    assert sum(counts.values()) == 2**bits
    assert max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize("history", [(4, 5), (5, 4), (3, 3), (2, 7, 5, 6), (1, 1000), (1000, 1)])
def test_a_reconfigured_map_is_balanced_and_moves_the_fewest(history: tuple[int, ...]) -> None:
    before = hash_map(history[0], 16)
    for amps in history[1:]:
        after = before.reconfigured(amps)
        old, new = list(before.owners), list(after.owners)
        counts = Counter(new)
        assert set(counts) == set(range(amps))
        assert max(counts.values()) - min(counts.values()) <= 1
        held = Counter(old)
        gains = sum(max(0, counts[amp] - held[amp]) for amp in range(amps))
        assert sum(a != b for a, b in zip(old, new, strict=True)) == gains
        assert [after.amp_of_hash(bucket << 16) for bucket in range(0, 65_536, 997)] == new[::997]
        assert all(new.index(amp) == after.lowest_bucket(amp) for amp in range(min(amps, 20)))
        before = after


def test_which_buckets_the_reference_moves() -> None:
    # 16 buckets would do, but the smallest map has 65,536: AMP 1 keeps its lowest 21,846.
    two = hash_map(2, 16)
    three = two.reconfigured(3)
    assert three.history == (2, 3)
    counts = Counter(three.owners)
    assert counts == {0: 21_846, 1: 21_845, 2: 21_845}
    moved = [bucket for bucket in range(65_536) if two.owners[bucket] != three.owners[bucket]]
    assert {three.owners[bucket] for bucket in moved} == {2}
    assert min(moved) == 2 * 21_845  # AMP 1 owns the even buckets and keeps 21,845 of them


def test_a_map_refuses_an_impossible_size() -> None:
    with pytest.raises(ValueError, match="1 to 65536 AMPs"):
        HashMap(16, (2,)).reconfigured(0)
