"""The reference implementation of the rules: FastLoad and hash distribution in plain Python.

To read it: ``running.py`` is what a job is, ``fastload/steps.py`` a load from begin to end,
``distribution/requests.py`` the requests; rows lie in ``storage/``, values are read in ``values/``.

Every operation is written in the same four steps, marked in its body; it may lack some of them.
``# CHECK``: what stands in its way. ``# CONVERT``: from text to typed values. ``# PLACE``: which
AMP a row goes to, under which RowID. ``# RECORD``: what it keeps and reports.
"""

from reference.execution import ReferenceSystem, ReferenceTable, Result, execute
from reference.fastload.analysis import RecordFacts, analyse
from reference.fastload.rows import Fault
from reference.values.equality import equality_key, index_key

__all__ = [
    "Fault",
    "RecordFacts",
    "ReferenceSystem",
    "ReferenceTable",
    "Result",
    "analyse",
    "equality_key",
    "execute",
    "index_key",
]
