"""The files that are loaded: STORE_SALES made up in seconds, or the real one by dsdgen."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from asv_benchmarks.expected import Expected, expectation
from asv_benchmarks.store_sales import FIELDS, INDEX, KEYS, table_definition
from asv_benchmarks.tpcds import write_gzip, write_store_sales
from asv_benchmarks.unmeasurable import BenchmarkInputError
from specs.contract.marker import NotOursError, take_directory
from specs.fastload.error_tables import error_table_1_schema
from specs.fastload.errors import ERROR_CODES

LINES_PER_TICKET = 12
ITEMS = 18_000
NULL_SHARE = 0.045
"""Share of NULLs in the columns that may hold them, as in STORE_SALES."""

DUPLICATE_EVERY = 1_000
ROWS_AT_SCALE_1 = 2_880_404
TARGETS = "targets"
DATA_NAMES = ("synthetic", "dirty", "tpcds")

_Numbers = npt.NDArray[np.int64]


class DataSet(msgspec.Struct, frozen=True, kw_only=True):
    """A file to load, plain and packed, and what loading it must give. Sizes in bytes."""

    name: str
    rows: int
    plain: Path
    packed: Path
    expected: Expected

    def file(self, form: str) -> Path:
        """The file in a format, ``csv`` or ``csv.gz``."""
        return self.packed if form == "csv.gz" else self.plain

    @property
    def targets(self) -> Path:
        """Where loads go: beside the data, as /tmp may be memory, where syncing costs nothing."""
        return self.plain.parent / TARGETS

    @property
    def megabytes(self) -> float:
        """Uncompressed size in MB (10**6 bytes), whatever format is read."""
        return self.plain.stat().st_size / 1e6


def make_data(name: str, rows: int, directory: Path) -> DataSet:
    """A data set of that name with so many records; one that ``directory`` has is used again.

    Raises `BenchmarkInputError`, also for a directory that holds anything else, and
    `DsdgenMissing` for ``tpcds`` without its extra.
    """
    if name not in DATA_NAMES:
        raise BenchmarkInputError(f"data {name!r}: expected one of {', '.join(DATA_NAMES)}")
    if rows < 1:
        raise BenchmarkInputError(f"rows {rows}: ask for at least one")
    plain = directory / f"{name}-{rows}.csv"
    packed = plain.with_suffix(".csv.gz")
    # written last, so that it vouches for the files beside it
    known = plain.with_suffix(".json")
    files = [path.name for path in (plain, packed, known)]
    try:
        take_directory(
            directory,
            "benchmark data",
            files=[*files, *(f"{file}.partial" for file in files)],
            lent=[TARGETS],
        )
    except NotOursError as error:
        raise BenchmarkInputError(f"--directory: {error}") from error
    if all(path.is_file() for path in (known, plain, packed)):
        expected = msgspec.json.decode(known.read_bytes(), type=Expected)
    else:
        expected = _real(plain, rows) if name == "tpcds" else _synthetic(plain, rows, name)
        write_gzip(plain, packed)
        known.write_bytes(msgspec.json.encode(expected))
    return DataSet(name=name, rows=rows, plain=plain, packed=packed, expected=expected)


def _real(path: Path, rows: int) -> Expected:
    """dsdgen's first rows; DuckDB's typed reading of the file says what is expected."""
    # dsdgen knows scales by the hundredth up to 1, and whole ones above it
    step = 100 if rows < ROWS_AT_SCALE_1 else 1
    scale = math.ceil(rows / ROWS_AT_SCALE_1 * step) / step
    written = write_store_sales(path, scale=scale, rows=rows)
    if written < rows:
        raise BenchmarkInputError(f"rows {rows:,}: dsdgen made {written:,} only; ask for fewer")
    import duckdb

    types = ", ".join(f"'{c.name}': '{c.type}'" for c in table_definition().columns)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        loaded = connection.sql(
            f"SELECT DISTINCT * FROM read_csv('{path}', delim = '|', header = false, "
            f"columns = {{{types}}})"
        ).to_arrow_table()
    return expectation(loaded, duplicates=written - loaded.num_rows)


def _synthetic(path: Path, rows: int, name: str) -> Expected:
    """Records like STORE_SALES', one in a thousand twice; what is expected is what was written.

    ``dirty``: one in a thousand has a bad number, one in two thousand breaks the unique index.
    """
    dirty = name == "dirty"
    dice = np.random.default_rng(rows)
    copies = rows // DUPLICATE_EVERY
    breaches = rows // (2 * DUPLICATE_EVERY) if dirty else 0
    bad = rows // DUPLICATE_EVERY if dirty else 0
    originals = rows - copies - breaches
    values, missing = _columns(originals, dice)
    # each record that is repeated or contradicted is chosen once, so nothing is set-valued
    chosen = dice.choice(originals, size=copies + breaches + bad, replace=False)
    places = dice.integers(0, originals + 1, size=copies + breaches)
    source = np.insert(np.arange(originals), places, chosen[: copies + breaches])
    is_breach = np.insert(
        np.zeros(originals, dtype=bool), places, np.arange(copies + breaches) >= copies
    )
    spoiled = np.isin(source, chosen[copies + breaches :])
    quantity = FIELDS.index("quantity")
    table = _table(values[:, source], missing[:, source], quantity, is_breach)
    text = pl.from_arrow(table)
    assert isinstance(text, pl.DataFrame)
    if dirty:
        marked = (
            pl.when(pl.Series(spoiled))
            .then(pl.lit("1O"))
            .otherwise(pl.col("ss_quantity").cast(pl.String))
        )
        text = text.with_columns(marked.alias("ss_quantity"))
    text.write_csv(path, separator="|", include_header=False)
    _, first = np.unique(source[~is_breach], return_index=True)
    kept = np.concatenate([np.flatnonzero(~is_breach)[first], np.flatnonzero(is_breach)])
    kept = kept[~spoiled[kept]]
    return expectation(
        table.take(pa.array(kept)),
        _rejected(path, np.flatnonzero(spoiled)),
        violations=breaches,
        duplicates=copies,
    )


def _columns(rows: int, dice: np.random.Generator) -> tuple[_Numbers, npt.NDArray[np.bool_]]:
    """Unscaled integers of every column (columns x rows), and which of them are NULL."""
    ranges = {
        "sold_date_sk": (2_450_816, 2_452_643),
        "sold_time_sk": (28_800, 75_600),
        "customer_sk": (1, 100_001),
        "cdemo_sk": (1, 1_920_801),
        "hdemo_sk": (1, 7_201),
        "addr_sk": (1, 50_001),
        "store_sk": (1, 13),
        "promo_sk": (1, 301),
        "quantity": (1, 101),
        "net_profit": (-999_999, 999_999),
    }
    values = np.empty((len(FIELDS), rows), dtype=np.int64)
    for place, field in enumerate(FIELDS):
        values[place] = dice.integers(*ranges.get(field, (0, 1_999_999)), size=rows)
    ticket, line = np.divmod(np.arange(rows), LINES_PER_TICKET)
    values[FIELDS.index("ticket_number")] = ticket + 1
    # 1,009 and 18,000 share no factor: the lines of a ticket are different items
    values[FIELDS.index("item_sk")] = (ticket * 7 + line * 1_009) % ITEMS + 1
    missing = dice.random(values.shape) < NULL_SHARE
    for field in (*INDEX, "quantity"):
        missing[FIELDS.index(field)] = False
    return values, missing


def _table(
    values: _Numbers,
    missing: npt.NDArray[np.bool_],
    quantity: int,
    is_breach: npt.NDArray[np.bool_],
) -> pa.Table:
    """The typed rows; a breach has another quantity than the record whose key it repeats."""
    values[quantity] = np.where(is_breach, values[quantity] % 100 + 1, values[quantity])
    fields = list(table_definition().arrow_schema())
    arrays = []
    for place, field in enumerate(fields):
        nulls = missing[place]
        if FIELDS[place] in KEYS:
            numbers = values[place].astype(field.type.to_pandas_dtype())
            arrays.append(pa.array(numbers, field.type, mask=nulls))
        else:
            arrays.append(_decimals(values[place], nulls, field.type))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _decimals(unscaled: _Numbers, nulls: npt.NDArray[np.bool_], kind: pa.DataType) -> pa.Array:
    halves = np.empty((len(unscaled), 2), dtype=np.int64)
    halves[:, 0], halves[:, 1] = unscaled, unscaled >> 63
    valid = np.packbits(~nulls, bitorder="little")
    return pa.Array.from_buffers(kind, len(unscaled), [pa.py_buffer(valid), pa.py_buffer(halves)])


def _rejected(path: Path, places: _Numbers) -> pa.Table:
    """Error table 1: the spoiled records as they stand in the file."""
    if not len(places):
        return error_table_1_schema().empty_table()
    records = path.read_bytes().split(b"\n")
    columns = [
        [records[place] for place in places],
        [ERROR_CODES["bad_character"]] * len(places),
        ["quantity"] * len(places),
    ]
    schema = error_table_1_schema()
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
