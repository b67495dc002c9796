"""Faults planted under the rules of hash distribution."""
