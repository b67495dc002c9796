"""Loaders of users in their worker: found where the user is, never leaning on us, told by name."""

from __future__ import annotations

import ast
import importlib.machinery
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from miniatures.in_process import DESCRIPTION

from candidates.reach import CandidateError, ReachedCandidate, agreement, reach, worker
from loadproof.shadow import ROOMS
from specs.contract import Description

ROOT = Path(__file__).parents[2]
DESCRIBED = {**DESCRIPTION, "name": "mine"}
LOADER = f"""
import json
DESCRIBED = {DESCRIBED!r}

class Mine:
    def describe(self):
        return DESCRIBED
    def run(self, case, workspace, emit):
        self.work(case, workspace, emit)
        (workspace / "outcome").mkdir(exist_ok=True)
        outcome = '{{"status": "completed", "return_code": 0}}'
        (workspace / "outcome" / "outcome.json").write_text(outcome)
    def work(self, case, workspace, emit):
        pass
"""

Write = Callable[..., ReachedCandidate]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's working directory."""
    place = tmp_path / "user"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def written(here: Path) -> Iterator[Write]:
    """Write a loader's module and reach it for the time of a test."""
    reached: list[ReachedCandidate] = []

    def write(text: str = "", *, work: str = "", describe: str = "", **asked: Any) -> Any:
        source = LOADER + text
        for method, lines in (
            ("work(self, case, workspace, emit)", work),
            ("describe(self)", describe),
        ):
            if lines:
                body = "".join(f"        {line}\n" for line in lines.splitlines())
                source += f"\nclass Mine(Mine):\n    def {method}:\n{body}"
        (here / "my_loader.py").write_text(source)
        reached.append(reach("py:my_loader:Mine", **asked))
        return reached[-1]

    yield write
    for candidate in reached:
        candidate.close()


def run(candidate: ReachedCandidate, here: Path) -> list[tuple[str, dict[str, Any]]]:
    events: list[tuple[str, dict[str, Any]]] = []
    (here / "workspace").mkdir(exist_ok=True)
    candidate.run(here, here / "workspace", lambda *event: events.append(event))
    return events


# --- whose modules -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*worker.OURS, "worker", "process", "agreement"])
def test_a_module_of_the_user_s_is_found_whatever_its_name(here: Path, name: str) -> None:
    (here / f"{name}.py").write_text(LOADER)
    assert reach(f"py:{name}:Mine").describe().name == "mine"


@pytest.mark.parametrize("marked", [True, False], ids=["package", "namespace"])
def test_a_package_of_the_user_s_is_found_whatever_its_name(here: Path, marked: bool) -> None:
    (here / "specs").mkdir()
    (here / "specs" / "loader.py").write_text(LOADER)
    if marked:
        (here / "specs" / "__init__.py").touch()
    assert reach("py:specs.loader:Mine").describe().name == "mine"


@pytest.mark.parametrize("name", worker.OURS)
def test_our_packages_are_refused_to_a_loader(written: Write, name: str) -> None:
    with pytest.raises(
        agreement.NotImportableError,
        match=rf"^py:my_loader:Mine: module my_loader cannot be imported: ImportError: '{name}' is "
        "a package of loadproof, which checks this loader",
    ):
        written(f"import {name}.something").describe()


def test_our_packages_are_listed_alike_wherever_they_are_listed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    found = project["setuptools"]["packages"]["find"]["include"]
    ours = set(worker.OURS)
    assert {*ROOMS, "loadproof"} == ours
    assert {name.removesuffix("*") for name in found} == ours
    assert set(project["ruff"]["lint"]["isort"]["known-first-party"]) == ours
    assert set(project["mypy"]["packages"]) == ours


def test_our_packages_are_refused_later_too(written: Write, here: Path) -> None:
    with pytest.raises(agreement.FaultError, match="'specs' is a package of loadproof"):
        run(written(work="import specs.contract"), here)


def test_our_packages_are_refused_through_an_editable_installation(
    written: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "from importlib.util import spec_from_file_location\n"
        "class Editable:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        place = {str(ROOT)!r} + '/' + name\n"
        "        if name == 'specs':\n"
        "            return spec_from_file_location(name, place + '/__init__.py',\n"
        "                                           submodule_search_locations=[place])\n"
        "sys.meta_path.insert(0, Editable())\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(agreement.NotImportableError, match="'specs' is a package of loadproof"):
        written("import specs").describe()


def test_the_guard_knows_our_packages_by_their_place(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "__init__.py").touch()
    finder = importlib.machinery.PathFinder.find_spec("specs", [str(tmp_path)])
    assert tuple(sorted(p.parent.name for p in ROOT.glob("*/__init__.py"))) == worker.OURS
    assert worker.Guard()._is_ours("specs", finder) is False
    assert worker.Guard(str(tmp_path))._is_ours("specs", finder) is True
    assert worker.Guard().find_spec("json") is None


def test_the_worker_imports_nothing_of_ours_and_is_python_3_8() -> None:
    source = Path(worker.__file__).read_text()
    tree = ast.parse(source, feature_version=(3, 8))
    imported = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    ]  # fmt: skip
    assert {name.partition(".")[0] for name in imported if name} <= sys.stdlib_module_names


