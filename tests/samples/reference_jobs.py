"""Small FastLoad jobs for the reference, and what is read of their results."""

from __future__ import annotations

from typing import Any

from reference import Result, execute
from specs.contract import Case
from specs.contract.directories import CaseBundle
from specs.fastload.plan import Assignment, FastLoadPlan, FastLoadStep, Input, Load, SourceField
from specs.fastload.report import LoadReport, load_reports
from specs.sql.statements import CreateTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

NUPI = PrimaryIndex(("k",))
UPI = PrimaryIndex(("k",), unique=True)
COLUMNS = (
    Column(name="k", type="INTEGER"),
    Column(name="v", type="VARCHAR(5)"),
)


def table(index: PrimaryIndex | None = NUPI, **changes: Any) -> TableDefinition:
    return TableDefinition(**{"name": "T", "columns": COLUMNS, "primary_index": index, **changes})


def source(definition: TableDefinition, **changes: Any) -> Input:
    names = definition.column_names
    return Input(
        **{
            "file": "in.txt",
            "fields": tuple(SourceField(name=f"in_{name}", type="VARCHAR(20)") for name in names),
            "assignments": tuple(Assignment(column=name, field=f"in_{name}") for name in names),
            "on_bad_record": "continue",
            **changes,
        }
    )


def load(*inputs: Input, **changes: Any) -> Load:
    names = {"target": "T", "error_table_1": "E1", "error_table_2": "E2"}
    return Load(**{**names, "inputs": inputs, **changes})


def run(
    *steps: FastLoadStep, data: bytes = b"", files: dict[str, bytes] | None = None, **case: Any
) -> Result:
    return execute(bundle(*steps, data=data, files=files, **case))


def bundle(
    *steps: FastLoadStep,
    data: bytes = b"",
    files: dict[str, bytes] | None = None,
    **case: Any,
) -> CaseBundle:
    plan = FastLoadPlan(steps=steps)
    return CaseBundle(Case(**{"script": "", "plan": plan, **case}), files or {"in.txt": data})


def run_one(
    data: bytes, index: PrimaryIndex | None = NUPI, load_options: Any = None, **case: Any
) -> Result:
    """Create T (k INTEGER, v VARCHAR(5)) and load ``data`` into it."""
    definition = table(index)
    options = load_options or {}
    input_options = {key: options.pop(key) for key in ("start", "thru") if key in options}
    step = load(source(definition, **input_options), **options)
    return run(CreateTable(definition=definition), step, data=data, **case)


def rows(result: Result, name: str = "T") -> list[tuple[object, ...]]:
    return sorted(result.tables[name].rows, key=repr) if name in result.tables else []


def loads(result: Result) -> tuple[LoadReport, ...]:
    return load_reports(result.report)


def counts(result: Result) -> tuple[int, ...]:
    """read, skipped, sent, error table 1, error table 2, applied, duplicates."""
    found = loads(result)[-1].counts
    assert found is not None
    assert found.read == found.skipped + found.sent
    assert found.sent == (
        found.error_table_1 + found.error_table_2 + found.applied + found.duplicates
    )
    return (
        found.read,
        found.skipped,
        found.sent,
        found.error_table_1,
        found.error_table_2,
        found.applied,
        found.duplicates,
    )


def outcome(result: Result) -> tuple[str, str | None, int]:
    return result.status, result.error, result.return_code
