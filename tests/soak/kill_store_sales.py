"""SIGKILL a load of all of STORE_SALES at moments spread over both phases, once or twice each.

    python tests/soak/kill_store_sales.py store_sales.csv --singles 30 --doubles 15

Runs the polars loader as a program of the process protocol. Each killed load is restarted, and what
it leaves (status, report, and the digest of every table, placement included) has to be what the
load without a kill left. Prints a line a kill and a summary; exit code 1 when one differs.
``examples/store_sales/make_data.py`` makes the file.
"""

from __future__ import annotations

import argparse
import random
import shlex
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from candidates.reach import ReachedCandidate, reach
from specs.contract import Case, Outcome, Stopped, TeradataSystem
from specs.contract.content import content_digest
from specs.contract.directories import encode_document, read_outcome_document, read_outcome_table
from specs.fastload.language import parse, require_plan, with_files
from specs.fastload.plan import FastLoadPlan, Load

HERE = Path(__file__).resolve().parent
SCRIPT = HERE.parents[1] / "examples" / "store_sales" / "store_sales.fl"
SERVER = HERE.parent / "samples" / "miniatures" / "served.py"
SERVED = f"cmd:{shlex.join([sys.executable, str(SERVER), 'candidates.polars.loader:factory'])}"
CHECKPOINT = 250_000

PHASES = ("acquisition", "application")
Moment = tuple[str, float]
"""A phase, and seconds since its beginning."""

Left = tuple[str, object, dict[str, str]]


class Watched:
    """The phase that a load was in when its last event came, and when each began.

    ``kill``: what to do at the beginning of a phase, by its name.
    """

    def __init__(self, **kill: Callable[[], None]) -> None:
        self.phase = "before phase 1"
        self.began: dict[str, float] = {}
        self._kill = kill

    def __call__(self, name: str, details: dict[str, Any]) -> None:
        if name == "phase":
            self.phase = str(details["phase"])
            self.began[self.phase] = time.monotonic()
            self._kill.get(self.phase, lambda: None)()


def write_load(directory: Path, data: Path) -> Path:
    """A case of the example's script over the data, with checkpoints and 16 AMPs."""
    text = SCRIPT.read_text(encoding="utf-8").replace("store_sales.csv.gz", data.name)
    text = text.replace("store_sales.csv", data.name)
    parsed = parse(text)
    plan = with_files(require_plan(parsed), {data.name: data.name})
    plan = FastLoadPlan(steps=tuple(_with_checkpoint(step) for step in plan.steps))
    case = Case(script=parsed.redacted, plan=plan, system=TeradataSystem(amps=16))
    (directory / "files").mkdir(parents=True)
    (directory / "files" / data.name).symlink_to(data.resolve())
    (directory / "case.json").write_bytes(encode_document(case))
    return directory


def _with_checkpoint(step: Any) -> Any:
    return replace(step, checkpoint=CHECKPOINT) if isinstance(step, Load) else step


def left(directory: Path) -> Left:
    """What a load left, without its work counters."""
    outcome: Outcome = read_outcome_document(directory)
    digests = {
        name: content_digest(read_outcome_table(directory, files))
        for name, files in outcome.tables.items()
    }
    return outcome.status, outcome.report, digests


def killed_load(
    candidate: ReachedCandidate, case: Path, workspace: Path, moments: list[Moment]
) -> tuple[list[str], Left]:
    """Kill the load at each moment, one a start, then let it end; the phases it was in."""
    phases: list[str] = []
    for phase, seconds in moments:
        watched = Watched(**{phase: lambda seconds=seconds: candidate.kill_after(seconds)})
        try:
            outcome = candidate.run(case, workspace, watched)
        except Stopped:
            phases.append(watched.phase)
            continue
        return phases, left(outcome)
    return phases, left(candidate.run(case, workspace, Watched()))


def _told(moments: Iterable[Moment]) -> str:
    return ", ".join(f"{seconds:.2f} s of {phase}" for phase, seconds in moments)


def main(arguments: list[str] | None = None) -> int:
    """Run the kills; 0 when every load ended like the one without a kill."""
    parser = argparse.ArgumentParser(description="kill -9 over STORE_SALES")
    parser.add_argument("data", type=Path)
    parser.add_argument("--singles", type=int, default=30)
    parser.add_argument("--doubles", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    chance = random.Random(options.seed)
    scratch = Path(tempfile.mkdtemp(prefix="loadproof-kills-", dir=options.data.resolve().parent))
    candidate = reach(SERVED)
    tally: Counter[str] = Counter()
    different = 0
    try:
        candidate.describe()
        case = write_load(scratch / "case", options.data)
        expected = left(candidate.run(case, scratch / "cold", Watched()))
        begun = time.monotonic()
        watched = Watched()
        warm = candidate.run(case, scratch / "whole", watched)
        ended = time.monotonic()
        acquired = watched.began["application"]
        lasts = {
            "acquisition": acquired - watched.began["acquisition"],
            "application": ended - acquired,
        }
        assert left(warm) == expected, "two loads without a kill differ"
        shutil.rmtree(scratch / "cold")
        shutil.rmtree(scratch / "whole")
        print(f"without a kill: {expected[0]}, {ended - begun:.1f} s: {_told(lasts.items())}")
        plans = [1] * options.singles + [2] * options.doubles
        for number, kills in enumerate(plans):
            # every other one in each phase, spread evenly over it; a second one anywhere
            whole = options.singles if kills == 1 else options.doubles
            at = number if kills == 1 else number - options.singles
            phase = PHASES[at % 2]
            moments = [(phase, lasts[phase] * (at // 2 + chance.random()) / ((whole + 1) // 2))]
            for _ in range(kills - 1):
                phase = chance.choice(PHASES)
                moments.append((phase, chance.uniform(0, lasts[phase])))
            workspace = scratch / f"killed-{number}"
            phases, found = killed_load(candidate, case, workspace, moments)
            same = found == expected
            different += not same
            tally.update(phases)
            tally[f"{len(phases)} kills in a load"] += 1
            verdict = "identical" if same else "DIFFERENT"
            late = len(moments) - len(phases)
            told = _told(moments) + (f" ({late} came too late)" if late else "")
            print(f"{number + 1}: killed after {told}: {verdict}", flush=True)
            shutil.rmtree(workspace)
    finally:
        candidate.close()
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"loads {len(plans)}, different {different}, {dict(sorted(tally.items()))}")
    if tally["0 kills in a load"] == len(plans):
        print("no kill came in time: nothing was tried")
        return 1
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
