"""The result of a benchmark run, and how it is told: text, Markdown, JSON."""

from __future__ import annotations

from pathlib import Path

import msgspec

from asv_benchmarks.unmeasurable import BenchmarkInputError, NothingMeasured

REPORT_VERSION = 1


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Figure(_Record, frozen=True, kw_only=True):
    """A peer in the same rounds. ``ratio``: the candidate's time over the peer's, median."""

    seconds: float
    ratio: float
    peak_mb: float | None = None


class Measurement(_Record, frozen=True, kw_only=True):
    """A candidate at one setting: medians over rounds, and the peers that took turns with it.

    ``megabytes`` is the uncompressed input in 10**6 bytes. ``disturbed``: too few rounds were free
    of other processes, so all were counted. ``phases``: seconds by phase, summed
    over threads, and ``whole`` by the clock, where asked for.
    """

    candidate: str
    data: str
    format: str
    amps: int
    rows: int
    megabytes: float
    seconds: float
    all_seconds: tuple[float, ...]
    rounds: int
    disturbed_rounds: int
    disturbed: bool
    peak_mb: float | None
    work: dict[str, int]
    peers: dict[str, Figure]
    versions: dict[str, str] = {}
    phases: dict[str, float] = {}

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds

    @property
    def mb_per_second(self) -> float:
        return self.megabytes / self.seconds


class BenchReport(_Record, frozen=True, kw_only=True):
    """A whole run; every figure in it belongs to a right result. ``left_out``: what and why."""

    version: int = REPORT_VERSION
    started: str
    machine: dict[str, str]
    versions: dict[str, str]
    measurements: tuple[Measurement, ...]
    left_out: dict[str, str] = {}

    def __post_init__(self) -> None:
        if not self.measurements:
            raise NothingMeasured("nothing was measured, so there is nothing to report")


def to_json(report: BenchReport) -> bytes:
    """The report as JSON, readable again by `read_report`."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def read_report(path: Path) -> BenchReport:
    """A stored report. Raises `BenchmarkInputError` or `NothingMeasured`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=BenchReport)
    except OSError as error:
        raise BenchmarkInputError(f"{path}: cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise BenchmarkInputError(f"{path}: not a complete benchmark report: {error}") from error


def to_markdown(report: BenchReport) -> str:
    """The table of figures with the conditions they were taken under."""
    peers = list(dict.fromkeys(name for m in report.measurements for name in m.peers))
    head = ["loader", "data", "format", "AMPs", "rows", "s", "rows/s", "MB/s", "peak MB"]
    head += [f"time / {name}" for name in peers]
    lines = [_row(head), _row(["---"] * 4 + ["---:"] * (len(head) - 4))]
    for m in report.measurements:
        cells = [m.candidate, m.data, m.format, f"{m.amps:,}", f"{m.rows:,}", f"{m.seconds:.2f}"]
        cells += [f"{m.rows_per_second:,.0f}", f"{m.mb_per_second:,.0f}", _peak(m.peak_mb)]
        cells += [f"{m.peers[name].ratio:.2f}" if name in m.peers else "" for name in peers]
        if m.disturbed:
            cells[5] += " (disturbed)"
        lines.append(_row(cells))
    return "\n".join([*lines, "", *_conditions(report)]) + "\n"


def to_text(report: BenchReport) -> str:
    """The report for a terminal: one paragraph a measurement, all that was measured."""
    lines = []
    for m in report.measurements:
        lines += [
            f"{m.candidate}: {m.data}, {m.format}, {m.amps:,} AMPs, {m.rows:,} rows "
            f"({m.megabytes:,.1f} MB)",
            f"  {m.seconds:8.3f} s   {m.rows_per_second:,.0f} rows/s   "
            f"{m.mb_per_second:,.1f} MB/s   peak {_peak(m.peak_mb) or '-'} MB",
        ]
        for name, peer in m.peers.items():
            memory = f"   peak {_peak(peer.peak_mb)} MB" if peer.peak_mb else ""
            lines.append(f"  {peer.seconds:8.3f} s   {name}: ratio {peer.ratio:.2f}{memory}")
        if m.work:
            lines.append("  work: " + ", ".join(f"{k} {v:,}" for k, v in m.work.items()))
        for name, seconds in m.phases.items():
            lines.append(f"  {seconds:8.3f} s   phase {name}")
        if m.disturbed:
            lines.append("  other processes were busy in most rounds: take the ratios, not times")
    return "\n".join([*lines, "", *_conditions(report)]) + "\n"


def _conditions(report: BenchReport) -> list[str]:
    rounds = sorted({str(m.rounds) for m in report.measurements}, key=int)
    told = [
        f"Medians; rounds in which all took turns: {', '.join(rounds)}; "
        "a ratio is the loader's time over the peer's in the same round (below 1 is faster). "
        "Every timed load had the expected rows, error rows and counts.",
        ", ".join(f"{k} {v}" for k, v in {**report.machine, **report.versions}.items()) + ".",
    ]
    return told + [f"Left out: {what}, because {why}." for what, why in report.left_out.items()]


def _peak(peak: float | None) -> str:
    return "" if peak is None else f"{peak:,.0f}"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
