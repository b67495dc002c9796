"""Scenarios of hash distribution."""
