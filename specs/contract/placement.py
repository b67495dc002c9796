"""Where a row lies: the columns that tell it in an outcome's table."""

from __future__ import annotations

import pyarrow as pa

PLACEMENT_FIELDS = (
    pa.field("_amp", pa.int32(), nullable=False),
    pa.field("_row_hash", pa.uint32(), nullable=False),
    pa.field("_uniqueness", pa.uint64(), nullable=False),
)
"""The AMP and the two halves of the RowID, behind the table's own columns."""
