"""Whole columns of values: their forms, numbers, dates, conversions, comparisons."""
