"""Expressions: the tree behind SET, WHERE, CASE, CHECK and the transforms of COPY.

A tree says what was written. What it means (types, NULL, rounding, collation) is up to the engine
that evaluates it. Each node is one JSON object with its name under ``node``; numbers are text, so
that 1.10 stays 1.10. Trees are equal when all their parts are.

No tree is deeper than `MAX_DEPTH`: a deeper one cannot be made, so code that walks a tree may
recurse. Long conjunctions are no problem, since AND and OR take any number of operands.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from functools import cached_property

import msgspec

MAX_DEPTH = 100
"""Most nodes on the way from the root of a tree to a leaf, both counted."""

LiteralKind = typing.Literal["number", "string", "date", "time", "timestamp", "boolean"]
UnaryOperator = typing.Literal["-", "+", "NOT"]
BinaryOperator = typing.Literal["+", "-", "*", "/", "MOD", "||"]
ComparisonOperator = typing.Literal["=", "<>", "<", "<=", ">", ">="]
MetadataName = typing.Literal[
    "FILENAME", "FILE_ROW_NUMBER", "FILE_CONTENT_KEY", "FILE_LAST_MODIFIED", "START_SCAN_TIME"
]

_NUMBER = re.compile(r"[+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?", re.ASCII)
_FUNCTION = re.compile(r"[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)*", re.ASCII)
_TYPE = re.compile(
    r"[A-Za-z_]\w*(?: [A-Za-z_]\w*)*(?:\(\d+(?:,\d+)?\))?(?: [A-Za-z_]\w*)*", re.ASCII
)


class ExpressionError(ValueError):
    """An expression that says nothing: a number that is none, a CASE without a WHEN."""


class ExpressionDepthError(ExpressionError):
    """An expression deeper than `MAX_DEPTH`."""


class ExpressionNode(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="node", dict=True
):
    """What all nodes can do. Making one raises `ExpressionError`, decoding ``ValidationError``."""

    def __post_init__(self) -> None:
        if self.depth > MAX_DEPTH:
            raise ExpressionDepthError(
                f"the expression is nested more than {MAX_DEPTH} deep; write it in smaller parts"
            )

    @cached_property
    def depth(self) -> int:
        """Nodes on the longest way down from here, this one counted."""
        return 1 + max((child.depth for child in self.children), default=0)

    @property
    def children(self) -> tuple[Expression, ...]:
        """The expressions this one is made of, in the order they are written."""
        found: list[Expression] = []
        for field in self.__struct_fields__:
            value = getattr(self, field)
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, When):
                    found += (item.condition, item.result)
                elif isinstance(item, ExpressionNode):
                    found.append(typing.cast("Expression", item))
        return tuple(found)


# --- leaves ------------------------------------------------------------------------------------


class Literal(ExpressionNode, frozen=True, tag="literal"):
    """A constant other than NULL: its text without quotation marks, and what it is written as.

    A number may have a sign, a fraction and an exponent; a boolean is TRUE or FALSE.
    """

    kind: LiteralKind
    text: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind == "number" and not _NUMBER.fullmatch(self.text):
            raise ExpressionError(f"{self.text!r} is no number")
        if self.kind == "boolean" and self.text not in ("TRUE", "FALSE"):
            raise ExpressionError(f"{self.text!r} is neither TRUE nor FALSE")


class Null(ExpressionNode, frozen=True, tag="null"):
    """NULL."""


class ColumnRef(ExpressionNode, frozen=True, tag="column"):
    """A column, spelled as its definition spells it; ``table`` None when it is not qualified."""

    name: str
    table: str | None = None


class FieldRef(ExpressionNode, frozen=True, tag="field"):
    """``:name``, a field of the record that is loaded."""

    name: str


class PositionRef(ExpressionNode, frozen=True, tag="position"):
    """``$3``, a field of a staged record by its position from 1."""

    position: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.position < 1:
            raise ExpressionError(f"fields count from 1, so there is no ${self.position}")


class Metadata(ExpressionNode, frozen=True, tag="metadata"):
    """``METADATA$name``, a fact about the file or the record that is loaded."""

    name: MetadataName


# --- what is made of others --------------------------------------------------------------------


class PathRef(ExpressionNode, frozen=True, tag="path"):
    """``base:name.name[0]``, a part of a semi-structured value: names and indexes from 0."""

    base: Expression
    steps: tuple[str | int, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.steps or not isinstance(self.steps[0], str):
            raise ExpressionError("a path starts with a name, as in $1:name")
        if any(isinstance(step, int) and step < 0 for step in self.steps):
            raise ExpressionError("an index in a path is 0 or more")


class Unary(ExpressionNode, frozen=True, tag="unary"):
    """A sign, or NOT."""

    operator: UnaryOperator
    operand: Expression


class Binary(ExpressionNode, frozen=True, tag="binary"):
    """Arithmetic, or ``||`` for concatenation."""

    operator: BinaryOperator
    left: Expression
    right: Expression


class Comparison(ExpressionNode, frozen=True, tag="comparison"):
    """Two values compared."""

    operator: ComparisonOperator
    left: Expression
    right: Expression


class Logical(ExpressionNode, frozen=True, tag="logical"):
    """Two or more conditions joined by AND or by OR."""

    operator: typing.Literal["AND", "OR"]
    operands: tuple[Expression, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.operands) < 2:
            raise ExpressionError(f"{self.operator} joins two conditions or more")


class IsNull(ExpressionNode, frozen=True, tag="is-null"):
    """IS NULL, ``negated`` IS NOT NULL."""

    operand: Expression
    negated: bool = False


class In(ExpressionNode, frozen=True, tag="in"):
    """IN (choices), ``negated`` NOT IN."""

    operand: Expression
    choices: tuple[Expression, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.choices:
            raise ExpressionError("IN takes one choice or more")


class Between(ExpressionNode, frozen=True, tag="between"):
    """BETWEEN low AND high, both ends included; ``negated`` NOT BETWEEN."""

    operand: Expression
    low: Expression
    high: Expression
    negated: bool = False


class Like(ExpressionNode, frozen=True, tag="like"):
    """LIKE pattern [ESCAPE escape]; ``ignore_case`` ILIKE, ``negated`` NOT LIKE."""

    operand: Expression
    pattern: Expression
    escape: Expression | None = None
    ignore_case: bool = False
    negated: bool = False


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A branch of CASE: WHEN condition THEN result. No expression of its own."""

    condition: Expression
    result: Expression


