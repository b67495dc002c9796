"""Numbers in columns, exact: from text, from one type to another, and back to text."""

from __future__ import annotations

import numpy as np
import polars as pl

from candidates.polars.columns.faults import Fault, Faults, where
from candidates.polars.columns.values import physical_type, positive_zero
from specs.sql.types import INTEGER_BITS, MAX_DECIMAL_PRECISION, ColumnType

NUMBER_TYPES = frozenset({*INTEGER_BITS, "DECIMAL", "FLOAT"})

_INTEGER = r"^[+-]?[0-9]+$"
_DECIMAL = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$"
_FLOAT = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"

_Result = tuple[pl.Series, Faults | None]
"""Values, and the fault of each, or None when none has one."""


def integer_from_text(text: pl.Series, kind: ColumnType) -> _Result:
    """Sign and digits; blanks around them do not count."""
    trimmed = pl.col(text.name).str.strip_chars(" ")
    parts = text.to_frame().select(
        matches=trimmed.str.contains(_INTEGER),
        value=trimmed.cast(physical_type(kind), strict=False),
    )
    return _judged(text, parts["value"], parts["matches"])


def float_from_text(text: pl.Series) -> _Result:
    """The nearest binary64; minus zero is zero."""
    trimmed = pl.col(text.name).str.strip_chars(" ")
    parts = text.to_frame().select(
        matches=trimmed.str.contains(_FLOAT), value=trimmed.cast(pl.Float64, strict=False)
    )
    values = parts.select(positive_zero(pl.col("value"))).to_series().alias(text.name)
    finite = values.is_finite().fill_null(False)
    if not finite.all():
        values = values.set(~finite, None)
    return _judged(text, values, parts["matches"])


def decimal_from_text(text: pl.Series, kind: ColumnType) -> _Result:
    """The unscaled integer; fraction digits beyond the scale are rounded half to even."""
    scale = kind.scale
    trimmed = pl.col(text.name).str.strip_chars(" ")
    parts = text.to_frame().select(
        matches=trimmed.str.contains(_DECIMAL),
        negative=trimmed.str.starts_with("-"),
        whole=trimmed.str.extract("^[+-]?0*([0-9]*)", 1),
        fraction=trimmed.str.extract(r"\.([0-9]*)$", 1).fill_null(""),
    )
    whole, fraction = pl.col("whole"), pl.col("fraction")
    kept = pl.lit("0") + whole
    if scale:
        kept = kept + fraction.str.head(scale).str.pad_end(scale, "0")
    numbers = parts.select(
        value=kept.cast(pl.Int128, strict=False),
        fits=whole.str.len_bytes() <= kind.precision - scale,
    )
    value = pl.col("value")
    if (parts["fraction"].str.len_bytes() > scale).any():
        cut = fraction.str.slice(scale)
        rest = parts.select(half=cut.str.contains("^50*$"), more=cut.str.contains("^[5-9]"))
        odd = value % pl.lit(2, pl.Int128) == 1
        up = pl.when("half").then(odd).otherwise(pl.col("more")).cast(pl.Int128)
        numbers = numbers.hstack(rest).with_columns(value=value + up)
    fits = pl.col("fits") & (value < pl.lit(10**kind.precision, pl.Int128))
    sign = pl.when("negative").then(pl.lit(-1, pl.Int128)).otherwise(pl.lit(1, pl.Int128))
    matches = parts["matches"]
    signed = numbers.hstack([parts["negative"], matches]).select(
        pl.when(fits & pl.col("matches")).then(value * sign)
    )
    values = signed.to_series().cast(physical_type(kind)).alias(text.name)
    return _judged(text, values, matches)


def number_to_number(values: pl.Series, source: ColumnType, target: ColumnType) -> _Result:
    """FL-20: fraction digits beyond the target's scale are rounded half to even."""
    if target.name == "FLOAT":
        if source.name == "FLOAT":
            return values, None
        return float_from_text(number_text(values, source))
    if source.name == "FLOAT":
        scaled = _scaled_floats(values, target.scale)
    else:
        wide = values.cast(pl.Int128).to_frame("x")
        scaled = wide.select(_rescaled(pl.col("x"), source.scale, target.scale)).to_series()
    if target.name == "DECIMAL":
        low, high = 1 - 10**target.precision, 10**target.precision - 1
    else:
        low, high = target.integer_range
    x = pl.col("x")
    fits = (x >= pl.lit(low, pl.Int128)) & (x <= pl.lit(high, pl.Int128))
    fitting = scaled.to_frame("x").select(pl.when(fits).then(x)).to_series()
    return _judged(values, fitting.cast(physical_type(target)).alias(values.name), None)


def number_text(values: pl.Series, kind: ColumnType) -> pl.Series:
    """A number's canonical text: no plus sign, no exponent, all fraction digits of a DECIMAL."""
    if kind.name == "FLOAT":
        return _float_text(values)
    if not kind.scale:
        return values.cast(pl.String)
    x = pl.col(values.name)
    digits = x.abs().cast(pl.String).str.pad_start(kind.scale + 1, "0")
    sign = pl.when(x < pl.lit(0, values.dtype)).then(pl.lit("-")).otherwise(pl.lit(""))
    text = sign + digits.str.head(-kind.scale) + "." + digits.str.tail(kind.scale)
    return values.to_frame().select(text.alias(values.name)).to_series()


