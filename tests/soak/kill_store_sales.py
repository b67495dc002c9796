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

Left = tuple[str, object, dict[str, str]]


class Watched:
    """The phase that a load was in when its last event came."""

    def __init__(self) -> None:
        self.phase = "before phase 1"

    def __call__(self, name: str, details: dict[str, Any]) -> None:
        if name == "phase":
            self.phase = str(details["phase"])


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
    candidate: ReachedCandidate, case: Path, workspace: Path, moments: list[float]
) -> tuple[list[str], Left]:
    """Kill the load that many seconds after each start, then let it end; the phases it was in."""
    phases: list[str] = []
    for moment in moments:
        watched = Watched()
        candidate.kill_after(moment)
        try:
            outcome = candidate.run(case, workspace, watched)
        except Stopped:
            phases.append(watched.phase)
            continue
        return phases, left(outcome)
    return phases, left(candidate.run(case, workspace, Watched()))


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
        warm = candidate.run(case, scratch / "whole", Watched())
        seconds = time.monotonic() - begun
        assert left(warm) == expected, "two loads without a kill differ"
        shutil.rmtree(scratch / "cold")
        shutil.rmtree(scratch / "whole")
        print(f"without a kill: {expected[0]}, {seconds:.1f} s")
        plans = [1] * options.singles + [2] * options.doubles
        for number, kills in enumerate(plans):
            # spread evenly over the whole load, each moment by chance within its share
            share = seconds / max(1, options.singles if kills == 1 else options.doubles)
            at = number if kills == 1 else number - options.singles
            moments = [(at + chance.random()) * share]
            moments += [chance.uniform(0.1, seconds) for _ in range(kills - 1)]
            workspace = scratch / f"killed-{number}"
            phases, found = killed_load(candidate, case, workspace, moments)
            same = found == expected
            different += not same
            tally.update(phases)
            tally[f"{len(phases)} kills in a load"] += 1
            told = ", ".join(f"{moment:.2f} s" for moment in moments)
            verdict = "identical" if same else "DIFFERENT"
            print(f"{number + 1}: killed at {told} in {', '.join(phases)}: {verdict}", flush=True)
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
