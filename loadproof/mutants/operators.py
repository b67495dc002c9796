"""The mutation operators: each makes small changes to one node of a module's syntax tree.

They are the usual ones of the literature on mutation testing: relational and boundary operators,
arithmetic, logical connectors, conditions, constants, slice bounds, orders and choices, returned
values, and removed statements.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple, TypeAlias


class Change(NamedTuple):
    """Other text in place of the bytes from ``start`` to ``end`` of a module's source."""

    start: int
    end: int
    text: str


class Source:
    """A module's source, addressed by the nodes of its tree. Raises SyntaxError."""

    def __init__(self, text: str) -> None:
        self.content = text.encode()
        self.tree = ast.parse(text)
        self._lines = [0]
        for line in self.content.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.expr | ast.stmt) -> str:
        return self.content[self.start(node) : self.end(node)].decode()

    def replaced(self, node: ast.expr | ast.stmt, text: str) -> Change:
        return Change(self.start(node), self.end(node), text)

    def lines_around(self, start: int, end: int) -> tuple[int, int]:
        """Where the lines begin and end that hold these bytes."""
        first = self.content.rfind(b"\n", 0, start) + 1
        last = self.content.find(b"\n", end)
        return first, len(self.content) if last < 0 else last

    def line(self, offset: int) -> int:
        """The number of the line that a byte is in, from 1."""
        return self.content.count(b"\n", 0, offset) + 1

    def between(
        self, left: ast.expr, right: ast.expr, pattern: str, replacement: str
    ) -> Iterator[Change]:
        """Other text for what matches between two operands; none where a comment stands there."""
        gap = self.content[self.end(left) : self.start(right)]
        found = re.search(pattern.encode(), gap)
        if found and b"#" not in gap:
            at = self.end(left)
            yield Change(at + found.start(), at + found.end(), replacement)


Operator: TypeAlias = Callable[[Source, ast.AST], Iterator[Change]]

_RELATIONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: (r"\bin\b", "not in"),
    ast.NotIn: (r"\bnot\s+in\b", "in"),
    ast.Is: (r"\bis\b", "is not"),
    ast.IsNot: (r"\bis\s+not\b", "is"),
}

_NEGATED_ELSEWHERE = (ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Is, ast.IsNot)
"""Relations whose other form is their negation."""

_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: (r"\+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: (r"\*", "//"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: (r"\*\*", "*"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: (r"\|", "&"),
    ast.BitXor: (r"\^", "&"),
}

_CHOICES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_SORTS = {"sorted", "sort", "argsort", "arg_sort", "lexsort", "reversed"}

_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant)
"""Expressions that need no parentheses in any place."""


def relational(source: Source, node: ast.AST) -> Iterator[Change]:
    """< to <=, == to !=, in to not in, is to is not, and back."""
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for left, relation, right in zip(operands, node.ops, operands[1:], strict=False):
            yield from source.between(left, right, *_RELATIONS[type(relation)])


def arithmetic(source: Source, node: ast.AST) -> Iterator[Change]:
    """+ to -, * to //, << to >>, & to |, and back, in += and the like too; -x and ~x to x."""
    match node:
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _ARITHMETIC:
            if not (_is_text(left) or _is_text(right)):  # texts can only be joined
                yield from source.between(left, right, *_ARITHMETIC[type(operator)])
        case ast.AugAssign(target=target, op=operator, value=value) if (
            type(operator) in _ARITHMETIC
        ):
            old, new = _ARITHMETIC[type(operator)]
            if not _is_text(value):
                yield from source.between(target, value, f"{old}=", f"{new}=")
        case ast.UnaryOp(op=ast.USub() | ast.Invert(), operand=operand):
            if not isinstance(operand, ast.Constant):
                yield source.replaced(node, _atom(source, operand))


def logical(source: Source, node: ast.AST) -> Iterator[Change]:
    """And to or, and back; not x to x."""
    match node:
        case ast.BoolOp(op=connector, values=values):
            both = ("and", "or") if isinstance(connector, ast.And) else ("or", "and")
            for left, right in pairwise(values):
                yield from source.between(left, right, rf"\b{both[0]}\b", both[1])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield source.replaced(node, _atom(source, operand))


def conditions(source: Source, node: ast.AST) -> Iterator[Change]:
    """The other branch: conditions negated, of if, while, x if c else y, comprehensions, case."""
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            tests = [test]
        case ast.comprehension(ifs=ifs):
            tests = ifs
        case ast.match_case(guard=ast.expr() as guard):
            tests = [guard]
        case _:
            return
    for test in tests:
        match test:
            case ast.Compare(ops=[operator]) if isinstance(operator, _NEGATED_ELSEWHERE):
                pass
            case ast.UnaryOp(op=ast.Not()) | ast.Constant():
                pass
            case _:
                yield source.replaced(test, f"not ({source.text(test)})")


