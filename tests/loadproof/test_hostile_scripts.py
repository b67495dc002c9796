"""Scripts that nobody meant to write: each ends in diagnostics or a named error, and soon.

A small share of the mutated scripts runs by default; all 10,000 take a few minutes:

    HOSTILE_SCRIPTS=10000 pytest -n 0 -s tests/loadproof/test_hostile_scripts.py
"""

from __future__ import annotations

import io
import os
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from random import Random

import msgspec
import typer
from mutations import mutated_script, within_cpu_seconds

from loadproof.commands.lint import lint_command
from loadproof.refusal import Refusal
from loadproof.script_case import InputError, script_text
from specs.fastload.language import ParsedScript, parse, render
from specs.sql.statements import CreateTable
from specs.sql.tables import TableDefinition

ROOT = Path(__file__).parents[2]
SCRIPTS = [
    path.read_text(encoding="utf-8")
    for folder in ("tests/samples/scripts", "examples")
    for pattern in ("*.fl", "*.sql")
    for path in sorted((ROOT / folder).rglob(pattern))
]
SOUND = [text for text in SCRIPTS if parse(text).plan is not None]
MUTATED = int(os.environ.get("HOSTILE_SCRIPTS", "150"))


def known_tables() -> dict[str, TableDefinition]:
    """The tables of all scripts, so that those that do not create theirs get a plan too."""
    plans = [parsed.plan for parsed in map(parse, SCRIPTS) if parsed.plan is not None]
    created = [s.definition for p in plans for s in p.steps if isinstance(s, CreateTable)]
    return {definition.name: definition for definition in created}


def linted(path: Path) -> str:
    """How `loadproof lint` ends: its exit code, or ``refused``."""
    with redirect_stdout(io.StringIO()) as out:
        try:
            lint_command(path, None, as_json=False)
        except typer.Exit as end:
            assert out.getvalue()
            return f"exit code {end.exit_code}"
        except Refusal as refusal:
            assert str(path) in str(refusal)  # noqa: PT017  # either is fine
            return "refused"
    return "exit code 0"


def is_sound(parsed: ParsedScript) -> bool:
    """Diagnostics can be told, and a plan is what its own rendering says. Whether there is one."""
    msgspec.json.encode(parsed.diagnostics)
    assert len(str(parsed.diagnostics)) < 2_000_000
    for found in parsed.diagnostics:
        assert found.line >= 1
        assert 1 <= found.column < found.end_column
    if parsed.plan is None:
        assert any(found.severity == "error" for found in parsed.diagnostics)
        return False
    msgspec.json.encode(parsed.plan)
    assert parse(render(parsed.plan), parsed.tables).plan == parsed.plan
    return True


def test_mutated_scripts_are_diagnosed_and_plans_render(tmp_path: Path) -> None:
    random = Random(1)
    known = known_tables()
    ends: Counter[str] = Counter()
    path = tmp_path / "mutated.fl"
    for number in range(MUTATED):
        data = mutated_script(random, SCRIPTS + 3 * SOUND)
        path.write_bytes(data)
        try:
            with within_cpu_seconds():
                ends[linted(path)] += 1
            with within_cpu_seconds():
                ends["with a plan"] += is_sound(parse(script_text(path), known))
        except InputError:
            continue
        except BaseException as error:
            error.add_note(f"mutated script {number}: {data[:3_000]!r}")
            raise
    print(f"\n{MUTATED} mutated scripts: {dict(ends)}")
    assert ends["with a plan"] > MUTATED // 20
    assert ends["exit code 1"] > MUTATED // 20
