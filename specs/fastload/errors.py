"""FastLoad's errors: name of each -> the codes it can have, the one that is told first.

Published by the vendor: 2679; and 3944, which an overflow gets where a number is converted to a
CHAR or VARCHAR too short for it. Observed on a practitioner's page: 2652. All others are assumed:
2665, 2794, 2802 and 3604 are the customary ones, but no page that we could read gives them for
these errors; 2616, 2641, 2673, 3803, 3807, 5317, 6706, 6758 and 6760 are our choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from specs.sql.errors import STATEMENT_ERRORS

CHARACTER_OVERFLOW = 3944
"""The code of a ``numeric_overflow`` where a number does not fit a CHAR or VARCHAR."""

FASTLOAD_ERRORS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        **STATEMENT_ERRORS,
        # refusals before anything is read
        "target_not_empty": (),
        "target_has_attachment": (),
        "target_is_view": (),
        "target_partitioned_nopi": (),
        "amp_down": (),
        "error_table_exists": (3803,),
        "no_job_to_release": (),
        "unsupported_format": (),
        # why a load stopped
        "input_changed": (),
        "input_unreadable": (),
        "bad_record": (),
        "error_limit_reached": (),
        "end_loading_missing": (),
        # what is wrong with one record or row
        "bad_character": (2679,),
        "invalid_date": (2665,),
        "invalid_time": (6758,),
        "invalid_timestamp": (6760,),
        "numeric_overflow": (2616, CHARACTER_OVERFLOW),
        "untranslatable_character": (6706,),
        "null_in_not_null": (3604,),
        "check_violation": (5317,),
        "field_count_mismatch": (2673,),
        "field_too_long": (2673,),
        "record_too_long": (2673,),
        "amp_unavailable": (2641,),
    }
)

ERROR_CODES: Mapping[str, int] = MappingProxyType(
    {name: codes[0] for name, codes in FASTLOAD_ERRORS.items() if codes}
)
"""The code that each error is told with, where one is known."""
