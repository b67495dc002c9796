"""The published JSON Schemas are up to date and say the same as the classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from specs.contract import (
    AmpLost,
    Case,
    ContinueMessage,
    DescribeRequest,
    Description,
    DescriptionReply,
    DoneMessage,
    EventMessage,
    FaultMessage,
    KnownGap,
    NamedError,
    Outcome,
    RunRequest,
    StopRequest,
    TeradataSystem,
    schemas,
)
from specs.contract.directories import encode_document
from specs.contract.results import PlannedProperty, PropertyResult, RunResult
from specs.contract.rowfiles import RowFileHeader
from specs.distribution.plan import (
    DistributionPlan,
    HashConstants,
    HashMapQuery,
    HashRows,
    InsertRows,
    Reconfigure,
)
from specs.fastload.plan import Assignment, FastLoadPlan, Input, Load, ReleaseLoad, SourceField
from specs.fastload.report import Counts, FastLoadReport, LoadReport
from specs.sql.statements import CreateTable, DeleteRows, DropTable
from specs.sql.tables import Column, PrimaryIndex, RangeCheck, TableDefinition

COMMITTED = Path(schemas.__file__).parent

TABLE = TableDefinition(
    name="sales",
    columns=(
        Column(name="id", type="INTEGER", not_null=True, check=RangeCheck("1", None)),
        Column(name="sold", type="DATE", format="YYYY-MM-DD"),
    ),
    primary_index=PrimaryIndex(("id",), unique=True),
)
FASTLOAD = Case(
    script="BEGIN LOADING ...",
    plan=FastLoadPlan(
        steps=(
            DropTable(table="sales"),
            CreateTable(definition=TABLE),
            DeleteRows(table="sales", column="id", value="1"),
            Load(
                target="sales",
                error_table_1="e1",
                error_table_2="e2",
                inputs=(
                    Input(
                        file="sales.txt",
                        fields=(SourceField(name="f1", type="VARCHAR(9)", nullif="?"),),
                        assignments=(Assignment(column="id", field="f1", conversion="INTEGER"),),
                    ),
                ),
            ),
            ReleaseLoad(target="sales", error_table_1="e1", error_table_2="e2"),
        )
    ),
    system=TeradataSystem(amps=7, hash_bucket_bits=16, down_amps=(3,)),
    faults=(AmpLost(amp=2),),
    tables={"sales": "tables/sales.arrow"},
)
DISTRIBUTE = Case(
    script="",
    plan=DistributionPlan(
        steps=(
            InsertRows(table="sales", rows="rows.arrow", mode="array"),
            Reconfigure(amps=5),
            HashRows(rows="rows.arrow", columns=("id",)),
            HashConstants(),
            HashMapQuery(),
        )
    ),
)
DESCRIPTION = Description(
    name="x",
    version="1",
    language="C",
    homepage="https://example.org",
    issues="https://example.org/issues",
    capabilities=("fastload", "distribution/nopi"),
    exposes=("content", "placement"),
    editions={"fastload": ("vendor", "seed")},
    known_gaps=(KnownGap(rule="FL-02", issue="https://example.org/1", reason="later"),),
)
OUTCOME = Outcome(
    status="paused",
    return_code=12,
    error=NamedError(name="error_limit_reached", message="50 error rows"),
    report=FastLoadReport(
        loads=(
            LoadReport(
                target="sales",
                error_table_1="e1",
                error_table_2="e2",
                sessions=4,
                counts=Counts(
                    read=1,
                    skipped=0,
                    sent=1,
                    error_table_1=0,
                    error_table_2=0,
                    applied=1,
                    duplicates=0,
                ),
            ),
        ),
    ),
    tables={"sales": (), "e1": ("e1.arrow", "e1-2.ndjson")},
    locked=("sales", "e1", "e2"),
    answers={"2": "2.arrow"},
    work={"blocks": 1},
)
RUN = RunResult(
    candidate=DESCRIPTION,
    reached="cmd:./x",
    profile="quick",
    seed=1,
    started="2024-02-29T12:00:00Z",
    seconds=1.5,
    jobs=2,
    planned=(
        PlannedProperty(
            id="p",
            engine="fastload",
            sentence="It holds.",
            suite="s",
            rules=("FL-02",),
            editions=("vendor",),
        ),
    ),
    results=(PropertyResult(id="p", verdict="holds", examples=100),),
    finished=True,
)

DOCUMENTS: list[tuple[str, msgspec.Struct]] = [
    ("case", FASTLOAD),
    ("case", DISTRIBUTE),
    ("outcome", OUTCOME),
    ("outcome", Outcome(status="completed", return_code=0)),
    ("description", DESCRIPTION),
    ("harness-message", DescribeRequest()),
    ("harness-message", RunRequest(case="/c", workspace="/w")),
    ("harness-message", ContinueMessage()),
    ("harness-message", StopRequest()),
    ("candidate-message", DescriptionReply(description=DESCRIPTION)),
    ("candidate-message", EventMessage(name="phase", details={"phase": "acquisition"})),
    ("candidate-message", DoneMessage()),
    ("candidate-message", FaultMessage(message="broken")),
    ("row-file-header", RowFileHeader(columns={"id": "INTEGER"}, metadata={"a": "b"})),
    ("run", RUN),
]


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((COMMITTED / schemas.file_name(name)).read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", schemas.DOCUMENTS)
def test_committed_schema_is_up_to_date(name: str) -> None:
    committed = (COMMITTED / schemas.file_name(name)).read_text(encoding="utf-8")
    assert committed == schemas.schema_text(name), "run python -m specs.contract.schemas and commit"


def test_nothing_but_the_documents_is_published() -> None:
    files = {path.name for path in COMMITTED.glob("*.json")}
    assert files == {schemas.file_name(name) for name in schemas.DOCUMENTS}


def test_generate_writes_every_schema(tmp_path: Path) -> None:
    written = schemas.generate(tmp_path / "out")
    assert [path.name for path in written] == [schemas.file_name(n) for n in schemas.DOCUMENTS]
    assert all(path.read_bytes() == (COMMITTED / path.name).read_bytes() for path in written)


@pytest.mark.parametrize("name", schemas.DOCUMENTS)
def test_schema_is_itself_valid_and_says_what_it_is(name: str) -> None:
    schema = schemas.schema_of(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == schemas.DIALECT
    assert name in schema["$id"]
    assert schema["title"]
    assert schema["description"]
    undescribed = [key for key, value in schema["$defs"].items() if not value["description"]]
    assert not undescribed


@pytest.mark.parametrize(("name", "document"), DOCUMENTS)
def test_real_documents_are_valid(name: str, document: msgspec.Struct) -> None:
    validator(name).validate(json.loads(encode_document(document)))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("case", {"edition": "third"}),
        ("case", {"now": 5}),
        ("case", {"surprise": 1}),
        ("case", {"plan": {"kind": "fastload", "steps": [{"step": "pray"}]}}),
        ("outcome", {"status": "fine"}),
        ("outcome", {"error": {"name": "oops", "message": ""}}),
        ("outcome", {"tables": {"t": "t.arrow"}}),
        ("description", {"capabilities": ["teleport"]}),
        ("description", {"name": None}),
        ("candidate-message", {"type": "event", "name": "half-way"}),
        ("candidate-message", {"type": "sing"}),
        ("harness-message", {"type": "run", "case": "/c"}),
        ("row-file-header", {"columns": ["id"]}),
        ("run", {"profile": "slow"}),
    ],
)
def test_schema_and_class_refuse_the_same(name: str, change: dict[str, Any]) -> None:
    if name.endswith("message"):
        wrong = change
    else:
        right = next(document for known, document in DOCUMENTS if known == name)
        wrong = {**json.loads(encode_document(right)), **change}
    assert not validator(name).is_valid(wrong)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(wrong), type=schemas.DOCUMENTS[name])


def test_unknown_document_is_named() -> None:
    with pytest.raises(schemas.UnknownDocumentError, match=r"'verdict'.*case, outcome"):
        schemas.schema_of("verdict")
