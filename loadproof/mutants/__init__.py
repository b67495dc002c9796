"""Mutation testing of the harness: small changes to a right loader, which properties must notice.

Planted faults are what their authors thought of; mutants are what the code itself can be got wrong
in. ``operators.py`` says how code is changed, ``sites.py`` where, ``trying.py`` what becomes of
each mutant, ``equivalents.py`` which survivors are argued to behave like the original, and
``telling.py`` reports. ``serving.py`` is the program in which a mutant runs.
"""
