"""STORE_SALES rows by the real dsdgen, as DuckDB's tpcds extension carries it."""

from __future__ import annotations

import gzip
import importlib.util
import shutil
from pathlib import Path
from typing import Any

from asv_benchmarks.unmeasurable import BenchmarkInputError

SMALLEST_SCALE = 0.01
"""dsdgen rounds smaller scale factors to a table of no rows and then never ends."""

INSTALL_HINT = (
    "needs the real dsdgen: install the extra with `pip install 'loadproof[tpcds]'` "
    "(duckdb and duckdb-extension-tpcds, both of one version)"
)


class DsdgenMissing(BenchmarkInputError):
    """The tpcds extra is not installed, or its two packages are of different versions."""


def tpcds_extension() -> Path:
    """The installed package's extension file; nothing is downloaded. Raises `DsdgenMissing`."""
    if importlib.util.find_spec("duckdb") is None:
        raise DsdgenMissing(f"STORE_SALES data {INSTALL_HINT}; duckdb is not installed")
    import duckdb

    package = importlib.util.find_spec("duckdb_extension_tpcds")
    if package is None or package.origin is None:
        raise DsdgenMissing(
            f"STORE_SALES data {INSTALL_HINT}; duckdb-extension-tpcds is not installed"
        )
    folder = Path(package.origin).parent / "extensions"
    path = folder / f"v{duckdb.__version__}" / "tpcds.duckdb_extension"
    if not path.is_file():
        found = ", ".join(sorted(entry.name for entry in folder.glob("v*"))) or "none"
        raise DsdgenMissing(
            f"STORE_SALES data {INSTALL_HINT}; duckdb is {duckdb.__version__}, "
            f"the extension is for {found}"
        )
    return path


def write_store_sales(path: Path, *, scale: float = 1.0, rows: int | None = None) -> int:
    """Write STORE_SALES as ``|``-delimited text without a header; the number of rows written.

    ``scale``: TPC-DS scale factor, 1 is 2,880,404 rows. ``rows`` keeps the first so many. The file
    appears under its name only when complete. Raises `BenchmarkInputError`, `DsdgenMissing`.
    """
    if scale < SMALLEST_SCALE:
        raise BenchmarkInputError(f"scale {scale}: dsdgen needs at least {SMALLEST_SCALE}")
    if rows is not None and rows < 1:
        raise BenchmarkInputError(f"rows {rows}: ask for at least one row")
    extension = tpcds_extension()
    import duckdb

    partial = path.with_name(f"{path.name}.partial")
    connection: Any = duckdb.connect()
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"LOAD '{_quoted(extension)}'")
        connection.execute(f"CALL dsdgen(sf = {scale})")
        limit = "" if rows is None else f" LIMIT {rows}"
        written = connection.execute(
            f"COPY (FROM store_sales{limit}) TO '{_quoted(partial)}' "
            "(FORMAT csv, DELIMITER '|', HEADER false)"
        ).fetchone()[0]
        partial.replace(path)
    finally:
        connection.close()
        partial.unlink(missing_ok=True)
    return int(written)


def write_gzip(source: Path, target: Path) -> None:
    """Compress a file; equal input gives equal bytes (no name or time in the header)."""
    partial = target.with_name(f"{target.name}.partial")
    try:
        with (
            source.open("rb") as text,
            partial.open("wb") as raw,
            gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed,
        ):
            shutil.copyfileobj(text, packed, 1 << 20)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
