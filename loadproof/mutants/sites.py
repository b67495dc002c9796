"""Where a loader's modules can be changed: every mutant there is, and a sample of them."""

from __future__ import annotations

import ast
import importlib.util
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from candidates.reach import BUILT_IN, InProcess
from loadproof.mutants.operators import OPERATORS, Change, Source, is_logging


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One small change to one module.

    ``function`` is the qualified name of the function or class that the change is in, empty at
    the top of the module; ``before`` and ``after`` are the changed lines, joined to one; the bytes
    from ``start`` to ``end`` of the module become ``text``.
    """

    module: str
    function: str
    line: int
    operator: str
    before: str
    after: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Subject:
    """A loader of ours that mutants are made of.

    ``left_out`` are modules, and functions and classes of them, whose change no job can show.
    """

    name: str
    package: str
    left_out: frozenset[str] = field(default_factory=frozenset)

    @property
    def place(self) -> InProcess:
        return BUILT_IN[self.name]

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """The module's names and sources, in the order of the names."""
        spec = importlib.util.find_spec(self.package)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        root = Path(spec.submodule_search_locations[0])
        found: dict[str, Source] = {}
        for path in root.rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join((self.package, *(part for part in parts if part != "__init__")))
            if name not in self.left_out:
                found[name] = Source(path.read_text(encoding="utf-8"))
        return dict(sorted(found.items()))

    @cached_property
    def mutants(self) -> tuple[Mutant, ...]:
        """Every mutant, in the order of the modules and of their lines."""
        return tuple(
            mutant
            for module, source in self.sources.items()
            for mutant in mutants(module, source)
            if not self._leaves_out(f"{module}.{mutant.function}")
        )

    def sample(self, number: int, seed: int) -> tuple[Mutant, ...]:
        """That many mutants, or all if there are fewer: of each module its share, by the seed."""
        by_module: dict[str, list[Mutant]] = {}
        for mutant in self.mutants:
            by_module.setdefault(mutant.module, []).append(mutant)
        shares = _shares({name: len(found) for name, found in by_module.items()}, number)
        chosen: list[Mutant] = []
        for name, found in by_module.items():
            picked = random.Random(f"{seed}:{name}").sample(found, shares[name])
            chosen += sorted(picked, key=_place)
        return tuple(chosen)

    def mutated(self, mutant: Mutant) -> str:
        """The source of the mutant's module with its change."""
        content = self.sources[mutant.module].content
        return (content[: mutant.start] + mutant.text.encode() + content[mutant.end :]).decode()

    def _leaves_out(self, place: str) -> bool:
        return any(f"{place}.".startswith(f"{name}.") for name in self.left_out)


SUBJECTS = {
    "reference": Subject(
        "reference",
        "reference",
        # what the harness alone runs
        frozenset(
            {
                "reference.execution",
                "reference.fastload.analysis",
                "reference.storage.hashing.hash_vectors",
                "reference.workspace.MemoryWorkspace",
            }
        ),
    ),
    "polars": Subject(
        "polars",
        "candidates.polars",
        # how fast it is, and what it is called
        frozenset(f"candidates.polars.{name}" for name in ("settings", "timing", "version")),
    ),
}
"""By the names of the built-in loaders."""


def mutants(module: str, source: Source) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines; none twice."""
    seen: set[tuple[str, str, int]] = set()
    found: list[Mutant] = []
    for function, node in _nodes(source.tree, ""):
        for operator, changes in OPERATORS.items():
            for change in changes(source, node):
                mutant = _mutant(module, function, operator, source, change)
                identity = (mutant.before, mutant.after, mutant.line)
                if identity not in seen and mutant.before != mutant.after:
                    seen.add(identity)
                    found.append(mutant)
    yield from sorted(found, key=_place)


def _place(mutant: Mutant) -> tuple[int, int, str]:
    return mutant.start, mutant.end, mutant.text


def _mutant(module: str, function: str, operator: str, source: Source, change: Change) -> Mutant:
    first, last = source.lines_around(change.start, change.end)
    head, tail = source.content[first : change.start], source.content[change.end : last]
    return Mutant(
        module=module,
        function=function,
        line=source.line(change.start),
        operator=operator,
        before=_one_line(source.content[first:last]),
        after=_one_line(head + change.text.encode() + tail),
        start=change.start,
        end=change.end,
        text=change.text,
    )


def _one_line(lines: bytes) -> str:
    return " ".join(lines.decode().split())


def _nodes(node: ast.AST, function: str) -> Iterator[tuple[str, ast.AST]]:
    """The nodes whose change could change behaviour, with the name of what they are in."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        function = f"{function}.{node.name}".lstrip(".")
    yield function, node
    for child in _children(node):
        if not _is_left_out(child):
            yield from _nodes(child, function)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Without annotations, decorators, base classes and the types of casts."""
    match node:
        case ast.FunctionDef(args=arguments, body=body):
            yield from (*arguments.defaults, *filter(None, arguments.kw_defaults), *body)
        case ast.ClassDef(body=body):
            yield from body
        case ast.AnnAssign(value=value):
            yield from filter(None, [value])
        case ast.Call(func=ast.Name(id="cast"), args=[_, value]):
            yield value
        case _:
            yield from ast.iter_child_nodes(node)


def _is_left_out(node: ast.AST) -> bool:
    """What says something to people or to a type checker, and decides nothing."""
    match node:
        case ast.JoinedStr() | ast.Assert() | ast.Import() | ast.ImportFrom():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
    return is_logging(node)


def _shares(sizes: Mapping[str, int], number: int) -> dict[str, int]:
    """``number`` divided in proportion to the sizes, the largest remainders rounded up."""
    total = sum(sizes.values())
    number = min(number, total)
    shares = {name: number * size // total for name, size in sizes.items()}
    left = number - sum(shares.values())
    by_remainder = sorted(sizes, key=lambda name: (-(number * sizes[name] % total), name))
    for name in by_remainder[:left]:
        shares[name] += 1
    return shares
