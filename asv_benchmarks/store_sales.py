"""The job that is measured: TPC-DS STORE_SALES, 23 columns, unique index on ticket and item."""

from __future__ import annotations

import os
from pathlib import Path

from specs.contract import Case, TeradataSystem
from specs.contract.directories import encode_document
from specs.fastload.language import parse
from specs.sql.statements import CreateTable
from specs.sql.tables import TableDefinition

KEYS = (
    "sold_date_sk",
    "sold_time_sk",
    "item_sk",
    "customer_sk",
    "cdemo_sk",
    "hdemo_sk",
    "addr_sk",
    "store_sk",
    "promo_sk",
    "ticket_number",
    "quantity",
)
AMOUNTS = (
    "wholesale_cost",
    "list_price",
    "sales_price",
    "ext_discount_amt",
    "ext_sales_price",
    "ext_wholesale_cost",
    "ext_list_price",
    "ext_tax",
    "coupon_amt",
    "net_paid",
    "net_paid_inc_tax",
    "net_profit",
)
FIELDS = KEYS + AMOUNTS
"""Names of the record's fields, in order; column names have ``ss_`` before them."""

INDEX = ("ticket_number", "item_sk")


def column_type(field: str) -> str:
    """A field's column type as CREATE TABLE spells it."""
    if field in AMOUNTS:
        return "DECIMAL(7,2)"
    return "BIGINT" if field == "ticket_number" else "INTEGER"


def script(file: str) -> str:
    """The FastLoad script that loads ``file``; examples/store_sales tells the same at length."""
    columns = ",\n    ".join(
        f"ss_{field} {column_type(field)}{' NOT NULL' if field in INDEX else ''}"
        for field in FIELDS
    )
    return f"""LOGON tdprod/loader,secret;
DROP TABLE store_sales_et1;
DROP TABLE store_sales_et2;
DROP TABLE store_sales;
CREATE MULTISET TABLE store_sales (
    {columns}
) UNIQUE PRIMARY INDEX ({", ".join(f"ss_{field}" for field in INDEX)});
SET RECORD VARTEXT "|" DISPLAY_ERRORS NOSTOP;
DEFINE {", ".join(f"{field} (VARCHAR(20))" for field in FIELDS)} FILE={file};
BEGIN LOADING store_sales ERRORFILES store_sales_et1, store_sales_et2;
INSERT INTO store_sales ({", ".join(f"ss_{field}" for field in FIELDS)})
VALUES ({", ".join(f":{field}" for field in FIELDS)});
END LOADING;
LOGOFF;
"""


def table_definition() -> TableDefinition:
    """The target as the script creates it."""
    plan = parse(script("store_sales.csv")).plan
    assert plan is not None, "the benchmark's own script does not parse"
    return next(step.definition for step in plan.steps if isinstance(step, CreateTable))


def write_case(directory: Path, data: Path, amps: int) -> Path:
    """Lay out the case that loads ``data`` (``.csv`` or ``.csv.gz``), linked, not copied."""
    name = "store_sales.csv.gz" if data.suffix == ".gz" else "store_sales.csv"
    parsed = parse(script(name))
    assert parsed.plan is not None, "the benchmark's own script does not parse"
    (directory / "files").mkdir(parents=True)
    os.symlink(data.resolve(), directory / "files" / name)
    case = Case(
        script=parsed.redacted,
        plan=parsed.plan,
        system=TeradataSystem(amps=amps, hash_bucket_bits=20),
    )
    (directory / "case.json").write_bytes(encode_document(case))
    return directory
