"""Systems: what a workspace stands for, and what can go wrong with it."""

from __future__ import annotations

from typing import Literal

from specs.document import Document

MAX_BLOCK_BYTES = 65_536
"""Most bytes of records in one block that a client sends (FL-06)."""


class TeradataSystem(Document, frozen=True, kw_only=True, tag_field="kind", tag="teradata"):
    """A Teradata system as a job finds it, and the client that the job runs on.

    ``down_amps`` are down from before the job starts (FL-05). ``client`` decides which line ends
    the records of a text file have (FL-18); it sends records in blocks of at most ``block_bytes``
    bytes (FL-06).
    """

    amps: int = 4
    hash_bucket_bits: Literal[16, 20] = 20
    down_amps: tuple[int, ...] = ()
    client: Literal["unix", "windows"] = "unix"
    block_bytes: int = MAX_BLOCK_BYTES

    def __post_init__(self) -> None:
        if not 1 <= self.amps <= 1 << self.hash_bucket_bits:
            raise ValueError(f"a system has 1 to 2**{self.hash_bucket_bits} AMPs, not {self.amps}")
        if not 1 <= self.block_bytes <= MAX_BLOCK_BYTES:
            raise ValueError(f"a block has 1 to {MAX_BLOCK_BYTES} bytes, not {self.block_bytes}")


Warehouse = Literal[
    "X-Small",
    "Small",
    "Medium",
    "Large",
    "X-Large",
    "2X-Large",
    "3X-Large",
    "4X-Large",
    "5X-Large",
    "6X-Large",
]


class SnowflakeSystem(Document, frozen=True, kw_only=True, tag_field="kind", tag="snowflake"):
    """A Snowflake account as a job finds it: the warehouse that the job runs on (CP-14, CP-15)."""

    warehouse: Warehouse = "X-Small"


System = TeradataSystem | SnowflakeSystem


class AmpLost(Document, frozen=True, kw_only=True, tag_field="kind", tag="amp-lost"):
    """The AMP is up at the start of the job and lost right after.

    Each row that belongs to it goes to error table 1 (FL-08).
    """

    amp: int


SystemFault = AmpLost
"""Something that goes wrong with the system while a job runs."""
