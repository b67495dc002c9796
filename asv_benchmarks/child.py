"""One call in a process of its own, so that its peak memory is nobody else's.

``load SPEC CASE WORKSPACE`` or ``peer NAME FILE AMPS DIRECTORY``; the answer is one JSON line.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from asv_benchmarks.peers import PEERS
from candidates.reach import reach


def peak_bytes() -> int:
    """Most memory that this process, or one that it started and waited for, ever held at once.

    getrusage's own figure of a process starts with its parent's peak on Linux, because the
    kernel keeps it over exec; VmHWM starts anew.
    """
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    try:
        status = Path("/proc/self/status").read_text()
        own = next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)
    except (OSError, StopIteration):
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, children) * unit


def main(arguments: list[str]) -> int:
    """Do the one call and tell of it."""
    match arguments:
        case ["load", spec, case, workspace]:
            candidate = reach(spec)
            try:
                outcome = candidate.run(Path(case), Path(workspace), lambda name, details: None)
            finally:
                candidate.close()
            told: dict[str, int | str] = {"outcome": str(outcome)}
        case ["peer", name, file, amps, directory]:
            told = {"kept": PEERS[name](Path(file), int(amps), Path(directory))}
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    print(json.dumps({**told, "peak_bytes": peak_bytes()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
