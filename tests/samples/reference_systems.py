"""Small jobs that run on one system of three AMPs, one after the other."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from reference_jobs import UPI, load, source, table

from reference import ReferenceSystem
from specs.contract import Case, TeradataSystem
from specs.contract.directories import CaseBundle, arrow_bytes
from specs.distribution.plan import DistributionPlan
from specs.fastload.plan import FastLoadPlan, FastLoadStep, Load
from specs.sql.statements import CreateTable

AMPS_3 = TeradataSystem(amps=3, hash_bucket_bits=16, block_bytes=8)
RECORDS = b"1|a\n1|b\nx|c\n2|d\n2|d\n3|e\n4|f\n"


def job(name: str, *steps: FastLoadStep, data: bytes = RECORDS, **case: Any) -> CaseBundle:
    plan = FastLoadPlan(steps=steps)
    given = {"job": name, "script": "", "plan": plan, "system": AMPS_3, **case}
    return CaseBundle(Case(**given), {"in.txt": data})


def requests(name: str, *steps: Any, amps: int = 3, **files: pa.Table) -> CaseBundle:
    system = TeradataSystem(amps=amps, hash_bucket_bits=16)
    case = Case(job=name, script="", plan=DistributionPlan(steps=steps), system=system)
    return CaseBundle(case, {file: arrow_bytes(rows) for file, rows in files.items()})


def load_into(name: str, **changes: Any) -> tuple[CreateTable, Load]:
    """CREATE TABLE and a load with a checkpoint after every 2 records."""
    names = {"target": name, "error_table_1": f"{name}_1", "error_table_2": f"{name}_2"}
    step = load(source(table(UPI)), **{**names, "checkpoint": 2, **changes})
    return CreateTable(definition=table(UPI, name=name)), step


def scripted(name: str, script: str) -> CaseBundle:
    """A job that is a script alone."""
    case = Case(job=name, script=script, plan=None, system=AMPS_3)
    return CaseBundle(case, {"in.txt": RECORDS})


def own_rows(*keys: int) -> pa.Table:
    """Rows of a table that a case brings along."""
    return pa.Table.from_pylist([{"k": k, "v": "own"} for k in keys], table().arrow_schema())


def number_of_events(bundle: CaseBundle) -> int:
    """How many events the reference tells when it runs the job undisturbed."""
    stop_at = 0
    while ReferenceSystem().run(bundle, stop_at) is None:
        stop_at += 1
    return stop_at
