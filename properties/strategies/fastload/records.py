"""Records of an input file: drafts that refer to small pools of texts, so that they meet often."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from properties.strategies.fastload.texts import Reading, bad_texts, good_texts, nearly_the_same

LINE_ENDS = (b"\n", b"\r\n")

_UNUSED = (b"u", b"", b" ", b"\xff")
"""Texts of a field that no column uses: whatever stands there must not matter."""


@dataclass(frozen=True)
class Draft:
    """A record before the pools are known.

    ``kind`` 0 to 2: the combination numbered ``number``; 3 and 4: a copy of an earlier record;
    5: such a copy with one field changed; 6: with one field nearly the same; 7: a damaged record.
    """

    kind: int
    number: int


@cache
def drafts(least: int, most: int, damaged: bool) -> SearchStrategy[list[Draft]]:
    """Lists of drafts; they shrink by dropping records and towards the pools' first texts."""
    kinds = st.integers(0, 7 if damaged else 6)
    return st.lists(st.builds(Draft, kinds, st.integers(0, 2**20)), min_size=least, max_size=most)


def field_pool(
    draw: DrawFn,
    reading: Reading | None,
    nullif: str | None,
    *,
    nulls: bool,
    faults: int,
    alike: bool = False,
) -> list[bytes]:
    """A few texts of one field: one value, texts nearly the same, NULL, and perhaps faults.

    The texts nearly the same as the first come right behind it, as `records` expects them.
    ``reading`` None is a field that no column uses. ``alike``: never without texts nearly the same.
    ``faults`` is how many texts that are no values it may hold.
    """
    if reading is None:
        return list(_UNUSED)
    first = draw(good_texts(reading))
    pool = [first]
    # one draw for all that a pool may hold beside its first text; 0 is the simplest pool
    choice = draw(st.integers(0, 31))
    if alike or choice & 8:
        pool += draw(st.sampled_from(nearly_the_same(first, reading)))
    if choice & 3:
        pool.append(draw(good_texts(reading)))
    if nulls and choice & 4:
        pool.append(b"")
    if faults and choice >= (16 if faults == 1 else 8):
        pool += [draw(bad_texts(reading)) for _ in range(faults)]
    if nullif is not None:
        pool.append(nullif.encode())
        if faults or reading.type.is_character:
            # NULLIF is compared with the text as it stands: a blank more is another text
            pool.append(nullif.encode() + b" ")
    return pool


def records(
    drafted: Sequence[Draft], pools: Sequence[Sequence[bytes]], delimiter: bytes
) -> list[bytes]:
    """The records' bytes without line ends."""
    cleaned = [[_without(text, delimiter) for text in pool] for pool in pools]
    rows: list[list[bytes]] = []
    made: list[bytes] = []
    for draft in drafted:
        number = draft.number
        if draft.kind == 7:
            whole = delimiter.join(_combination(cleaned, number))
            made.append(_damaged(whole, delimiter, number % 6))
            continue
        if draft.kind < 3 or not rows:
            row = _combination(cleaned, number)
        else:
            number, at = divmod(number, len(rows))
            row = list(rows[at])
            if draft.kind >= 5:
                number, at = divmod(number, len(row))
                pool = cleaned[at] if draft.kind == 5 else cleaned[at][:2]
                others = [text for text in pool if text != row[at]] or [row[at]]
                row[at] = others[number % len(others)]
        rows.append(row)
        made.append(delimiter.join(row))
    return made


def _combination(pools: Sequence[Sequence[bytes]], number: int) -> list[bytes]:
    row = []
    for pool in pools:
        number, at = divmod(number, len(pool))
        row.append(pool[at])
    return row


def _without(text: bytes, delimiter: bytes) -> bytes:
    """VARTEXT has no quoting, so a text with the delimiter in it would be two fields."""
    return text.replace(b"\n", b"").replace(delimiter, b"")


def _damaged(record: bytes, delimiter: bytes, way: int) -> bytes:
    match way:
        case 0:
            return record + delimiter
        case 1:
            return delimiter + record
        case 2:
            return b""
        case 3:
            return record[: record.rfind(delimiter)] if delimiter in record else delimiter
        case 4:
            return b"\xfe" + delimiter * 40
        case _:
            return record + b"z" * 120  # longer than any DEFINE that is not wide


def file_bytes(
    made: Sequence[bytes], line_end: bytes, *, ends: bool = True, packed: bool = False
) -> bytes:
    """The file of these records; ``ends``: the last one has a line end too; ``packed``: gzip."""
    data = line_end.join(made)
    if made and (ends or not made[-1]):
        data += line_end  # without it a last empty record would not be there at all
    return gzip.compress(data, 1, mtime=0) if packed else data
