"""Make store_sales.csv (and .csv.gz) for store_sales.fl by the real TPC-DS dsdgen.

    python make_data.py                      # scale factor 1: 2,880,404 rows, 386 MB
    python make_data.py --scale 0.01         # 28,810 rows
    python make_data.py --rows 20000         # the first 20,000 rows
    python make_data.py --format csv.gz      # packed only

Needs the extra: pip install 'loadproof[tpcds]'.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from asv_benchmarks.tpcds import write_gzip, write_store_sales
from asv_benchmarks.unmeasurable import BenchmarkInputError


def main(arguments: list[str] | None = None) -> int:
    """Write the files; 0, or 2 with a message when the extra is missing or a number is wrong."""
    parser = argparse.ArgumentParser(description="STORE_SALES data by the real dsdgen")
    parser.add_argument("--scale", type=float, default=1.0, help="scale factor, at least 0.01")
    parser.add_argument("--rows", type=int, help="keep only the first ROWS rows")
    parser.add_argument("--format", choices=["csv", "csv.gz", "both"], default="both")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="target directory")
    options = parser.parse_args(arguments)
    plain = options.out / "store_sales.csv"
    packed = options.out / "store_sales.csv.gz"
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        if options.format == "csv.gz":
            plain = options.out / ".store_sales.csv.unpacked"
        print(f"make_data.py: dsdgen at scale {options.scale:g} ...", file=sys.stderr)
        rows = write_store_sales(plain, scale=options.scale, rows=options.rows)
        if options.format != "csv":
            write_gzip(plain, packed)
    except (BenchmarkInputError, OSError) as error:
        print(f"make_data.py: {error}", file=sys.stderr)
        return 2
    finally:
        if options.format == "csv.gz":
            plain.unlink(missing_ok=True)
    written = {"csv": [plain], "csv.gz": [packed], "both": [plain, packed]}[options.format]
    for path in written:
        print(f"{path}: {rows:,} rows, {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
