"""The contract's documents as JSON Schemas (2020-12), for programs in any language.

``python -m specs.contract.schemas`` writes them anew from the classes; the files beside this
one are committed, and `tests/test_schemas.py` refuses to pass while they are out of date.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec

from specs.contract import (
    CONTRACT_VERSION,
    CandidateMessage,
    Case,
    Description,
    HarnessMessage,
    Outcome,
)
from specs.contract.results import RESULT_VERSION, RunResult
from specs.contract.rowfiles import RowFileHeader

DIALECT = "https://json-schema.org/draft/2020-12/schema"

DOCUMENTS: dict[str, Any] = {
    "case": Case,
    "outcome": Outcome,
    "description": Description,
    "harness-message": HarnessMessage,
    "candidate-message": CandidateMessage,
    "row-file-header": RowFileHeader,
    "run": RunResult,
}
"""Name of each published document -> its class, or union of classes for messages."""

_ABOUT: dict[str, str] = {
    "case": "case.json: a job and the system it meets.",
    "outcome": "outcome.json: how a case ended.",
    "description": "What a candidate says about itself.",
    "harness-message": "One line from harness to candidate in the process protocol.",
    "candidate-message": "One line from candidate to harness in the process protocol.",
    "row-file-header": "First line of a row file (.ndjson) in an outcome.",
    "run": "The record of a run: what was planned, what was tried, and what came of it.",
}


class UnknownDocumentError(LookupError):
    """A schema was asked for that does not exist."""


def file_name(name: str) -> str:
    """Name of the committed file with the schema of the document ``name``."""
    return f"{name}.schema.json"


def schema_of(name: str) -> dict[str, Any]:
    """JSON Schema of the document ``name`` of `DOCUMENTS`. Raises `UnknownDocumentError`."""
    if name not in DOCUMENTS:
        known = ", ".join(DOCUMENTS)
        raise UnknownDocumentError(f"no document is called {name!r}; there are: {known}")
    version = RESULT_VERSION if name == "run" else CONTRACT_VERSION
    schema = msgspec.json.schema(DOCUMENTS[name])
    for definition in schema["$defs"].values():
        definition["description"] = inspect.cleandoc(definition.get("description", ""))
    return {
        "$schema": DIALECT,
        "$id": f"urn:loadproof:{name}:{version}",
        "title": f"loadproof {name.replace('-', ' ')}",
        "description": _ABOUT[name],
        **schema,
    }


def schema_text(name: str) -> str:
    """The schema as its committed file holds it."""
    return json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n"


def generate(directory: Path) -> tuple[Path, ...]:
    """Write every schema into ``directory``; the paths written, in the order of `DOCUMENTS`."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in DOCUMENTS:
        path = directory / file_name(name)
        path.write_text(schema_text(name), encoding="utf-8")
        paths.append(path)
    return tuple(paths)
