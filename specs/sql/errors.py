"""Errors of statements that every Teradata engine knows: name -> codes, the one told first.

All codes are assumed: 3803 and 3807 are the customary ones, but no page that we could read gives
them for these errors. ``columns_differ``: a step does not fit the columns of its table, or its
value their types. ``unsupported_case``: the candidate declines this one case.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STATEMENT_ERRORS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "unsupported_case": (),
        "table_exists": (3803,),
        "target_missing": (3807,),
        "columns_differ": (),
        "table_being_loaded": (2652,),
        "upi_violation": (2794,),
        "duplicate_row": (2802,),
    }
)
