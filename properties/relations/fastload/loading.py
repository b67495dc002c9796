"""A completed load against what is true of each of its records; several outcomes may be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import reference
from properties.engine.observed import Observed, Row
from properties.relations.fastload import accounting, duplicates, faults, unique_keys
from properties.relations.fastload.faults import FaultyRecord
from properties.relations.fastload.unique_keys import Arrival
from properties.relations.shared import content
from properties.relations.shared.answers import completed, table_of
from reference.execution import BundleFiles
from reference.fastload.records import source_records
from specs.contract import Edition
from specs.contract.directories import CaseBundle, definition_of
from specs.fastload.error_tables import MAX_FIELD_NAME, error_table_1_schema
from specs.fastload.plan import Load
from specs.fastload.report import LoadReport
from specs.sql.statements import CreateTable
from specs.sql.tables import TableDefinition


@dataclass(frozen=True)
class ExpectedLoad:
    """One load of a case: its plan, its target, and the facts of every processed record.

    ``read`` counts all records of its inputs, ``position`` is that of the load among the case's
    loads.
    """

    load: Load
    position: int
    definition: TableDefinition
    edition: Edition
    read: int
    facts: Sequence[reference.RecordFacts]

    @cached_property
    def faulty(self) -> list[FaultyRecord]:
        """The records that belong into error table 1."""
        return [
            FaultyRecord(
                fact.record.data, frozenset((fault.code, fault.field) for fault in fact.faults)
            )
            for fact in self.facts
            if fact.faults
        ]

    @cached_property
    def arrived(self) -> list[Arrival]:
        """The rows without faults in input order."""
        return [
            Arrival(fact.row, fact.record.data, (2794, self._key_field(fact.record.input)))
            for fact in self.facts
            if fact.row is not None and not fact.faults
        ]

    @property
    def rows(self) -> list[Row]:
        return [arrival.row for arrival in self.arrived]

    @property
    def unique(self) -> bool:
        index = self.definition.primary_index
        return index is not None and index.unique

    @property
    def record_given(self) -> bool:
        return any(i.start is not None or i.thru is not None for i in self.load.inputs)

    def _key_field(self, at: int) -> str | None:
        index = self.definition.primary_index
        if index is None:
            return None
        key = index.columns[0].casefold()
        for assignment in self.load.inputs[at].assignments:
            if assignment.column.casefold() == key:
                return assignment.field[:MAX_FIELD_NAME]
        return self.definition.column(key).name[:MAX_FIELD_NAME]


def expected_loads(bundle: CaseBundle) -> list[ExpectedLoad]:
    """What is expected of every load of a case that the reference completes, in order."""
    steps = bundle.case.steps
    loads: list[ExpectedLoad] = []
    for at, step in enumerate(steps):
        if isinstance(step, Load):
            read = sum(1 for _ in source_records(step, bundle.case, BundleFiles(bundle)))
            loads.append(
                ExpectedLoad(
                    step,
                    len(loads),
                    definition_of_table(bundle, step.target),
                    bundle.case.edition,
                    read,
                    reference.analyse(bundle, at),
                )
            )
    return loads


def definition_of_table(bundle: CaseBundle, name: str) -> TableDefinition:
    """The definition under which a table is loaded: of its CREATE TABLE, else as it exists."""
    for step in bundle.case.steps:
        if isinstance(step, CreateTable) and step.definition.name == name:
            return step.definition
    return definition_of(bundle.tables[name].schema)


def report_of(expected: ExpectedLoad, observed: Observed) -> LoadReport:
    """The candidate's report on a load. Raises `Difference` without one."""
    return accounting.report_on(expected.load.target, observed, expected.position)


# --- the parts of an outcome -----------------------------------------------------------------


def target_is_right(expected: ExpectedLoad, observed: Observed) -> None:
    """The target holds the rows that it may hold, in the types of its columns."""
    definition = expected.definition
    table = table_of(observed, definition.name)
    content.columns_are_those_of(definition, table)
    if expected.unique:
        unique_keys.one_row_of_each_key_stays(definition, expected.arrived, table.rows)
    elif definition.primary_index is None and expected.edition == "vendor":
        content.rows_are(f"table {definition.name} without an index", expected.rows, table.rows)
    else:
        duplicates.one_of_equal_rows_stays(definition, expected.rows, table.rows)


def error_table_1_is_right(expected: ExpectedLoad, observed: Observed) -> None:
    """Error table 1 holds each faulty record once, or is gone when there is none."""
    name = expected.load.error_table_1
    faults.each_faulty_record_is_there_once(
        name, expected.faulty, rows_of_error_table(observed, name, one=True)
    )


def error_table_2_is_right(expected: ExpectedLoad, observed: Observed) -> None:
    """Error table 2 holds the rows that broke a unique index, or is gone when there is none."""
    name, definition = expected.load.error_table_2, expected.definition
    as_sent = expected.edition == "seed"
    found = rows_of_error_table(observed, name, one=as_sent, definition=definition)
    if not expected.unique:
        content.rows_are(f"error table {name} of a table without unique index", [], found)
        return
    stored = table_of(observed, definition.name).rows
    check = (
        unique_keys.violations_are_in_error_table_2_as_sent
        if as_sent
        else unique_keys.violations_are_in_error_table_2
    )
    check(definition, name, expected.arrived, stored, found)


def accounts_are_right(expected: ExpectedLoad, observed: Observed) -> None:
    """FL-11: the counts are those of the input and of the tables, and the summary tells them."""
    report = report_of(expected, observed)
    load = expected.load
    accounting.accounts_add_up(report)
    accounting.counts_are(
        report,
        read=expected.read,
        skipped=expected.read - len(expected.facts),
        error_table_1=_rows_in(observed, load.error_table_1),
        error_table_2=_rows_in(observed, load.error_table_2),
        applied=_rows_in(observed, load.target),
    )
    accounting.summary_tells_the_counts(report, expected.record_given)


def loads_are_right(bundle: CaseBundle, observed: Observed) -> list[ExpectedLoad]:
    """Every load of a case completed with right tables and accounts; what was expected of each."""
    completed(observed)
    loads = expected_loads(bundle)
    for expected in loads:
        load_is_right(expected, observed)
    return loads


def load_is_right(expected: ExpectedLoad, observed: Observed) -> None:
    """A load's tables and accounts are right."""
    target_is_right(expected, observed)
    error_table_1_is_right(expected, observed)
    error_table_2_is_right(expected, observed)
    accounts_are_right(expected, observed)


def rows_of_error_table(
    observed: Observed, name: str, *, one: bool, definition: TableDefinition | None = None
) -> tuple[Row, ...]:
    """The rows of an error table, none when it is gone; ``one``: built like error table 1."""
    if name not in observed.tables:
        return ()
    table = table_of(observed, name)
    if one:
        content.columns_are(f"error table {name}", error_table_1_schema(), table)
    elif definition is not None:
        content.columns_are_those_of(definition, table)
    return table.rows


def _rows_in(observed: Observed, name: str) -> int:
    return len(table_of(observed, name).rows) if name in observed.tables else 0
