"""The tables a script can know: given ones, created ones, and how their names are spelled."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from specs.fastload.commands import TableName
from specs.fastload.plan import FastLoadStep, Load, ReleaseLoad
from specs.script.diagnostics import nearest
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import TableDefinition


class Tables:
    """Tables while the script is read from top to bottom. Names are looked up by letter only."""

    def __init__(self, existing: Mapping[str, TableDefinition]) -> None:
        self.database: str | None = None
        self._existing = {
            name.casefold(): definition
            if definition.name.casefold() == name.casefold()
            else msgspec.structs.replace(definition, name=name)
            for name, definition in existing.items()
        }
        self._present = dict(self._existing)
        self._known = dict(self._existing)
        self._created: dict[str, int] = {}
        self._failed: set[str | None] = set()
        self.used: dict[str, TableDefinition] = {}

    def qualified(self, table: TableName) -> str:
        """The name with its database, the default one when there is one (FL-23)."""
        database = table.database or self.database
        return f"{database}.{table.name}" if database else table.name

    def create(self, definition: TableDefinition, line: int) -> None:
        folded = definition.name.casefold()
        self._present[folded] = self._known[folded] = definition
        self._created[folded] = line

    def fail(self, name: str | None) -> None:
        """Remember a CREATE TABLE with mistakes; None when not even its name could be read."""
        self._failed.add(name and name.casefold())

    def is_failed(self, name: str) -> bool:
        """Whether a table is unknown only because of a mistake that is reported elsewhere."""
        return None in self._failed or name.casefold() in self._failed

    def drop(self, name: str) -> None:
        self._present.pop(name.casefold(), None)
        self._created.pop(name.casefold(), None)
        self._note(name)

    def known(self, name: str) -> TableDefinition | None:
        """The last definition of that name, dropped or not."""
        self._note(name)
        return self._known.get(name.casefold())

    def is_there(self, name: str) -> bool:
        return name.casefold() in self._present

    def created_at(self, name: str) -> int | None:
        """Line of the CREATE TABLE that made this table, None when the script did not."""
        return self._created.get(name.casefold())

    def nearest(self, name: str) -> str | None:
        """A known name that this one is likely to be a slip of."""
        spellings = [definition.name for definition in self._known.values()]
        found = nearest(name, spellings)
        if found is None:
            last = name.casefold().rpartition(".")[2]
            same = [s for s in spellings if s.casefold().rpartition(".")[2] == last]
            found = same[0] if same else None
        return found

    def _note(self, name: str) -> None:
        existing = self._existing.get(name.casefold())
        if existing is not None:
            self.used[existing.name] = existing

    def respelled(self, steps: list[FastLoadStep]) -> tuple[FastLoadStep, ...]:
        """The steps with every table spelled as its definition, else as BEGIN LOADING spells it."""
        spelling = {folded: definition.name for folded, definition in self._known.items()}
        for step in steps:
            if isinstance(step, Load | ReleaseLoad):
                for name in (step.target, step.error_table_1, step.error_table_2):
                    spelling.setdefault(name.casefold(), name)

        def spelled(name: str) -> str:
            return spelling.setdefault(name.casefold(), name)

        result: list[FastLoadStep] = []
        for step in steps:
            match step:
                case CreateTable():
                    result.append(step)
                case DropTable() | DeleteRows():
                    result.append(msgspec.structs.replace(step, table=spelled(step.table)))
                case Load() | ReleaseLoad():
                    renamed = msgspec.structs.replace(
                        step,
                        target=spelled(step.target),
                        error_table_1=spelled(step.error_table_1),
                        error_table_2=spelled(step.error_table_2),
                    )
                    result.append(renamed)
        return tuple(result)
