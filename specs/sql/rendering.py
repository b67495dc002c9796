"""Rendering: definitions, statements and expressions as the text of SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable

from specs.sql.expressions import (
    Between,
    Binary,
    Call,
    Case,
    Cast,
    ColumnRef,
    Comparison,
    Expression,
    FieldRef,
    In,
    IsNull,
    Like,
    Literal,
    Logical,
    Metadata,
    Null,
    PathRef,
    PositionRef,
    Unary,
    literal_of,
)
from specs.sql.statements import DeleteRows, DropTable
from specs.sql.tables import Column, TableDefinition

EXPRESSION_KEYWORDS = frozenset(
    {
        *("AND", "BETWEEN", "CASE", "CAST", "ELSE", "END", "ESCAPE", "FALSE", "FORMAT", "ILIKE"),
        *("IN", "IS", "LIKE", "MOD", "NOT", "NULL", "OR", "THEN", "TRUE", "TRY_CAST", "WHEN"),
        *("DATE", "TIME", "TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"),
    }
)
"""What the text of an expression may hold that is no name."""

_PLAIN_NAME = re.compile(r"[A-Za-z_#$][A-Za-z0-9_#$]*")
_WITHOUT_PARENTHESES = frozenset({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"})

# How tightly an expression holds together; a looser one inside a tighter one needs parentheses.
_OR, _AND, _NOT, _PREDICATE, _SUM, _PRODUCT, _SIGN, _ATOM = range(8)


class RenderError(ValueError):
    """Something that the text of a script cannot say."""


def quoted(text: str, quote: str = "'") -> str:
    """A text between quotation marks; raises `RenderError` when it has a line end."""
    if "\n" in text:
        raise RenderError(f"{text!r} has a line end, which no quoted text can hold")
    return quote + text.replace(quote, quote * 2) + quote


class SqlRenderer:
    """Writes SQL in which no name is taken for one of ``keywords`` (upper case): it is quoted."""

    def __init__(self, keywords: frozenset[str]) -> None:
        self._keywords = keywords

    def name(self, name: str) -> str:
        """A column's or field's name, in quotation marks where it needs them."""
        if _PLAIN_NAME.fullmatch(name) and name.upper() not in self._keywords:
            return name
        return quoted(name, '"')

    def table(self, name: str) -> str:
        """A table's name, its database before it if there is one."""
        parts = name.split(".")
        if len(parts) > 2:
            raise RenderError(f"{name} has more than a database and a table in it")
        return ".".join(self.name(part) for part in parts)

    # --- statements, without the final semicolon -------------------------------------------------

    def create_table(self, definition: TableDefinition) -> str:
        """CREATE TABLE. Raises `RenderError`.

        View, join index, hash index and trigger are no part of CREATE TABLE.
        """
        if definition.view:
            raise RenderError(f"{definition.name} is a view; CREATE TABLE cannot make one")
        first = self.name(definition.columns[0].name)
        parts = [self._column(column) for column in definition.columns]
        after: list[str] = []
        index = definition.primary_index
        if index is None:
            after.append("NO PRIMARY INDEX")
        else:
            unique = "UNIQUE " if index.unique else ""
            after.append(f"{unique}PRIMARY INDEX ({', '.join(map(self.name, index.columns))})")
        if definition.partitioned:
            after.append(f"PARTITION BY RANGE_N({first} BETWEEN 0 AND 99 EACH 1)")
        for kind in definition.attached:
            if kind == "secondary-index":
                after.append(f"INDEX ({first})")
            elif kind == "foreign-key":
                parts.append(f"FOREIGN KEY ({first}) REFERENCES parent ({first})")
            else:
                raise RenderError(f"{definition.name} has a {kind}, which CREATE TABLE cannot make")
        body = ",\n".join("    " + part for part in parts)
        head = f"CREATE {definition.kind} TABLE {self.table(definition.name)}"
        return f"{head} (\n{body}\n) " + "\n".join(after)

    def drop_table(self, step: DropTable) -> str:
        """DROP TABLE."""
        return f"DROP TABLE {self.table(step.table)}"

    def delete_rows(self, step: DeleteRows) -> str:
        """DELETE."""
        condition = step.condition
        which = "ALL" if condition is None else f"WHERE {self.expression(condition)}"
        return f"DELETE FROM {self.table(step.table)} {which}"

    def _column(self, column: Column) -> str:
        words = [self.name(column.name), column.type]
        character = column.column_type.is_character
        if character or column.character_set != "UNICODE":
            words.append(f"CHARACTER SET {column.character_set}")
        if character or column.case_specific:
            words.append("CASESPECIFIC" if column.case_specific else "NOT CASESPECIFIC")
        if column.format is not None:
            words.append(f"FORMAT {quoted(column.format)}")
        if column.not_null:
            words.append("NOT NULL")
        if column.default is not None:
            words.append(f"DEFAULT {self.expression(literal_of(column.default))}")
        check = column.check and column.check.condition(column.name)
        if check:
            words.append(f"CHECK ({self.expression(check)})")
        return " ".join(words)

    # --- expressions -----------------------------------------------------------------------------

    def expression(self, node: Expression) -> str:
        """The text of an expression, with the parentheses it needs. Raises `RenderError`."""
        match node:
            case Literal(kind="number" | "boolean"):
                return node.text
            case Literal(kind="string"):
                return quoted(node.text)
            case Literal():
                return f"{node.kind.upper()} {quoted(node.text)}"
            case Null():
                return "NULL"
            case ColumnRef():
                table = "" if node.table is None else self.table(node.table) + "."
                return table + self.name(node.name)
            case FieldRef():
                return ":" + self.name(node.name)
            case PositionRef():
                return f"${node.position}"
            case Metadata():
                return f"METADATA${node.name}"
            case PathRef():
                return self._within(node.base, _ATOM) + self._steps(node.steps)
            case Unary(operator="NOT"):
                return f"NOT {self._within(node.operand, _PREDICATE)}"
            case Unary():
                return node.operator + self._within(node.operand, _ATOM)
            case Binary():
                return self._binary(node)
            case Comparison():
                return f"{self._value(node.left)} {node.operator} {self._value(node.right)}"
            case Logical():
                tightness = _AND if node.operator == "OR" else _NOT
                parts = [self._within(operand, tightness) for operand in node.operands]
                return f" {node.operator} ".join(parts)
            case IsNull() | In() | Between() | Like():
                return self._predicate(node)
            case Case():
                return self._case(node)
            case Cast():
                word = "TRY_CAST" if node.lenient else "CAST"
                form = "" if node.format is None else f" FORMAT {quoted(node.format)}"
                return f"{word}({self._value(node.operand)} AS {node.type}{form})"
            case Call():
                if not node.arguments and node.function.upper() in _WITHOUT_PARENTHESES:
                    return node.function
                return f"{node.function}({self._listed(node.arguments)})"

    def _predicate(self, node: IsNull | In | Between | Like) -> str:
        negation = "NOT " if node.negated else ""
        operand = self._value(node.operand)
        match node:
            case IsNull():
                return f"{operand} IS {negation}NULL"
            case In():
                return f"{operand} {negation}IN ({self._listed(node.choices)})"
            case Between():
                ends = f"{self._value(node.low)} AND {self._value(node.high)}"
                return f"{operand} {negation}BETWEEN {ends}"
            case Like():
                word = "ILIKE" if node.ignore_case else "LIKE"
                escape = "" if node.escape is None else f" ESCAPE {self._value(node.escape)}"
                return f"{operand} {negation}{word} {self._value(node.pattern)}{escape}"

    def _binary(self, node: Binary) -> str:
        tightness = _tightness(node)
        left = self._part(node, node.left, tightness)
        return f"{left} {node.operator} {self._part(node, node.right, tightness + 1)}"

    def _part(self, outer: Binary, inner: Expression, tightness: int) -> str:
        # Databases differ in how tightly || holds beside arithmetic.
        if isinstance(inner, Binary) and (outer.operator == "||") != (inner.operator == "||"):
            tightness = _SIGN
        return self._within(inner, tightness)

    def _case(self, node: Case) -> str:
        words = ["CASE"]
        if node.operand is not None:
            words.append(self._value(node.operand))
        for branch in node.branches:
            condition, result = self.expression(branch.condition), self.expression(branch.result)
            words.append(f"WHEN {condition} THEN {result}")
        if node.otherwise is not None:
            words.append(f"ELSE {self.expression(node.otherwise)}")
        return " ".join([*words, "END"])

    def _steps(self, steps: Iterable[str | int]) -> str:
        parts = [f"[{s}]" if isinstance(s, int) else f".{self.name(s)}" for s in steps]
        return ":" + "".join(parts)[1:]

    def _listed(self, nodes: Iterable[Expression]) -> str:
        return ", ".join(map(self.expression, nodes))

    def _value(self, node: Expression) -> str:
        """An operand of a predicate: a condition in its place needs parentheses."""
        return self._within(node, _SUM)

    def _within(self, node: Expression, tightness: int) -> str:
        text = self.expression(node)
        return f"({text})" if _tightness(node) < tightness else text


def _tightness(node: Expression) -> int:
    match node:
        case Logical():
            return _OR if node.operator == "OR" else _AND
        case Unary():
            return _NOT if node.operator == "NOT" else _SIGN
        case Comparison() | IsNull() | In() | Between() | Like():
            return _PREDICATE
        case Binary():
            return _PRODUCT if node.operator in ("*", "/", "MOD") else _SUM
        case Literal(kind="number") if node.text[0] in "+-":
            return _SIGN
        case _:
            return _ATOM
