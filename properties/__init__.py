"""Conformance tests: strategies generate jobs, relations check outcomes, suites hold properties.

Knows ``specs``, ``reference`` and ``candidates``.
"""
