"""How it is checked: strategies make jobs, relations say what counts as right, suites claim rules.

Knows ``specs``, ``reference`` and ``candidates``.
"""
