"""Loads that begin where they should be refused, or the other way round (FL-01, FL-04, FL-05)."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import msgspec

from candidates.faulty.changing import (
    ChangedCase,
    ChangedOutcome,
    Left,
    loads_of,
    steps_of,
    with_definitions,
    with_document,
    with_steps,
)
from candidates.faulty.planting import planted
from specs.contract import Emit, NamedError
from specs.contract.directories import CaseBundle, definition_of, read_case
from specs.contract.input_files import GZIP_MAGIC
from specs.sql.statements import CreateTable, DeleteRows
from specs.sql.tables import TableDefinition


def _emptied(bundle: CaseBundle, *, unindexed_only: bool) -> CaseBundle:
    """The case with its loads' targets emptied before it begins."""
    targets = {load.target for load in loads_of(bundle.case)}
    tables = {
        name: rows.slice(0, 0)
        if name in targets and not (unindexed_only and definition_of(rows.schema).primary_index)
        else rows
        for name, rows in bundle.tables.items()
    }
    return CaseBundle(bundle.case, bundle.files, tables)


# --- only an empty table (FL-01) ------------------------------------------------------------------


@planted("FL-01")
class FilledTargetIsEmptied(ChangedCase):
    """A target with rows is emptied and loaded."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        return _emptied(bundle, unindexed_only=False)


@planted("FL-01")
class FilledTableWithoutIndexIsLoaded(ChangedCase):
    """A target with rows is loaded when it has no primary index."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        return _emptied(bundle, unindexed_only=True)


@planted("FL-01")
class RefusalEmptiesTheTarget(ChangedOutcome):
    """A target with rows is refused, but its rows are gone afterwards."""

    def change(self, left: Left) -> None:
        for name, rows in left.placed_tables():
            if left.error == "target_not_empty" and name == self.loads[0].target:
                left.set_rows(name, rows.slice(0, 0))


@planted("FL-01")
class DeletedRowsStillCount(ChangedCase):
    """A target that DELETE has just emptied is still taken for filled."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        return with_steps(bundle, lambda step: [] if isinstance(step, DeleteRows) else [step])


# --- what hangs on the target (FL-04) -------------------------------------------------------------


@planted("FL-04")
class TriggersAreOverlooked(ChangedCase):
    """A trigger on the target does not keep a load from beginning."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        def without_triggers(table: TableDefinition) -> TableDefinition:
            attached = tuple(kind for kind in table.attached if kind != "trigger")
            return msgspec.structs.replace(table, attached=attached)

        return with_definitions(bundle, without_triggers)


@planted("FL-04")
class PrimaryIndexIsRefused(ChangedCase):
    """A primary index on the target is taken for an index that a load cannot keep."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        def with_obstacle(table: TableDefinition) -> TableDefinition:
            attached = ("secondary-index",) if table.primary_index else table.attached
            return msgspec.structs.replace(table, attached=attached)

        return with_definitions(bundle, with_obstacle)


# --- one table, all AMPs (FL-05) ------------------------------------------------------------------


@planted("FL-05")
class DownAmpIsOverlooked(ChangedCase):
    """A load begins while an AMP is down."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        system = msgspec.structs.replace(bundle.case.teradata, down_amps=())
        return with_document(bundle, system=system)


@planted("FL-05")
class AmpZeroIsTakenForDown(ChangedCase):
    """A load is refused though all AMPs are up."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        system = msgspec.structs.replace(bundle.case.teradata, down_amps=(0,))
        return with_document(bundle, system=system)


@planted("FL-05")
class ViewIsLoaded(ChangedCase):
    """A view is loaded like a table."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        return with_definitions(bundle, lambda table: msgspec.structs.replace(table, view=False))


@planted("FL-05")
class PartitionedTableIsLoaded(ChangedCase):
    """A partitioned table without a primary index is loaded."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        return with_definitions(
            bundle, lambda table: msgspec.structs.replace(table, partitioned=False)
        )


@planted("FL-05")
class MissingTargetIsPassedOver(ChangedOutcome):
    """A load into a table that is not there completes without loading anything."""

    def change(self, left: Left) -> None:
        if left.error == "target_missing":
            left.end("completed", 0)


@planted("FL-05")
class AmpsAreCheckedFirst(ChangedOutcome):
    """That an AMP is down is told before anything that is wrong with the target."""

    def change(self, left: Left) -> None:
        if left.outcome.status == "refused" and self.case.teradata.down_amps:
            error = NamedError(name="amp_down", message="an AMP is down")
            left.end("refused", left.outcome.return_code, error)


class _InputsBeforeRefusals(ChangedOutcome):
    """Something is told of the inputs before any other reason to refuse a load."""

    def run(self, case: Path, workspace: Path, emit: Emit) -> None:
        bundle = read_case(case)
        inputs = [item for load in loads_of(bundle.case) for item in load.inputs]
        self.inputs = [bundle.files.get(item.file) for item in inputs]
        super().run(case, workspace, emit)

    def stops_at(self, data: bytes | None) -> bool:
        """Whether such an input (None: missing) is told."""
        raise NotImplementedError

    def change(self, left: Left) -> None:
        if left.outcome.status == "refused" and any(map(self.stops_at, self.inputs)):
            error = NamedError(name="input_unreadable", message="an input cannot be read")
            left.end("refused", 12, error)


@planted("FL-05")
class FilesAreLookedForFirst(_InputsBeforeRefusals):
    """A missing file is told before any other reason to refuse a load."""

    def stops_at(self, data: bytes | None) -> bool:
        return data is None


@planted("FL-05")
class StatementsOutsideAreRefused(ChangedOutcome):
    """A CREATE TABLE before BEGIN LOADING is refused, as if it stood within the load."""

    def change(self, left: Left) -> None:
        if self.loads and any(isinstance(s, CreateTable) for s in steps_of(self.case)):
            error = NamedError(name="unsupported_format", message="only INSERT fits in a load")
            left.end("refused", 12, error)


@planted("FL-01")
class InputIsReadBeforeTheTarget(_InputsBeforeRefusals):
    """A load reads its input before it looks whether the target is empty."""

    def stops_at(self, data: bytes | None) -> bool:
        try:
            gzip.decompress(data or gzip.compress(b""))
        except (OSError, EOFError, zlib.error):
            return (data or b"").startswith(GZIP_MAGIC)
        return False
