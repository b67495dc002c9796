"""Mutants: where code is changed, which are drawn, which are equivalent, and the report."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from command_calls import call_here

from loadproof.console import Console
from loadproof.mutants.equivalents import (
    Equivalent,
    equivalents,
    read_equivalents,
    reason_for,
    stale,
)
from loadproof.mutants.operators import Source
from loadproof.mutants.sites import SUBJECTS, Mutant, Subject, mutants
from loadproof.mutants.telling import MutationTest, as_json, show
from loadproof.mutants.trying import PropertyOrder, Tried
from loadproof.progress import Report
from properties.engine.registry import select
from properties.engine.running import Effort
from reports.verdicts import ExitCode


def changes(text: str) -> list[tuple[str, str]]:
    """The operator and the changed line of each mutant of a source."""
    return [(mutant.operator, mutant.after) for mutant in mutants("m", Source(text))]


# --- the operators -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = a < b", [("relational", "x = a <= b")]),
        ("x = a >= b == c", [("relational", "x = a > b == c"), ("relational", "x = a >= b != c")]),
        ("x = a not in b", [("relational", "x = a in b")]),
        ("x = (a) is (b)", [("relational", "x = (a) is not (b)")]),
        ("x = a + b * c", [("arithmetic", "x = a - b * c"), ("arithmetic", "x = a + b // c")]),
        ("x = (\n  a #\n  - b)", []),
        ("x = a + 'text'", []),
        ("x += y", [("arithmetic", "x -= y")]),
        ("x = -a", [("arithmetic", "x = a")]),
        ("x = a and b and c", [("logical", "x = a or b and c"), ("logical", "x = a and b or c")]),
        ("x = not (a or b)", [("logical", "x = (a or b)"), ("logical", "x = not (a and b)")]),
        ("x = a if b else c", [("condition", "x = a if not (b) else c")]),
        ("while a(): ...", [("condition", "while not (a()): ...")]),
        ("x = [a for a in b if a]", [("condition", "x = [a for a in b if not (a)]")]),
        ("x = a if b == c else d", [("relational", "x = a if b != c else d")]),
        ("x = 7", [("constant", "x = 8"), ("constant", "x = 6")]),
        ("x = -1", [("constant", "x = -2"), ("constant", "x = -0")]),
        ("x = True", [("constant", "x = False")]),
        ("x = ''", [("constant", 'x = "x"')]),
        ("x = 'text'", []),
        (
            "x = 'ä' + y[a:b]",
            [("slice", "x = 'ä' + y[a + 1:b]"), ("slice", "x = 'ä' + y[a:b - 1]")],
        ),
        ("x = y[:a or b]", [("slice", "x = y[:(a or b) - 1]"), ("logical", "x = y[:a and b]")]),
        ("x = sorted(y)", [("order", "x = sorted(y)[::-1]")]),
        ("x = min(y)", [("order", "x = max(y)")]),
        ("x = y.any()", [("order", "x = y.all()")]),
    ],
)
def test_each_operator_changes_its_node_and_keeps_the_rest(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert sorted(changes(text)) == sorted(expected)


FUNCTION = """\
class Box:
    def fill(self, rows: list[int], limit: int = 3) -> bool:
        "What it does: 1 < 2."
        kept = self.kept
        for row in rows:
            if row in self.seen:
                continue
            kept.append(row)
            limit -= row
        kept = kept.copy()
        self.kept = kept
        if limit > 0:
            raise TooMany(f"{limit + 1} too many")
        return self.full
