"""Row hashes that go wrong (HD-01 to HD-06)."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from candidates.faulty.changing import ChangedOutcome, InformedLoader, Left, column
from candidates.faulty.planting import planted
from candidates.polars.columns.values import type_of
from candidates.polars.storage.hash_maps import RowHashes
from candidates.polars.storage.hashing import MULTIPLIER, PublishedHash, residues
from specs.distribution.plan import HashConstants, HashRows
from specs.sql.tables import Column, PrimaryIndex, TableDefinition
from specs.sql.types import INTEGER_BITS

_BIGINT = Column(name="n", type="BIGINT")
_TEXT = Column(name="s", type="VARCHAR(64000)")
_BYTES = Column(name="b", type="VARBYTE(64000)")


class OwnHash(InformedLoader, PublishedHash):
    """A loader that is its own hash function, so that a fault changes one step of it."""

    def __init__(self) -> None:
        super().__init__(hash_function=self)


# --- the key decides (HD-01) ----------------------------------------------------------------------


@planted("HD-01")
class FirstIndexColumnOnly(InformedLoader):
    """Rows are stored under the hash of the first column of their index alone."""

    def row_hash(self, frame: pl.DataFrame, definition: TableDefinition) -> RowHashes:
        assert definition.primary_index is not None
        first = PrimaryIndex(definition.primary_index.columns[:1])
        return super().row_hash(frame, msgspec.structs.replace(definition, primary_index=first))


@planted("HD-01")
class HashOfTheSystem(OwnHash):
    """The number of AMPs enters the row hash, so that another system hashes otherwise."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        return super().of_column(values, column) + np.uint32(self.case.teradata.amps)


@planted("HD-01")
class EqualKeysApart(OwnHash):
    """Keys that differ in letter case only get different row hashes though they are equal."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        return super().of_column(values, msgspec.structs.replace(column, case_specific=True))


@planted("HD-01")
class LastRowOnTheNextAmp(ChangedOutcome):
    """The last row of a table is on the AMP after the one that owns its bucket."""

    def change(self, left: Left) -> None:
        for name, rows in left.placed_tables():
            amps = column(rows, "_amp")
            amps[-1:] = (amps[-1:] + 1) % self.case.teradata.amps
            left.set_placement(name, rows, amp=amps)


# --- zero (HD-02) ---------------------------------------------------------------------------------


@planted("HD-02")
class NullHashesAsText(OwnHash):
    """NULL hashes as the text NULL."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        text = super().of_column(pl.Series(["NULL"]), _TEXT)
        return np.where(values.is_null().to_numpy(), text, super().of_column(values, column))


@planted("HD-02")
class RowHashesOfEightBytes(ChangedOutcome):
    """HASHROW answers eight bytes."""

    def change(self, left: Left) -> None:
        for step, answer in left.answers(HashRows):
            wide = answer["row_hash"].cast(pa.int64())
            left.set_answer(step, answer.set_column(0, "row_hash", wide))


@planted("HD-02")
class NoArgumentHashesToZero(ChangedOutcome):
    """HASHROW without an argument is 00000000."""

    def change(self, left: Left) -> None:
        for step, answer in left.answers(HashConstants):
            asked = pc.equal(answer["name"], "HASHROW()")
            left.set_answer(step, answer.set_column(1, "value", pc.if_else(asked, 0, answer[1])))


@planted("HD-02")
class BlanksHashAsBlanks(OwnHash):
    """A text of blanks hashes as the character blank."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        if not type_of(column).is_character:
            return super().of_column(values, column)
        blank = values.str.strip_chars(" ").eq("") & values.ne("")
        blanks = np.flatnonzero(blank.fill_null(False).to_numpy())
        hashed = super().of_column(values, column)
        hashed[blanks] = super().of_column(pl.Series([32]), _BIGINT)
        return hashed


# --- the formula (HD-03, HD-04) -------------------------------------------------------------------


@planted("HD-03")
class HalvesNotSwapped(OwnHash):
    """The two halves of the hash stay where they are."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        hashed = super().of_column(values, column)
        return hashed << np.uint32(16) | hashed >> np.uint32(16)