@pytest.mark.parametrize("minor", range(8, 16))
def test_it_runs_under_other_interpreters(written: Write, here: Path, minor: int) -> None:
    python = shutil.which(f"python3.{minor}")
    if python is None or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip(f"python3.{minor} is not installed")
    candidate = written(work="emit('phase', {'phase': 'acquisition'})", python=python)
    assert run(candidate, here) == [("phase", {"phase": "acquisition"})]
    with pytest.raises(agreement.FaultError, match=r"(?s)KeyError.*in work"):
        run(written(work="{}['a']", python=python), here)


def test_a_call_without_a_loader_is_refused() -> None:
    done = subprocess.run([sys.executable, worker.__file__], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "usage: worker.py package.module:factory\n")


# --- what it is given ----------------------------------------------------------------------------


def test_a_run_gets_paths_and_its_prints_are_nobody_s_message(written: Write, here: Path) -> None:
    work = (
        "import pathlib, subprocess, sys\n"
        "assert isinstance(case, pathlib.Path) and isinstance(workspace, pathlib.Path)\n"
        "assert sys.stdin.read() == ''\n"
        "print('x' * 5_000_000)\n"
        "subprocess.run(['echo', 'from a child'], check=True)\n"
        "emit('completed', {})"
    )
    assert run(written(work=work), here) == [("completed", {})]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "from dataclasses import make_dataclass\nGIVEN = make_dataclass('D', DESCRIBED)(**DESCRIBED)",
        "from collections import namedtuple\nGIVEN = namedtuple('D', DESCRIBED)(**DESCRIBED)",
        "from types import SimpleNamespace\nGIVEN = SimpleNamespace(**DESCRIBED)",
        "GIVEN = type('D', (), {**DESCRIBED, 'method': print, '_hidden': 1})",
        "class Struct:\n    __slots__ = __struct_fields__ = tuple(DESCRIBED)\nGIVEN = Struct()\n"
        "for name, value in DESCRIBED.items(): setattr(GIVEN, name, value)",
        "from enum import Enum\nclass E(Enum):\n    A = 'fastload'\n"
        "GIVEN = {**DESCRIBED, 'capabilities': {E.A}, 'exposes': ('content',)}",
    ],
    ids=["dict", "dataclass", "namedtuple", "namespace", "class", "struct", "enum"],
)
def test_a_description_is_a_dict_or_an_object_with_its_fields(written: Write, text: str) -> None:
    described = written(text, describe="return GIVEN" if text else "").describe()
    assert isinstance(described, Description)
    assert (described.name, described.capabilities) == ("mine", ("fastload",))


