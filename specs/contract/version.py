"""The contract's version, and what is said to those who follow another one."""

from __future__ import annotations

from typing import Any

CONTRACT_VERSION = 2

CHANGED_SINCE_1 = (
    "since version 1 a workspace is a system that lives through many jobs (`job`), `cluster` is "
    "`system`, `block_bytes` belongs to the plan, an outcome has a `report` in place of `loads`, "
    "and a description gives `editions` by engine"
)


def other_contract(document: Any) -> str | None:
    """What to say about a document that names another version of the contract; None if fine."""
    version = document.get("contract", CONTRACT_VERSION) if isinstance(document, dict) else None
    if version == CONTRACT_VERSION or version is None:
        return None
    told = f"follows contract version {version!r}, expected {CONTRACT_VERSION}"
    return f"{told}: {CHANGED_SINCE_1}" if version == 1 else f"{told}; use matching releases"
