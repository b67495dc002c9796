"""What others reach with the same file: DuckDB doing the same work, others only reading it."""

from __future__ import annotations

import csv
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

from asv_benchmarks.store_sales import FIELDS, INDEX, column_type
from asv_benchmarks.unmeasurable import WrongResult

Peer = Callable[[Path, int, Path], int]
"""Called with the file, the number of AMPs and an empty directory; returns the rows it kept."""

_MULTIPLIER = 0x9E3779B6
_MODULUS = 2**32 - 5
_HIGHEST_BUCKET = 2**20 - 1


def bare_parse(file: Path, amps: int, directory: Path) -> int:
    """Read the file into typed columns and do nothing with them."""
    import polars as pl

    types = {"INTEGER": pl.Int32(), "BIGINT": pl.Int64(), "DECIMAL(7,2)": pl.Decimal(7, 2)}
    schema = {f"ss_{field}": types[column_type(field)] for field in FIELDS}
    frame = pl.read_csv(file, separator="|", has_header=False, schema=schema, ignore_errors=True)
    return frame.height


def pandas_parse(file: Path, amps: int, directory: Path) -> int:
    """Read the file with pandas' C parser, decimals as floats, and do nothing with them."""
    import pandas as pd

    frame = pd.read_csv(
        file, sep="|", header=None, names=FIELDS, quoting=csv.QUOTE_NONE, on_bad_lines="skip"
    )
    return len(frame)


def duckdb_statement(file: Path, amps: int, directory: Path) -> int:
    """Typed, distinct, hashed, placed, in RowID order and durable, by one SQL statement.

    No rejects, no unique index and no accounting: the statement does less than a load.
    """
    import duckdb

    connection = duckdb.connect()
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET temp_directory = '{directory}/spill'")
        kept = connection.execute(placing_statement(file, amps, directory / "placed")).fetchone()
    finally:
        connection.close()
    _make_durable(directory / "placed")
    return int(kept[0]) if kept else 0


def placing_statement(file: Path, amps: int, target: Path) -> str:
    """The statement: one Parquet partition for each AMP, ordered by row hash and uniqueness."""
    columns = ", ".join(f"'ss_{field}': '{column_type(field)}'" for field in FIELDS)
    first, second = (_hash_of(f"ss_{field}") for field in INDEX)
    return f"""COPY (
    WITH typed AS (
        SELECT DISTINCT * FROM read_csv('{file}', delim = '|', header = false, quote = '',
            ignore_errors = true, columns = {{{columns}}})
    ), halves AS (SELECT *, {first} AS h1, {second} AS h2 FROM typed
    ), hashed AS (
        SELECT * EXCLUDE (h1, h2),
            ((h1 * h2 + h1 + h2) % 4294967296)::UINTEGER AS _row_hash FROM halves
    )
    SELECT *, ({_HIGHEST_BUCKET} - (_row_hash >> 12)) % {amps} AS _amp,
        row_number() OVER (PARTITION BY _row_hash) AS _uniqueness
    FROM hashed ORDER BY _amp, _row_hash, _uniqueness
) TO '{target}' (FORMAT parquet, PARTITION_BY (_amp))"""


def _hash_of(column: str) -> str:
    """HASHROW of one integer column, its halves swapped; 2**64 - 1 is the most that h1, h2 give."""
    product = f"(({column}::UBIGINT % {_MODULUS}) * {_MULTIPLIER}::UBIGINT % {_MODULUS})"
    # the parentheses matter: in DuckDB these operators bind alike, from the left
    return f"((({product} & 65535) << 16) | ({product} >> 16))"


def _make_durable(directory: Path) -> None:
    for path in [*directory.rglob("*"), directory]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


PEERS: dict[str, Peer] = {
    "duckdb": duckdb_statement,
    "bare parse": bare_parse,
    "pandas parse": pandas_parse,
}
_PACKAGES = {"duckdb": "duckdb", "bare parse": "polars", "pandas parse": "pandas"}
_PARSERS = frozenset({"bare parse", "pandas parse"})


def installed_peers() -> tuple[dict[str, Peer], dict[str, str]]:
    """The peers that can run here, and why each other one is left out."""
    missing = {
        name: f"{package} is not installed (pip install 'loadproof[bench]')"
        for name, package in _PACKAGES.items()
        if importlib.util.find_spec(package) is None
    }
    return {name: peer for name, peer in PEERS.items() if name not in missing}, missing


def check_peer(name: str, kept: int, *, read: int, distinct: int, good: int) -> None:
    """A peer's time counts for the same work only; raises `WrongResult` when rows are lost.

    ``read``: records in the file; ``distinct``: good rows without duplicates; ``good``: with them.
    """
    least, most = (good, read) if name in _PARSERS else (distinct, distinct)
    if not least <= kept <= most:
        numbers = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        raise WrongResult(f"peer {name}: no figure, because it kept {kept:,} rows, not {numbers}")
