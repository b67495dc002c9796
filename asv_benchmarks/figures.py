"""The README's table of figures, made from a stored run and by nothing else.

python -m asv_benchmarks.run --data tpcds --rows 2880404 --json asv_benchmarks/figures.json
python -m asv_benchmarks.figures            # writes the block in README.md
python -m asv_benchmarks.figures --check    # exit code 1 when the block is not up to date
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from asv_benchmarks.report import read_report, to_markdown
from asv_benchmarks.unmeasurable import BenchmarkError, BenchmarkInputError

START = "<!-- figures:begin -->"
END = "<!-- figures:end -->"
HERE = Path(__file__).resolve().parent


def with_figures(readme: str, table: str, name: str = "README.md") -> str:
    """The text with the block between its markers replaced. Raises `BenchmarkInputError`."""
    if (
        readme.count(START) != 1
        or readme.count(END) != 1
        or readme.index(START) > readme.index(END)
    ):
        raise BenchmarkInputError(
            f"{name}: expected one line {START!r} and, after it, one line {END!r}; "
            "put them where the figures belong"
        )
    before, _, rest = readme.partition(START)
    return f"{before}{START}\n{table}{END}{rest.partition(END)[2]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the block; 0, 1 (--check: not up to date), 2 or 3 with a message."""
    parser = argparse.ArgumentParser(description="Write the table of figures into README.md.")
    parser.add_argument("--bench", type=Path, default=HERE / "figures.json", help="stored run")
    parser.add_argument("--readme", type=Path, default=HERE.parent / "README.md")
    parser.add_argument("--check", action="store_true", help="change nothing, only compare")
    options = parser.parse_args(arguments)
    try:
        before = options.readme.read_text(encoding="utf-8")
        after = with_figures(before, to_markdown(read_report(options.bench)), options.readme.name)
        if options.check:
            if after != before:
                print(f"{options.readme}: its figures are not those of {options.bench}")
            return int(after != before)
        options.readme.write_text(after, encoding="utf-8")
    except BenchmarkError as error:
        print(f"figures: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"figures: {error}", file=sys.stderr)
        return BenchmarkInputError.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
