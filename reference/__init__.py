"""What the rules mean: FastLoad and the hash distribution in plain, readable Python."""

from reference.execution import ReferenceTable, Result, analyse, execute
from reference.fastload.receiving import RecordFacts
from reference.fastload.rows import Fault
from reference.values.equality import equality_key, index_key

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