class Case(ExpressionNode, frozen=True, tag="case"):
    """CASE [operand] WHEN .. THEN .. [ELSE otherwise] END."""

    operand: Expression | None
    branches: tuple[When, ...]
    otherwise: Expression | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.branches:
            raise ExpressionError("CASE takes one WHEN or more")


class Cast(ExpressionNode, frozen=True, tag="cast"):
    """CAST(operand AS type [FORMAT format]); ``lenient`` TRY_CAST, which gives NULL for an error.

    ``type`` is the type's text, e.g. ``DECIMAL(9,2)``; which types there are differs by engine.
    """

    operand: Expression
    type: str
    format: str | None = None
    lenient: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _TYPE.fullmatch(self.type):
            raise ExpressionError(f"{self.type!r} is no type; write it as in DECIMAL(9,2)")


class Call(ExpressionNode, frozen=True, tag="call"):
    """A function and its arguments, spelled as written."""

    function: str
    arguments: tuple[Expression, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _FUNCTION.fullmatch(self.function):
            raise ExpressionError(f"{self.function!r} is no name of a function")


Expression = (
    Literal
    | Null
    | ColumnRef
    | FieldRef
    | PositionRef
    | Metadata
    | PathRef
    | Unary
    | Binary
    | Comparison
    | Logical
    | IsNull
    | In
    | Between
    | Like
    | Case
    | Cast
    | Call
)


# --- going through a tree ----------------------------------------------------------------------


def walk(expression: Expression) -> Iterator[Expression]:
    """Every node of a tree in the order it is written, each before its parts."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def fields_of(expression: Expression) -> tuple[str, ...]:
    """Names of the fields (``:name``) in a tree, each once, in the order they are written."""
    return tuple(dict.fromkeys(n.name for n in walk(expression) if isinstance(n, FieldRef)))


def columns_of(expression: Expression) -> tuple[str, ...]:
    """Names of the columns in a tree, each once, in the order they are written."""
    return tuple(dict.fromkeys(n.name for n in walk(expression) if isinstance(n, ColumnRef)))


def literal_of(text: str) -> Literal:
    """The literal that a definition keeps as text only: a number if it reads as one, or a string.

    Raises nothing: every text is a string.
    """
    return Literal("number" if _NUMBER.fullmatch(text) else "string", text)
