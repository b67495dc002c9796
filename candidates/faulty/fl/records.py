"""Records and fields that are split or chosen wrongly (FL-17, FL-18, FL-19)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import polars as pl

from candidates.faulty.changing import ChangedCase, InformedLoader, with_inputs, with_loads
from candidates.faulty.planting import planted
from candidates.polars.columns.conversion import Converted
from candidates.polars.columns.values import physical_type, type_of
from candidates.polars.durable.checkpoints import decode_frame
from candidates.polars.fastload.fields import Fields
from candidates.polars.fastload.records import Bounds
from specs.contract import Edition
from specs.contract.directories import CaseBundle
from specs.fastload.plan import Input, Load, SourceField
from specs.fastload.report import Counts
from specs.sql.tables import Column


class _OtherInputs(ChangedCase):
    """Inputs are read otherwise than the script says."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        return with_inputs(bundle, self.read_as)

    def read_as(self, item: Input) -> Input:
        """The input that is read."""
        raise NotImplementedError


# --- RECORD (FL-17) -------------------------------------------------------------------------------


@planted("FL-17")
class RecordOffByOne(InformedLoader):
    """RECORD n begins with record n + 1, in edition vendor too."""

    def record_window(self, item: Input, edition: Edition) -> tuple[int, int | None]:
        return super().record_window(item, "seed")


@planted("FL-17")
class EditionSeedIsForgotten(InformedLoader):
    """RECORD n begins with record n, in edition seed too."""

    def record_window(self, item: Input, edition: Edition) -> tuple[int, int | None]:
        return super().record_window(item, "vendor")


@planted("FL-17")
class ThruIsExclusive(InformedLoader):
    """RECORD n THRU m ends before record m."""

    def record_window(self, item: Input, edition: Edition) -> tuple[int, int | None]:
        first, end = super().record_window(item, edition)
        return first, None if end is None else end - 1


@planted("FL-17")
class RecordIsIgnored(InformedLoader):
    """RECORD is ignored, so that a header line is loaded like a record."""

    def record_window(self, item: Input, edition: Edition) -> tuple[int, int | None]:
        return 0, None


@planted("FL-17")
class ThruAloneIsIgnored(InformedLoader):
    """RECORD THRU m without a first record is ignored."""

    def record_window(self, item: Input, edition: Edition) -> tuple[int, int | None]:
        return (0, None) if item.start is None else super().record_window(item, edition)


@planted("FL-17")
class RestartForgetsTheSkipped(InformedLoader):
    """After a restart, what RECORD skipped before the checkpoint no longer counts as skipped."""

    forgotten = 0

    def resume_from(self, frames: Callable[[], list[bytes]]) -> list[bytes]:
        durable = super().resume_from(frames)
        self.forgotten = decode_frame(durable[-1]).progress.skipped if durable else 0
        return durable

    def counts(self, read: int, skipped: int, *others: int) -> Counts:
        return super().counts(read, skipped - self.forgotten, *others)


# --- delimited records (FL-18) --------------------------------------------------------------------


@planted("FL-18")
class FirstCharacterOfTheDelimiter(_OtherInputs):
    """A delimiter of several characters is split at its first one."""

    def read_as(self, item: Input) -> Input:
        return msgspec.structs.replace(item, delimiter=item.delimiter[0])


class _OtherFields(InformedLoader):
    """Records are split otherwise."""

    typed_parse = False

    def split_fields(self, data: bytes, bounds: Bounds, item: Input) -> Fields:
        return self.resplit(super().split_fields(data, bounds, item))

    def resplit(self, fields: Fields) -> Fields:
        raise NotImplementedError


@planted("FL-18")
class EmptyFieldsAreEmptyTexts(_OtherFields):
    """An empty field is an empty text and not NULL."""

    def resplit(self, fields: Fields) -> Fields:
        return fields._replace(frame=fields.frame.with_columns(pl.col(pl.String).fill_null("")))


@planted("FL-18")
class BadRecordsVanish(_OtherFields):
    """A record with the wrong number of fields is dropped without an error row."""

    def resplit(self, fields: Fields) -> Fields:
        return fields._replace(bad=fields.bad[:0])


@planted("FL-18")
class NostopIsForgotten(_OtherInputs):
    """A bad record stops the job even with NOSTOP."""

    def read_as(self, item: Input) -> Input:
        return msgspec.structs.replace(item, on_bad_record="stop")


@planted("FL-18")
class EveryJobIsNostop(_OtherInputs):
    """A bad record does not stop the job even without NOSTOP."""

    def read_as(self, item: Input) -> Input:
        return msgspec.structs.replace(item, on_bad_record="continue")


# --- DEFINE (FL-19) -------------------------------------------------------------------------------


@planted("FL-19")
class DefaultIsNotApplied(InformedLoader):
    """A column that INSERT does not name is NULL even if it has a default."""

    def convert_default(self, column: Column) -> Converted:
        return Converted(pl.Series([None], dtype=physical_type(type_of(column))), None)


@planted("FL-19")
class NullifAfterTrimming(InformedLoader):
    """A field is compared with its NULLIF text after blanks are trimmed from both."""

    def null_if(self, text: pl.Series, field: SourceField) -> pl.Series:
        if field.nullif is None:
            return text
        same = text.str.strip_chars(" ") == field.nullif.strip(" ")
        return text.set(same.fill_null(False), None)


@planted("FL-19")
class NullifIsIgnored(InformedLoader):
    """A field that is equal to its NULLIF text is not NULL."""

    def null_if(self, text: pl.Series, field: SourceField) -> pl.Series:
        return text


@planted("FL-19")
class FieldsByTheirPosition(_OtherInputs):
    """Fields go to the columns of INSERT by position and not by name."""

    def read_as(self, item: Input) -> Input:
        pairs = zip(item.assignments, item.fields, strict=False)
        moved = tuple(msgspec.structs.replace(a, field=field.name) for a, field in pairs)
        return msgspec.structs.replace(item, assignments=moved)


@planted("FL-19")
class LastFieldIsNotUsed(_OtherInputs):
    """The last field that INSERT names reaches no column."""

    def read_as(self, item: Input) -> Input:
        return msgspec.structs.replace(item, assignments=item.assignments[:-1])


@planted("FL-19")
class FirstDefineForEveryInput(ChangedCase):
    """Every input of a load is read by the DEFINE and INSERT of the first one."""

    def change(self, bundle: CaseBundle) -> CaseBundle:
        def by_the_first(load: Load) -> Load:
            fields, assignments = load.inputs[0].fields, load.inputs[0].assignments
            inputs = (
                msgspec.structs.replace(item, fields=fields, assignments=assignments)
                for item in load.inputs
            )
            return msgspec.structs.replace(load, inputs=tuple(inputs))

        return with_loads(bundle, by_the_first)
