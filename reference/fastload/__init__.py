"""FastLoad: from BEGIN LOADING to END LOADING, a file for each phase.

``begin``, ``acquire``, ``apply`` and ``end`` are a load's four phases. A record passes three
shapes on its way: a `SourceRecord` of an input, an `AcquiredRow` on its AMP (or a
`RejectedRecord`), a `StoredRow` of the target.
"""

from reference.fastload.steps import run_step
from specs.fastload.language import read_script

__all__ = ["read_script", "run_step"]
