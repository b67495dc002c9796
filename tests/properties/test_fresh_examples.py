"""The same seed means the same examples in every process, whatever else is loaded there."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
{extra}
import hypothesis
from hypothesis import strategies as st
import properties.engine.fresh_examples as fresh

seen = []

@hypothesis.seed(7)
@hypothesis.settings(backend=fresh.BACKEND, database=None, max_examples=200, deadline=None)
@hypothesis.given(st.tuples(st.integers(), st.text(max_size=9), st.floats(allow_nan=False)))
def collect(drawn):
    seen.append(drawn)

collect()
print(hash(repr(seen)))
"""


def examples_with(extra: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM.format(extra=extra)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PYTHONHASHSEED": "0"},
    )
    return done.stdout


def test_examples_do_not_depend_on_the_modules_that_are_loaded() -> None:
    plain = examples_with("")
    assert plain.strip()
    assert examples_with("import candidates.faulty, reference, reports.html, tomllib") == plain
