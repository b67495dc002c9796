"""CREATE TABLE: its tree to a table definition (columns, checks, indexes, what hangs on it)."""

from __future__ import annotations

from typing import Any

from lark import Token, Tree

from specs.script.diagnostics import Reporter, nearest
from specs.script.script_text import Span
from specs.sql.dateformats import is_date_format
from specs.sql.literals import LiteralError, check_literal
from specs.sql.tables import (
    MAX_COLUMNS,
    AttachmentKind,
    Column,
    PrimaryIndex,
    RangeCheck,
    TableDefinition,
    TableKind,
)
from specs.sql.types import BYTE_TYPES, ColumnType, ColumnTypeError
from specs.sql.words import TableName, Word, WordReader


def build_definition(
    tree: Tree[Token], table: TableName, kind: TableKind | None, read: WordReader,
    reporter: Reporter,
) -> TableDefinition | None:  # fmt: skip
    """The definition that CREATE TABLE gives, None when there is a mistake in it (reported).

    ``kind`` is None when the statement says neither SET nor MULTISET.
    """
    return _TableBuilder(table, kind, read, reporter).build(tree)


class _TableBuilder:
    """Collects the elements of one CREATE TABLE."""

    def __init__(
        self, table: TableName, kind: TableKind | None, read: WordReader, reporter: Reporter
    ) -> None:
        self._table = table
        self._kind = kind
        self._read = read
        self._reporter = reporter
        self._failed = False
        self._columns: dict[str, dict[str, Any]] = {}
        self._keys: list[tuple[str, list[Word]]] = []
        self._checks: list[tuple[Any, str | None]] = []
        self._attached: list[AttachmentKind] = []
        self._index: PrimaryIndex | None = None
        self._no_index = False
        self._partitioned = False

    def build(self, tree: Tree[Token]) -> TableDefinition | None:
        """The definition, or None when something in it is wrong."""
        for child in tree.children:
            if not isinstance(child, Tree):
                continue
            if child.data == "element":
                part = child.children[0]
                assert isinstance(part, Tree)  # the grammar gives rules here, not tokens
                if part.data == "column":
                    self._column(part)
                else:
                    self._constraint(part.children[1], None)
            else:
                self._index_clause(child)
        for check, column in self._checks:
            self._check(check, column)
        index = self._primary_index()
        if len(self._columns) > MAX_COLUMNS:
            self._error(
                "too-many-columns", self._table.span, f"the table has {len(self._columns)} columns",
                expected=f"at most {MAX_COLUMNS} columns",
            )  # fmt: skip
        if self._failed:
            return None
        name = self._table.name
        return TableDefinition(
            name=f"{self._table.database}.{name}" if self._table.database else name,
            columns=tuple(Column(**facts) for facts in self._columns.values()),
            kind=self._kind or ("SET" if index else "MULTISET"),
            primary_index=index,
            partitioned=self._partitioned,
            attached=tuple(dict.fromkeys(self._attached)),
        )

    def _error(self, code: str, span: Span, message: str, **more: str) -> None:
        self._failed = True
        self._reporter.error(code, span, message, **more)

    # --- columns -----------------------------------------------------------------------------

    def _column(self, tree: Tree[Token]) -> None:
        name = self._read.name(tree.children[0])
        kind = self._type(self._read.type(tree.children[1]))
        folded = name.value.casefold()
        if folded in self._columns:
            self._error(
                "column-twice", name.span, f"the table has a column {name.value} already",
                hint="rename one of the two",
            )  # fmt: skip
            return
        facts: dict[str, Any] = {"name": name.value, "type": str(kind)}
        self._columns[folded] = facts
        for attribute in tree.children[2:]:
            assert isinstance(attribute, Tree)  # the grammar gives rules here, not tokens
            self._attribute(attribute, facts, name, kind)

    def _type(self, word: Word) -> ColumnType:
        try:
            kind = ColumnType.parse(word.value)
        except ColumnTypeError as error:
            self._error("bad-type", word.span, str(error))
            return ColumnType("VARCHAR", length=1)
        if kind.name == "VARIANT":
            self._error("bad-type", word.span, "VARIANT is no type of this database")
        return kind

    def _attribute(self, tree: Tree[Token], facts: dict[str, Any], name: Word, kind: Any) -> None:
        match str(tree.data):
            case "not_null":
                facts["not_null"] = True
            case "default":
                self._default(tree.children[0], facts, kind)
            case "constrained":
                self._constraint(tree.children[1], name)
            case "character_set":
                self._character_set(self._read.name(tree.children[0]), facts)
            case "case_specific":
                facts["case_specific"] = tree.children[0] is None
            case "column_format":
                self._format(self._read.text(tree.children[0]), facts, kind)
            case "refused":
                word = tree.children[0]
                self._error(
                    "unsupported-column", self._read.span(word),
                    f"{str(word).upper()} columns are not supported here",
                    hint="load into a plain column",
                )  # fmt: skip

    def _default(self, value: Any, facts: dict[str, Any], kind: ColumnType) -> None:
        if isinstance(value, Tree) and value.data == "literal":
            facts["default"] = self._read.literal(value)
            # Of any other type a wrong default is found where it is needed, row by row.
            if kind.name in BYTE_TYPES:
                self._literal(value, facts)
        else:
            self._error(
                "unsupported-default", self._read.span(value),
                "only a constant can be a column's default here",
                expected="a number, a quoted text or NULL",
            )  # fmt: skip

    def _character_set(self, name: Word, facts: dict[str, Any]) -> None:
        if name.value.upper() not in ("LATIN", "UNICODE"):
            self._error(
                "unsupported-column", name.span, f"the character set {name.value} is not supported",
                expected="LATIN or UNICODE",
            )  # fmt: skip
        facts["character_set"] = name.value.upper()

    def _format(self, text: Word, facts: dict[str, Any], kind: ColumnType) -> None:
        # Of any other type the format only concerns how values are shown.
        if kind.name != "DATE":
            return
        if not is_date_format(text.value):
            self._error(
                "bad-format", text.span, f"{text.value!r} is not a date format",
                expected="YYYY, YY, MMM, MM, DDD, DD, B and - / . ,",
            )  # fmt: skip
        facts["format"] = text.value

    # --- constraints -------------------------------------------------------------------------

    def _constraint(self, tree: Any, column: Word | None) -> None:
        match str(tree.data):
            case "check_clause":
                self._checks.append((tree, column.value.casefold() if column else None))
            case "column_key" | "column_unique":
                assert column is not None  # the grammar has these after a column only
                kind = "key" if tree.data == "column_key" else "unique"
                self._keys.append((kind, [column]))
            case "key" | "unique":
                names = [self._read.name(name) for name in tree.children[0].children]
                self._keys.append((str(tree.data), names))
            case "foreign_key":
                self._references(tree.children[1])
            case "references":
                self._references(tree)

    def _references(self, tree: Any) -> None:
        # A reference that is not checked (WITH NO CHECK OPTION) does not stand in a load's way.
        if tree.children[0] is None:
            self._attached.append("foreign-key")

    def _check(self, tree: Any, own: str | None) -> None:
        for part in tree.children:
            name = self._read.name(part.children[0])
            folded = name.value.casefold()
            facts = self._columns.get(folded)
            if facts is None or (own is not None and folded != own):
                self._unknown(name, "the CHECK")
                continue
            low, high = self._ends(part, facts)
            known = facts.get("check") or RangeCheck()
            if (low and known.low) or (high and known.high):
                self._error(
                    "unsupported-check", name.span, f"{name.value} has two CHECKs for one end",
                    hint="write one range",
                )  # fmt: skip
            facts["check"] = RangeCheck(low or known.low, high or known.high)

    def _literal(self, literal: Any, facts: dict[str, Any]) -> str | None:
        """The text of a constant that is compared with a column's values; None for NULL."""
        text = self._read.literal(literal)
        if text is not None:
            try:
                check_literal(text, ColumnType.parse(facts["type"]))
            except LiteralError as error:
                span = self._read.span(literal)
                self._error("bad-literal", span, error.found, expected=error.expected)
        return text

    def _ends(self, part: Any, facts: dict[str, Any]) -> tuple[str | None, str | None]:
        literals = [self._literal(child, facts) for child in part.children
                    if isinstance(child, Tree) and child.data == "literal"]  # fmt: skip
        if None in literals:
            self._error("unsupported-check", self._read.span(part), "a CHECK compares no NULL")
            return None, None
        if part.data == "between":
            return literals[0], literals[1]
        operator = next(child for child in part.children if isinstance(child, Token))
        if operator == ">=":
            return literals[0], None
        if operator == "<=":
            return None, literals[0]
        if operator == "=":
            return literals[0], literals[0]
        self._error(
            "unsupported-check", self._read.span(operator),
            f"a CHECK with {operator} is not supported here", expected="BETWEEN, >=, <= or =",
        )  # fmt: skip
        return None, None

    # --- indexes -----------------------------------------------------------------------------

    def _index_clause(self, tree: Tree[Token]) -> None:
        match str(tree.data):
            case "primary_index":
                if self._index or self._no_index:
                    self._error(
                        "index-twice", self._read.span(tree), "the table has two primary indexes"
                    )
                names = self._known(tree.children[-1])
                self._index = PrimaryIndex(names, unique=tree.children[0] is not None)
            case "no_primary_index":
                self._no_index = True
            case "secondary_index":
                self._known(tree.children[-1])
                self._attached.append("secondary-index")
            case "partition":
                self._partitioned = True

    def _known(self, names: Any) -> tuple[str, ...]:
        return self._spelled([self._read.name(name) for name in names.children])

    def _spelled(self, names: list[Word]) -> tuple[str, ...]:
        """The columns' own spelling of names; an unknown one is reported."""
        found: list[str] = []
        for name in names:
            facts = self._columns.get(name.value.casefold())
            if facts is None:
                self._unknown(name, "the index")
            else:
                found.append(facts["name"])
        return tuple(found)

    def _unknown(self, name: Word, where: str) -> None:
        spellings = [facts["name"] for facts in self._columns.values()]
        meant = nearest(name.value, spellings)
        self._error(
            "unknown-column", name.span, f"{where} names {name.value}, which is no column of it",
            expected=", ".join(spellings), hint=f"did you mean {meant}?" if meant else "",
        )  # fmt: skip

    def _primary_index(self) -> PrimaryIndex | None:
        """The primary index, a key standing in for a missing one, as the database chooses it."""
        keys = sorted(self._keys, key=lambda key: key[0] != "key")
        for _, names in keys:
            spelled = self._spelled(names)
            for name in names:
                if not self._columns.get(name.value.casefold(), {"not_null": True}).get("not_null"):
                    self._error(
                        "nullable-key", name.span,
                        f"{name.value} is in a PRIMARY KEY or UNIQUE constraint and may be NULL",
                        expected=f"{name.value} ... NOT NULL", rule="HD-16",
                    )  # fmt: skip
            if self._index is None and not self._no_index and spelled:
                self._index = PrimaryIndex(spelled, unique=True)
            elif self._index != PrimaryIndex(spelled, unique=True):
                # A key beside a primary index is kept by a unique secondary index.
                self._attached.append("secondary-index")
        if self._no_index:
            if self._kind == "SET":
                self._reporter.warning(
                    "set-without-index", self._table.span,
                    "a table with no primary index is never SET: nothing finds its duplicates",
                    expected="CREATE MULTISET TABLE",
                )  # fmt: skip
            return None
        if self._index is None and self._columns:
            first = next(iter(self._columns.values()))
            return PrimaryIndex((first["name"],))
        return self._index
