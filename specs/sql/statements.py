"""Statements that every Teradata job may hold beside its loads: CREATE, DROP, DELETE."""

from __future__ import annotations

from specs.document import Document
from specs.sql.expressions import ColumnRef, Comparison, Expression, IsNull, Literal
from specs.sql.tables import TableDefinition


class CreateTable(Document, frozen=True, kw_only=True, tag_field="step", tag="create-table"):
    """CREATE TABLE; refused when the name is taken."""

    definition: TableDefinition


class DropTable(Document, frozen=True, kw_only=True, tag_field="step", tag="drop-table"):
    """DROP TABLE; a missing table is a warning, as drop lines open most scripts."""

    table: str


class DeleteRows(Document, frozen=True, kw_only=True, tag_field="step", tag="delete-rows"):
    """DELETE FROM table [WHERE column = value].

    Without ``column`` every row goes. ``value`` is the literal's text in the column's own
    canonical form; None deletes the rows in which the column is NULL.
    """

    table: str
    column: str | None = None
    value: str | None = None

    @property
    def condition(self) -> Expression | None:
        """What WHERE says; None without WHERE."""
        if self.column is None:
            return None
        column = ColumnRef(self.column)
        if self.value is None:
            return IsNull(column)
        return Comparison("=", column, Literal("string", self.value))
