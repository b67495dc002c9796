"""Input classes that jobs of several engines are in: their system, their tables, their rows."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from specs.contract import Case, SnowflakeSystem, TeradataSystem
from specs.sql.tables import TableDefinition

_MOST_ROWS_COMPARED = 100


def classes_of_system(case: Case) -> Iterator[str]:
    """What the job meets: the kind and size of its system, what is wrong with it."""
    match case.system:
        case TeradataSystem() as system:
            yield f"{system.hash_bucket_bits}-bit hash buckets"
            yield size_class(
                system.amps, ("1 AMP", "2 to 15 AMPs", "16 to 99 AMPs", "100 AMPs or more")
            )
            if system.amps >= 64:
                yield "64 AMPs or more"
            if system.down_amps:
                yield "AMP down"
        case SnowflakeSystem() as account:
            yield f"{account.warehouse} warehouse"
    if case.faults:
        yield "AMP lost"
    if case.tables:
        yield "tables there before the job"


def size_class(number: int, labels: tuple[str, str, str, str]) -> str:
    """The label for one, for 2 to 15, for 16 to 99 and for 100 or more."""
    return labels[(number > 1) + (number > 15) + (number > 99)]


def large_classes(number: int, of: str) -> Iterator[str]:
    """How large a case is beyond `size_class`; ``of`` is "records" or "rows"."""
    for least in (1_000, 10_000, 65_536):
        if number >= least:
            yield f"{least:,} {of} or more"


def classes_of_table(definition: TableDefinition) -> Iterator[str]:
    """Kind of table, kinds of columns, and what else its definition holds."""
    index = definition.primary_index
    if index is None:
        yield "no primary index"
    else:
        yield "unique primary index" if index.unique else f"{definition.kind} with plain index"
        if len(index.columns) > 1:
            yield "index of several columns"
    for column in definition.columns:
        yield f"{column.type.partition('(')[0]} column"
        if column.not_null:
            yield "NOT NULL"
        if column.check is not None:
            yield "CHECK"
        if column.case_specific:
            yield "CASESPECIFIC"
        if column.character_set == "LATIN":
            yield "LATIN"
    if definition.attached or definition.view or definition.partitioned:
        yield "target with dependent structures"


def classes_of_rows(rows: pa.Table) -> Iterator[str]:
    """How many typed rows, and what is in them."""
    count = rows.num_rows
    if not count:
        yield "no rows"
        return
    yield size_class(count, ("1 row", "2 to 15 rows", "16 to 99 rows", "100 rows or more"))
    yield from large_classes(count, "rows")
    if any(column.null_count for column in rows.columns):
        yield "NULLs"
    if count <= _MOST_ROWS_COMPARED:
        values = list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
        if len(set(values)) < count:
            yield "equal rows"