@pytest.mark.parametrize(
    ("lines", "error", "message"),
    [
        ("return None", agreement.DescriptionError, "Expected `object`, got `null`"),
        ("return 'mine'", agreement.DescriptionError, "Expected `object`, got `str`"),
        ("return {}", agreement.DescriptionError, "missing required field"),
        ("return object()", agreement.FaultError, "neither a dict nor an object with fields"),
        ("return {**DESCRIBED, 'name': b'x'}", agreement.FaultError, "neither a dict nor"),
        ("return {**DESCRIBED, 'name': float('nan')}", agreement.FaultError, "JSON compliant"),
        ("a = {}; a['a'] = a; return a", agreement.FaultError, "RecursionError"),
        ("return {**DESCRIBED, 'name': '\\ud800'}", CandidateError, "(?i)surrogate|truncated"),
        ("return {**DESCRIBED, 'contract': 99}", agreement.DescriptionError, "version 99"),
        ("raise KeyboardInterrupt", agreement.FaultError, r"describe\(\) raised KeyboardInterrupt"),
    ],
)
def test_a_description_that_is_none_is_told(
    written: Write, lines: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        written(describe=lines).describe()


# --- what goes wrong -----------------------------------------------------------------------------


def test_a_fault_is_told_with_the_loader_s_own_frames(written: Write, here: Path) -> None:
    work = (
        "try:\n"
        "    emit('phase', {'phase': 'acquisition'})\n"
        "    self.convert('12x')\n"
        "except ValueError as error:\n"
        "    raise LookupError('no \\x1b[31mrow') from error"
    )
    text = "\nclass Mine(Mine):\n    def convert(self, text):\n        return int(text)\n"
    with pytest.raises(agreement.FaultError) as told:
        run(written(text, work=work), here)
    lines = str(told.value).splitlines()
    assert lines[0] == r"py:my_loader:Mine: run() raised LookupError: no \x1b[31mrow"
    assert all(line.startswith("  ") for line in lines[1:])
    frames = [line.split()[-1] for line in lines if line.lstrip().startswith("File ")]
    assert frames == ["work", "convert", "run", "work"]
    assert "worker.py" not in str(told.value)


def test_a_module_that_is_never_imported_to_its_end_is_told(written: Write) -> None:
    candidate = written("import time\ntime.sleep(3600)", message_timeout=1.5)
    with pytest.raises(agreement.TimedOutError, match=r"no answer within 1\.5 s .*: description"):
        candidate.describe()


def test_a_loader_may_start_processes_of_its_own(written: Write, here: Path) -> None:
    work = (
        "from multiprocessing import get_context\n"
        "with get_context('spawn').Pool(1) as pool:\n"
        "    assert pool.apply(abs, [-1]) == 1\n"
        "emit('completed', {})"
    )
    assert run(written(work=work), here) == [("completed", {})]


def test_a_module_that_cannot_be_compiled_is_told_with_its_line(written: Write) -> None:
    with pytest.raises(agreement.NotImportableError, match=r"(?s)my_loader\.py.*def broken\("):
        written("def broken(:").describe()


FAULTS = {
    "SystemExit": ("raise SystemExit", r"run\(\) raised SystemExit"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", r"run\(\) raised KeyboardInterrupt"),
    "BaseException": ("raise type('Own', (BaseException,), {})('gone')", r"run\(\) raised Own: gone"),
    "recursion": ("def again(): again()\nagain()", r"(?s)run\(\) raised RecursionError: .*in again"),
    "texts that are none": ("raise ValueError('\\ud800\\x00')", r"ValueError: \\ud800\\x00"),
    "no text": ("class E(Exception):\n    def __str__(self): return 1 / 0\nraise E", r"run\(\) raised E"),
    "no text at all": ("class E(Exception):\n    __str__ = None\nraise E", r"run\(\) raised E"),
    "event of an object": ("emit('phase', {'n': object()})", r"emit\('phase', .*\) is no event: TypeError"),
    "event of infinity": ("emit('phase', {'n': float('inf')})", "is no event: ValueError"),
    "event of numbers": ("emit('phase', {1: 2})", "is no event: TypeError: expected texts"),
    "event of a list": ("emit('phase', [])", "is no event: TypeError: expected a text and a dict"),
    "event of nothing": ("emit(None, {})", "is no event: TypeError"),
    "event without details": ("emit('phase')", "missing 1 required positional argument"),
    "event of half a character": ("emit('phase', {'n': '\\ud800'})", "(?i)surrogate|truncated"),
    "event that nobody knows": ("emit('half-way', {})", "Invalid enum value"),
    "event of megabytes": ("emit('phase', {'x': 'y' * 17_000_000})", "more than 16777216 bytes"),
    "event that is deep": (
        "a = {}\nfor _ in range(100_000): a = {'a': a}\nemit('phase', a)",
        "is no event: RecursionError",
    ),
    "event whose refusal is caught": (
        "try: emit('phase', {'n': b''})\nexcept Exception: pass",
        "is no event: TypeError",
    ),
    "event of a child": (
        "import os\nif not os.fork(): emit('phase', {})\nos.wait()\nraise ValueError('parent')",
        "ValueError: parent",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_a_run_does_wrong_is_told(written: Write, here: Path, name: str) -> None:
    work, message = FAULTS[name]
    with pytest.raises(CandidateError, match=message) as told:
        run(written(work=work, message_timeout=30), here)
    assert all(line.isprintable() for line in str(told.value).split("\n"))
    assert len(str(told.value)) < 12_000


def test_an_event_after_the_run_is_refused_to_whoever_emits_it(written: Write, here: Path) -> None:
    work = (
        "import threading\n"
        "def late(ended=threading.Event()):\n"
        "    try: emit('phase', {})\n"
        "    except RuntimeError as error: (case / 'late').write_text(str(error))\n"
        "self.late = getattr(self, 'late', None)\n"
        "if self.late: self.late()\n"
        "else: self.late = late"
    )
    candidate = written(work=work)
    assert run(candidate, here) == []
    assert run(candidate, here) == []
    assert (here / "late").read_text() == "emit was called after run had ended"
