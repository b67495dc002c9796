"""Specification: the rules, the contract between harness and loader, and the job languages.

It imports no other package.
"""
