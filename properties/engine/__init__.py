"""Running properties: trials, shrinking, counterexamples, replays.

The path of a property, in a worker process of pytest::

    conformance.py  the one test function, called with every selected property
    plugin.py       the worker's candidate and scratch directory; stores ``results/ID.json``
    running.py      one property: Hypothesis draws scenarios, shrinks a failing one, gives a verdict
    trial.py        what a property's function gets: runs the candidate, asks the reference
    observed.py     the candidate's outcome as plain Python rows, to be compared by a relation

``registry.py`` has the properties and selects them. A scenario can be stopped (``stops.py``), meet
a full disk (``full_disk.py``), read from pipes (``pipes.py``), or be a whole history of a system:
``machine.py`` draws the actions, ``histories.py`` does them on the candidate and the reference,
``judging.py`` is what it asks of the engine whose jobs they are.

A failing trial, as ``recording.py`` kept it, becomes a ``counterexample.py``: stored by
``history_directory.py``, told by ``telling.py`` and ``reproducing.py``, run again by ``replay.py``.
Beside them: ``classes.py`` and ``column_types.py`` classify inputs, ``fresh_examples.py`` settles
how Hypothesis draws, ``scratch.py`` makes and removes directories.
"""