def _judged(source: pl.Series, values: pl.Series, matches: pl.Series | None) -> _Result:
    """A value that does not match its pattern has a bad character; one lost otherwise, overflow."""
    good = matches is None or matches.fill_null(True).all()
    if good and values.null_count() == source.null_count():
        return values.alias(source.name), None
    given = source.is_not_null().to_numpy()
    faults = where(given & values.is_null().to_numpy(), Fault.NUMERIC_OVERFLOW)
    if matches is not None:
        wrong = ~matches.fill_null(True)
        faults[wrong.to_numpy()] = Fault.BAD_CHARACTER
        values = values.set(wrong, None)
    return values.alias(source.name), faults


def _rescaled(value: pl.Expr, source: int, target: int) -> pl.Expr:
    """An unscaled Int128 at another scale, half to even; NULL where it leaves 38 digits."""
    if target >= source:
        factor = 10 ** (target - source)
        largest = (10**MAX_DECIMAL_PRECISION - 1) // factor
        fits = value.abs() <= pl.lit(largest, pl.Int128)
        return pl.when(fits).then(value * pl.lit(factor, pl.Int128))
    step = 10 ** (source - target)
    whole = value // pl.lit(step, pl.Int128)
    rest = value - whole * pl.lit(step, pl.Int128)
    half = pl.lit(step // 2, pl.Int128)
    odd = whole % pl.lit(2, pl.Int128) != 0
    return whole + ((rest > half) | ((rest == half) & odd)).cast(pl.Int128)


def _scaled_floats(floats: pl.Series, scale: int) -> pl.Series:
    """Floats times 10**scale, exactly, rounded half to even; NULL where it leaves 38 digits."""
    numbers = floats.fill_null(0.0).to_numpy()
    inside = (np.abs(numbers) < 2e38) & ~floats.is_null().to_numpy()
    fraction, exponent = np.frexp(np.where(inside, numbers, 0.0))
    # Python's integers, as no machine word holds a float's 53 bits times a power of ten.
    top = np.ldexp(fraction, 53).astype(np.int64).astype(object) * 10**scale
    shift = exponent.astype(np.int64) - 53
    left = np.left_shift(top, np.maximum(shift, 0).astype(object))
    right = np.maximum(-shift, 0).astype(object)
    whole = np.right_shift(left, right)
    rest = left - np.left_shift(whole, right)
    # Comparing 2 * rest with the divisor needs no half of it.
    twice, divisor = rest * 2, np.left_shift(np.ones_like(whole), right)
    up = (twice > divisor) | ((twice == divisor) & (whole % 2 == 1))
    rounded = whole + up.astype(int)
    fits = inside & (np.abs(rounded) < 10**MAX_DECIMAL_PRECISION)
    halves = pl.DataFrame(
        {
            "low": (rounded & ((1 << 64) - 1)).astype(np.uint64),
            "high": (np.where(fits, rounded, 0) >> 64).astype(np.int64),
            "fits": fits.astype(np.bool_),
        }
    )
    number = pl.col("high").cast(pl.Int128) * pl.lit(1 << 64, pl.Int128)
    number = number + pl.col("low").cast(pl.Int128)
    return halves.select(pl.when("fits").then(number).alias(floats.name)).to_series()


def _float_text(floats: pl.Series) -> pl.Series:
    """Shortest digits that read back as the float, written without an exponent."""
    text = pl.col("text")
    parts = (
        floats.cast(pl.String)
        .to_frame("text")
        .select(
            sign=pl.when(text.str.starts_with("-")).then(pl.lit("-")).otherwise(pl.lit("")),
            whole=text.str.extract(r"^-?([0-9]+)", 1),
            fraction=text.str.extract(r"\.([0-9]+)", 1).fill_null(""),
            exponent=text.str.extract(r"e([+-]?[0-9]+)$", 1).fill_null("0").cast(pl.Int64),
        )
    )
    places = 400  # more than any exponent of a binary64
    zeros = pl.lit("0" * places)
    digits = parts.select(
        "sign",
        digits=zeros + pl.col("whole") + pl.col("fraction") + zeros,
        point=pl.col("whole").str.len_bytes().cast(pl.Int64) + places + pl.col("exponent"),
    ).select(
        "sign",
        whole=pl.col("digits").str.head(pl.col("point")).str.strip_chars_start("0"),
        fraction=pl.col("digits").str.slice(pl.col("point")).str.strip_chars_end("0"),
    )
    whole, fraction = pl.col("whole"), pl.col("fraction")
    written = (
        pl.col("sign")
        + pl.when(whole == "").then(pl.lit("0")).otherwise(whole)
        + pl.when(fraction == "").then(pl.lit("")).otherwise("." + fraction)
    )
    return digits.select(written.alias(floats.name)).to_series()
