"""Scenarios of FastLoad."""