"""


def test_statements_are_left_out_and_other_values_returned() -> None:
    found = [m for m in mutants("m", Source(FUNCTION)) if m.operator in ("statement", "return")]
    assert [(m.line, m.after) for m in found] == [
        (7, "pass"),
        (8, "pass"),
        (9, "pass"),
        (10, "pass"),
        (11, "pass"),
        (13, "pass"),
        (14, "return not (self.full)"),
    ]
    assert {m.function for m in found} == {"Box.fill"}
    assert found[1].before == "kept.append(row)"


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("int", "return 0"),
        ("str | None", "return None"),
        ("Sequence[str]", "return []"),
        ("dict[str, int]", "return {}"),
        ("pl.Expr", "return None"),
    ],
)
def test_what_is_returned_instead_goes_by_the_annotation(annotation: str, expected: str) -> None:
    assert changes(f"def f(x) -> {annotation}:\n    return x\n") == [("return", expected)]


@pytest.mark.parametrize(
    "text",
    [
        "'''A docstring of 3 < 4.'''",
        "from a import b as c",
        "__all__ = ['a'] * 2",
        "x: Literal[1]",
        "Name: TypeAlias = Literal[1] | None",
        "@cache(maxsize=3)\ndef f(x: Literal[1]) -> Literal[2]: ...",
        "class A(B, frozen=True): ...",
        "if TYPE_CHECKING:\n    x = 1",
        "assert x == 1, 'no'",
        "raise E(f'{x + 1} is too many')",
        "def f() -> None:\n    warnings.warn('x', stacklevel=2)",
        "x = cast(Literal[1], y)",
    ],
)
def test_what_decides_nothing_is_not_changed(text: str) -> None:
    assert changes(text) == []


# --- the sites -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_mutant_of_a_module_is_another_program(name: str) -> None:
    package = {"reference": "reference.values", "polars": "candidates.polars.storage"}[name]
    subject = Subject(name, package)
    sources = [(mutant.module, subject.mutated(mutant)) for mutant in subject.mutants]
    assert len(sources) > 200
    assert len(set(sources)) == len(sources)
    for module, source in sources:
        compile(source, module, "exec")


def test_a_sample_is_drawn_by_the_seed_and_has_of_each_module_its_share() -> None:
    subject = SUBJECTS["reference"]
    sample = subject.sample(100, 1)
    assert sample == subject.sample(100, 1)
    assert sample != subject.sample(100, 2)
    assert len(set(map(msgspec.json.encode, sample))) == 100
    drawn, there = (Counter(m.module for m in of) for of in (sample, subject.mutants))
    for module, number in there.items():
        assert abs(drawn[module] - 100 * number / len(subject.mutants)) <= 1, module
    assert subject.sample(10**6, 1) == subject.mutants


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_what_is_left_out_is_there_and_has_no_mutant(subject: Subject) -> None:
    whole = Subject(subject.name, subject.package)
    left = {f"{m.module}.{m.function}" for m in subject.mutants}
    for name in subject.left_out - {"candidates.polars.version"}:  # which has nothing to change
        inside = {
            place
            for place in (f"{m.module}.{m.function}" for m in whole.mutants)
            if f"{place}.".startswith(f"{name}.")
        }
        assert inside, name
        assert not inside & left


# --- the equivalents -----------------------------------------------------------------------------


def entry(**other: str) -> Equivalent:
    told = {"module": "m", "function": "f", "before": "x = 1", "after": "x = 2", "reason": "why"}
    return Equivalent(**{**told, **other})


def mutant(**other: object) -> Mutant:
    told = {"module": "m", "function": "f", "line": 3, "operator": "constant", "before": "x = 1"}
    return Mutant(**{**told, "after": "x = 2", "start": 4, "end": 5, "text": "2", **other})


def test_an_equivalent_is_found_by_its_text_whatever_its_line() -> None:
    assert reason_for(mutant(line=77, start=999), [entry()]) == "why"
    for other in ({"module": "n"}, {"function": "g"}, {"before": "y = 1"}, {"after": "x = 0"}):
        assert reason_for(mutant(**other), [entry()]) == ""


def test_an_entry_that_matches_no_line_is_stale() -> None:
    subject = Subject("reference", "reference.values")
    there = subject.mutants[0]
    known = entry(
        module=there.module, function=there.function, before=there.before, after=there.after
    )
    gone = entry(module=there.module)
    elsewhere = entry(module="candidates.polars.loader")
    assert stale(subject, [known, gone, elsewhere]) == (gone,)


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_no_entry_of_the_committed_list_is_stale(subject: Subject) -> None:
    assert stale(subject, equivalents()) == ()


def test_every_entry_of_the_committed_list_is_about_a_loader() -> None:
    modules = {module for subject in SUBJECTS.values() for module in subject.sources}
    assert {entry.module for entry in equivalents()} <= modules


@pytest.mark.parametrize("line", ["reason = ' '", "reason = 'x'\nline = 3", ""])
def test_an_entry_without_a_reason_or_with_another_key_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"reason|line"):
        read_equivalents(f"[[equivalent]]\nmodule='m'\nbefore='a'\nafter='b'\n{line}\n")


# --- the order, the report and the call ----------------------------------------------------------


def test_what_noticed_mutants_of_the_same_module_comes_first() -> None:
    claims = select()
    order = PropertyOrder(claims)
    of_hashing, of_loads = (
        next(c.id for c in reversed(claims) if c.engine == engine)
        for engine in ("distribution", "fastload")
    )
    order.noticed("reference.fastload.rows", of_hashing)
    order.noticed("reference.fastload.end", of_loads)
    order.noticed("reference.fastload.end", of_loads)
    rows = order.of("reference.fastload.rows")
    assert rows[:2] == (of_hashing, of_loads)
    assert next(c.engine for c in claims if c.id == rows[2]) == "fastload"
    assert sorted(rows) == [claimed.id for claimed in claims]
    assert order.of("reference.fastload.end")[0] == of_loads
    assert order.of("reference.distribution.requests")[0] == of_hashing


def told_of(*tried: Tried, argued: dict[int, str] | None = None) -> MutationTest:
    return MutationTest(
        loader="reference",
        profile="quick",
        seed=1,
        mutants=1000,
        tried=tried,
        argued=argued or {},
        stale=(entry(before="y = [1]"),),
    )


KILLED = Tried(mutant=mutant(), fate="killed", killed_by="s.p")
TIMED_OUT = Tried(mutant=mutant(), fate="timed_out", killed_by="s.q")
SURVIVED = Tried(mutant=mutant(before="a = [0]", after="a = [1]"), not_held={"s.r": "inconclusive"})


def test_the_report_counts_those_not_argued_to_be_equivalent() -> None:
    told = told_of(*[KILLED] * 31, TIMED_OUT, SURVIVED, SURVIVED, argued={0: "no", 32: "why"})
    document = as_json(told)
    assert {name: document[name] for name in list(document)[4:11]} == {
        "number": 34,
        "killed": 31,
        "timed_out": 1,
        "survived": 1,
        "argued_equivalent": 1,
        "share_killed": round(32 / 33, 4),
        "killed_by": {"s.p": 31, "s.q": 1},
    }
    assert [one["reason"] for one in document["refuted"]] == ["no"]
    assert document["survivors"][0]["mutant"]["after"] == "a = [1]"
    assert document["stale"][0]["before"] == "y = [1]"
    console = Console(file=io.StringIO(), width=60)
    show(told, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]  # it is the one given above
    assert "survived: m:3 f (constant)\n  - a = [0]\n  + a = [1]\n    s.r is inconclusive" in shown
    assert "argued to be equivalent: m:3 f" in shown
    assert "argued to be equivalent, but noticed by s.p" in shown
    assert "stale, no such line: m f\n  - y = [1]" in shown
    assert "31 killed, 1 timed out, 1 survived, 1 argued to be equivalent; 97.0%" in shown


def test_97_of_100_are_enough() -> None:
    error = Tried(mutant=mutant(), error="KeyError")
    assert told_of(*[KILLED] * 97, *[SURVIVED] * 3).exit_code == ExitCode.CONFORMS
    assert told_of(*[KILLED] * 96, *[SURVIVED] * 3).exit_code == ExitCode.DIFFERS
    assert told_of(SURVIVED, argued={0: "why"}).exit_code == ExitCode.CONFORMS
    assert told_of(*[KILLED] * 97, error).exit_code == ExitCode.HARNESS_ERROR


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--mutants", 0), "at least 1"),
        (("--mutants", 3, "--rule", "FL-02"), "not together with --rule"),
        (("--of", "polars"), "--mutants is not given"),
        (("--mutants", 3, "--of", "nosuch"), "nosuch"),
    ],
)
def test_wrong_calls_are_told(
    arguments: tuple[object, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = call_here("selftest", *arguments, cwd=tmp_path, monkeypatch=monkeypatch)
    assert done.returncode == 2
    assert message in done.stderr


def test_the_call_prints_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int, int, int]] = []

    def measured(subject: Subject, number: int, effort: Effort, jobs: int, _: Report) -> object:
        assert not effort.shrink
        asked.append((subject.name, number, effort.seed, jobs))
        return told_of(KILLED, SURVIVED)

    monkeypatch.setattr("loadproof.commands.selftest.measure", measured)
    arguments = ("selftest", "--mutants", 2, "--of", "polars", "--seed", 5, "--jobs", 3)
    done = call_here(*arguments, "--json", cwd=tmp_path, monkeypatch=monkeypatch)
    assert done.returncode == ExitCode.DIFFERS
    assert json.loads(done.stdout)["share_killed"] == 0.5
    done = call_here(*arguments, cwd=tmp_path, monkeypatch=monkeypatch)
    assert "50.0% of those not argued to be equivalent killed" in done.stdout
    assert asked == [("polars", 2, 5, 3)] * 2
