"""What the rules mean: FastLoad and the hash distribution in plain, readable Python."""

from reference.equality import equality_key, index_key
from reference.execution import ReferenceTable, Result, analyse, execute
from reference.receiving import RecordFacts
from reference.rows import Fault

__all__ = [
    "Fault",
    "RecordFacts",
    "ReferenceTable",
    "Result",
    "analyse",
    "equality_key",
    "execute",
    "index_key",
]
