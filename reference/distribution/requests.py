"""Requests against hash-distributed tables: INSERT, reconfigure, and the hash functions (HD)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from reference.steps import create_table, delete, drop_table
from reference.storage.hash_maps import highest_bucket
from reference.storage.hashing import NO_ARGUMENT, hash_bucket, row_hash
from reference.storage.tables import (
    Row,
    Table,
    distribution,
    insert_array,
    insert_hashed,
    insert_local,
    insert_single_rows,
    reconfigure,
)
from reference.system import USER_ERROR, Answer, Refused, Run, System
from specs.contract import ErrorName
from specs.distribution.plan import (
    DistributionQuery,
    DistributionStep,
    HashConstants,
    HashMapQuery,
    HashRows,
    InsertRows,
    InsertSelect,
    Reconfigure,
)
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import TableDefinition


@dataclass(frozen=True)
class RowsFile:
    """The rows of one of the case's Arrow files; ``definition`` types them when it has one."""

    definition: TableDefinition | None
    rows: list[Row]


ReadRows: TypeAlias = Callable[[str, TableDefinition | None], RowsFile]
"""Reads an Arrow file of the case; values as a table of that definition keeps them."""


def run_step(system: System, run: Run, step: DistributionStep, read_rows: ReadRows) -> None:
    """One request. Raises `Refused` when the plan ends there."""
    match step:
        case CreateTable():
            create_table(system, step)
        case DropTable():
            drop_table(system, run, step)
        case DeleteRows():
            delete(system, run, step)
        case Reconfigure():
            reconfigure_system(system, step)
        case _:
            run.answers[run.step] = answer(system, step, read_rows)


def answer(system: System, step: DistributionStep, read_rows: ReadRows) -> Answer:
    """What a request answers. Raises `Refused`."""
    match step:
        case InsertRows():
            return insert_rows(system, step, read_rows)
        case InsertSelect():
            return insert_select(system, step)
        case HashRows():
            return hash_rows(system, step, read_rows)
        case HashConstants():
            return hash_constants(system)
        case HashMapQuery():
            return Answer({"amp": list(system.hash_map.owners)})
        case DistributionQuery():
            return distribution_query(system, step)
        case _:
            raise TypeError(f"{step!r} has no answer")


def insert_rows(system: System, step: InsertRows, read_rows: ReadRows) -> Answer:
    """HD-09, HD-12, HD-16: the rows of a file, one by one or as one array request."""
    table = _table(system, step.table)
    rows = read_rows(step.rows, table.definition).rows
    if table.definition.primary_index:
        return _refusals(insert_hashed(table, rows, system.hash_map, system.function))
    insert = insert_array if step.mode == "array" else insert_single_rows
    insert(table, rows, step.query_id, system.hash_map, system.function)
    return _refusals([])


def insert_select(system: System, step: InsertSelect) -> Answer:
    """HD-13: rows are read by AMP and RowID; into a PI table they are hashed and checked."""
    source, target = _table(system, step.source), _table(system, step.target)
    read = list(source.rows)
    if target.definition.primary_index:
        rows = [row.values for row in read]
        return _refusals(insert_hashed(target, rows, system.hash_map, system.function))
    insert_local(target, read, system.hash_map)
    return _refusals([])


def reconfigure_system(system: System, step: Reconfigure) -> None:
    """HD-18: change the number of AMPs and move the rows whose bucket changed owner."""
    system.refuse_locked(*system.locked)
    system.hash_map = system.hash_map.reconfigured(step.amps)
    for table in system.tables.values():
        reconfigure(table, system.hash_map)


def hash_rows(system: System, step: HashRows, read_rows: ReadRows) -> Answer:
    """HD-01 to HD-08: HASHROW, HASHBUCKET and HASHAMP of each row of a file."""
    file = read_rows(step.rows, None)
    if file.definition is None:
        raise ValueError(f"{step.rows} carries no table definition to type its columns")
    columns = [file.definition.column(name) for name in step.columns]
    positions = [file.definition.columns.index(column) for column in columns]
    hashes = [
        row_hash([row[position] for position in positions], columns, system.function)
        for row in file.rows
    ]
    return Answer(
        {
            "row_hash": list(hashes),
            "hash_bucket": [hash_bucket(hashed, system.hash_map.bits) for hashed in hashes],
            "amp": [system.hash_map.amp_of_hash(hashed) for hashed in hashes],
        }
    )


def hash_constants(system: System) -> Answer:
    """HD-02, HD-07, HD-08: the functions without a row."""
    bits = system.hash_map.bits
    values = {
        "HASHROW()": NO_ARGUMENT,
        "HASHBUCKET()": highest_bucket(bits),
        "HASHAMP()": system.hash_map.amps - 1,
        "HASHBUCKET(NULL)": hash_bucket(None, bits),
    }
    return Answer({"name": list(values), "value": list(values.values())})


def distribution_query(system: System, step: DistributionQuery) -> Answer:
    """HD-17: rows per AMP, largest first, with the skew beside them."""
    found = distribution(_table(system, step.table), system.hash_map, system.function)
    return Answer(
        {
            "amp": [amp for amp, _ in found.rows_per_amp],
            "rows": [rows for _, rows in found.rows_per_amp],
        },
        {
            "largest_over_mean": repr(found.largest_over_mean),
            "coefficient_of_variation": repr(found.coefficient_of_variation),
        },
    )


def _refusals(refused: list[tuple[int, ErrorName]]) -> Answer:
    return Answer({"row": [row for row, _ in refused], "error": [error for _, error in refused]})


def _table(system: System, name: str) -> Table:
    system.refuse_locked(name)
    table = system.tables.get(name)
    if table is None:
        raise Refused("target_missing", f"there is no table {name}; create it first", USER_ERROR)
    return table
