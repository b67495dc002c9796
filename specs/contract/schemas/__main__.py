"""``python -m specs.contract.schemas [DIRECTORY]``: write the JSON Schemas (default: here)."""

from __future__ import annotations

import sys
from pathlib import Path

from specs.contract.schemas import generate

if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for written in generate(target):
        print(written.name)
