"""The shape of generated FastLoad jobs: what a suite asks for in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from properties.strategies.shared.definitions import LOADABLE_TYPES, Index
from specs.contract import MAX_BLOCK_BYTES, Edition
from specs.fastload.engine import FASTLOAD
from specs.fastload.plan import DEFAULT_ERROR_LIMIT

OnBadRecord = Literal["stop", "continue"]
Target = Literal["created", "there"]

DELIMITERS = ("|", ",", "\t", "||", "~|~", ";")
CONVERSIONS = (
    *("INTEGER", "DECIMAL(9,2)", "BIGINT", "DECIMAL(5,0)", "DECIMAL(18,4)", "FLOAT", "BYTEINT"),
    *("VARCHAR(3)", "VARCHAR(20)", "CHAR(4)", "DATE", "TIME(0)", "TIMESTAMP(0)"),
)


@dataclass(frozen=True)
class JobShape:
    """What the jobs of a suite are like. The defaults make a job that completes.

    ``faulty``: some texts are no values (or break NOT NULL or CHECK); ``damaged``: some records
    are bad, which stops the job unless ``on_bad_record`` is only ``continue``. ``records`` are
    the fewest and most of one load. ``ranges``: RECORD and THRU are given sometimes. ``rewrite``:
    conversions and formats are given sometimes. ``names``: of the table of the first load; further
    ones are numbered. ``target``: made by the script, or there before
    it; with ``around`` there may also be drops, deletes and tables of others. ``beside_key``: some
    column is not in the index, so that rows of one key can differ. ``alike``: every field has
    texts that are nearly the same.
    """

    editions: Sequence[Edition] = FASTLOAD.editions
    indexes: Sequence[Index] = ("nupi", "upi")
    kinds: Sequence[Literal["SET", "MULTISET"]] = ("SET", "MULTISET")
    types: Sequence[str] = LOADABLE_TYPES
    max_columns: int = 4
    beside_key: bool = False
    alike: bool = False
    records: tuple[int, int] = (0, 10)
    faulty: bool = False
    damaged: bool = False
    nulls: bool = True
    not_null: bool = False
    checks: bool = False
    defaults: bool = True
    rewrite: bool = True
    conversions: Sequence[str] = CONVERSIONS
    nullif: bool = True
    reorder: bool = True
    ranges: bool = False
    around: bool = False
    target: Sequence[Target] = ("created", "there")
    on_bad_record: Sequence[OnBadRecord] = ("continue",)
    sessions: Sequence[int | None] = (None,)
    checkpoints: Sequence[int | None] = (None,)
    error_limits: Sequence[int] = (DEFAULT_ERROR_LIMIT,)
    block_bytes: Sequence[int] = (MAX_BLOCK_BYTES, 40, 100, 1_000)
    amps: Sequence[int] = (2, 1, 3, 4, 7, 16)
    inputs: Sequence[int] = (1, 1, 1, 2)
    loads: Sequence[int] = (1,)
    names: Sequence[str] = ("t",)
    delimiters: Sequence[str] = DELIMITERS
    packed: bool = True
    lost_amps: bool = False
    end_loading: Sequence[bool] = (True,)


USUAL = JobShape()
"""Jobs that complete, with everything in them that a sound job may have."""

PLAIN = JobShape(
    defaults=False, rewrite=False, nullif=False, reorder=False, inputs=(1,), packed=False
)
"""A file whose fields are the table's columns, so that nothing but its records matters."""
