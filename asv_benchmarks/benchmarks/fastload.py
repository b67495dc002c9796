"""FastLoad for asv: by candidate, format, AMPs and rows.

Every figure is a ``track_`` benchmark: a timed load and its peers take turns inside one process, a
fresh target each time, and a wrong result raises, so that asv shows a failure and no number.
LOADPROOF_BENCH_CANDIDATES, _FORMATS, _AMPS and _ROWS (comma-separated), _DATA and _ROUNDS choose
others.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from asv_benchmarks.report import BenchReport, Figure, Measurement
from asv_benchmarks.run import MOST_ROWS, Selection, run_benchmarks


def _asked(what: str, usual: str) -> tuple[str, ...]:
    return tuple(os.environ.get(f"LOADPROOF_BENCH_{what}", usual).split(","))


CANDIDATES = _asked("CANDIDATES", "polars,reference")
FORMATS = _asked("FORMATS", "csv,csv.gz")
AMPS = tuple(map(int, _asked("AMPS", "4,64")))
ROWS = tuple(map(int, _asked("ROWS", "5000,200000")))
(DATA,) = _asked("DATA", "synthetic")
ROUNDS = int(*_asked("ROUNDS", "5"))

Cache = dict[tuple[str, str, int, int], Measurement]


def measured() -> Cache:
    """All measurements by candidate, format, AMPs and rows of the file."""
    if "ASV_PYTHONPATH" in os.environ:  # asv looks there itself; so is a loader's process to do
        os.environ["PYTHONPATH"] = os.environ["ASV_PYTHONPATH"]
    selection = Selection(
        candidates=CANDIDATES, formats=FORMATS, amps=AMPS, rows=ROWS, data=DATA, rounds=ROUNDS
    )
    report: BenchReport = run_benchmarks(selection)
    return {(m.candidate, m.format, m.amps, m.rows): m for m in report.measurements}


class FastLoad:
    """Throughput, memory, work and ratios of one load."""

    params = (CANDIDATES, FORMATS, AMPS, ROWS)
    param_names = ("candidate", "format", "amps", "rows")
    timeout = 3_600

    def setup_cache(self) -> Cache:
        return measured()

    setup_cache.timeout = 3_600  # type: ignore[attr-defined]  # where asv looks for it

    def track_seconds(self, cache: Cache, *setting: str | int) -> float:
        return _told(cache, setting, lambda m: m.seconds)

    def track_rows_per_second(self, cache: Cache, *setting: str | int) -> float:
        return _told(cache, setting, lambda m: m.rows_per_second)

    def track_mb_per_second(self, cache: Cache, *setting: str | int) -> float:
        return _told(cache, setting, lambda m: m.mb_per_second)

    def track_peak_memory(self, cache: Cache, *setting: str | int) -> float:
        return _told(cache, setting, lambda m: m.peak_mb)

    def track_time_over_duckdb(self, cache: Cache, *setting: str | int) -> float:
        return _told(cache, setting, lambda m: _ratio(m.peers.get("duckdb")))

    def track_time_over_bare_parse(self, cache: Cache, *setting: str | int) -> float:
        return _told(cache, setting, lambda m: _ratio(m.peers.get("bare parse")))

    def track_blocks(self, cache: Cache, *setting: str | int) -> float:
        return _told(cache, setting, lambda m: m.work.get("blocks"))

    def track_bytes(self, cache: Cache, *setting: str | int) -> float:
        return _told(cache, setting, lambda m: m.work.get("bytes"))

    def track_fsyncs(self, cache: Cache, *setting: str | int) -> float:
        return _told(cache, setting, lambda m: m.work.get("fsyncs"))


for _name, _unit in {
    "seconds": "s",
    "rows_per_second": "rows/s",
    "mb_per_second": "MB/s",
    "peak_memory": "MB",
    "time_over_duckdb": "ratio",
    "time_over_bare_parse": "ratio",
    "blocks": "blocks",
    "bytes": "bytes",
    "fsyncs": "fsyncs",
}.items():
    getattr(FastLoad, f"track_{_name}").unit = _unit


def _told(
    cache: Cache, setting: tuple[str | int, ...], read: Callable[[Measurement], float | None]
) -> float:
    """A figure of one measurement; NaN, which asv shows as "n/a", where there is none.

    That is so for a peer that is not installed, for work that the loader does not tell, and for
    more rows than the candidate is measured on.
    """
    candidate, form, amps, rows = setting
    if int(rows) > MOST_ROWS.get(str(candidate), int(rows)):
        return float("nan")
    figure = read(cache[str(candidate), str(form), int(amps), int(rows)])
    return float("nan") if figure is None else figure


def _ratio(peer: Figure | None) -> float | None:
    return None if peer is None else peer.ratio