@planted("HD-03")
class DigitsHashAsNumbers(OwnHash):
    """A text of digits hashes as the number it shows, so '3' as 3."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        hashed = super().of_column(values, column)
        if not type_of(column).is_character:
            return hashed
        numbers = values.str.strip_chars(" ").cast(pl.Int64, strict=False)
        as_numbers = super().of_column(numbers, _BIGINT)
        return np.where(numbers.is_null().to_numpy(), hashed, as_numbers)


@planted("HD-04")
class ModuloOfTheMachineWord(OwnHash):
    """The product is taken modulo 2**32 and not modulo 2**32 - 5."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        product = (residues(values, column) * MULTIPLIER).astype(np.uint32)
        hashed = product << np.uint32(16) | product >> np.uint32(16)
        return np.where(values.is_null().to_numpy(), np.uint32(0), hashed)


@planted("HD-04")
class NegativesHashAsPositives(OwnHash):
    """A negative integer hashes as its absolute value."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        if type_of(column).name not in INTEGER_BITS:
            return super().of_column(values, column)
        return super().of_column(values.cast(pl.Int128).abs(), column)


@planted("HD-04")
class DatesHashAsDayNumbers(OwnHash):
    """A date hashes as the number of its day since 1970."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        is_date = type_of(column).name == "DATE"
        return super().of_column(values, _BIGINT if is_date else column)


@planted("HD-04")
class FourBytesOfText(OwnHash):
    """Only the first four characters of a text enter its hash."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        is_text = type_of(column).is_character
        return super().of_column(values.str.head(4) if is_text else values, column)


# --- several columns (HD-05) ----------------------------------------------------------------------


@planted("HD-05")
class ColumnsFoldedByExclusiveOr(OwnHash):
    """The hashes of several columns are combined by exclusive or."""

    def combine(self, left: RowHashes, right: RowHashes) -> RowHashes:
        return left ^ right


@planted("HD-05")
class ColumnOrderMatters(OwnHash):
    """Hashes of several columns are combined as 31 * left + right, so that their order matters."""

    def combine(self, left: RowHashes, right: RowHashes) -> RowHashes:
        return left * np.uint32(31) + right


# --- types that hash alike (HD-06) ----------------------------------------------------------------


@planted("HD-06")
class TrailingBlankKeptInAKey(OwnHash):
    """A trailing blank is kept in a key, so that CHAR and VARCHAR hash differently."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        if not type_of(column).is_character:
            return super().of_column(values, column)
        text = values if column.case_specific else values.str.to_uppercase()
        return super().of_column(text.cast(pl.Binary), _BYTES)


@planted("HD-06")
class NumbersHashAsTheirDigits(OwnHash):
    """An integer hashes as the text of its digits, so 3 as '3'."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        if type_of(column).name not in INTEGER_BITS:
            return super().of_column(values, column)
        return super().of_column(values.cast(pl.String), _TEXT)


@planted("HD-06")
class NegativesHashByTheirWidth(OwnHash):
    """A negative integer hashes as the unsigned number of the same bits, of its own width."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        bits = INTEGER_BITS.get(type_of(column).name)
        if bits is None:
            return super().of_column(values, column)
        wide = values.cast(pl.Int128).to_frame("n").select(pl.col("n") % (1 << bits)).to_series()
        return super().of_column(wide, column)


@planted("HD-06")
class LetterCaseCountsInKeys(OwnHash):
    """Upper and lower case hash differently in a column that is not CASESPECIFIC."""

    def of_column(self, values: pl.Series, column: Column) -> RowHashes:
        return super().of_column(values, msgspec.structs.replace(column, case_specific=True))
