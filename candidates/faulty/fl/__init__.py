"""Faults planted under the rules of FastLoad."""
