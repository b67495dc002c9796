"""Scenarios of every engine."""
