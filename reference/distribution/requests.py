"""Requests against hash-distributed tables: INSERT, reconfigure, and the hash functions (HD)."""

from __future__ import annotations

from reference import exchange
from reference.jobs import USER_ERROR, Answer, Refused
from reference.statements import run_statement
from reference.storage.hash_maps import highest_bucket
from reference.storage.hashing import NO_ARGUMENT, hash_bucket, row_hash
from reference.storage.tables import (
    Table,
    distribution,
    insert_array,
    insert_hashed,
    insert_local,
    insert_single_rows,
    reconfigure,
)
from reference.system import JobRun, System
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
from specs.sql.columns import difference_of_tables


def run_step(run: JobRun, step: DistributionStep) -> None:
    """One request. Raises `Refused` when the job ends there."""
    system, answers, position = run.system, run.job.answers, run.job.step
    match step:
        case InsertRows():
            answers[position] = insert_rows(run, step)
        case InsertSelect():
            answers[position] = insert_select(system, step)
        case HashRows():
            answers[position] = hash_rows(run, step)
        case HashConstants():
            answers[position] = hash_constants(system)
        case HashMapQuery():
            answers[position] = hash_map_query(system)
        case DistributionQuery():
            answers[position] = distribution_query(system, step)
        case Reconfigure():
            reconfigure_system(system, step)
        case _:
            run_statement(run, step)


def insert_rows(run: JobRun, step: InsertRows) -> Answer:
    """HD-09, HD-12, HD-16: the rows of a file, one by one or as one array request."""
    system = run.system
    # CHECK
    table = existing_table(system, step.table)
    # CONVERT
    rows = exchange.read_rows(run.files, step.rows, table.definition)
    # PLACE
    if table.definition.primary_index:
        return refusals(insert_hashed(table, rows, system.hash_map, system.function))
    insert = insert_array if step.mode == "array" else insert_single_rows
    insert(table, rows, step.query_id, system.hash_map, system.function)
    return refusals([])


def insert_select(system: System, step: InsertSelect) -> Answer:
    """HD-13: rows are read by AMP and RowID; into a PI table they are hashed and checked."""
    # CHECK
    source, target = existing_table(system, step.source), existing_table(system, step.target)
    difference = difference_of_tables(target.definition, source.definition)
    if difference:
        raise Refused(
            "columns_differ", f"rows of {step.source} for {step.target}: {difference}", USER_ERROR
        )
    # PLACE
    read = list(source.rows)
    if target.definition.primary_index:
        rows = [row.values for row in read]
        return refusals(insert_hashed(target, rows, system.hash_map, system.function))
    insert_local(target, read, system.hash_map)
    return refusals([])


def reconfigure_system(system: System, step: Reconfigure) -> None:
    """HD-18: change the number of AMPs and move the rows whose bucket changed owner."""
    # CHECK
    system.refuse_locked(*system.locked)
    most = 1 << system.hash_map.bits
    if not 1 <= step.amps <= most:
        raise Refused("unsupported_case", f"a system has 1 to {most} AMPs, not {step.amps}")
    # PLACE
    system.hash_map = system.hash_map.reconfigured(step.amps)
    for table in system.tables.values():
        reconfigure(table, system.hash_map)


def hash_rows(run: JobRun, step: HashRows) -> Answer:
    """HD-01 to HD-08: HASHROW, HASHBUCKET and HASHAMP of each row of a file."""
    hash_map = run.system.hash_map
    # CONVERT
    definition, rows = exchange.read_typed_rows(run.files, step.rows)
    columns = [definition.column(name) for name in step.columns]
    positions = [definition.columns.index(column) for column in columns]
    # PLACE
    hashes = [
        row_hash([row[position] for position in positions], columns, run.system.function)
        for row in rows
    ]
    # RECORD
    return Answer(
        {
            "row_hash": list(hashes),
            "hash_bucket": [hash_bucket(hashed, hash_map.bits) for hashed in hashes],
            "amp": [hash_map.amp_of_hash(hashed) for hashed in hashes],
        },
        {"row_hash": "uint32", "hash_bucket": "int32", "amp": "int32"},
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
    # RECORD
    return Answer(
        {"name": list(values), "value": list(values.values())}, {"name": "string", "value": "int64"}
    )


def hash_map_query(system: System) -> Answer:
    """HD-08: HASHAMP of every bucket."""
    # RECORD
    return Answer({"amp": list(system.hash_map.owners)}, {"amp": "int32"})


def distribution_query(system: System, step: DistributionQuery) -> Answer:
    """HD-17: rows per AMP, largest first, with the skew beside them."""
    # CHECK
    table = existing_table(system, step.table)
    # RECORD
    found = distribution(table, system.hash_map, system.function)
    return Answer(
        {
            "amp": [amp for amp, _ in found.rows_per_amp],
            "rows": [rows for _, rows in found.rows_per_amp],
        },
        {"amp": "int32", "rows": "int64"},
        {
            "largest_over_mean": repr(found.largest_over_mean),
            "coefficient_of_variation": repr(found.coefficient_of_variation),
        },
    )


def refusals(refused: list[tuple[int, ErrorName]]) -> Answer:
    """HD-16: which rows were refused, and why."""
    # RECORD
    return Answer(
        {"row": [row for row, _ in refused], "error": [error for _, error in refused]},
        {"row": "int64", "error": "string"},
    )


def existing_table(system: System, name: str) -> Table:
    """A table that is not being loaded (FL-14). Raises `Refused`."""
    system.refuse_locked(name)
    table = system.tables.get(name)
    if table is None:
        raise Refused("target_missing", f"there is no table {name}; create it first", USER_ERROR)
    return table
