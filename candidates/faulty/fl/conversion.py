"""Texts that become the wrong value or get the wrong code (FL-10, FL-20)."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
import pyarrow.compute as pc
from numpy.typing import NDArray

from candidates.faulty.changing import ChangedOutcome, InformedLoader, Left
from candidates.faulty.planting import planted
from candidates.polars.columns.conversion import Converted
from candidates.polars.columns.faults import Fault, Faults
from candidates.polars.columns.values import type_of
from specs.fastload.errors import ERROR_CODES
from specs.fastload.plan import Assignment, Load
from specs.sql.tables import Column
from specs.sql.types import INTEGER_BITS


class _OtherText(InformedLoader):
    """Fields are converted from other texts than were sent."""

    typed_parse = False

    def read(self, text: pl.Series, column: Column) -> pl.Series:
        """The texts that are converted."""
        raise NotImplementedError

    def convert_field(
        self, text: pl.Series, column: Column, assignment: Assignment, load: Load
    ) -> Converted:
        return super().convert_field(self.read(text, column), column, assignment, load)


class _OtherCode(InformedLoader):
    """Faults that have one code get another."""

    old: int
    new: int

    def error_codes(self, faults: Faults) -> NDArray[np.int32]:
        codes = super().error_codes(faults)
        return np.where(codes == self.old, np.int32(self.new), codes)


# --- values and codes (FL-10) ---------------------------------------------------------------------


@planted("FL-10")
class LeapDayInEveryYear(_OtherText):
    """29 February is accepted in every year, as 1 March."""

    def read(self, text: pl.Series, column: Column) -> pl.Series:
        if type_of(column).name != "DATE":
            return text
        return text.str.replace("02([-/.]?)29", "03${1}01")


@planted("FL-10")
class HalvesAreRoundedUp(_OtherText):
    """Decimals are rounded half up, not half to even."""

    def read(self, text: pl.Series, column: Column) -> pl.Series:
        kind = type_of(column)
        if kind.name != "DECIMAL":
            return text
        return text.str.replace(rf"(\.[0-9]{{{kind.scale}}}50*)( *)$", "${1}1${2}")


@planted("FL-10")
class DecimalsByWayOfFloats(_OtherText):
    """Decimals are read by way of a float."""

    def read(self, text: pl.Series, column: Column) -> pl.Series:
        if type_of(column).name != "DECIMAL":
            return text
        floats = text.cast(pl.Float64, strict=False).cast(pl.String)
        return floats.zip_with(floats.is_not_null(), text)


@planted("FL-10")
class FractionOfAnIntegerIsDropped(_OtherText):
    """An integer may be written with a decimal point."""

    def read(self, text: pl.Series, column: Column) -> pl.Series:
        whole = type_of(column).name in INTEGER_BITS
        return text.str.replace(r"\.[0-9]*( *)$", "${1}") if whole else text


@planted("FL-10")
class ExponentsInDecimals(_OtherText):
    """1e3 is accepted in a DECIMAL column, as 1000."""

    def read(self, text: pl.Series, column: Column) -> pl.Series:
        if type_of(column).name != "DECIMAL":
            return text
        return text.str.replace(r"^([0-9]+)[eE]\+?([0-3])$", "${1}000")


@planted("FL-10")
class MidnightTwice(_OtherText):
    """The hour 24 is accepted and taken for the hour 0."""

    def read(self, text: pl.Series, column: Column) -> pl.Series:
        return text.str.replace(r"(^| )24:", "${1}00:")


@planted("FL-10")
class QuestionMarks(_OtherText):
    """Characters that a LATIN column cannot hold become question marks."""

    def read(self, text: pl.Series, column: Column) -> pl.Series:
        latin = column.character_set == "LATIN"
        return text.str.replace_all("[^\u0000-\u00ff]", "?") if latin else text


@planted("FL-10")
class OverflowIsABadCharacter(_OtherCode):
    """A number that is too large gets the code of a number with a bad character."""

    old, new = ERROR_CODES["numeric_overflow"], ERROR_CODES["bad_character"]


@planted("FL-10")
class AnotherCodeForDates(_OtherCode):
    """An invalid date gets code 2666."""

    old, new = ERROR_CODES["invalid_date"], 2666


@planted("FL-10")
class NumbersAreCutToFit(InformedLoader):
    """A number that is too long for its character column is cut."""

    def convert_field(
        self, text: pl.Series, column: Column, assignment: Assignment, load: Load
    ) -> Converted:
        values, faults = super().convert_field(text, column, assignment, load)
        if faults is not None:
            faults[faults == Fault.CHARACTER_OVERFLOW] = Fault.NONE
        return Converted(values, faults)


@planted("FL-10")
class CheckIsToldAsNull(InformedLoader):
    """A value outside the range of CHECK gets the code of a NULL that is not allowed."""

    def violates_not_null(self, column: Column) -> pl.Expr | None:
        broken = super().violates_not_null(column), super().violates_check(column)
        there = [expression for expression in broken if expression is not None]
        return pl.any_horizontal(there) if there else None

    def violates_check(self, column: Column) -> pl.Expr | None:
        return None


@planted("FL-10")
class AnotherCodeForSecondKeys(ChangedOutcome):
    """In edition seed, a second row of a unique key gets code 2801."""

    def change(self, left: Left) -> None:
        for load in self.loads if self.case.edition == "seed" else ():
            rows = left.rows(load.error_table_2)
            if rows is not None:
                codes = pc.add(rows["ErrorCode"], 7).cast("int32")
                left.set_rows(load.error_table_2, rows.set_column(1, "ErrorCode", codes))


@planted("FL-10")
class AnotherCodeForLockedTables(ChangedOutcome):
    """A table that is being loaded is told with code 3803."""

    def change(self, left: Left) -> None:
        error = left.outcome.error
        if error is not None and error.name == "table_being_loaded":
            left.set(error=msgspec.structs.replace(error, code=3803))


# --- explicit conversions (FL-20) -----------------------------------------------------------------


@planted("FL-20")
class ConversionIsSkipped(InformedLoader):
    """The conversion that INSERT asks for is left out."""

    def convert_field(
        self, text: pl.Series, column: Column, assignment: Assignment, load: Load
    ) -> Converted:
        plain = msgspec.structs.replace(assignment, conversion=None)
        return super().convert_field(text, column, plain, load)


@planted("FL-20")
class FormatIsIgnored(InformedLoader):
    """The date format that INSERT gives is ignored."""

    def date_format(self, column: Column, assignment: Assignment | None, load: Load) -> str:
        return super().date_format(column, None, load)


@planted("FL-20")
class ConversionUnasked(InformedLoader):
    """Every field is converted to VARCHAR(1) first unless INSERT asks for something else."""

    typed_parse = False

    def convert_field(
        self, text: pl.Series, column: Column, assignment: Assignment, load: Load
    ) -> Converted:
        if assignment.conversion is None:
            assignment = msgspec.structs.replace(assignment, conversion="VARCHAR(1)")
        return super().convert_field(text, column, assignment, load)