def constants(source: Source, node: ast.AST) -> Iterator[Change]:
    """n to n + 1 and n - 1, True to False and back, an empty text to another."""
    if isinstance(node, ast.Constant):
        match node.value:
            case bool(value):
                yield source.replaced(node, str(not value))
            case int(value) | float(value):
                yield source.replaced(node, str(value + 1))
                yield source.replaced(node, str(value - 1))
            case "":
                yield source.replaced(node, '"x"')
            case b"":
                yield source.replaced(node, 'b"x"')


def slices(source: Source, node: ast.AST) -> Iterator[Change]:
    """Bounds of slices moved by one; those that are constants are changed as constants."""
    if isinstance(node, ast.Slice):
        for bound, step in ((node.lower, "+ 1"), (node.upper, "- 1")):
            if bound is not None and not isinstance(bound, ast.Constant | ast.UnaryOp):
                yield source.replaced(bound, f"{_atom(source, bound)} {step}")


def orders(source: Source, node: ast.AST) -> Iterator[Change]:
    """Sorted the other way round; min to max, any to all, and back."""
    if not isinstance(node, ast.Call):
        return
    name = _called(node)
    if name in _SORTS:
        yield source.replaced(node, f"{source.text(node)}[::-1]")
    elif name in _CHOICES:
        end = source.end(node.func)
        yield Change(end - len(name), end, _CHOICES[name])


def returns(source: Source, node: ast.AST) -> Iterator[Change]:
    """Another value is returned: what the annotation has that is nothing, or the other bool."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.returns is None:
        return
    annotation = ast.unparse(node.returns)
    for inner in _own_statements(node):
        if isinstance(inner, ast.Return) and inner.value is not None:
            text = source.text(inner.value)
            other = f"not ({text})" if annotation == "bool" else _nothing(annotation)
            if other != text and not _changed_elsewhere(inner.value):
                yield source.replaced(inner.value, other)


def statements(source: Source, node: ast.AST) -> Iterator[Change]:
    """A statement is left out: a call, raise, continue, break, return, del or assignment.

    An assignment to a plain name only where the name was bound before in the function: without it,
    there would be no name at all.
    """
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    bound = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
    for inner in _own_statements(node):
        if _can_be_left_out(inner, bound):
            yield source.replaced(inner, "pass")
        bound |= {
            name.id
            for name in ast.walk(inner)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }


def _changed_elsewhere(value: ast.expr) -> bool:
    """Whether other operators already return something else in place of it."""
    compared = isinstance(value, ast.Compare | ast.BoolOp)
    return compared or (isinstance(value, ast.Constant) and isinstance(value.value, bool))


def _can_be_left_out(statement: ast.stmt, bound: set[str]) -> bool:
    match statement:
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            return not is_logging(statement)
        case ast.Raise() | ast.Continue() | ast.Break() | ast.Delete() | ast.AugAssign():
            return True
        case ast.Return(value=None):
            return True
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target, value=ast.expr()):
            return not isinstance(target, ast.Name | ast.Tuple) or (
                isinstance(target, ast.Name) and target.id in bound
            )
    return False


def is_logging(node: ast.AST) -> bool:
    """Whether a statement tells people something, and does nothing else."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name in ("logging", "logger", "warnings")
    return False


def _own_statements(function: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a function in their order, without those of functions in it."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.stmt):
            yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _own_statements(child)


def _nothing(annotation: str) -> str:
    """A value of an annotated type that holds nothing."""
    if "None" in annotation:
        return "None"
    match re.split(r"\W", annotation, maxsplit=1)[0]:
        case "int" | "float":
            return "0"
        case "str":
            return '""'
        case "bytes":
            return 'b""'
        case "tuple":
            return "()"
        case "list" | "Sequence" | "Iterable" | "Collection":
            return "[]"
        case "dict" | "Mapping":
            return "{}"
        case "set" | "frozenset":
            return "set()"
    return "None"


def _called(call: ast.Call) -> str:
    """The last name of what is called; empty when it has none."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _atom(source: Source, node: ast.expr) -> str:
    """The text of an expression, in parentheses where its place could need them."""
    text = source.text(node)
    return text if isinstance(node, _ATOMS) else f"({text})"


def _is_text(node: ast.expr) -> bool:
    texts = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    return texts or isinstance(node, ast.JoinedStr)


OPERATORS: dict[str, Operator] = {
    "relational": relational,
    "arithmetic": arithmetic,
    "logical": logical,
    "condition": conditions,
    "constant": constants,
    "slice": slices,
    "order": orders,
    "return": returns,
    "statement": statements,
}
"""By the names that reports give them; where two make the same change, the first has it."""
